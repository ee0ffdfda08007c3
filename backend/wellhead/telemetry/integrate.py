"""Samples of one device → its cumulative totals per period (docs/protocol.md, "Integration").

A sample holds until the next, at most two sampling intervals, clipped to the half-open period. What
nobody saw is unknown: it is in no total. The rules where samples do not simply follow each other:

- **Bridge.** A longer gap counts as up throughout when both ends are up, both name the same boot id,
  both carry the energy counter, and it advanced by at least idle power × gap. Busy is not bridged.
- **Energy** is the counter's difference wherever both samples carry it, over unknown time too: the meter
  ran on. A boot id that changed proves that the counter restarted inside the gap, so a lower value
  counts from zero; a higher one counts as the difference, the smaller of its two meanings. A
  counter that fell without that proof (driver reload, glitch), or that rose by more than the
  device's largest power allows, is not trusted: power × held time instead, and `energy_estimated`.
- **Work** counts only over gaps that are up throughout (so `work ≤ rate × up` cannot be broken by
  unseen time); a counter that fell was restarted and counts from zero.
- A counter's difference across a period's boundary is split by time, rounded down for the earlier
  period; the later gets the rest, so nothing is lost between periods.

Totals only ever grow: the running end counts only what the next sample cannot take back.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from wellhead.clock import PeriodClock
from wellhead.errors import SampleError
from wellhead.telemetry.samples import Sample, State, chain_hash, sample_bytes
from wellhead.telemetry.totals import PeriodSums, Totals

HELD_INTERVALS = 2
"""A sample holds for at most this many sampling intervals."""


class Rejection(StrEnum):
    """Why a sample was not used. Its totals are as if it had never come."""

    DUPLICATE = "duplicate"
    """The very sample that came last."""
    CONFLICT = "conflict"
    """Another sample for the instant of the last one; the first stands."""
    OUT_OF_ORDER = "out of order"
    """Older than the last one."""


@dataclass(frozen=True, slots=True)
class IntegrationRules:
    """How samples of one device are read."""

    interval_ms: int
    """Time between samples as configured."""
    idle_power_mw: int | None = None
    """The least that the running device draws; None: no gap is bridged."""
    max_power_mw: int | None = None
    """The most that it can draw; None: every rise of the energy counter is believed."""

    def __post_init__(self) -> None:
        """Refuse rules that would hold nothing, or bridge any gap."""
        if self.interval_ms <= 0:
            raise SampleError(f"sampling interval of {self.interval_ms} ms: must be positive")
        if self.idle_power_mw is not None and self.idle_power_mw <= 0:
            raise SampleError(
                f"idle power of {self.idle_power_mw} mW: must be positive, or None for no bridging"
            )


@dataclass(slots=True)
class Integrator:
    """Running totals of one device over its agent's life; feed `add`, ask `totals` at any time."""

    calendar: PeriodClock
    rules: IntegrationRules
    sums: dict[int, PeriodSums] = field(default_factory=dict)
    """Unrounded sums by period; only closed gaps are in here."""
    last: Sample | None = None
    """The newest sample; what it holds is not in `sums` yet."""
    rejected: Counter[Rejection] = field(default_factory=Counter)
    """How many samples were refused, by reason."""

    def add(self, sample: Sample) -> Rejection | None:
        """Take one sample; a reason back means that it was refused and no total changed."""
        last = self.last
        if last is not None:
            if sample.timestamp_ms <= last.timestamp_ms:
                return self._refuse(sample, last)
            self._close(last, sample)
        sums = self._sums_of(self._period_of(sample.timestamp_ms))
        sums.samples_hash = chain_hash(sums.samples_hash, sample)
        self.last = sample
        return None

    def totals(self, period: int, as_of_ms: int | None = None) -> Totals:
        """Totals of `period` up to `as_of_ms` (default: the newest sample's instant).

        Asked again with more samples or a later instant, no sum is smaller.
        """
        sums = self.sums.get(period, PeriodSums())
        last = self.last
        if last is None or as_of_ms is None or as_of_ms <= last.timestamp_ms:
            return sums.floored()
        ahead = replace(sums)
        held_to = min(as_of_ms, last.timestamp_ms + self.hold_ms)
        for piece_period, held_ms in self._pieces(last.timestamp_ms, held_to):
            if piece_period == period:
                # a sample with a counter waits for the next one: power counted now might exceed it
                ahead.add_held(last, held_ms, power_counts=last.energy_mj is None)
        return ahead.floored()

    def seed(self, period: int, totals: Totals) -> None:
        """Start `period` from totals signed earlier (a new agent whose own record is lost)."""
        self.sums[period] = PeriodSums.from_totals(totals)

    def forget(self, before_period: int) -> None:
        """Drop the sums of all periods before `before_period`."""
        for period in [p for p in self.sums if p < before_period]:
            del self.sums[period]

    @property
    def hold_ms(self) -> int:
        """The longest that one sample can hold."""
        return HELD_INTERVALS * self.rules.interval_ms

    def _refuse(self, sample: Sample, last: Sample) -> Rejection:
        if sample == last:
            reason = Rejection.DUPLICATE
        else:
            same_instant = sample.timestamp_ms == last.timestamp_ms
            reason = Rejection.CONFLICT if same_instant else Rejection.OUT_OF_ORDER
        self.rejected[reason] += 1
        return reason

    def _close(self, first: Sample, then: Sample) -> None:
        """Book the gap between two neighbouring samples."""
        start, gap_ms = first.timestamp_ms, then.timestamp_ms - first.timestamp_ms
        held_ms = min(gap_ms, self.hold_ms)
        energy_uj = _counter_energy_uj(first, then, gap_ms, self.rules.max_power_mw)
        for period, piece_ms in self._pieces(start, start + held_ms):
            self._sums_of(period).add_held(first, piece_ms, power_counts=energy_uj is None)
        if energy_uj is not None:
            for period, share in self._shares(start, gap_ms, energy_uj):
                self._sums_of(period).energy_uj += share
        bridged = gap_ms > held_ms and _is_bridge(first, then, gap_ms, energy_uj, self.rules)
        if bridged:
            for period, piece_ms in self._pieces(start + held_ms, start + gap_ms):
                self._sums_of(period).up_ms += piece_ms
        if first.state is State.UP and (bridged or gap_ms == held_ms):
            for period, share in self._shares(start, gap_ms, _work_done(first, then)):
                self._sums_of(period).work += share

    def _sums_of(self, period: int) -> PeriodSums:
        sums = self.sums.get(period)
        if sums is None:
            sums = self.sums[period] = PeriodSums()
        return sums

    def _period_of(self, timestamp_ms: int) -> int:
        # negative before genesis: such sums are kept apart and never asked for
        return (timestamp_ms - self.calendar.genesis * 1_000) // (self.calendar.period_seconds * 1_000)

    def _pieces(self, start_ms: int, end_ms: int) -> Iterator[tuple[int, int]]:
        """`[start, end)` cut at period boundaries: (period, ms)."""
        while start_ms < end_ms:
            period = self._period_of(start_ms)
            cut_ms = min(end_ms, self.calendar.end_of(period) * 1_000)
            yield period, cut_ms - start_ms
            start_ms = cut_ms

    def _shares(self, start_ms: int, gap_ms: int, amount: int) -> Iterator[tuple[int, int]]:
        """`amount` spread evenly over the gap: (period, share); the shares add up to it exactly."""
        passed_ms = given = 0
        for period, piece_ms in self._pieces(start_ms, start_ms + gap_ms):
            passed_ms += piece_ms
            up_to_here = amount * passed_ms // gap_ms
            yield period, up_to_here - given
            given = up_to_here


def integrate(
    samples: Iterable[Sample], calendar: PeriodClock, period: int, rules: IntegrationRules
) -> Totals:
    """Totals of one device and whole period from samples in any order, duplicates included.

    A pure function of the set of samples: of two for one instant the one with the lower bytes stands.
    """
    integrator = Integrator(calendar, rules)
    for sample in sorted(samples, key=lambda s: (s.timestamp_ms, sample_bytes(s))):
        integrator.add(sample)
    return integrator.totals(period, calendar.end_of(period) * 1_000)


def integrate_devices(
    samples_by_device: Mapping[str, Iterable[Sample]],
    calendar: PeriodClock,
    period: int,
    rules: IntegrationRules,
) -> dict[str, Totals]:
    """`integrate` for every device, keyed as given; a device without samples has all-zero totals."""
    return {uuid: integrate(samples, calendar, period, rules) for uuid, samples in samples_by_device.items()}


def _counter_energy_uj(first: Sample, then: Sample, gap_ms: int, max_power_mw: int | None) -> int | None:
    """Energy by the counter between two samples; None where the counter is absent or not to be trusted."""
    if first.energy_mj is None or then.energy_mj is None:
        return None
    if then.energy_mj >= first.energy_mj:
        energy_uj = (then.energy_mj - first.energy_mj) * 1_000
    elif first.boot_id is not None and then.boot_id is not None and first.boot_id != then.boot_id:
        energy_uj = then.energy_mj * 1_000
    else:
        return None
    if max_power_mw is not None and energy_uj > max_power_mw * gap_ms:
        return None
    return energy_uj


def _is_bridge(
    first: Sample, then: Sample, gap_ms: int, energy_uj: int | None, rules: IntegrationRules
) -> bool:
    """Whether the device provably stayed up over a gap that nobody watched."""
    return (
        rules.idle_power_mw is not None
        and first.state is State.UP
        and then.state is State.UP
        and first.boot_id is not None
        and first.boot_id == then.boot_id
        and energy_uj is not None
        and energy_uj >= rules.idle_power_mw * gap_ms
    )


def _work_done(first: Sample, then: Sample) -> int:
    if first.work is None or then.work is None:
        return 0
    return then.work - first.work if then.work >= first.work else then.work
