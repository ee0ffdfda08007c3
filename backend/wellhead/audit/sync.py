"""Reads a deployment's whole history from the chain: nothing here decides whether it is right."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_utils.address import to_checksum_address
from web3.types import LogReceipt

from wellhead.audit.history import (
    CoinMove,
    Event,
    History,
    Submission,
    share_name,
)
from wellhead.audit.state.sync import read_codes, read_snapshot, read_wires
from wellhead.chain.client import Chain, ChainKind
from wellhead.chain.contract import ContractWrapper
from wellhead.chain.contracts.revenue_share import RevenueShareContract
from wellhead.chain.deployment import Deployment
from wellhead.chain.keccak import keccak256
from wellhead.chain.posted import Posted
from wellhead.chain.system import bind
from wellhead.reports.asset_report import AssetReport
from wellhead.reports.evidence import Absence, Evidence
from wellhead.reports.period_report import PeriodReport

BLOCKS_PER_READ = 10_000
"""Blocks asked for at once; endpoints refuse longer runs."""

SIGNATURE_BYTES = 65

TRANSFER_TOPIC = keccak256(b"Transfer(address,address,uint256)")


def read_history(chain: Chain, deployment: Deployment) -> History:
    """Everything up to the newest block; raises InputError where the deployment is not on this chain."""
    last = chain.block_number()
    chain = _with_logs(chain, deployment.first_block, last)
    system = bind(chain, deployment)
    reader = _EventReader(chain, deployment.first_block, last)
    named: dict[str, ContractWrapper] = {
        "AssetRegistry": system.registry,
        "IdentityRegistry": system.identities,
        "ReportOracle": system.oracle,
        "LeaseToken": system.leases,
        "LeaseOffers": system.offers,
        "CoinRegistry": system.coins,
        "Settlement": system.settlement,
        "TransferAgent": system.agent,
        "ShareOffering": system.offerings,
        "Disputes": system.disputes,
    }
    events = [event for name, wrapper in named.items() for event in reader.events(name, wrapper)]
    opened = [event.args for event in events if event.name in ("AssetOpened", "EpochStarted")]
    shares = {
        args["assetId"]: RevenueShareContract(chain, args["share"]) for args in opened if "share" in args
    }
    for asset_id, share in shares.items():
        named[share_name(asset_id)] = share
        events += reader.events(share_name(asset_id), share)
    events.sort(key=lambda event: event.place)
    moves = [move for args in opened for move in _coin_moves(chain, reader, args["coin"], args["vault"])]
    return History(
        chain_id=chain.chain_id,
        clock=deployment.clock,
        contracts=deployment.contracts,
        protocol=system.settlement.protocol(),
        windows=system.oracle.windows(),
        last_block=last,
        timestamp=chain.timestamp_of(last),
        events=tuple(events),
        coin_moves=tuple(moves),
        submissions=_calls(chain, system.oracle, {"submit", "revise"}, _posted(events), _submission),
        evidences=_calls(chain, system.settlement, {"settle"}, _settled(events), _evidence),
        codes=tuple(read_codes(system, opened)),
        wires=tuple(read_wires(system)),
        snapshot=read_snapshot(system, named, shares, events, last),
    )


@dataclass(frozen=True)
class _ReadChain(Chain):
    """A chain whose logs have been read already."""

    logs: tuple[LogReceipt, ...] = ()

    def logs_of(self, address: str, from_block: int, to_block: int) -> list[LogReceipt]:
        """As the chain gives them."""
        return [
            log
            for log in self.logs
            if log["address"] == address and from_block <= log["blockNumber"] <= to_block
        ]


def _with_logs(chain: Chain, first: int, last: int) -> Chain:
    """The in-process chain, all logs read in one pass: there each pass costs as much as any other."""
    if chain.kind is not ChainKind.IN_PROCESS:
        return chain
    request: Any = {"fromBlock": first, "toBlock": last}
    return _ReadChain(chain.web3, chain.kind, chain.caller, tuple(chain.web3.eth.get_logs(request)))


class _EventReader:
    """Reads logs in runs of blocks and dates each block once."""

    def __init__(self, chain: Chain, first_block: int, last_block: int) -> None:
        self.chain, self.runs = chain, _runs(first_block, last_block)
        self._timestamps: dict[int, int] = {}

    def events(self, name: str, wrapper: ContractWrapper) -> list[Event]:
        """Every event of a contract, under `name`."""
        return [
            Event(name, e.name, e.args, self._timestamp(e.block), e.block, e.log_index, e.transaction_hash)
            for start, end in self.runs
            for e in wrapper.events_between(start, end)
        ]

    def _timestamp(self, block: int) -> int:
        if block not in self._timestamps:
            self._timestamps[block] = self.chain.timestamp_of(block)
        return self._timestamps[block]


def _runs(first: int, last: int) -> list[tuple[int, int]]:
    return [
        (start, min(start + BLOCKS_PER_READ - 1, last)) for start in range(first, last + 1, BLOCKS_PER_READ)
    ]


def _coin_moves(chain: Chain, reader: _EventReader, coin: str, vault: str) -> list[CoinMove]:
    """Transfers of `coin` from or to the vault, asked for by topic: a real coin has millions of others."""
    padded = "0x" + vault[2:].lower().rjust(64, "0")
    topic = "0x" + TRANSFER_TOPIC.hex()
    found: dict[tuple[int, int], CoinMove] = {}
    for start, end in reader.runs:
        for topics in ([topic, padded], [topic, None, padded]):
            for log in _logs_about(chain, coin, start, end, topics):
                move = CoinMove(
                    coin=coin,
                    sender=to_checksum_address(bytes(log["topics"][1])[12:]),
                    receiver=to_checksum_address(bytes(log["topics"][2])[12:]),
                    amount=int.from_bytes(bytes(log["data"]), "big"),
                    block=int(log["blockNumber"]),
                    log_index=int(log["logIndex"]),
                    transaction="0x" + bytes(log["transactionHash"]).hex(),
                )
                found[move.block, move.log_index] = move
    return [found[place] for place in sorted(found)]


def _logs_about(
    chain: Chain, address: str, start: int, end: int, topics: Sequence[str | None]
) -> Sequence[LogReceipt]:
    if not isinstance(chain, _ReadChain):
        request: Any = {"address": address, "fromBlock": start, "toBlock": end, "topics": topics}
        return chain.web3.eth.get_logs(request)
    wanted = [topic and bytes.fromhex(topic[2:]) for topic in topics]
    return [
        log
        for log in chain.logs_of(address, start, end)
        if len(log["topics"]) >= len(wanted)
        and all(want in (None, bytes(got)) for want, got in zip(wanted, log["topics"], strict=False))
    ]


def _posted(events: Iterable[Event]) -> list[str]:
    return [e.transaction for e in events if (e.contract, e.name) == ("ReportOracle", "ReportPosted")]


def _settled(events: Iterable[Event]) -> list[str]:
    return [e.transaction for e in events if (e.contract, e.name) == ("Settlement", "PeriodSettled")]


def _calls(
    chain: Chain,
    wrapper: ContractWrapper,
    functions: set[str],
    transactions: Iterable[str],
    read: Callable[[Mapping[str, Any]], Any],
) -> dict[str, Any]:
    """What each transaction that calls one of `functions` directly was given; others are left out."""
    contract = chain.web3.eth.contract(wrapper.address, abi=wrapper.artifact.abi)
    calls = {}
    for transaction_hash in transactions:
        transaction = chain.web3.eth.get_transaction(transaction_hash)  # type: ignore[arg-type]
        if to_checksum_address(transaction.get("to") or bytes(20)) != wrapper.address:
            continue
        called, arguments = contract.decode_function_input(transaction["input"])
        if called.fn_name in functions:
            calls[transaction_hash] = read(arguments)
    return calls


def _fields(struct: Any) -> list[Any]:
    return list(struct.values()) if hasattr(struct, "values") else list(struct)


def _submission(arguments: Mapping[str, Any]) -> Submission:
    report, signatures = list(arguments.values())[:2]
    together = bytes(signatures)
    each = (together[start : start + SIGNATURE_BYTES] for start in range(0, len(together), SIGNATURE_BYTES))
    return Submission(PeriodReport(*_fields(report)), tuple(each))


def _evidence(arguments: Mapping[str, Any]) -> Evidence:
    report, revision, posted, path, absences = _fields(list(arguments.values())[2])
    return Evidence(
        AssetReport(*_fields(report)),
        revision,
        Posted(*_fields(posted)),
        tuple(bytes(node) for node in path),
        tuple(_absence(*_fields(absence)) for absence in absences),
    )


def _absence(posted: Any, path: Sequence[bytes]) -> Absence:
    return Absence(Posted(*_fields(posted)), tuple(bytes(node) for node in path))
