"""Where agents bring their readings: the collector behind the exchange, over the facts in force."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from wellhead.daemon.member import Member
from wellhead.errors import InputError
from wellhead.registry.sync import read_assets
from wellhead.reports.sync import certain_facts
from wellhead.telemetry.reading import ReadingLimits, SignedReading
from wellhead.telemetry.service import Collector, Outcome

FACTS_SECONDS = 30.0
"""How long what was read of a period that may still change is used."""


@dataclass(frozen=True, slots=True)
class _InForce:
    limits: ReadingLimits
    devices: Mapping[int, tuple[bytes, str]]
    read_at: float


class Intake:
    """Takes agents' readings into a member's store."""

    def __init__(self, member: Member) -> None:
        self._member = member
        self._in_force: dict[tuple[int, int], _InForce] = {}

    def receive(self, readings: Iterable[SignedReading]) -> list[Outcome]:
        """Keep what moves the state; a receipt or an error for each, in order."""
        member = self._member
        with member.sessions.begin() as session:
            collector = Collector(
                session,
                member.oracle,
                lambda asset_id, period: self._read(asset_id, period).limits,
                lambda asset_id, period: self._read(asset_id, period).devices,
                member.clock,
                member.calendar,
                member.signer.sign_digest,
            )
            return collector.receive_batch(readings)

    def _read(self, asset_id: int, period: int) -> _InForce:
        known = self._in_force.get((asset_id, period))
        now = time.monotonic()
        if known is not None and now - known.read_at < FACTS_SECONDS:
            return known
        member = self._member
        assets = read_assets(member.system, member.follower)
        if asset_id >= len(assets):
            raise InputError(f"asset {asset_id}: {len(assets)} are registered")
        facts = certain_facts(member.system, assets[asset_id], period, member.device_list)
        terms = facts.terms
        limits = ReadingLimits(member.calendar.period_seconds, terms.max_watts, terms.max_work_per_second)
        devices = {d.device_index: (d.device_id, d.agent_key) for d in facts.devices}
        oldest = now - FACTS_SECONDS
        self._in_force = {place: each for place, each in self._in_force.items() if each.read_at > oldest}
        self._in_force[asset_id, period] = _InForce(limits, devices, now)
        return self._in_force[asset_id, period]
