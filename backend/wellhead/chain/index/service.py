"""The indexer: one look at a time, each leaves the database equal to a prefix of the node's chain.

    poll ─► heads ─► finality kept? ─ no ─► alarm, ReorgPastFinality: money stands still
                     └► cursor on the chain? ─ no ─► back to the common ancestor
                        └► read a run ─► verify ─► rows, blocks and cursor in one transaction ─► again

A crash between two statements leaves the transaction undone, so the next look begins where the last ended.
Any number of processes may look: whoever commits first moves the cursor, the others look again.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from sqlalchemy.orm import Session, sessionmaker

from wellhead.chain.deployment import Deployment
from wellhead.chain.index import repository, store
from wellhead.chain.index.heal import Damage, heal
from wellhead.chain.index.models import IndexState
from wellhead.chain.index.placed import named_contracts
from wellhead.chain.index.reader import ChainReader, Chunk, Heads
from wellhead.chain.index.rpc import NodeFault, NodeRpc, RangeTooLong
from wellhead.chain.index.span import Span
from wellhead.errors import ChainError, StateError

FINALITY_DEPTH = 64
"""Blocks below the newest that count as final where the node knows no `finalized`."""
TAIL_BLOCKS = 128
"""Blocks above finality read at once, each with its header."""
ATTEMPTS = 6
"""Looks at a node that contradicts itself before one look gives up."""
PAUSE_SECONDS = 0.05

Told = Callable[[int, int], None]
"""Hears the cursor and the newest block after each run."""


class ReorgPastFinality(ChainError):
    """The chain replaced a block that it had called final: stop, and let a person look."""


class LostEvents(ChainError):
    """A contract's events have a gap that reading again does not fill."""


ALARMS = {kind.__name__: kind for kind in (ReorgPastFinality, LostEvents)}
"""What stops the index, and with it money, until a person rebuilds."""


def money_may_move(sessions: sessionmaker[Session]) -> bool:
    """Whether the index stands on something final and no alarm is open."""
    with sessions() as session:
        state = repository.state(session)
        return state is not None and state.finalized_hash is not None and not repository.open_alarms(session)


@dataclass(frozen=True)
class Progress:
    """What one look did."""

    cursor: int
    newest: int
    finalized: int
    events: int
    """Rows written."""
    rolled_back: int
    """Blocks taken back."""


class Indexer:
    """One deployment's events into one database."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        rpc: NodeRpc,
        deployment: Deployment,
        finality_depth: int = FINALITY_DEPTH,
        span: Span | None = None,
    ) -> None:
        """Touches neither node nor database yet."""
        self.sessions, self.deployment = sessions, deployment
        self.reader = ChainReader(rpc, finality_depth)
        self.span = span or Span()
        self.settlement = deployment.contracts["Settlement"]

    def poll(self, told: Told = lambda cursor, newest: None) -> Progress:
        """Bring the index to the node's newest block.

        Raises ReorgPastFinality and LostEvents (both stop money until a person rebuilds), NodeFault where the
        node gave no consistent answer for a while, StateError for another deployment's database.
        """
        events = rolled_back = 0
        for attempt in range(ATTEMPTS):
            try:
                state = self.state()
                heads = self.reader.heads([n for n in (state.cursor, state.finalized) if n >= 0])
                self._require_finality(state, heads)
                rolled_back += self._follow(state, heads)
                for chunk, cursor in self._advance(heads):
                    events += len(chunk.logs)
                    told(cursor, heads.latest.number)
                state = self.state()
                return Progress(state.cursor, heads.latest.number, state.finalized, events, rolled_back)
            except store.NumberGap as gap:
                if attempt == ATTEMPTS - 1:
                    raise self._alarmed(LostEvents(str(gap))) from gap
                if attempt:
                    self.heal()
            except NodeFault:
                if attempt == ATTEMPTS - 1:
                    raise
            time.sleep(PAUSE_SECONDS * 2**attempt)
        raise AssertionError("unreachable")

    def state(self) -> IndexState:
        """Where the index stands, begun at the first look; raises what an open alarm says."""
        with self.sessions() as session:
            state, alarms = repository.state(session), repository.open_alarms(session)
        if alarms:
            raise ALARMS[alarms[0].kind](f"{alarms[0].message}; open until the index is rebuilt")
        if state is None:
            with self.sessions.begin() as session:
                return repository.state(session) or store.begin_index(session, self.deployment)
        if (state.chain_id, state.settlement) != (self.deployment.chain_id, self.settlement):
            raise StateError(
                f"the database indexes {state.settlement} on chain {state.chain_id}, "
                f"not {self.settlement} on {self.deployment.chain_id}"
            )
        return state

    def rebuild(self, told: Told = lambda cursor, newest: None) -> Progress:
        """Drop everything, clear the alarms and read the chain again from the deployment's first block."""
        with self.sessions.begin() as session:
            store.drop_index(session, self.deployment)
        return self.poll(told)

    def heal(self) -> list[Damage]:
        """Find what the index lost and read it again; what was found. Raises NodeFault."""
        return heal(self.sessions, self.reader, self.state())

    # --- reorganisations ---------------------------------------------------------------------------------

    def _require_finality(self, state: IndexState, heads: Heads) -> None:
        seen = heads.asked.get(state.finalized)
        if state.finalized_hash is None or seen is None or seen.hash == state.finalized_hash:
            return
        was, now = state.finalized_hash.hex(), seen.hash.hex()
        raise self._alarmed(ReorgPastFinality(f"block {state.finalized} was final as 0x{was}, now 0x{now}"))

    def _alarmed(self, error: ChainError) -> ChainError:
        with self.sessions.begin() as session:
            repository.raise_alarm(session, type(error).__name__, str(error))
        return error

    def _follow(self, state: IndexState, heads: Heads) -> int:
        """Take back what is no longer in the chain; how many blocks that were."""
        at_cursor = heads.asked.get(state.cursor)
        if state.cursor_hash is None or (at_cursor and at_cursor.hash == state.cursor_hash):
            return 0
        with self.sessions() as session:
            stored = {
                block.number: block.hash
                for block in repository.blocks_from(session, max(state.finalized, state.first_block))
            }
        heights = [number for number in stored if number <= heads.latest.number]
        found = dict(zip(heights, self.reader.headers(heights), strict=True))
        same = {number: seen.hash == stored[number] for number, seen in found.items() if seen is not None}
        if at_cursor is None and all(same.values()):
            raise NodeFault(f"the node stands at {heads.latest.number}, behind the cursor {state.cursor}")
        ancestor = max((n for n, equal in same.items() if equal), default=state.first_block - 1)
        if ancestor < state.finalized:
            raise NodeFault(f"no common block from the final {state.finalized} on; asking again")
        store.roll_back(self.sessions, state, ancestor, stored.get(ancestor))
        return state.cursor - ancestor

    # --- going forward -----------------------------------------------------------------------------------

    def _advance(self, heads: Heads) -> Iterator[tuple[Chunk, int]]:
        """Run after run up to the newest block; the next is read while the last is written."""
        state = self.state()
        if state.cursor >= heads.latest.number:
            with self.sessions.begin() as session:
                locked = repository.state(session, lock=True)
                if locked is not None:
                    store.finalize(session, locked, heads.finalized)
            return
        with _Ahead(self, heads) as ahead:
            while state.cursor < heads.latest.number:
                chunk = ahead.take(state.cursor + 1, self._addresses())
                link = chunk.headers[chunk.first]
                if state.cursor_hash is not None and link.parent_hash != state.cursor_hash:
                    raise NodeFault(f"block {chunk.first} does not follow the cursor {state.cursor}")
                state = store.write_chunk(self.sessions, state, chunk, heads.finalized)
                yield chunk, state.cursor

    def _addresses(self) -> frozenset[str]:
        with self.sessions() as session:
            return frozenset(contract.address for contract in repository.contracts(session))

    def read(self, first: int, heads: Heads, addresses: frozenset[str]) -> Chunk:
        """The longest run that the node gives, with the logs of contracts that it names itself."""
        every = heads.finalized < first
        end = heads.latest.number if every else heads.finalized
        while True:
            last = min(end, first + self.span.blocks - 1, first + TAIL_BLOCKS - 1 if every else end)
            try:
                chunk = self.reader.read(first, last, addresses, every)
            except RangeTooLong as error:
                if last == first:
                    raise NodeFault(f"block {first} alone: {error}") from error
                self.span.refused(last - first + 1, str(error))
                continue
            self.span.worked(last - first + 1, len(chunk.logs))
            named = {each.address for each in named_contracts(self.settlement, chunk.logs)} - addresses
            return self.reader.read_more(chunk, named) if named else chunk


class _Ahead:
    """Reads the next run in a thread while the last one is written."""

    def __init__(self, indexer: Indexer, heads: Heads) -> None:
        self.indexer, self.heads = indexer, heads
        self._thread = ThreadPoolExecutor(1)
        self._next: tuple[int, frozenset[str], Future[Chunk]] | None = None

    def __enter__(self) -> "_Ahead":
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(cancel_futures=True)

    def take(self, first: int, addresses: frozenset[str]) -> Chunk:
        """The run from `first` on; the one after it is asked for before this returns."""
        if self._next is not None and self._next[:2] == (first, addresses):
            chunk = self._next[2].result()
        else:
            if self._next is not None:
                self._next[2].exception()
            chunk = self.indexer.read(first, self.heads, addresses)
        self._next = None
        if chunk.last < self.heads.latest.number:
            after = chunk.last + 1
            asked = self._thread.submit(self.indexer.read, after, self.heads, addresses)
            self._next = (after, addresses, asked)
        return chunk
