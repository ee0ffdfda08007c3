"""An integrator's exact state as plain JSON values, so that an agent goes on where it crashed."""

from collections import Counter
from typing import Any

from wellhead.clock import PeriodClock
from wellhead.errors import SampleError
from wellhead.telemetry.integrate import IntegrationRules, Integrator, Rejection
from wellhead.telemetry.samples import Sample, State
from wellhead.telemetry.totals import PeriodSums


def checkpoint_of(integrator: Integrator) -> dict[str, Any]:
    """The state as JSON values: ints, text, lists and dicts."""
    last = integrator.last
    return {
        "sums": {
            str(period): [
                s.up_ms,
                s.down_ms,
                s.excused_ms,
                s.busy_bps_ms,
                s.energy_uj,
                s.work,
                s.samples_hash.hex(),
                s.energy_estimated,
            ]
            for period, s in integrator.sums.items()
        },
        "last": last
        and [
            last.timestamp_ms,
            int(last.state),
            last.power_mw,
            last.energy_mj,
            last.busy_bps,
            last.work,
            last.boot_id,
        ],
        "rejected": {reason.value: count for reason, count in integrator.rejected.items()},
    }


def integrator_from(checkpoint: dict[str, Any], calendar: PeriodClock, rules: IntegrationRules) -> Integrator:
    """The integrator that `checkpoint_of` described; raises SampleError where it is not such a state."""
    try:
        sums = {int(period): _sums_from(*fields) for period, fields in checkpoint["sums"].items()}
        last = checkpoint["last"]
        sample = None if last is None else Sample(last[0], State(last[1]), *last[2:])
        rejected = Counter({Rejection(reason): count for reason, count in checkpoint["rejected"].items()})
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise SampleError(f"not an integrator's state: {error!r} in {str(checkpoint)[:200]}") from error
    return Integrator(calendar, rules, sums, sample, rejected)


def _sums_from(
    up_ms: int,
    down_ms: int,
    excused_ms: int,
    busy_bps_ms: int,
    energy_uj: int,
    work: int,
    samples_hash: str,
    energy_estimated: bool,
) -> PeriodSums:
    amounts = (up_ms, down_ms, excused_ms, busy_bps_ms, energy_uj, work)
    if not all(type(amount) is int and amount >= 0 for amount in amounts):
        raise ValueError(f"sums {amounts}")
    return PeriodSums(*amounts, bytes.fromhex(samples_hash), energy_estimated)
