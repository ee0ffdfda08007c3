"""What nodes say when they are given a transaction, by client, and what it means: never "failed".

Whatever the verdict, the intent stays open until the chain itself tells: by a receipt of one of its own
hashes, or by its nonce being used up at a final block without one.
"""

from enum import StrEnum


class Verdict(StrEnum):
    """What an answer tells."""

    ACCEPTED = "accepted"
    """In the pool."""
    KNOWN = "already known"
    """In the pool, or in a block, before we asked."""
    NONCE_USED = "nonce too low"
    """The nonce is used up: by one of our hashes, or by somebody else's transaction."""
    UNDERPRICED = "replacement underpriced"
    """The pool keeps another transaction of that nonce: an earlier attempt of ours, or somebody else's."""
    FEE_TOO_LOW = "fee too low"
    """Not taken while the base fee is what it is."""
    NO_FUNDS = "insufficient funds"
    """The account cannot pay for it now."""
    BUSY = "pool full"
    """The node takes nothing now."""
    INVALID = "invalid"
    """The node says that no block could hold it."""
    UNKNOWN = "unknown"
    """No answer, no answer that can be read, or none that we have seen before."""

    @property
    def is_with_node(self) -> bool:
        """Whether there is nothing to gain from sending it again at once."""
        return self in (Verdict.ACCEPTED, Verdict.KNOWN, Verdict.NONCE_USED)


WORDS: tuple[tuple[str, Verdict], ...] = (
    ("already known", Verdict.KNOWN),  # geth, reth
    ("already imported", Verdict.KNOWN),  # anvil, openethereum
    ("alreadyknown", Verdict.KNOWN),  # nethermind
    ("known transaction", Verdict.KNOWN),  # besu, older geth
    ("already exists", Verdict.KNOWN),  # zksync, hosted nodes
    ("already in mempool", Verdict.KNOWN),
    ("already received", Verdict.KNOWN),
    ("nonce too low", Verdict.NONCE_USED),  # geth, reth, anvil, erigon
    ("nonce is too low", Verdict.NONCE_USED),
    ("oldnonce", Verdict.NONCE_USED),  # nethermind
    ("nonce below", Verdict.NONCE_USED),  # besu: transaction nonce is below next nonce
    ("nonce is below", Verdict.NONCE_USED),
    ("nonce has already been used", Verdict.NONCE_USED),
    ("replacement transaction underpriced", Verdict.UNDERPRICED),  # geth, reth, anvil
    ("replacementnotallowed", Verdict.UNDERPRICED),  # nethermind
    ("replacement not allowed", Verdict.UNDERPRICED),
    ("underpriced transaction for replacement", Verdict.UNDERPRICED),
    ("could not replace existing", Verdict.UNDERPRICED),  # erigon
    ("gas price too low to replace", Verdict.UNDERPRICED),
    ("less than block base fee", Verdict.FEE_TOO_LOW),  # geth, anvil
    ("transaction underpriced", Verdict.FEE_TOO_LOW),  # geth, reth
    ("feetoolow", Verdict.FEE_TOO_LOW),  # nethermind
    ("fee too low", Verdict.FEE_TOO_LOW),  # erigon
    ("gas price below", Verdict.FEE_TOO_LOW),  # besu
    ("insufficient funds", Verdict.NO_FUNDS),
    ("insufficientfunds", Verdict.NO_FUNDS),  # nethermind
    ("upfront cost exceeds", Verdict.NO_FUNDS),  # besu
    ("txpool is full", Verdict.BUSY),
    ("pool is full", Verdict.BUSY),
    ("queue limit", Verdict.BUSY),
    ("in-flight transaction limit", Verdict.BUSY),  # geth, delegated accounts
    ("rate limit", Verdict.BUSY),
    ("too many requests", Verdict.BUSY),
    ("intrinsic gas too low", Verdict.INVALID),
    ("exceeds block gas limit", Verdict.INVALID),
    ("exceeds transaction gas limit", Verdict.INVALID),
    ("invalid sender", Verdict.INVALID),
    ("invalid chain id", Verdict.INVALID),
    ("max priority fee per gas higher than max fee", Verdict.INVALID),
    ("oversized data", Verdict.INVALID),
    ("failed to decode", Verdict.INVALID),
)
"""Part of the message, in lower case, to verdict; the first that fits counts."""


def verdict_of(error: str | None) -> Verdict:
    """The verdict of a node's error message; None is a hash, that is, accepted."""
    if error is None:
        return Verdict.ACCEPTED
    message = error.lower()
    return next((verdict for words, verdict in WORDS if words in message), Verdict.UNKNOWN)
