"""Reads runs of blocks and believes a node only where its own answers fit together.

Logs and the headers around them are asked for in one batch, which one node answers. A node that is behind
answers `[]` for blocks that it does not have, without an error: its last header is missing then. Every log
must stand in a block whose header was read; headers must hang together by their parents' hashes from the
cursor on. Above finality every header is read, and a block whose bloom names one of our contracts must show
its logs.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from wellhead.chain.index.decode import Log
from wellhead.chain.index.rpc import Call, NodeFault, NodeRpc, RangeTooLong, Refusal
from wellhead.chain.keccak import keccak256

HEADERS_PER_BATCH = 256


@dataclass(frozen=True, slots=True)
class Header:
    """What links a block to its chain."""

    number: int
    hash: bytes
    parent_hash: bytes
    timestamp: int
    bloom: int


@dataclass(frozen=True, slots=True)
class Heads:
    """What one node says of itself, in one answer."""

    latest: Header
    finalized: int
    asked: dict[int, Header | None]
    """Headers at the heights that were asked for; None where the node has none."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A verified run of blocks."""

    first: int
    last: int
    logs: list[Log]
    """Ordered by block and place."""
    headers: dict[int, Header]
    """Of all blocks with logs, the last one, and every one where `every` was asked."""

    @property
    def head(self) -> Header:
        """The run's last block."""
        return self.headers[self.last]


class ChainReader:
    """One node's blocks and logs."""

    def __init__(self, rpc: NodeRpc, finality_depth: int) -> None:
        """`finality_depth` is used where the node knows no `finalized`."""
        self.rpc, self.finality_depth = rpc, finality_depth

    def heads(self, heights: Sequence[int]) -> Heads:
        """Newest and final block, and the headers at `heights`; raises NodeFault."""
        calls = [_header_call("latest"), _header_call("finalized"), *(_header_call(n) for n in heights)]
        latest, finalized, *others = self.rpc.batch(calls)
        head = _header(latest)
        if head is None:
            raise NodeFault(f"no newest block: {latest}")
        final = None if isinstance(finalized, Refusal) else _header(finalized)
        known = max(0, head.number - self.finality_depth) if final is None else final.number
        return Heads(head, known, dict(zip(heights, map(_header, others), strict=True)))

    def headers(self, heights: Sequence[int]) -> list[Header | None]:
        """Headers at `heights`, None where the node has none."""
        found: list[Header | None] = []
        for start in range(0, len(heights), HEADERS_PER_BATCH):
            part = heights[start : start + HEADERS_PER_BATCH]
            found += [_header(answer) for answer in self.rpc.batch([_header_call(n) for n in part])]
        return found

    def read(self, first: int, last: int, addresses: Collection[str], every: bool = False) -> Chunk:
        """Blocks and our contracts' logs from `first` to `last`; raises RangeTooLong and NodeFault.

        `every` reads each header of the run and looks for logs that are kept from us.
        """
        heights = range(first, last + 1) if every else sorted({first, last})
        logs, *answers = self.rpc.batch(
            [_logs_call(first, last, addresses), *(_header_call(n) for n in heights)]
        )
        headers = dict(zip(heights, map(_header, answers), strict=True))
        if headers[last] is None:
            raise NodeFault(f"block {last} is not there: the node is behind")
        if isinstance(logs, Refusal):
            raise RangeTooLong(logs.message)
        bearing = sorted({int(log["blockNumber"], 16) for log in logs} - headers.keys())
        headers |= dict(zip(bearing, self.headers(bearing), strict=True))
        chunk = Chunk(first, last, logs, _present(headers))
        _require_logs_fit(chunk)
        if every:
            _require_linked([chunk.headers[n] for n in heights])
            self._require_bloomed(chunk, addresses)
        return chunk

    def read_more(self, chunk: Chunk, addresses: Collection[str]) -> Chunk:
        """The chunk with the logs of further contracts; raises NodeFault where the chain moved meanwhile."""
        more = self.read(chunk.first, chunk.last, addresses)
        if more.head.hash != chunk.head.hash:
            raise NodeFault(f"block {chunk.last} changed between two reads")
        logs = sorted(chunk.logs + more.logs, key=place_of)
        return Chunk(chunk.first, chunk.last, logs, more.headers | chunk.headers)

    def call_at(self, calls: Sequence[tuple[str, bytes]], header: Header) -> list[bytes]:
        """Contracts' answers at a block, the block's hash checked in the same batch; raises NodeFault."""
        asked: list[Call] = [
            ("eth_call", [{"to": to, "data": "0x" + data.hex()}, hex(header.number)]) for to, data in calls
        ]
        *answers, at = self.rpc.batch([*asked, _header_call(header.number)])
        seen = _header(at)
        if seen is None or seen.hash != header.hash:
            raise NodeFault(f"block {header.number} is another on this node")
        refused = next((answer for answer in answers if isinstance(answer, Refusal)), None)
        if refused:
            raise NodeFault(f"a call at block {header.number}: {refused}")
        return [bytes.fromhex(answer[2:]) for answer in answers]

    def _require_bloomed(self, chunk: Chunk, addresses: Collection[str]) -> None:
        """Ask again, by hash, for every block that should hold logs of a contract and showed none."""
        shown = {(int(log["blockNumber"], 16), log["address"].lower()) for log in chunk.logs}
        masks = [(address.lower(), _bloom_bits(address)) for address in addresses]
        silent = [
            header
            for header in chunk.headers.values()
            if any(
                header.bloom & bits == bits and (header.number, address) not in shown
                for address, bits in masks
            )
        ]
        if not silent:
            return
        again = self.rpc.batch(
            [
                ("eth_getLogs", [{"blockHash": "0x" + header.hash.hex(), "address": sorted(addresses)}])
                for header in silent
            ]
        )
        for header, logs in zip(silent, again, strict=True):
            had = sum(int(log["blockNumber"], 16) == header.number for log in chunk.logs)
            if isinstance(logs, Refusal) or len(logs) != had:
                raise NodeFault(f"block {header.number} shows {had} logs, by hash {str(logs)[:60]}")


def place_of(log: Log) -> tuple[int, int]:
    """Block and place within it."""
    return int(log["blockNumber"], 16), int(log["logIndex"], 16)


def _require_logs_fit(chunk: Chunk) -> None:
    for log in chunk.logs:
        header = chunk.headers.get(int(log["blockNumber"], 16))
        if header is None or "0x" + header.hash.hex() != log["blockHash"] or log.get("removed"):
            raise NodeFault(f"a log of block {log['blockNumber']} in {log['blockHash']} is not in the chain")
    places = [place_of(log) for log in chunk.logs]
    if any(not chunk.first <= block <= chunk.last for block, _ in places) or any(
        before >= after for before, after in pairwise(places)
    ):
        raise NodeFault(f"logs of {chunk.first} … {chunk.last} are out of range, doubled or out of order")


def _require_linked(headers: Sequence[Header]) -> None:
    for before, after in pairwise(headers):
        if after.parent_hash != before.hash:
            raise NodeFault(f"block {after.number} does not follow block {before.number}")


def _present(headers: dict[int, Header | None]) -> dict[int, Header]:
    for number, header in headers.items():
        if header is None or header.number != number:
            raise NodeFault(f"block {number} is not there")
    return {number: header for number, header in headers.items() if header is not None}


def _header(answer: Any) -> Header | None:
    if answer is None:
        return None
    if isinstance(answer, Refusal):
        # A node without the block says so in several ways; what matters is that it shows none.
        return None
    try:
        return Header(
            int(answer["number"], 16),
            bytes.fromhex(answer["hash"][2:]),
            bytes.fromhex(answer["parentHash"][2:]),
            int(answer["timestamp"], 16),
            int(answer["logsBloom"], 16),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise NodeFault(f"not a block: {str(answer)[:100]}") from error


def _header_call(block: int | str) -> Call:
    return "eth_getBlockByNumber", [block if isinstance(block, str) else hex(block), False]


def _logs_call(first: int, last: int, addresses: Collection[str]) -> Call:
    asked = {"fromBlock": hex(first), "toBlock": hex(last), "address": sorted(addresses)}
    return "eth_getLogs", [asked]


def _bloom_bits(address: str) -> int:
    """The three bits of the 2048 that a log of `address` sets."""
    digest = keccak256(bytes.fromhex(address[2:]))
    bits = 0
    for start in (0, 2, 4):
        bits |= 1 << (int.from_bytes(digest[start : start + 2]) & 2047)
    return bits
