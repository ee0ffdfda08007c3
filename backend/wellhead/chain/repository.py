"""Stored transaction intents."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from wellhead.chain.models import TransactionIntent


def intent_by_key(session: Session, chain_id: int, key: str) -> TransactionIntent | None:
    """The intent stored under `key`, if any."""
    return session.scalar(
        select(TransactionIntent).where(TransactionIntent.chain_id == chain_id, TransactionIntent.key == key)
    )


def next_nonce(session: Session, chain_id: int, sender: str) -> int:
    """One more than the highest nonce that was ever signed for `sender`; 0 if none was."""
    highest = session.scalar(
        select(func.max(TransactionIntent.nonce)).where(
            TransactionIntent.chain_id == chain_id, TransactionIntent.sender == sender
        )
    )
    return 0 if highest is None else highest + 1
