"""How many blocks to ask for at once: grown where it goes well, halved where a node refuses."""

import re

SPAN_FIRST = 2_000
SPAN_MAX = 100_000
LOGS_WANTED = 10_000
"""Logs that one answer may well hold: more only cost memory."""
TRIALS_APART = 64
"""Good answers at the limit before a longer run is tried again: limits by number of logs move."""


class Span:
    """Blocks per eth_getLogs. Between the longest that worked and the shortest refused it halves."""

    def __init__(self, first: int = SPAN_FIRST, longest: int = SPAN_MAX) -> None:
        """Starts at `first` blocks; never asks for more than `longest`."""
        self.blocks, self.longest = min(first, longest), longest
        self._refused: int | None = None
        self._good_at_limit = 0

    def worked(self, blocks: int, logs: int) -> None:
        """`blocks` were answered, holding so many logs."""
        if logs > LOGS_WANTED:
            self.blocks = max(1, min(self.blocks, blocks * LOGS_WANTED // logs))
            return
        if blocks < self.blocks:
            return
        if self._refused is None:
            self.blocks = min(self.longest, 2 * blocks)
        elif self._refused - blocks > max(1, blocks // 16):
            self.blocks = (blocks + self._refused) // 2
        else:
            self._good_at_limit += 1
            if self._good_at_limit >= TRIALS_APART:
                self._refused, self._good_at_limit = None, 0

    def refused(self, blocks: int, message: str) -> None:
        """`blocks` were too many; a limit that the message names is tried next."""
        self._refused, self._good_at_limit = blocks, 0
        named = named_limit(message)
        self.blocks = named if named and named < blocks else max(1, blocks // 2)


def named_limit(message: str) -> int | None:
    """The number of blocks that an error names as its limit, if it speaks of blocks or a range."""
    found = re.search(
        r"(?:range|blocks?)\D{0,40}?(\d[\d,]*)\s*(k\b)?|(\d[\d,]*)\s*(k)?[ -]blocks?", message, re.IGNORECASE
    )
    if not found or re.search(r"0x[0-9a-f]+", message, re.IGNORECASE):
        return None
    digits = (found[1] or found[3]).replace(",", "")
    return int(digits) * (1_000 if found[2] or found[4] else 1)
