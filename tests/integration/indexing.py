"""What tests of the index share: an indexer on a database, its hash, and web3's reading of the same logs."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session, sessionmaker
from web3 import Web3

from wellhead.chain.artifacts import load_artifact
from wellhead.chain.client import Chain
from wellhead.chain.deployment import Deployment
from wellhead.chain.index import repository
from wellhead.chain.index.models import EVENT_TABLES
from wellhead.chain.index.rpc import Call, NodeRpc, Refusal
from wellhead.chain.index.schema import Storage, event_schemas, schema_of, schemas_by_topic, snake
from wellhead.chain.index.service import Indexer
from wellhead.chain.index.span import Span
from wellhead.chain.index.state_hash import state_hash

OPENED: list[NodeRpc] = []


def indexer_on(
    sessions: sessionmaker[Session], url: str, deployment: Deployment, span: Span | None = None
) -> Indexer:
    """An indexer of its own, as a process that has just started has one; `hang_up` ends its connection."""
    OPENED.append(NodeRpc(url))
    return Indexer(sessions, OPENED[-1], deployment, span=span)


def hang_up() -> None:
    """Close all connections of `indexer_on`."""
    while OPENED:
        OPENED.pop().close()


def hash_of(sessions: sessionmaker[Session]) -> str:
    """The hash over everything indexed."""
    with sessions() as session:
        state = repository.state(session)
        assert state is not None
        return state_hash(session, state.cursor).hex()


def rows_in(sessions: sessionmaker[Session], table: str) -> int:
    """How many rows a table has."""
    with sessions() as session:
        return len(session.execute(select(EVENT_TABLES[table].c.block_number)).all())


def indexed_events(sessions: sessionmaker[Session]) -> dict[tuple[int, int], tuple[str, str, dict[str, Any]]]:
    """(contract, table, values) of every indexed event by its place."""
    found = {}
    with sessions() as session:
        for name, table in EVENT_TABLES.items():
            for row in session.execute(select(table)).mappings():
                values = {
                    column.name: _read(table, column.name, row[column.name])
                    for column in list(table.columns)[4:]
                }
                address = Web3.to_checksum_address(bytes(row["contract"]))
                found[row["block_number"], row["log_index"]] = (address, name, values)
    return found


def events_by_web3(
    chain: Chain, kinds: dict[str, str]
) -> dict[tuple[int, int], tuple[str, str, dict[str, Any]]]:
    """The same from every log of the chain that one of `kinds` wrote, decoded by web3."""
    found = {}
    for log in chain.web3.eth.get_logs({"fromBlock": 0, "toBlock": "latest"}):
        kind = kinds.get(log["address"])
        if kind is None:
            continue
        contract = chain.web3.eth.contract(abi=load_artifact(kind).abi)
        schema = schemas_by_topic(kind)[Web3.to_hex(log["topics"][0])]
        decoded = contract.events[schema.event]().process_log(log)
        values: dict[str, Any] = {}
        for name, value in decoded["args"].items():
            _flatten(snake(name), value, values)
        place = int(log["blockNumber"]), int(log["logIndex"])
        found[place] = (log["address"], schema.table, values)
    return found


def _flatten(name: str, value: Any, into: dict[str, Any]) -> None:
    if hasattr(value, "items"):
        for field, inner in value.items():
            _flatten(f"{name}_{snake(field)}", inner, into)
    else:
        into[name] = [str(each) for each in value] if isinstance(value, (list, tuple)) else value


def _read(table: Table, name: str, value: Any) -> Any:
    """A stored value as web3 shows it."""
    schema = next(s for s in event_schemas() if s.table == table.name)
    column = next(c for c in schema.columns if c.name == name)
    if column.abi_type == "address":
        return Web3.to_checksum_address(bytes(value))
    if column.storage is Storage.JSON:
        return json.loads(value)
    if column.storage is Storage.AMOUNT:
        return int(value)
    return bytes(value) if column.storage is Storage.BYTES else value


class LongChain:
    """A node's answers about more blocks than anvil can mine, one sale in each hundredth of them."""

    def __init__(self, blocks: int, cap: int, refusal: str) -> None:
        self.blocks, self.cap, self.refusal = blocks, cap, refusal
        self.ranges_asked = 0
        self.spoil: Callable[[list[Any]], list[Any]] = list
        """What the node makes of the logs that it should give."""
        self.sale = schema_of("Settlement", "SaleBooked")
        contracts = {"Settlement": "0x" + "11" * 20, "LeaseToken": "0x" + "22" * 20}
        named = {name: Web3.to_checksum_address(at) for name, at in contracts.items()}
        self.deployment = Deployment(31_337, 0, 86_400, 1, named)

    @property
    def sales(self) -> int:
        """How many events the chain has."""
        return self.blocks // 100

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        """As `NodeRpc` answers."""
        return [self._logs(*p) if method == "eth_getLogs" else self._header(p[0]) for method, p in calls]

    def _logs(self, asked: dict[str, str]) -> Any:
        first, last = int(asked["fromBlock"], 16), int(asked["toBlock"], 16)
        self.ranges_asked += 1
        if last - first + 1 > self.cap:
            return Refusal(-32_005, self.refusal)
        return self.spoil([self._log(n) for n in range(-(-first // 100) * 100, last + 1, 100)])

    def _header(self, asked: str) -> dict[str, str]:
        tags = {"latest": self.blocks, "finalized": self.blocks - 64}
        number = tags.get(asked) or int(asked, 16)
        linked = {"hash": _block_hash(number), "parentHash": _block_hash(number - 1)}
        return {"number": hex(number), "timestamp": hex(number), "logsBloom": "0x0", **linked}

    def _log(self, number: int) -> dict[str, Any]:
        words = [number // 100, 1, 1, 0]
        return {
            "address": self.deployment.contracts["Settlement"].lower(),
            "topics": [self.sale.topic, "0x" + "00" * 32, "0x" + "00" * 32],
            "data": "0x" + "".join(word.to_bytes(32).hex() for word in words),
            "blockNumber": hex(number),
            "blockHash": _block_hash(number),
            "transactionHash": _block_hash(number),
            "logIndex": "0x0",
        }


def _block_hash(number: int) -> str:
    return "0x" + (number + 1).to_bytes(32).hex()
