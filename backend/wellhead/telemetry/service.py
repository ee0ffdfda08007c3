"""The collector: takes agents' readings, keeps what moves the state, answers with signed receipts.

Idempotent: a reading sent twice gets the very receipt of the first time. Nothing here commits, and a
refused reading writes nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from wellhead.chain.eip712 import Domain
from wellhead.clock import PeriodClock
from wellhead.errors import InputError, ReadingError
from wellhead.telemetry import repository
from wellhead.telemetry.models import EquivocationRow, ReadingRow
from wellhead.telemetry.reading import (
    Equivocation,
    ReadingLimits,
    ShrunkenReading,
    SignedReading,
    check_elapsed,
    check_reading,
    signer_of,
    struct_hash,
    supersedes,
)
from wellhead.telemetry.receipts import Receipt, SignDigest, sign_receipt

LimitsLookup = Callable[[int, int], ReadingLimits]
"""(asset id, period) → what the terms allow."""

DevicesLookup = Callable[[int, int], Mapping[int, tuple[bytes, str]]]
"""(asset id, period) → device index → (device id, checksummed agent key)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one reading: a receipt, or the error that refused it."""

    receipt: Receipt | None = None
    error: ReadingError | None = None
    moved: bool = False
    """The reading is now the current one of its device and period."""
    equivocation: bool = False
    """The reading contradicts an earlier one; both are kept as proof and the device's leaf is empty."""


@dataclass(slots=True)
class _AssetPeriod:
    """What a batch needs to know of one asset and period, read once."""

    limits: ReadingLimits
    devices: Mapping[int, tuple[bytes, str]]
    heads: dict[int, ReadingRow]
    equivocated: set[int]


class Collector:
    """One member's collector over the caller's session; `clock` gives Unix seconds."""

    def __init__(
        self,
        session: Session,
        domain: Domain,
        limits_of: LimitsLookup,
        devices_of: DevicesLookup,
        clock: Callable[[], int],
        calendar: PeriodClock,
        member_key: bytes | SignDigest,
    ) -> None:
        self._session = session
        self._domain = domain
        self._limits_of = limits_of
        self._devices_of = devices_of
        self._clock = clock
        self._calendar = calendar
        self._member_key = member_key

    def receive(self, signed: SignedReading) -> Receipt:
        """Keep the reading and return its receipt; raises ReadingError if it is refused.

        A reading that contradicts an earlier one is received too: the two rows are the proof.
        """
        [outcome] = self.receive_batch([signed])
        if outcome.receipt is None:
            raise outcome.error or ReadingError(f"{signed.reading.label}: refused")
        return outcome.receipt

    def receive_batch(self, batch: Iterable[SignedReading]) -> list[Outcome]:
        """`receive` for many, in order, few queries in all; a refused one does not stop the others."""
        readings, now = list(batch), self._clock()
        known = self._look_up(readings)
        outcomes = []
        for signed in readings:
            asset_period = known[signed.reading.asset_id, signed.reading.period]
            try:
                if isinstance(asset_period, InputError):
                    raise ReadingError(f"{signed.reading.label}: {asset_period}") from asset_period
                self._verify(signed, asset_period, now)
                outcomes.append(self._keep(signed, asset_period, now))
            except ReadingError as error:
                outcomes.append(Outcome(error=error))
        self._session.flush()
        return outcomes

    def _look_up(self, readings: list[SignedReading]) -> dict[tuple[int, int], _AssetPeriod | InputError]:
        indexes: dict[tuple[int, int], set[int]] = {}
        for signed in readings:
            reading = signed.reading
            indexes.setdefault((reading.asset_id, reading.period), set()).add(reading.device_index)
        known: dict[tuple[int, int], _AssetPeriod | InputError] = {}
        for (asset_id, period), device_indexes in indexes.items():
            try:
                known[asset_id, period] = _AssetPeriod(
                    self._limits_of(asset_id, period),
                    self._devices_of(asset_id, period),
                    repository.newest_rows(self._session, asset_id, period, device_indexes),
                    repository.equivocated_devices(self._session, asset_id, period),
                )
            except InputError as error:
                known[asset_id, period] = error
        return known

    def _verify(self, signed: SignedReading, asset_period: _AssetPeriod, now: int) -> None:
        reading = signed.reading
        registered = asset_period.devices.get(reading.device_index)
        if registered is None:
            raise ReadingError(
                f"{reading.label}: no such device among {len(asset_period.devices)} registered"
            )
        device, agent_key = registered
        if reading.device_id != device:
            raise ReadingError(
                f"{reading.label}: device id 0x{reading.device_id.hex()}, registered is 0x{device.hex()}"
            )
        signer = signer_of(self._domain, signed)
        if signer != agent_key:
            raise ReadingError(f"{reading.label}: signed by {signer}, registered key is {agent_key}")
        check_reading(reading, asset_period.limits)
        elapsed = now - self._calendar.start_of(reading.period)
        check_elapsed(reading, min(elapsed, self._calendar.period_seconds))

    def _keep(self, signed: SignedReading, asset_period: _AssetPeriod, now: int) -> Outcome:
        reading, index = signed.reading, signed.reading.device_index
        head = asset_period.heads.get(index)
        new_hash = struct_hash(reading)
        if head is not None and head.struct_hash == new_hash:
            return self._receipt(new_hash, head.received_at)
        if head is not None:
            try:
                moves = supersedes(reading, repository.signed_reading_of(head).reading)
            except (ShrunkenReading, Equivocation) as order:
                return self._keep_unordered(signed, asset_period, now, order)
            self._refuse_equivocated(signed, asset_period)
            if not moves:
                return self._receipt(new_hash, now)
        asset_period.heads[index] = self._add_row(signed, now)
        return self._receipt(new_hash, now, moved=True)

    def _keep_unordered(
        self, signed: SignedReading, asset_period: _AssetPeriod, now: int, order: ReadingError
    ) -> Outcome:
        """Not larger than the head: a repeat of an older one, old news, or a second history."""
        reading, new_hash = signed.reading, struct_hash(signed.reading)
        rows = repository.readings_of(self._session, reading.asset_id, reading.period, reading.device_index)
        for row in rows:
            if row.struct_hash == new_hash:
                return self._receipt(new_hash, row.received_at)
        self._refuse_equivocated(signed, asset_period)
        contradicted = next((row for row in rows if _contradict(signed, row)), None)
        if contradicted is None:
            raise order
        self._add_row(signed, now)
        self._session.add(
            EquivocationRow(
                asset_id=reading.asset_id,
                period=reading.period,
                device_index=reading.device_index,
                first_hash=contradicted.struct_hash,
                first_signature=contradicted.signature,
                second_hash=new_hash,
                second_signature=signed.signature,
                received_at=now,
            )
        )
        asset_period.equivocated.add(reading.device_index)
        return self._receipt(new_hash, now, equivocation=True)

    def _refuse_equivocated(self, signed: SignedReading, asset_period: _AssetPeriod) -> None:
        if signed.reading.device_index in asset_period.equivocated:
            raise ReadingError(
                f"{signed.reading.label}: its key signed two histories of this period; its leaf stays empty"
            )

    def _add_row(self, signed: SignedReading, now: int) -> ReadingRow:
        row = repository.row_of(signed, now)
        self._session.add(row)
        return row

    def _receipt(
        self, reading_hash: bytes, received_at: int, moved: bool = False, equivocation: bool = False
    ) -> Outcome:
        receipt = sign_receipt(self._member_key, self._domain, reading_hash, received_at)
        return Outcome(receipt, None, moved, equivocation)


def _contradict(signed: SignedReading, row: ReadingRow) -> bool:
    """Whether neither of the two supersedes the other."""
    try:
        supersedes(signed.reading, repository.signed_reading_of(row).reading)
    except Equivocation:
        return True
    except ShrunkenReading:
        return False
    return False
