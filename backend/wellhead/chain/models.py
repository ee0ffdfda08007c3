"""Transactions as they were intended, every signed attempt at each, and whose turn it is to use a key."""

from datetime import datetime

from sqlalchemy import Boolean, DateTime, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from wellhead.db.base import Address, Amount, Base, BigInt, Hash


class TransactionIntent(Base):
    """One transaction: written, with its first signed bytes, before anything is sent."""

    __tablename__ = "transaction_intents"
    __table_args__ = (
        UniqueConstraint("chain_id", "sender", "nonce"),
        UniqueConstraint("chain_id", "key"),
        Index("ix_transaction_intents_open", "chain_id", "sender", "status"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    """Order of writing."""
    key: Mapped[str] = mapped_column(String(200))
    """What it is for, given by the caller: a second intent under the same key is the same transaction."""
    chain_id: Mapped[int] = mapped_column(BigInt)
    """EIP-155 chain id that the signatures bind to."""
    sender: Mapped[str] = mapped_column(Address)
    """Address whose key signs."""
    nonce: Mapped[int | None] = mapped_column(BigInt)
    """The sender's transaction count that this one uses up; null while it has none."""
    recipient: Mapped[str | None] = mapped_column(Address)
    """Contract or account called; null creates a contract."""
    action: Mapped[str] = mapped_column(String(120))
    """What it does, in words."""
    payload_hash: Mapped[bytes] = mapped_column(Hash)
    """keccak256 of recipient, value and data: tells a repeat from a mix-up."""
    value: Mapped[int] = mapped_column(Amount)
    """Native coin sent along, in wei."""
    data: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    """Calldata, the same in every attempt."""
    gas: Mapped[int] = mapped_column(BigInt)
    """Gas limit, the same in every attempt."""
    fills_gap: Mapped[bool] = mapped_column(Boolean)
    """Whether it only uses up a nonce that nobody else uses."""
    status: Mapped[str] = mapped_column(String(10))
    """A `wellhead.chain.states.State`; a sending error changes nothing."""
    mined_hash: Mapped[bytes | None] = mapped_column(Hash)
    """The attempt that a block holds, once mined."""
    block: Mapped[int | None] = mapped_column(BigInt)
    """Number of that block."""
    block_hash: Mapped[bytes | None] = mapped_column(Hash)
    """Hash of that block: tells whether a reorg took it away."""
    succeeded: Mapped[bool | None] = mapped_column(Boolean)
    """False: the block holds it, and it reverted there."""
    gas_used: Mapped[int | None] = mapped_column(BigInt)
    """Gas that it took in that block."""
    contract_address: Mapped[str | None] = mapped_column(Address)
    """The contract that it created, if any."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """When it was first signed, UTC."""


class TransactionAttempt(Base):
    """One signed transaction of an intent. Rows are only added: any attempt may be the one that is mined."""

    __tablename__ = "transaction_attempts"

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    """Order of signing."""
    intent_id: Mapped[int] = mapped_column(BigInt, ForeignKey("transaction_intents.id"), index=True)
    """What it is an attempt at."""
    nonce: Mapped[int] = mapped_column(BigInt)
    """Its nonce; attempts at one intent share it unless a foreign transaction took the first one."""
    max_fee: Mapped[int] = mapped_column(Amount)
    """`maxFeePerGas` in wei."""
    tip: Mapped[int] = mapped_column(Amount)
    """`maxPriorityFeePerGas` in wei."""
    signed_bytes: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    """What is broadcast, and broadcast again, to the byte."""
    transaction_hash: Mapped[bytes] = mapped_column(Hash, unique=True)
    """keccak256 of the signed bytes: by it the chain is asked what became of it."""
    signed_at_block: Mapped[int] = mapped_column(BigInt)
    """The newest block when it was signed: fees are raised some blocks later."""
    offered_at_block: Mapped[int | None] = mapped_column(BigInt)
    """The newest block when a node last said that it has it; null: send it again at once."""
    answer: Mapped[str | None] = mapped_column(String(24))
    """What the node said last, a `wellhead.chain.answers.Verdict`."""


class SendingKey(Base):
    """Whose turn it is to use a key on a chain: one process at a time, fenced."""

    __tablename__ = "sending_keys"

    chain_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    """The chain."""
    sender: Mapped[str] = mapped_column(Address, primary_key=True)
    """The key's address."""
    holder: Mapped[str] = mapped_column(String(64))
    """Name of the process's outbox that holds it, or held it last."""
    fence: Mapped[int] = mapped_column(BigInt)
    """Grows whenever the holder changes: a holder that slept finds a larger one and stops."""
    expires_ms: Mapped[int] = mapped_column(BigInt)
    """When anybody may take it, in Unix milliseconds by the database's clock; 0: at once."""
