"""An agent loses nothing over crashes, torn spools and unreachable collectors."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

from wellhead.chain.eip712 import Domain
from wellhead.chain.keccak import keccak256
from wellhead.chain.signatures import address_of
from wellhead.clock import PeriodClock
from wellhead.errors import ReadingError
from wellhead.telemetry.agent import KEPT_READINGS_PERIODS, Agent, AgentDevice
from wellhead.telemetry.integrate import IntegrationRules, integrate
from wellhead.telemetry.reading import (
    ReadingAheadOfTime,
    SignedReading,
    device_id,
    signer_of,
    struct_hash,
    supersedes,
)
from wellhead.telemetry.receipts import Receipt, sign_receipt
from wellhead.telemetry.samples import Sample, State
from wellhead.telemetry.spool import Spool

GENESIS = 1_000
CALENDAR = PeriodClock(GENESIS, 60)
RULES = IntegrationRules(interval_ms=10_000, idle_power_mw=1_000)
KEYS = {"gpu-a": keccak256(b"a"), "gpu-b": keccak256(b"b")}
DEVICES = [AgentDevice("gpu-a", 4, 0, KEYS["gpu-a"]), AgentDevice("gpu-b", 4, 1, KEYS["gpu-b"])]


@dataclass
class World:
    """Time, two GPUs that draw 2 W each, and what they were seen doing."""

    now_ms: int = GENESIS * 1_000
    lost: set[str] = field(default_factory=set)
    seen: dict[str, list[Sample]] = field(default_factory=lambda: {"gpu-a": [], "gpu-b": []})

    def clock_ms(self) -> int:
        return self.now_ms

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now_ms += round(seconds * 1_000)

    def devices(self) -> list[str]:
        return ["gpu-a", "gpu-b"]

    def sample(self) -> dict[str, Sample]:
        energy_mj = (self.now_ms - GENESIS * 1_000) * 2
        samples = {
            uuid: Sample(self.now_ms, State.UP, 2_000, energy_mj, 5_000, boot_id="boot")
            for uuid in self.devices()
            if uuid not in self.lost
        }
        for uuid, sample in samples.items():
            self.seen[uuid].append(sample)
        return samples


@dataclass
class Inbox:
    """A collector that keeps what it is sent, and can be out of reach or refuse."""

    domain: Domain
    failure: Exception | None = None
    received: list[SignedReading] = field(default_factory=list)

    def push(self, signed: SignedReading) -> Receipt:
        if self.failure is not None:
            raise self.failure
        self.received.append(signed)
        return sign_receipt(keccak256(b"member"), self.domain, struct_hash(signed.reading), 1)

    def newest(self, index: int, period: int) -> SignedReading:
        return [s for s in self.received if (s.reading.device_index, s.reading.period) == (index, period)][-1]


MakeAgent = Callable[..., Agent]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def inbox(domain: Domain) -> Inbox:
    return Inbox(domain)


@pytest.fixture
def make_agent(world: World, inbox: Inbox, domain: Domain, tmp_path: Path) -> MakeAgent:
    def make(**changes: object) -> Agent:
        arguments: dict[str, object] = {
            "source": world,
            "devices": DEVICES,
            "domain": domain,
            "calendar": CALENDAR,
            "rules": RULES,
            "spool": Spool(tmp_path / "spool.jsonl"),
            "collectors": {"member": inbox.push},
            "clock_ms": world.clock_ms,
            "sleep": world.sleep,
        }
        return Agent(**(arguments | changes))  # type: ignore[arg-type]

    return make


def run_for(agent: Agent, world: World, seconds: int) -> None:
    agent.run(world.now_ms + seconds * 1_000)


def test_an_agent_signs_what_integration_of_its_samples_gives(
    make_agent: MakeAgent, world: World, inbox: Inbox, domain: Domain
) -> None:
    run_for(make_agent(), world, 120)
    for index, uuid in enumerate(world.devices()):
        for period in (0, 1):
            signed = inbox.newest(index, period)
            totals = integrate(world.seen[uuid], CALENDAR, period, RULES)
            assert signed.reading.sums == totals.sums
            assert signed.reading.samples_hash == totals.samples_hash
            assert signed.reading.device_id == device_id(uuid)
            assert signer_of(domain, signed) == address_of(KEYS[uuid])
    assert inbox.newest(0, 0).reading.sums == (60, 0, 0, 30, 120, 0)
    assert inbox.newest(0, 1).reading.sums == (60, 0, 0, 30, 120, 0)


def test_samples_are_taken_at_the_interval_and_once_at_the_end(make_agent: MakeAgent, world: World) -> None:
    run_for(make_agent(), world, 35)
    assert [s.timestamp_ms - GENESIS * 1_000 for s in world.seen["gpu-a"]] == [
        0,
        10_000,
        20_000,
        30_000,
        35_000,
    ]
    assert world.now_ms == (GENESIS + 35) * 1_000


def test_each_reading_supersedes_the_one_before(make_agent: MakeAgent, world: World, inbox: Inbox) -> None:
    run_for(make_agent(), world, 60)
    own = [s.reading for s in inbox.received if s.reading.device_index == 0]
    assert len(own) > 3
    assert all(supersedes(new, old) for old, new in pairwise(own))


def test_a_lost_device_does_not_stop_the_other(make_agent: MakeAgent, world: World, inbox: Inbox) -> None:
    world.lost.add("gpu-b")
    run_for(make_agent(), world, 60)
    assert {s.reading.device_index for s in inbox.received} == {0}


def test_what_a_collector_missed_is_sent_again_and_only_the_newest(
    make_agent: MakeAgent, world: World, inbox: Inbox, domain: Domain
) -> None:
    other = Inbox(domain, failure=ConnectionError("refused"))
    agent = make_agent(collectors={"near": inbox.push, "far": other.push})
    run_for(agent, world, 60)
    assert (agent.unacknowledged, other.received) == ({"near": 0, "far": 2}, [])
    other.failure = None
    agent.push()
    assert [s.reading.up_seconds for s in other.received] == [60, 60]
    assert agent.unacknowledged == {"near": 0, "far": 0}


def test_a_refused_reading_is_counted_and_not_sent_forever(
    make_agent: MakeAgent, world: World, inbox: Inbox
) -> None:
    agent = make_agent()
    inbox.failure = ReadingError("no")
    run_for(agent, world, 20)
    assert (agent.refused["member"] > 0, agent.unacknowledged) == (True, {"member": 0})


def test_a_reading_that_came_too_early_waits(make_agent: MakeAgent, world: World, inbox: Inbox) -> None:
    agent = make_agent()
    inbox.failure = ReadingAheadOfTime("not yet")
    run_for(agent, world, 20)
    assert agent.unacknowledged == {"member": 2}


def test_a_receipt_for_another_reading_does_not_acknowledge(
    make_agent: MakeAgent, world: World, domain: Domain
) -> None:
    def push(signed: SignedReading) -> Receipt:
        return sign_receipt(keccak256(b"member"), domain, bytes(32), 1)

    agent = make_agent(collectors={"liar": push})
    run_for(agent, world, 20)
    assert agent.unacknowledged == {"liar": 2}


def test_a_restarted_agent_goes_on_and_bridges_the_gap(
    make_agent: MakeAgent, world: World, inbox: Inbox
) -> None:
    first = make_agent()
    for _ in range(2):
        first.step()
        world.now_ms += 10_000
    world.now_ms += 25_000
    second = make_agent()
    second.step()
    assert inbox.newest(0, 0).reading.sums == (45, 0, 0, 15, 90, 0)
    assert (
        inbox.newest(0, 0).reading.samples_hash
        == integrate(world.seen["gpu-a"], CALENDAR, 0, RULES).samples_hash
    )


def test_a_restart_after_a_clean_end_never_signs_less(
    make_agent: MakeAgent, world: World, inbox: Inbox
) -> None:
    run_for(make_agent(), world, 25)
    run_for(make_agent(), world, 35)
    own = [s.reading for s in inbox.received if s.reading.device_index == 0]
    distinct = list(dict.fromkeys(own))
    assert all(supersedes(new, old) for old, new in pairwise(distinct))
    assert distinct[-1].up_seconds == 60


def test_a_restart_sends_again_what_was_only_spooled(
    make_agent: MakeAgent, world: World, inbox: Inbox
) -> None:
    inbox.failure = TimeoutError()
    run_for(make_agent(), world, 60)
    inbox.failure = None
    make_agent().push()
    assert [s.reading.up_seconds for s in inbox.received] == [60, 60]


def test_a_torn_last_line_is_cut_off_and_the_rest_is_used(
    make_agent: MakeAgent, world: World, inbox: Inbox, tmp_path: Path
) -> None:
    run_for(make_agent(), world, 30)
    path = tmp_path / "spool.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines) + lines[-1][:40])
    make_agent().push()
    assert inbox.newest(1, 0).reading.up_seconds == 30
    assert len(Spool(path).load()) == 2


def test_a_spool_goes_on_cleanly_after_a_torn_line(
    make_agent: MakeAgent, world: World, tmp_path: Path
) -> None:
    run_for(make_agent(), world, 15)
    path = tmp_path / "spool.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:50])
    spool = Spool(path)
    records = spool.load()
    spool.append(records[:1])
    assert spool.load() == [*records, records[0]]


def test_nothing_is_signed_when_nothing_grew(make_agent: MakeAgent, world: World, inbox: Inbox) -> None:
    agent = make_agent()
    agent.step()
    assert inbox.received == []
    world.now_ms += 10_000
    agent.step()
    agent.step()
    assert len(inbox.received) == 2
    assert agent.integrators["gpu-a"].rejected.total() == 1


def test_damage_inside_the_spool_is_an_error_and_leaves_the_file(
    make_agent: MakeAgent, world: World, tmp_path: Path
) -> None:
    run_for(make_agent(), world, 30)
    path = tmp_path / "spool.jsonl"
    damaged = path.read_bytes().replace(b'"upSeconds":', b'"upSeconds"', 1)
    path.write_bytes(damaged)
    with pytest.raises(ReadingError, match="spool line 1 is damaged"):
        make_agent()
    assert path.read_bytes() == damaged


def test_an_agent_that_lost_its_disk_does_not_contradict_what_it_signed(
    make_agent: MakeAgent, world: World, inbox: Inbox, tmp_path: Path
) -> None:
    run_for(make_agent(), world, 30)
    known = [inbox.newest(0, 0), inbox.newest(1, 0)]
    (tmp_path / "spool.jsonl").unlink()
    run_for(make_agent(known=known), world, 20)
    assert supersedes(inbox.newest(0, 0).reading, known[0].reading)
    assert inbox.newest(0, 0).reading.up_seconds == 50


def test_the_spool_of_a_long_life_stays_small(make_agent: MakeAgent, world: World, tmp_path: Path) -> None:
    run_for(make_agent(), world, 60 * (KEPT_READINGS_PERIODS + 5))
    periods = {record.signed.reading.period for record in Spool(tmp_path / "spool.jsonl").load()}
    assert periods == set(range(4, KEPT_READINGS_PERIODS + 5))
    restarted = make_agent()
    assert restarted.integrators["gpu-a"].last == world.seen["gpu-a"][-1]


def test_readings_of_a_removed_device_are_still_sent(
    make_agent: MakeAgent, world: World, inbox: Inbox
) -> None:
    inbox.failure = TimeoutError()
    run_for(make_agent(), world, 30)
    inbox.failure = None
    make_agent(devices=DEVICES[:1]).push()
    assert {s.reading.device_index for s in inbox.received} == {0, 1}


def test_no_reading_is_signed_for_a_period_after_the_end(
    make_agent: MakeAgent, world: World, inbox: Inbox
) -> None:
    agent = make_agent()
    slow_sample = world.sample

    def sample() -> dict[str, Sample]:
        world.now_ms += 3_000
        return slow_sample()

    world.sample = sample  # type: ignore[method-assign]
    run_for(agent, world, 60)
    assert world.seen["gpu-a"][-1].timestamp_ms > CALENDAR.end_of(0) * 1_000
    assert {s.reading.period for s in inbox.received} == {0}
    assert inbox.newest(0, 0).reading.sums == (57, 0, 0, 28, 114, 0)
