"""Finds what the index lost, by its own books and by the chain's numbers, and reads it again.

Rows are counted against their blocks, blocks against their running totals, contracts' event numbers against
1 … n, and n against the chain.
"""

from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy.orm import Session, sessionmaker

from wellhead.chain.index import repository, store
from wellhead.chain.index.models import IndexState
from wellhead.chain.index.reader import ChainReader, Header
from wellhead.chain.index.rpc import NodeFault, RangeTooLong
from wellhead.chain.index.schema import schemas_by_topic
from wellhead.chain.keccak import keccak256

SEQUENCE_CALL = keccak256(b"sequence()")[:4]
BLOCKS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True, order=True)
class Damage:
    """Blocks whose events are not all there, and how that shows."""

    first: int
    last: int
    sign: str


def find_damage(sessions: sessionmaker[Session], reader: ChainReader, state: IndexState) -> list[Damage]:
    """Everything missing or left over up to the cursor, by block; raises NodeFault."""
    with sessions() as session:
        found = _miscounted(session, state)
        found += _misnumbered(session, state, _numbers_on_chain(session, reader, state))
    return sorted(found)


def heal(sessions: sessionmaker[Session], reader: ChainReader, state: IndexState) -> list[Damage]:
    """Read all damaged blocks again; what was found. Raises NodeFault; what was healed stays."""
    found = find_damage(sessions, reader, state)
    for first, last in _merged(found):
        _read_again(sessions, reader, state, first, last)
    with sessions.begin() as session:
        store.renumber(session)
    return found


def _read_again(
    sessions: sessionmaker[Session], reader: ChainReader, state: IndexState, first: int, last: int
) -> None:
    with sessions() as session:
        addresses = {contract.address for contract in repository.contracts(session)}
    blocks = BLOCKS_AT_ONCE
    while first <= last:
        end = min(last, first + blocks - 1)
        try:
            chunk = reader.read(first, end, addresses, every=end > state.finalized)
        except RangeTooLong:
            if end == first:
                raise
            blocks = max(1, (end - first + 1) // 2)
            continue
        with sessions.begin() as session:
            now = repository.state(session, lock=True)
            if now is None or now.cursor_hash != state.cursor_hash:
                raise store.AnotherWriter("the index moved while it was healed")
            if end == state.cursor and chunk.head.hash != state.cursor_hash:
                raise NodeFault(f"block {end} is another on this node")
            store.replace_chunk(session, chunk)
        first = end + 1


def _miscounted(session: Session, state: IndexState) -> list[Damage]:
    """Blocks whose rows are not as many as they say, and gaps in the running total or the chain."""
    rows = repository.rows_by_block(session, state.first_block)
    found, before, total, parent = [], state.first_block - 1, 0, None
    for block in repository.blocks_from(session, state.first_block):
        if rows.pop(block.number, 0) != block.events:
            found.append(Damage(block.number, block.number, "rows are not as many as the block has events"))
        if block.total != total + block.events:
            found.append(Damage(before + 1, block.number, "the running total jumps"))
        if block.number == before + 1 and parent not in (None, block.parent_hash):
            found.append(Damage(before, block.number, "a block does not follow the one before"))
        before, total, parent = block.number, block.total, block.hash
    found += [Damage(number, number, "rows of a block that is not there") for number in rows]
    if before < state.cursor:
        found.append(Damage(before + 1, state.cursor, "the newest block is not there"))
    return found


def _misnumbered(session: Session, state: IndexState, on_chain: dict[bytes, int]) -> list[Damage]:
    """Blocks between two numbers of a contract that do not follow each other."""
    numbering = repository.numbering(session)
    found = []
    for contract, newest in on_chain.items():
        if numbering.get(contract, (0, 0)) == (newest, newest):
            continue
        known = repository.numbers_of(session, contract)
        steps = [(0, state.first_block), *known, (newest + 1, state.cursor)]
        for (number, block), (following, at) in pairwise(steps):
            if following != number + 1:
                sign = f"0x{contract.hex()}: event {following} follows event {number}"
                found.append(Damage(min(block, at), max(block, at), sign))
    return found


def _numbers_on_chain(session: Session, reader: ChainReader, state: IndexState) -> dict[bytes, int]:
    """How many events each numbering contract has written by the cursor, as it says itself."""
    cursor = repository.block_at(session, state.cursor)
    if state.cursor_hash is None:
        return {}
    numbered = [
        contract.address
        for contract in repository.contracts(session)
        if any(schema.is_numbered for schema in schemas_by_topic(contract.kind).values())
    ]
    at = Header(state.cursor, state.cursor_hash, cursor.parent_hash if cursor else b"", 0, 0)
    answers = reader.call_at([(address, SEQUENCE_CALL) for address in numbered], at)
    return {
        bytes.fromhex(address[2:]): int.from_bytes(answer)
        for address, answer in zip(numbered, answers, strict=True)
    }


def _merged(found: list[Damage]) -> list[tuple[int, int]]:
    """The damaged blocks as runs that do not overlap."""
    runs: list[tuple[int, int]] = []
    for damage in sorted(found):
        if runs and damage.first <= runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], max(runs[-1][1], damage.last))
        else:
            runs.append((damage.first, damage.last))
    return runs
