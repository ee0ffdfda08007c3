"""Events of chosen contracts, read once and kept; the newest blocks are read again at every call.

For a process that needs few kinds of events and no database for them. What is decided by them is checked
against the chain's own state by whoever decides.
"""

import threading
from dataclasses import dataclass, field

from wellhead.chain.client import Chain
from wellhead.chain.contract import ChainEvent, ContractWrapper

REREAD_BLOCKS = 64
"""Blocks below the head whose events are never kept: a reorg may change them."""

BLOCKS_PER_READ = 10_000
"""Blocks asked for at once; endpoints refuse longer runs."""


@dataclass(slots=True)
class _Kept:
    events: list[ChainEvent] = field(default_factory=list)
    through: int = -1
    """Last block whose events are kept."""
    newest: list[ChainEvent] = field(default_factory=list)
    """All events up to the block with `head_hash`."""
    head_hash: bytes = b""


class Follower:
    """Reads events from `first_block` on."""

    def __init__(self, chain: Chain, first_block: int) -> None:
        self.chain, self._first_block = chain, first_block
        self._kept: dict[tuple[str, tuple[str, ...]], _Kept] = {}
        self._timestamps: dict[int, int] = {}
        self._mutex = threading.Lock()

    def events(self, wrapper: ContractWrapper, *names: str) -> list[ChainEvent]:
        """All events of these names that the contract wrote so far, in order."""
        with self._mutex:
            head, head_hash = self.chain.head()
            kept = self._kept.setdefault((wrapper.address, names), _Kept(through=self._first_block - 1))
            if kept.head_hash == head_hash:
                return list(kept.newest)
            stable = head - REREAD_BLOCKS
            if stable > kept.through:
                kept.events += _read(wrapper, names, kept.through + 1, stable)
                kept.through = stable
            kept.newest = kept.events + _read(wrapper, names, kept.through + 1, head)
            kept.head_hash = head_hash
            return list(kept.newest)

    def timestamp_of(self, block: int) -> int:
        """Unix seconds of a block; kept once no reorg should change it."""
        if block in self._timestamps:
            return self._timestamps[block]
        timestamp = self.chain.timestamp_of(block)
        if block <= self.chain.block_number() - REREAD_BLOCKS:
            self._timestamps[block] = timestamp
        return timestamp

    def forget(self) -> None:
        """Read everything anew from now on: what was kept does not fit the chain."""
        with self._mutex:
            self._kept.clear()
            self._timestamps.clear()


def _read(wrapper: ContractWrapper, names: tuple[str, ...], first: int, last: int) -> list[ChainEvent]:
    return [
        event
        for start in range(first, last + 1, BLOCKS_PER_READ)
        for event in wrapper.events_named(names, start, min(start + BLOCKS_PER_READ - 1, last))
    ]
