"""The agent: samples its devices, integrates, signs, spools to disk, pushes to every collector.

A crash loses at most the time since the last spooled reading: the spool holds each integrator's exact
state, and a gap across the restart is bridged where boot id and energy counter prove it. What a
collector did not acknowledge is sent again at every step, only the newest per device and period.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from wellhead.chain.eip712 import Domain
from wellhead.clock import PeriodClock
from wellhead.errors import InputError
from wellhead.telemetry.checkpoint import checkpoint_of, integrator_from
from wellhead.telemetry.integrate import IntegrationRules, Integrator
from wellhead.telemetry.reading import (
    ReadingAheadOfTime,
    SignedReading,
    device_id,
    reading_from,
    sign_reading,
    struct_hash,
    totals_from,
)
from wellhead.telemetry.receipts import Receipt
from wellhead.telemetry.samples import Sample
from wellhead.telemetry.spool import Spool, SpoolRecord
from wellhead.telemetry.totals import Totals

logger = logging.getLogger(__name__)

Push = Callable[[SignedReading], Receipt]
"""Send one reading to a collector. Raises OSError (or a subclass) where it may work later."""

KEPT_SUMS_PERIODS = 2
"""Periods before the current one whose unrounded sums an agent keeps: a late bridge may still reach them."""

KEPT_READINGS_PERIODS = 16
"""Periods before the current one whose readings stay in the spool, to be sent again after a restart."""


class Source(Protocol):
    """Where live samples come from."""

    def devices(self) -> list[str]:
        """UUIDs of the devices that the source sees."""

    def sample(self) -> dict[str, Sample]:
        """One sample per device that could be asked now; a missing one stays unknown."""


@dataclass(frozen=True, slots=True)
class AgentDevice:
    """A registered device: UUID, its asset, its index there, its 32-byte agent key."""

    uuid: str
    asset_id: int
    device_index: int
    key: bytes


class Agent:
    """A fixed set of devices of one source; `clock_ms` gives Unix ms, `sleep` takes seconds.

    `known` are readings signed earlier, as the collectors have them: a device without a spooled record
    starts from them, so that a lost disk does not make an honest key contradict itself.
    """

    def __init__(
        self,
        source: Source,
        devices: Iterable[AgentDevice],
        domain: Domain,
        calendar: PeriodClock,
        rules: IntegrationRules,
        spool: Spool,
        collectors: Mapping[str, Push],
        clock_ms: Callable[[], int],
        sleep: Callable[[float], None],
        known: Iterable[SignedReading] = (),
    ) -> None:
        self._source = source
        self._devices = {device.uuid: device for device in devices}
        self._domain = domain
        self._calendar = calendar
        self._rules = rules
        self._spool = spool
        self._collectors = collectors
        self._clock_ms = clock_ms
        self._sleep = sleep
        self._integrators = {uuid: Integrator(calendar, rules) for uuid in self._devices}
        # periods are first signed in ascending order, so a device's last record has its youngest checkpoint
        self._newest: dict[tuple[str, int], SpoolRecord] = {}
        self._pending: dict[str, dict[tuple[str, int], SignedReading]] = {name: {} for name in collectors}
        self.refused: Counter[str] = Counter()
        """Readings that a collector refused for good, by collector."""
        self._restore(known)

    @property
    def integrators(self) -> Mapping[str, Integrator]:
        """Integrator by UUID, to look at (rejected samples, estimated energy)."""
        return self._integrators

    def newest(self, uuid: str, period: int) -> SignedReading | None:
        """Newest reading signed for a device and period; None before the first, or long after."""
        record = self._newest.get((uuid, period))
        return None if record is None else record.signed

    def run(self, end_ms: int) -> None:
        """Sample every interval until `end_ms`, and once there to close the counters; sign and push all."""
        start_ms, step = self._clock_ms(), 0
        while (now_ms := self._clock_ms()) < end_ms:
            due_ms = start_ms + step * self._rules.interval_ms
            if now_ms < due_ms:
                self._sleep((min(due_ms, end_ms) - now_ms) / 1_000)
                continue
            # ticks that a slow step missed are skipped, not made up for
            step = (now_ms - start_ms) // self._rules.interval_ms + 1
            self.step()
        self._take_samples()
        self.finish(end_ms)

    def step(self) -> None:
        """One round: sample, integrate, sign and spool what grew, push what is not acknowledged."""
        self._take_samples()
        self._sign(end_ms=None)
        self.push()

    def finish(self, end_ms: int) -> None:
        """Sign what the last samples hold up to `end_ms`, for periods begun before it, and push."""
        self._sign(end_ms)
        self.push()

    def push(self) -> None:
        """Send every collector what it has not acknowledged; one out of reach waits for the next round."""
        for name, send in self._collectors.items():
            for place, signed in list(self._pending[name].items()):
                try:
                    receipt = send(signed)
                except ReadingAheadOfTime as error:
                    logger.warning("%s: not yet: %s", name, error)
                    continue
                except InputError as error:
                    self.refused[name] += 1
                    logger.error("%s refused: %s", name, error)
                except OSError as error:
                    logger.warning("%s cannot be reached: %s", name, error)
                    break
                else:
                    if receipt.reading_hash != struct_hash(signed.reading):
                        logger.warning(
                            "%s: receipt for another reading: 0x%s", name, receipt.reading_hash.hex()
                        )
                        continue
                del self._pending[name][place]

    @property
    def unacknowledged(self) -> dict[str, int]:
        """How many readings each collector still owes a receipt for."""
        return {name: len(readings) for name, readings in self._pending.items()}

    def _take_samples(self) -> None:
        for uuid, sample in self._source.sample().items():
            integrator = self._integrators.get(uuid)
            if integrator is not None and (reason := integrator.add(sample)) is not None:
                logger.warning("%s: sample at %d ms not used: %s", uuid, sample.timestamp_ms, reason)

    def _sign(self, end_ms: int | None) -> None:
        records = []
        for uuid, integrator in self._integrators.items():
            if grown := self._grown(uuid, integrator, end_ms):
                checkpoint = checkpoint_of(integrator)
                records += [SpoolRecord(uuid, signed, checkpoint) for signed in grown]
        # on disk first: what a collector has seen must never be more than what a restart remembers
        self._spool.append(records)
        for record in records:
            self._take(record)
        self._forget()

    def _grown(self, uuid: str, integrator: Integrator, end_ms: int | None) -> list[SignedReading]:
        """Newly signed readings of every period in which the device's sums grew."""
        device, grown = self._devices[uuid], []
        for period in sorted(self._touched_periods(integrator, end_ms)):
            totals = integrator.totals(period, end_ms)
            before = self._newest.get((uuid, period))
            if _is_larger(totals, Totals() if before is None else totals_from(before.signed.reading)):
                reading = reading_from(device.asset_id, period, device.device_index, device_id(uuid), totals)
                grown.append(sign_reading(device.key, self._domain, reading))
        return grown

    def _touched_periods(self, integrator: Integrator, end_ms: int | None) -> set[int]:
        """Periods with sums, none before genesis; at an end also those held into, and none after it."""
        periods = {period for period in integrator.sums if period >= 0}
        if end_ms is None or integrator.last is None:
            return periods
        length_ms, genesis_ms = self._calendar.period_seconds * 1_000, self._calendar.genesis * 1_000
        last_period = (end_ms - 1 - genesis_ms) // length_ms
        first_held = max(0, (integrator.last.timestamp_ms - genesis_ms) // length_ms)
        held_to_ms = min(end_ms, integrator.last.timestamp_ms + integrator.hold_ms)
        periods |= set(range(first_held, (held_to_ms - 1 - genesis_ms) // length_ms + 1))
        return {period for period in periods if period <= last_period}

    def _take(self, record: SpoolRecord) -> None:
        place = (record.uuid, record.signed.reading.period)
        self._newest[place] = record
        for pending in self._pending.values():
            pending[place] = record.signed

    def _forget(self) -> None:
        """Drop what lies long past, and shrink the spool to the newest records when something was dropped.

        Readings that a collector has not acknowledged stay in memory until they arrive.
        """
        for integrator in self._integrators.values():
            if integrator.sums:
                integrator.forget(max(integrator.sums) - KEPT_SUMS_PERIODS)
        oldest = max((period for _, period in self._newest), default=0) - KEPT_READINGS_PERIODS
        past = [place for place in self._newest if place[1] < oldest]
        for place in past:
            del self._newest[place]
        if past:
            self._spool.replace(self._newest.values())

    def _restore(self, known: Iterable[SignedReading]) -> None:
        records = self._spool.load()
        for record in records:
            self._take(record)  # also of devices since removed: signed is signed, and still to be sent
            if record.uuid in self._integrators:
                integrator = integrator_from(record.checkpoint, self._calendar, self._rules)
                self._integrators[record.uuid] = integrator
        uuids = {(device.asset_id, device.device_index): uuid for uuid, device in self._devices.items()}
        for signed in known:
            reading = signed.reading
            uuid = uuids.get((reading.asset_id, reading.device_index))
            if uuid is None or reading.device_id != device_id(uuid):
                continue
            totals, integrator = totals_from(reading), self._integrators[uuid]
            if _is_larger(totals, integrator.totals(reading.period)):
                integrator.seed(reading.period, totals)
        if len(records) > len(self._newest):
            self._spool.replace(self._newest.values())


def _is_larger(totals: Totals, before: Totals) -> bool:
    """Whether every sum is at least as large and one is larger: only then may a key sign again."""
    pairs = list(zip(totals.sums, before.sums, strict=True))
    return all(new >= old for new, old in pairs) and any(new > old for new, old in pairs)
