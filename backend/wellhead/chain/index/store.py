"""What one verified run, or one roll-back, changes in the database: all of it or nothing."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session, sessionmaker

from wellhead.chain.deployment import Deployment
from wellhead.chain.index import repository
from wellhead.chain.index.decode import Log
from wellhead.chain.index.models import IndexedContract, IndexState
from wellhead.chain.index.placed import Placed, first_contracts, named_contracts
from wellhead.chain.index.reader import Chunk
from wellhead.chain.index.rpc import NodeFault
from wellhead.chain.index.schema import EventSchema, schemas_by_topic
from wellhead.errors import ChainError, StateError

LogsBySchema = dict[EventSchema, list[Log]]


class NumberGap(NodeFault):
    """A contract's event does not carry the number after its last one: something in between was not read."""


class AnotherWriter(NodeFault):
    """Another process moved the index between reading and writing; look again."""


@dataclass
class Known:
    """A contract while logs are sorted: its events by topic, and its newest number."""

    schemas: dict[str, EventSchema]
    sequence: int


def begin_index(session: Session, deployment: Deployment) -> IndexState:
    """The state and the contracts before the first block."""
    state = IndexState(
        id=repository.STATE_ID,
        chain_id=deployment.chain_id,
        settlement=deployment.contracts["Settlement"],
        first_block=deployment.first_block,
        cursor=deployment.first_block - 1,
        cursor_hash=None,
        finalized=deployment.first_block - 1,
        finalized_hash=None,
    )
    session.add(state)
    place(session, first_contracts(deployment))
    return state


def place(session: Session, placed: Iterable[Placed]) -> None:
    """Add contracts; one that is known stays as it is."""
    for each in placed:
        if session.get(IndexedContract, each.address) is None:
            session.add(
                IndexedContract(
                    address=each.address, kind=each.kind, since_block=each.since_block, sequence=0
                )
            )
    session.flush()


def write_chunk(sessions: sessionmaker[Session], state: IndexState, chunk: Chunk, final: int) -> IndexState:
    """Add a run that follows the cursor; the new state.

    Raises NumberGap where a contract's numbers do not follow, AnotherWriter where the cursor moved.
    """
    with sessions.begin() as session:
        locked = _locked(session, state)
        place(session, named_contracts(locked.settlement, chunk.logs))
        contracts = repository.contracts(session)
        known = {c.address.lower(): Known(schemas_by_topic(c.kind), c.sequence) for c in contracts}
        repository.write_events(session, sort_logs(chunk.logs, known))
        repository.write_blocks(session, _blocks_of(chunk, repository.total_before(session, chunk.first)))
        for contract in contracts:
            contract.sequence = known[contract.address.lower()].sequence
        locked.cursor, locked.cursor_hash = chunk.last, chunk.head.hash
        finalize(session, locked, final)
    return locked


def replace_chunk(session: Session, chunk: Chunk) -> None:
    """Put a run that was read again in the place of what the index has of it."""
    kinds = {c.address.lower(): c.kind for c in repository.contracts(session)}
    logs_by_schema: LogsBySchema = {}
    for log in chunk.logs:
        schema = schema_of_log(log, schemas_by_topic(kinds[log["address"].lower()]))
        logs_by_schema.setdefault(schema, []).append(log)
    before, after = (repository.total_before(session, n) for n in (chunk.first, chunk.last + 1))
    repository.delete_blocks(session, chunk.first, chunk.last)
    repository.write_events(session, logs_by_schema)
    repository.write_blocks(session, _blocks_of(chunk, before))
    repository.shift_totals(session, chunk.last, before + len(chunk.logs) - after)


def roll_back(sessions: sessionmaker[Session], state: IndexState, ancestor: int, seen: bytes | None) -> None:
    """Take out all blocks after `ancestor`, whose hash is `seen`."""
    with sessions.begin() as session:
        locked = _locked(session, state)
        repository.delete_blocks(session, ancestor + 1, None)
        repository.forget_contracts(session, ancestor)
        renumber(session)
        locked.cursor, locked.cursor_hash = ancestor, seen


def renumber(session: Session) -> None:
    """Each contract's newest number, read from its rows."""
    numbering = repository.numbering(session)
    for contract in repository.contracts(session):
        _, contract.sequence = numbering.get(bytes.fromhex(contract.address[2:]), (0, 0))


def finalize(session: Session, state: IndexState, final: int) -> None:
    """Call blocks up to `final` final, as far as they are indexed, and forget the empty ones below."""
    known = min(final, state.cursor)
    if known <= state.finalized:
        return
    block = repository.block_at(session, known)
    if block is not None:
        state.finalized, state.finalized_hash = known, block.hash
        repository.prune_blocks(session, known, state.cursor)


def drop_index(session: Session, deployment: Deployment) -> None:
    """Empty every table and begin again; a person has looked, so open alarms are cleared."""
    repository.delete_all(session)
    repository.clear_alarms(session)
    begin_index(session, deployment)


def sort_logs(logs: Sequence[Log], known: dict[str, Known]) -> LogsBySchema:
    """Logs by event, each contract's numbers checked and counted on; raises NumberGap."""
    found: LogsBySchema = {}
    for log in logs:
        contract = known[log["address"].lower()]
        schema = schema_of_log(log, contract.schemas)
        if schema.is_numbered:
            number = int(log["data"][2:66], 16)
            if number != contract.sequence + 1:
                raise NumberGap(
                    f"{schema.kind} at {log['address']}: event {number} in block {log['blockNumber']} "
                    f"follows event {contract.sequence}"
                )
            contract.sequence = number
        if schema in found:
            found[schema].append(log)
        else:
            found[schema] = [log]
    return found


def schema_of_log(log: Log, schemas: dict[str, EventSchema]) -> EventSchema:
    """Which event a log is; raises ChainError for one that the compiled contract does not have."""
    schema = schemas.get(log["topics"][0]) if log["topics"] else None
    if schema is None:
        raise ChainError(f"{log['address']} wrote an event that its contract does not have: {log['topics']}")
    return schema


def _locked(session: Session, expected: IndexState) -> IndexState:
    locked = repository.state(session, lock=True)
    if locked is None or (locked.cursor, locked.cursor_hash) != (expected.cursor, expected.cursor_hash):
        raise AnotherWriter(f"the cursor is no longer {expected.cursor}")
    if repository.open_alarms(session):
        raise StateError("an alarm was raised meanwhile")
    return locked


def _blocks_of(chunk: Chunk, total: int) -> list[dict[str, object]]:
    counted = Counter(log["blockNumber"] for log in chunk.logs)
    events = {int(number, 16): count for number, count in counted.items()}
    blocks: list[dict[str, object]] = []
    for number in sorted(chunk.headers):
        header = chunk.headers[number]
        total += events.get(number, 0)
        blocks.append(
            {
                "number": number,
                "hash": header.hash,
                "parent_hash": header.parent_hash,
                "timestamp": header.timestamp,
                "events": events.get(number, 0),
                "total": total,
            }
        )
    return blocks
