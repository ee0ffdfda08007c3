"""The index's tables: where it stands, what it holds, and one table for each event."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, DateTime, LargeBinary, String, Table, Text
from sqlalchemy import Column as SqlColumn
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeEngine

from wellhead.chain.index.schema import Column, EventSchema, Storage, event_schemas
from wellhead.db.base import Address, Amount, Base, BigInt, Hash


class IndexState(Base):
    """Where the index of this database's one deployment stands; a single row."""

    __tablename__ = "index_state"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    """Always 1."""
    chain_id: Mapped[int] = mapped_column(BigInt)
    """EIP-155 chain id."""
    settlement: Mapped[str] = mapped_column(Address)
    """The deployment, named by its Settlement contract."""
    first_block: Mapped[int] = mapped_column(BigInt)
    """The deployment's first block; nothing before it is read."""
    cursor: Mapped[int] = mapped_column(BigInt)
    """Newest block that is read and verified; `first_block - 1` before the first."""
    cursor_hash: Mapped[bytes | None] = mapped_column(Hash)
    """Hash of the cursor's block; null before the first."""
    finalized: Mapped[int] = mapped_column(BigInt)
    """Newest block that was seen final and is indexed; money follows nothing newer."""
    finalized_hash: Mapped[bytes | None] = mapped_column(Hash)
    """Hash of that block; null before the first."""


class IndexedBlock(Base):
    """A block that holds events, or that may still be reorganised away."""

    __tablename__ = "indexed_blocks"

    number: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    """Height."""
    hash: Mapped[bytes] = mapped_column(Hash)
    """Hash, verified against the logs read from the block."""
    parent_hash: Mapped[bytes] = mapped_column(Hash)
    """Hash of the block before."""
    timestamp: Mapped[int] = mapped_column(BigInt)
    """Unix seconds."""
    events: Mapped[int] = mapped_column(BigInt)
    """Rows that the block has in the event tables."""
    total: Mapped[int] = mapped_column(BigInt)
    """Rows of all blocks up to this one: where the next block's does not follow, something was lost."""


class IndexedContract(Base):
    """A contract whose events are read."""

    __tablename__ = "indexed_contracts"

    address: Mapped[str] = mapped_column(Address, primary_key=True)
    """Where it is."""
    kind: Mapped[str] = mapped_column(String(40))
    """Name of its artifact; decides how its events are read."""
    since_block: Mapped[int] = mapped_column(BigInt)
    """Block whose events named it."""
    sequence: Mapped[int] = mapped_column(BigInt)
    """Number of its newest event; 0 before the first and where the contract does not number events."""


class IndexAlarm(Base):
    """What stopped the index, and with it money; never deleted."""

    __tablename__ = "index_alarms"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    """Order of raising."""
    kind: Mapped[str] = mapped_column(String(40))
    """ReorgPastFinality, LostEvents."""
    message: Mapped[str] = mapped_column(Text)
    """What was seen, with blocks and hashes."""
    raised_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """When, UTC."""
    cleared_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When a person rebuilt the index, UTC; money stands still until then."""


def _sql_type(column: Column) -> TypeEngine[Any] | type[TypeEngine[Any]]:
    types: dict[Storage, Any] = {
        Storage.INTEGER: BigInt,
        Storage.BOOLEAN: Boolean,
        Storage.AMOUNT: Amount,
        Storage.BYTES: LargeBinary(column.width),
        Storage.TEXT: Text,
        Storage.JSON: Text,
        Storage.BLOB: LargeBinary,
    }
    found: TypeEngine[Any] | type[TypeEngine[Any]] = types[column.storage]
    return found


def _event_table(schema: EventSchema) -> Table:
    """Block and place first, then the event's own values; rows are written by `rows`, in this order."""
    return Table(
        schema.table,
        Base.metadata,
        SqlColumn("block_number", BigInt, primary_key=True, autoincrement=False),
        SqlColumn("log_index", BigInt, primary_key=True, autoincrement=False),
        SqlColumn("contract", LargeBinary(20), nullable=False),
        SqlColumn("transaction_hash", Hash, nullable=False),
        *(SqlColumn(column.name, _sql_type(column), nullable=False) for column in schema.columns),
    )


EVENT_TABLES: dict[str, Table] = {schema.table: _event_table(schema) for schema in event_schemas()}
"""Every event's table by its name."""
