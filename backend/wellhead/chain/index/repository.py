"""The index in the database: rows written as fast as each database takes them, and what lies there.

Values cross as databases store them (integers, decimal text, bytes). PostgreSQL takes rows by binary COPY,
SQLite by executemany.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, union_all, update
from sqlalchemy.orm import Session

from wellhead.chain.index.decode import COPY_HEADER, COPY_TRAILER, Log, Row, copy_encoder, row_decoder
from wellhead.chain.index.models import (
    EVENT_TABLES,
    IndexAlarm,
    IndexedBlock,
    IndexedContract,
    IndexState,
)
from wellhead.chain.index.schema import EventSchema, event_schemas

STATE_ID = 1
COPY_BYTES = 1 << 18
"""Bytes of rows in one message to PostgreSQL."""


def state(session: Session, lock: bool = False) -> IndexState | None:
    """Where the index stands; `lock` keeps other writers waiting until the transaction ends."""
    return session.get(IndexState, STATE_ID, with_for_update=lock or None, populate_existing=True)


def open_alarms(session: Session) -> list[IndexAlarm]:
    """Alarms that nobody cleared, oldest first."""
    asked = select(IndexAlarm).where(IndexAlarm.cleared_at.is_(None)).order_by(IndexAlarm.id)
    return list(session.scalars(asked))


def raise_alarm(session: Session, kind: str, message: str) -> None:
    """Write an alarm down, once while it is open."""
    if not any((a.kind, a.message) == (kind, message) for a in open_alarms(session)):
        session.add(IndexAlarm(kind=kind, message=message, raised_at=datetime.now(UTC), cleared_at=None))


def clear_alarms(session: Session) -> None:
    """Mark every open alarm as answered by a person."""
    for alarm in open_alarms(session):
        alarm.cleared_at = datetime.now(UTC)


def write_events(session: Session, logs_by_schema: Mapping[EventSchema, Sequence[Log]]) -> None:
    """Add the rows of logs that are not there yet."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        cursor = driver.cursor()
        for schema, logs in logs_by_schema.items():
            rows = map(copy_encoder(schema), logs)
            cursor.execute(_copy_of(schema), stream=_messages(rows))
        cursor.close()
        return
    for schema, logs in logs_by_schema.items():
        holes = ", ".join("?" * (4 + len(schema.columns)))
        decode = row_decoder(schema)
        connection.exec_driver_sql(
            f"INSERT INTO {schema.table} VALUES ({holes})",  # noqa: S608
            [decode(log) for log in logs],
        )


def write_blocks(session: Session, blocks: Sequence[dict[str, Any]]) -> None:
    """Add blocks."""
    if blocks:
        session.execute(insert(IndexedBlock), blocks)


def delete_blocks(session: Session, first: int, last: int | None) -> None:
    """Take out everything of the blocks from `first` to `last`, or to the end."""
    for table in EVENT_TABLES.values():
        number = table.c.block_number
        session.execute(delete(table).where(number >= first, *([number <= last] if last else [])))
    numbers = IndexedBlock.number
    session.execute(delete(IndexedBlock).where(numbers >= first, *([numbers <= last] if last else [])))


def delete_all(session: Session) -> None:
    """Empty the index; alarms stay."""
    for table in EVENT_TABLES.values():
        session.execute(delete(table))
    for model in (IndexedBlock, IndexedContract, IndexState):
        session.execute(delete(model))
    session.expunge_all()


def prune_blocks(session: Session, before: int, keep: int) -> None:
    """Forget blocks without events below `before`, which no reorganisation reaches, but for `keep`."""
    old = IndexedBlock.number < before, IndexedBlock.events == 0, IndexedBlock.number != keep
    session.execute(delete(IndexedBlock).where(*old))


def shift_totals(session: Session, after: int, by: int) -> None:
    """Add to the running total of every later block."""
    if by:
        later = update(IndexedBlock).where(IndexedBlock.number > after)
        session.execute(later.values(total=IndexedBlock.total + by))


def blocks_from(session: Session, first: int) -> list[IndexedBlock]:
    """Stored blocks from `first` on, ascending."""
    asked = select(IndexedBlock).where(IndexedBlock.number >= first).order_by(IndexedBlock.number)
    return list(session.scalars(asked))


def block_at(session: Session, number: int) -> IndexedBlock | None:
    """The stored block of that height."""
    return session.get(IndexedBlock, number)


def total_before(session: Session, number: int) -> int:
    """Events in all blocks below `number`."""
    asked = select(IndexedBlock.total).where(IndexedBlock.number < number)
    return session.scalar(asked.order_by(IndexedBlock.number.desc()).limit(1)) or 0


def contracts(session: Session) -> list[IndexedContract]:
    """Every contract that is read, by address."""
    return list(session.scalars(select(IndexedContract).order_by(IndexedContract.address)))


def forget_contracts(session: Session, after: int) -> None:
    """Drop contracts that only blocks after `after` named."""
    session.execute(delete(IndexedContract).where(IndexedContract.since_block > after))


def rows_by_block(session: Session, first: int) -> dict[int, int]:
    """How many rows each block has in the event tables, from `first` on."""
    parts = [
        select(table.c.block_number.label("number")).where(table.c.block_number >= first)
        for table in EVENT_TABLES.values()
    ]
    every = union_all(*parts).subquery()
    asked = select(every.c.number, func.count()).group_by(every.c.number)
    return dict(session.execute(asked).tuples().all())


def numbering(session: Session) -> dict[bytes, tuple[int, int]]:
    """Numbered events of each contract by its address: how many rows, and the highest number."""
    every = _numbered().subquery()
    asked = select(every.c.contract, func.count(), func.max(every.c.sequence)).group_by(every.c.contract)
    return {bytes(contract): (count, highest) for contract, count, highest in session.execute(asked)}


def numbers_of(session: Session, contract: bytes) -> list[tuple[int, int]]:
    """(sequence number, block) of each numbered event of a contract, ascending."""
    every = _numbered().subquery()
    asked = select(every.c.sequence, every.c.block_number).where(every.c.contract == contract)
    return [(number, block) for number, block in session.execute(asked.order_by(every.c.sequence))]


def rows_of(session: Session, schema: EventSchema, up_to: int, since: int = 0) -> Iterable[Row]:
    """Rows of an event as they are stored, in the chain's order."""
    names = ", ".join(f'"{column.name}"' for column in EVENT_TABLES[schema.table].columns)
    asked = (
        f"SELECT {names} FROM {schema.table} WHERE block_number <= {up_to:d} "  # noqa: S608
        f"AND block_number >= {since:d} ORDER BY block_number, log_index"
    )
    return (tuple(row) for row in session.connection().exec_driver_sql(asked))


def _numbered() -> Any:
    numbered = [EVENT_TABLES[schema.table] for schema in event_schemas() if schema.is_numbered]
    return union_all(*(select(t.c.contract, t.c.sequence, t.c.block_number) for t in numbered))


def _copy_of(schema: EventSchema) -> str:
    names = ", ".join(f'"{column.name}"' for column in EVENT_TABLES[schema.table].columns)
    return f"COPY {schema.table} ({names}) FROM STDIN WITH (FORMAT BINARY)"


def _messages(rows: Iterable[bytes]) -> Iterable[bytes]:
    """Rows joined into messages of a size that costs few calls and little memory."""
    parts, size = [COPY_HEADER], 0
    for row in rows:
        parts.append(row)
        size += len(row)
        if size > COPY_BYTES:
            yield b"".join(parts)
            parts, size = [], 0
    yield b"".join([*parts, COPY_TRAILER])
