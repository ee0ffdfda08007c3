"""One hash over everything indexed: equal wherever the same chain was indexed, in whatever way."""

from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from wellhead.chain.index.decode import Row
from wellhead.chain.index.models import IndexedBlock
from wellhead.chain.index.repository import rows_of
from wellhead.chain.index.schema import event_schemas


def state_hash(session: Session, up_to: int) -> bytes:
    """SHA-256 over every event up to block `up_to` and the blocks that hold them, in canonical order."""
    digest = sha256()
    blocks = select(IndexedBlock).where(IndexedBlock.number <= up_to, IndexedBlock.events > 0)
    for block in session.scalars(blocks.order_by(IndexedBlock.number)):
        digest.update(
            _canonical((block.number, block.hash, block.parent_hash, block.timestamp, block.events))
        )
    for schema in event_schemas():
        digest.update(_canonical((schema.table,)))
        for row in rows_of(session, schema, up_to):
            digest.update(_canonical(row))
    return digest.digest()


def _canonical(row: Row) -> bytes:
    """Values with their kind and length in front, so no two rows share their bytes."""
    parts = []
    for value in row:
        if isinstance(value, int):
            kind, coded = b"i", b"%d" % value
        elif isinstance(value, str):
            kind, coded = b"s", value.encode()
        else:
            kind, coded = b"b", bytes(value)
        parts.append(b"%s%d:%s" % (kind, len(coded), coded))
    return b"%d\n%s" % (len(row), b"".join(parts))
