"""From samples to signed readings in every member's store."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from wellhead.chain.eip712 import Domain
from wellhead.cli.demo.machines import Machines
from wellhead.clock import PeriodClock
from wellhead.errors import StateError
from wellhead.registry.service import OpenedAsset
from wellhead.telemetry.agent import Agent, AgentDevice, Push
from wellhead.telemetry.integrate import IntegrationRules, Integrator
from wellhead.telemetry.reading import ReadingLimits, SignedReading, device_id, reading_from, sign_reading
from wellhead.telemetry.receipts import Receipt
from wellhead.telemetry.service import Collector
from wellhead.telemetry.spool import Spool

PUSHES_PER_PERIOD = 4
"""Cumulative readings that a replayed device sends in a period; each supersedes the one before."""

TRACE_INTERVAL_MS = 60_000


@dataclass(frozen=True)
class MemberStore:
    """One member's key and database."""

    key: bytes
    sessions: sessionmaker[Session]


@dataclass(frozen=True)
class Metering:
    """What agents and collectors share in the demonstration."""

    machines: Machines
    asset: OpenedAsset
    domain: Domain
    calendar: PeriodClock
    members: Sequence[MemberStore]

    def run_live(self, spool: Path, interval_ms: int, end_seconds: int) -> None:
        """Sample this machine until `end_seconds`; every member has every reading then, or StateError."""
        if self.machines.live is None:
            raise StateError("a recorded trace cannot be sampled live")
        agent = Agent(
            self.machines.live,
            [
                AgentDevice(uuid, self.asset.asset_id, index, key)
                for index, (uuid, key) in enumerate(
                    zip(self.machines.uuids, self.machines.agent_keys, strict=True)
                )
            ],
            self.domain,
            self.calendar,
            IntegrationRules(interval_ms),
            Spool(spool),
            {f"member {n}": self._push_to(member) for n, member in enumerate(self.members, 1)},
            lambda: time.time_ns() // 1_000_000,
            time.sleep,
        )
        agent.run(end_seconds * 1_000)
        if any(agent.unacknowledged.values()) or agent.refused:
            raise StateError(f"unacknowledged {agent.unacknowledged}, refused {dict(agent.refused)}")

    def replay(self, period: int, told: Callable[[int, int], None]) -> int:
        """Replay a recorded period; returns the readings signed. `told` hears (pushes done, of how many)."""
        trace = self.machines.trace
        if trace is None:
            raise StateError("live machines cannot be replayed")
        rules = IntegrationRules(TRACE_INTERVAL_MS)
        integrators = {uuid: Integrator(self.calendar, rules) for uuid in self.machines.uuids}
        waiting = {uuid: iter(trace.samples.get(uuid, ())) for uuid in self.machines.uuids}
        ahead = {uuid: next(samples, None) for uuid, samples in waiting.items()}
        start, length = self.calendar.start_of(period), self.calendar.period_seconds
        signed_count = 0
        for push in range(1, PUSHES_PER_PERIOD + 1):
            now = start + length * push // PUSHES_PER_PERIOD
            batch = []
            for index, (uuid, key) in enumerate(
                zip(self.machines.uuids, self.machines.agent_keys, strict=True)
            ):
                integrator = integrators[uuid]
                while (sample := ahead[uuid]) is not None and sample.timestamp_ms < now * 1_000:
                    integrator.add(sample)
                    ahead[uuid] = next(waiting[uuid], None)
                totals = integrator.totals(period, now * 1_000 if push == PUSHES_PER_PERIOD else None)
                if any(totals.sums):
                    reading = reading_from(self.asset.asset_id, period, index, device_id(uuid), totals)
                    batch.append(sign_reading(key, self.domain, reading))
            for member in self.members:
                self._store(member, batch, now)
            signed_count += len(batch)
            told(push, PUSHES_PER_PERIOD)
        return signed_count

    def _store(self, member: MemberStore, batch: Sequence[SignedReading], now: int) -> None:
        with member.sessions.begin() as session:
            outcomes = self._collector(member, session, lambda: now).receive_batch(batch)
        for outcome in outcomes:
            if outcome.error is not None:
                raise outcome.error

    def _push_to(self, member: MemberStore) -> Push:
        def push(signed: SignedReading) -> Receipt:
            with member.sessions.begin() as session:
                return self._collector(member, session, lambda: int(time.time())).receive(signed)

        return push

    def _collector(self, member: MemberStore, session: Session, clock: Callable[[], int]) -> Collector:
        terms = self.asset.terms
        limits = ReadingLimits(self.calendar.period_seconds, terms.max_watts, terms.max_work_per_second)
        devices = {d.device_index: (d.device_id, d.agent_key) for d in self.asset.devices}
        return Collector(
            session,
            self.domain,
            lambda asset_id, period: limits,
            lambda asset_id, period: devices,
            clock,
            self.calendar,
            member.key,
        )
