"""One sending key: what the store says that it sent, and what the chain says that it did.

A nonce that the chain has used and that no transaction of ours was mined with was used by somebody else who
has the key. Between a block and our having stored it there is a moment in which an own transaction looks like
that; so a nonce that a transaction of ours waits with counts only when it looked so several times in a row.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker
from web3 import Web3

from wellhead.chain.client import Chain
from wellhead.chain.models import TransactionIntent
from wellhead.chain.states import State
from wellhead.daemon.metrics import KeyState

LOOKS_UNTIL_FOREIGN = 3
"""Looks in a row at which a waiting transaction's nonce was used and no block known to hold it."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What is stored of one key's transactions."""

    mined: frozenset[int]
    """Nonces of our transactions that a block holds."""
    waiting: frozenset[int]
    """Nonces of our transactions that are in no block."""
    unmined: int
    """Transactions in no block, with or without a nonce."""
    oldest_at: int
    """When the oldest of them was signed, Unix seconds; 0: there is none."""


@dataclass(slots=True)
class KeyWatch:
    """One key; `known_foreign` are transactions by it that a person has looked into."""

    address: str
    known_foreign: int = 0
    _first: int | None = None
    _suspected: dict[int, int] = field(default_factory=dict)

    def look(self, chain: Chain, sessions: sessionmaker[Session]) -> KeyState:
        """The key now; the store is read first, so that what is mined meanwhile is not taken for foreign."""
        with sessions() as session:
            stored = stored_of(session, chain.chain_id, self.address)
        account, eth = Web3.to_checksum_address(self.address), chain.web3.eth
        count = int(eth.get_transaction_count(account, "latest"))
        pending = max(count, int(eth.get_transaction_count(account, "pending")))
        return KeyState(
            address=self.address,
            balance=int(eth.get_balance(account)),
            unmined=stored.unmined,
            oldest_unmined_at=stored.oldest_at,
            nonce_gap=gap(stored, pending),
            foreign=max(0, self._foreign(stored, count) - self.known_foreign),
        )

    def _foreign(self, stored: Stored, count: int) -> int:
        """Nonces from our first one on that the chain has used and we have not."""
        ours = stored.mined | stored.waiting
        if self._first is None or ours:
            self._first = min(ours, default=count)
        used = set(range(self._first, count)) - stored.mined
        doubtful = used & stored.waiting
        self._suspected = {nonce: self._suspected.get(nonce, 0) + 1 for nonce in doubtful}
        proved = sum(looks >= LOOKS_UNTIL_FOREIGN for looks in self._suspected.values())
        return len(used - doubtful) + proved


def stored_of(session: Session, chain_id: int, address: str) -> Stored:
    """What the outbox knows of a key's transactions."""
    intent = TransactionIntent
    rows = session.execute(
        select(intent.nonce, intent.block, intent.created_at).where(
            intent.chain_id == chain_id, intent.sender == address, intent.status != State.VOID.value
        )
    ).all()
    waiting = [(nonce, created_at) for nonce, block, created_at in rows if block is None]
    return Stored(
        frozenset(nonce for nonce, block, _ in rows if nonce is not None and block is not None),
        frozenset(nonce for nonce, _ in waiting if nonce is not None),
        len(waiting),
        min((_unix(created_at) for _, created_at in waiting), default=0),
    )


def gap(stored: Stored, pending: int) -> int:
    """Nonces from the next one that the pool waits for up to our last one that nobody uses."""
    last = max(stored.waiting, default=pending)
    return len(set(range(pending, last)) - stored.waiting - stored.mined)


def _unix(at: datetime) -> int:
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
