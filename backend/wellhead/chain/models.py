"""Transactions as they were intended, signed and sent."""

from datetime import datetime

from sqlalchemy import DateTime, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from wellhead.db.base import Address, Amount, Base, BigInt, Hash


class TransactionIntent(Base):
    """One transaction: written, with its signed bytes, before anything is sent."""

    __tablename__ = "transaction_intents"
    __table_args__ = (UniqueConstraint("chain_id", "sender", "nonce"), UniqueConstraint("chain_id", "key"))

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    """Order of writing."""
    key: Mapped[str] = mapped_column(String(200))
    """What it is for, given by the caller: a second intent under the same key is the same transaction."""
    chain_id: Mapped[int] = mapped_column(BigInt)
    """EIP-155 chain id that the signature binds to."""
    sender: Mapped[str] = mapped_column(Address)
    """Address whose key signed."""
    nonce: Mapped[int] = mapped_column(BigInt)
    """The sender's transaction count that this one uses up."""
    recipient: Mapped[str | None] = mapped_column(Address)
    """Contract or account called; null creates a contract."""
    action: Mapped[str] = mapped_column(String(120))
    """What it does, in words."""
    payload_hash: Mapped[bytes] = mapped_column(Hash)
    """keccak256 of recipient, value and data: tells a repeat from a mix-up."""
    value: Mapped[int] = mapped_column(Amount)
    """Native coin sent along, in wei."""
    signed_bytes: Mapped[bytes] = mapped_column(LargeBinary)
    """What is broadcast, and broadcast again, to the byte."""
    transaction_hash: Mapped[bytes] = mapped_column(Hash, unique=True)
    """keccak256 of the signed bytes: by it the chain is asked what became of it."""
    status: Mapped[str] = mapped_column(String(10))
    """signed → mined or reverted; a sending error changes nothing."""
    block: Mapped[int | None] = mapped_column(BigInt)
    """Block that holds it, once mined."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """When it was signed, UTC."""
