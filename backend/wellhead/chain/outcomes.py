"""What an outbox tells: of one transaction, and of a round of its work."""

from dataclasses import dataclass

from wellhead.chain.models import TransactionIntent
from wellhead.chain.states import State


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is known of one transaction."""

    state: State
    nonce: int | None
    transaction_hash: bytes | None
    block: int | None
    succeeded: bool | None
    gas_used: int | None
    contract_address: str | None


@dataclass(frozen=True, slots=True)
class Progress:
    """What one step found and did."""

    head: int
    open: int
    """Transactions that are not final."""
    waiting: int
    """Of them, in no block."""
    oldest_blocks: int
    """Blocks since the longest waiting of them was first signed; 0 if none waits."""
    found: int = 0
    resent: int = 0
    bumped: int = 0
    filled: int = 0
    placed_again: int = 0


def outcome_of(intent: TransactionIntent) -> Outcome:
    """What is stored of an intent."""
    return Outcome(
        State(intent.status),
        intent.nonce,
        intent.mined_hash,
        intent.block,
        intent.succeeded,
        intent.gas_used,
        intent.contract_address,
    )
