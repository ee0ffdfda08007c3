"""The demonstration from beginning to end."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from wellhead.audit.finding import AuditResult, Check
from wellhead.audit.service import audit
from wellhead.chain.client import Chain, connect_rpc
from wellhead.chain.development import BANK_KEY, open_in_process, run_anvil
from wellhead.chain.signatures import address_of
from wellhead.chain.windows import DAY, windows_for
from wellhead.cli.demo.machines import Machines, live_machines, sleep_until, trace_machines
from wellhead.cli.demo.outcome import as_json, settlement_events
from wellhead.cli.demo.plan import HOUR, LIVE_PERIODS, LIVE_SAMPLES_PER_PERIOD, DemoPlan
from wellhead.cli.demo.stage import Told, set_stage
from wellhead.cli.demo.story import meter, pay, publish, report, sell, settle
from wellhead.clock import PeriodClock
from wellhead.errors import InputError

SETUP_SECONDS = 90
"""How far the chain's clock starts behind the wall's: every block of the set-up takes it a second on."""

SALE_SECONDS = 20
"""Chain seconds that selling takes at most, a second for each of its transactions."""

SALE_WALL_SECONDS = 3
"""Seconds that selling takes on a slow machine: sampling must not begin late."""


@dataclass(frozen=True)
class DemoRequest:
    """What the command line asked for."""

    live_seconds: int
    trace: Path | None = None
    off_below_watts: int | None = None
    readings_out: Path | None = None
    rpc_url: str | None = None
    anvil_binary: Path | None = None
    home: Path | None = None


@dataclass(frozen=True)
class DemoResult:
    """What it came to: the JSON object, the audit's lines, and names for the addresses."""

    outcome: dict[str, Any]
    checks: list[Check]
    audited: AuditResult
    names: dict[str, str]


def run_demo(request: DemoRequest, told: Told) -> DemoResult:
    """Play the whole story; raises a WellheadError where something is wrong with what it was given."""
    started = time.monotonic()
    if request.trace is None:
        machines = live_machines()
    else:
        machines = trace_machines(request.trace, request.off_below_watts)
    for note in machines.notes:
        told(note)
    with _folder(request.home) as home, _chain(request, machines) as chain:
        plan = _plan(request, machines, chain, told)
        stage = set_stage(chain, plan, home, told)
        if machines.live is not None:
            plan = replace(plan, periods=_next_periods(plan.clock, chain))
        leases = sell(stage, plan, told)
        if machines.live is not None:
            start = plan.clock.start_of(plan.periods[0])
            told(f"period {plan.periods[0]} starts in {max(0, start - time.time()):.0f} s; sampling begins")
            # the sample before the start holds into the period: no moment of it is missed
            sleep_until(start - 2 * plan.clock.period_seconds / LIVE_SAMPLES_PER_PERIOD, lambda _: None)
        meter(stage, plan, told)
        bundles = report(stage, plan, told)
        settle(stage, plan, bundles, told)
        pay(stage, leases, told)
        published = request.readings_out or home / "published"
        publish(bundles, published)
        told("the audit starts over from the chain and the published files")
        checks: list[Check] = []
        audited = audit(chain, stage.system.deployment, published, checks.append)
        events = settlement_events(stage)
        wall_seconds = time.monotonic() - started
        outcome = as_json(stage, plan, bundles, events, audited, wall_seconds)
        names = {sender.address: name for name, sender in stage.cast.senders.items()}
        names[stage.cast.protocol] = "protocol"
    return DemoResult(outcome, checks, audited, names)


def _plan(request: DemoRequest, machines: Machines, chain: Chain, told: Told) -> DemoPlan:
    if machines.trace is None:
        length = request.live_seconds
        clock = PeriodClock(chain.timestamp(), length)
        return DemoPlan(machines, clock, windows_for(length), (0,), 1)
    first_day = machines.trace.first_ms // 1_000 // DAY
    days = machines.trace.last_ms // 1_000 // DAY - first_day + 1
    clock = PeriodClock((first_day - 1) * DAY, DAY)
    if chain.timestamp() >= clock.start_of(1):
        late = chain.timestamp() - clock.start_of(1)
        behind = late // DAY + 2
        told(f"this chain's clock is past the trace: the trace is replayed {behind} days later")
        return _plan(request, _shifted(request, behind * DAY), chain, told)
    told("the chain begins the day before the trace; the trace keeps its own dates (shift 0 s)")
    return DemoPlan(machines, clock, windows_for(DAY), tuple(range(1, days + 1)), HOUR)


def _shifted(request: DemoRequest, shift_seconds: int) -> Machines:
    if request.trace is None:
        raise InputError("only a trace can be shifted")
    return trace_machines(request.trace, request.off_below_watts, shift_seconds)


def _next_periods(clock: PeriodClock, chain: Chain) -> tuple[int, ...]:
    """The first whole periods that start late enough for everything to be sold before."""
    soonest = max(int(time.time()) + SALE_WALL_SECONDS, chain.timestamp() + SALE_SECONDS)
    first = clock.period_at(soonest) + 1
    return tuple(range(first, first + LIVE_PERIODS))


@contextmanager
def _folder(home: Path | None) -> Iterator[Path]:
    if home is not None:
        home.mkdir(parents=True, exist_ok=True)
        if any(home.iterdir()):
            raise InputError(f"{home} is not empty: a demonstration starts with nothing")
        yield home
        return
    with tempfile.TemporaryDirectory(prefix="wellhead-demo-") as temporary:
        yield Path(temporary)


@contextmanager
def _chain(request: DemoRequest, machines: Machines) -> Iterator[Chain]:
    if machines.trace is None:
        genesis = int(time.time()) - SETUP_SECONDS
    else:
        genesis = (machines.trace.first_ms // 1_000 // DAY - 1) * DAY
    if request.rpc_url is not None:
        yield connect_rpc(request.rpc_url, address_of(BANK_KEY))
    elif request.anvil_binary is not None:
        with run_anvil(request.anvil_binary, genesis) as chain:
            yield chain
    else:
        yield open_in_process(genesis)
