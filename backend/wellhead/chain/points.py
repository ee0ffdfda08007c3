"""Named places in sending at which a process may die, for those who want to see what happens then.

Whoever drives an outbox may hand it an observer that is told when each place is reached; by default nobody
listens. The chaos rig kills the process there.
"""

from collections.abc import Callable
from enum import StrEnum


class Point(StrEnum):
    """A place between two effects; the order is that of one transaction's life."""

    TURN_TAKEN = "turn taken"
    """The key is ours in an open database transaction; nothing is written."""
    INTENT_WRITTEN = "intent written"
    """Intents are in the open database transaction, without a nonce."""
    NONCE_TAKEN = "nonce taken"
    """Nonces too."""
    SIGNED = "signed"
    """Signed bytes too; not committed."""
    COMMITTED = "signed bytes committed"
    """Durable; nothing has left."""
    BROADCAST = "broadcast"
    """The node has answered or failed to; the answer is not stored."""
    ANSWER_STORED = "answer stored"
    """The answer is durable and the key is free for others."""
    RESENT = "resent"
    """Stored bytes left once more; the answer is not stored."""
    BUMP_SIGNED = "bump signed"
    """A replacement with higher fees is in the open database transaction."""
    BUMP_COMMITTED = "bump committed"
    """The replacement is durable; it has not left."""
    BUMP_BROADCAST = "bump broadcast"
    """The replacement left; the answer is not stored."""
    GAP_SIGNED = "gap filler signed"
    """A transaction for a nonce that nobody uses is in the open database transaction."""
    MINED_SEEN = "mined seen"
    """A receipt was read; nothing is written."""
    MINED_STORED = "mined stored"
    """Block and outcome are durable."""
    LOST_SEEN = "lost seen"
    """A mined transaction is in no block any more; nothing is written."""
    FINAL_SEEN = "final seen"
    """A mined transaction lies in a final block; nothing is written."""
    FINAL_STORED = "final stored"
    """Finality is durable."""


Observer = Callable[[Point], None]
"""Told when a place is reached."""


def nobody(_: Point) -> None:
    """Nobody listens."""
