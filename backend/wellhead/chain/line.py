"""The open transactions of one key, in the order of their nonces, as the outbox thinks about them."""

from dataclasses import dataclass

from wellhead.chain.fees import Fees
from wellhead.chain.states import PENDING, State


@dataclass(frozen=True, slots=True)
class OpenAttempt:
    """One signed transaction of an intent, without its bytes."""

    id: int
    nonce: int
    fees: Fees
    transaction_hash: bytes
    signed_at_block: int
    offered_at_block: int | None


@dataclass(frozen=True, slots=True)
class OpenIntent:
    """An intent that is not final yet, with all its attempts in the order of signing."""

    id: int
    nonce: int | None
    state: State
    fills_gap: bool
    block: int | None
    block_hash: bytes | None
    attempts: tuple[OpenAttempt, ...]

    @property
    def is_pending(self) -> bool:
        """Whether it has a nonce and is in no block."""
        return self.state in PENDING

    @property
    def newest(self) -> OpenAttempt:
        """The attempt with the highest fees."""
        return self.attempts[-1]

    @property
    def hashes(self) -> list[bytes]:
        """Hashes of all attempts: any may be the one that is mined."""
        return [attempt.transaction_hash for attempt in self.attempts]
