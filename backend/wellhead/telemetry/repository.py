"""Queries on the collector's store. `session` is always the caller's; nothing here commits."""

from collections.abc import Collection, Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from wellhead.telemetry.models import EquivocationRow, ReadingRow
from wellhead.telemetry.reading import Reading, SignedReading, struct_hash

_CHUNK = 500
"""Values in one IN list: below every database's limit on parameters."""


def latest_readings(session: Session, asset_id: int, period: int) -> dict[int, SignedReading]:
    """Current reading by device index, in index order; devices that equivocated are absent (empty leaf)."""
    newest = (
        select(func.max(ReadingRow.id))
        .where(ReadingRow.asset_id == asset_id, ReadingRow.period == period)
        .group_by(ReadingRow.device_index)
    )
    rows = session.scalars(
        select(ReadingRow).where(ReadingRow.id.in_(newest)).order_by(ReadingRow.device_index)
    )
    excluded = equivocated_devices(session, asset_id, period)
    return {row.device_index: signed_reading_of(row) for row in rows if row.device_index not in excluded}


def newest_rows(
    session: Session, asset_id: int, period: int, device_indexes: Collection[int]
) -> dict[int, ReadingRow]:
    """Newest row by device index, for those of `device_indexes` that have any, equivocated ones included."""
    found: dict[int, ReadingRow] = {}
    for chunk in _chunks(sorted(device_indexes)):
        newest = (
            select(func.max(ReadingRow.id))
            .where(
                ReadingRow.asset_id == asset_id,
                ReadingRow.period == period,
                ReadingRow.device_index.in_(chunk),
            )
            .group_by(ReadingRow.device_index)
        )
        for row in session.scalars(select(ReadingRow).where(ReadingRow.id.in_(newest))):
            found[row.device_index] = row
    return found


def readings_of(session: Session, asset_id: int, period: int, device_index: int) -> list[ReadingRow]:
    """Every kept reading of one device and period, oldest first."""
    return list(
        session.scalars(
            select(ReadingRow)
            .where(
                ReadingRow.asset_id == asset_id,
                ReadingRow.period == period,
                ReadingRow.device_index == device_index,
            )
            .order_by(ReadingRow.id)
        )
    )


def equivocated_devices(session: Session, asset_id: int, period: int) -> set[int]:
    """Indexes of the devices whose key signed two readings of the period that are not ordered."""
    return set(
        session.scalars(
            select(EquivocationRow.device_index)
            .where(EquivocationRow.asset_id == asset_id, EquivocationRow.period == period)
            .distinct()
        )
    )


def row_of(signed: SignedReading, received_at: int) -> ReadingRow:
    """A new row for a signed reading, not yet in any session."""
    reading = signed.reading
    return ReadingRow(
        asset_id=reading.asset_id,
        period=reading.period,
        device_index=reading.device_index,
        device_id=reading.device_id,
        up_seconds=reading.up_seconds,
        down_seconds=reading.down_seconds,
        excused_seconds=reading.excused_seconds,
        busy_seconds=reading.busy_seconds,
        energy_joules=reading.energy_joules,
        work=reading.work,
        samples_hash=reading.samples_hash,
        signature=signed.signature,
        struct_hash=struct_hash(reading),
        received_at=received_at,
    )


def signed_reading_of(row: ReadingRow) -> SignedReading:
    """The signed reading that a row keeps."""
    return SignedReading(
        Reading(
            row.asset_id,
            row.period,
            row.device_index,
            row.device_id,
            row.up_seconds,
            row.down_seconds,
            row.excused_seconds,
            row.busy_seconds,
            row.energy_joules,
            row.work,
            row.samples_hash,
        ),
        row.signature,
    )


def _chunks(values: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]
