"""What sending needs of a node, over JSON-RPC or on the in-process chain."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from eth_utils import to_checksum_address

from wellhead.chain.contract import ContractCall
from wellhead.chain.reverts import decode_revert
from wellhead.chain.wire import Lost, NodeError, Reply, Result, Wire
from wellhead.errors import ChainError, ContractReverted

FINAL_DEPTH = 64
"""Blocks until a block counts as final where the node does not know the tag `finalized`."""
GAS_MARGIN_PERCENT = 130
REVERT_CODE = 3


@dataclass(frozen=True, slots=True)
class View:
    """One node's chain at one moment, and how many transactions of one account it knows."""

    head: int
    """Number of the newest block."""
    base_fee: int
    """Its base fee, in wei."""
    final: int
    """Number of the newest final block."""
    count: int
    """Transactions of the account up to the newest block: the next nonce to be mined."""
    count_pending: int
    """The same with what waits in the pool without a gap."""
    count_final: int
    """The same up to the final block."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a transaction is and how it ended."""

    transaction_hash: bytes
    block: int
    block_hash: bytes
    succeeded: bool
    gas_used: int
    contract_address: str | None


class Node(Protocol):
    """A node. Reads raise ChainError where nothing can be relied on; a send never raises."""

    def view(self, address: str) -> View:
        """The chain now, all from one moment."""

    def send(self, raws: Sequence[bytes]) -> list[str | None]:
        """Offer signed bytes, in order: the node's message for each, None where it took them."""

    def receipts(self, hashes: Sequence[bytes]) -> list[Receipt | None]:
        """Receipts; None where no block holds the transaction."""

    def receipts_and_final_count(
        self, address: str, final: int, hashes: Sequence[bytes]
    ) -> tuple[int, list[Receipt | None]]:
        """Transactions of the account up to block `final`, and the receipts, by one node."""

    def block_hashes(self, numbers: Sequence[int]) -> list[bytes | None]:
        """Hash of each block; None where the node has none of that number."""

    def gas_for(self, address: str, calls: Sequence[ContractCall]) -> list[int]:
        """Gas limits; every call is tried without sending. ContractReverted for the first that is refused."""


class HttpNode:
    """A node behind JSON-RPC."""

    def __init__(self, wire: Wire, final_depth: int = FINAL_DEPTH) -> None:
        self._wire, self._final_depth = wire, final_depth

    def view(self, address: str) -> View:
        """The chain now, asked in one request."""
        head, finalized, *counts = self._wire.call_all(
            [
                ("eth_getBlockByNumber", ("latest", False)),
                ("eth_getBlockByNumber", ("finalized", False)),
                ("eth_getTransactionCount", (address, "latest")),
                ("eth_getTransactionCount", (address, "pending")),
                ("eth_getTransactionCount", (address, "finalized")),
            ]
        )
        newest = _value(head, "newest block")
        number = int(newest["number"], 16)
        if isinstance(finalized, Result) and finalized.value:
            final, count_final = int(finalized.value["number"], 16), counts[2]
        elif isinstance(finalized, Lost):
            raise ChainError(f"final block: no answer ({finalized.why})")
        else:
            final = max(0, number - self._final_depth)
            count_final = self._wire.call("eth_getTransactionCount", address, hex(final))
        latest, pending = (int(_value(each, "transaction count"), 16) for each in counts[:2])
        return View(
            number,
            int(newest["baseFeePerGas"], 16),
            min(final, number),
            latest,
            max(latest, pending),
            min(latest, int(_value(count_final, "final transaction count"), 16)),
        )

    def send(self, raws: Sequence[bytes]) -> list[str | None]:
        """Offer signed bytes, in order."""
        replies = self._wire.call_all([("eth_sendRawTransaction", ("0x" + raw.hex(),)) for raw in raws])
        return [_message(reply) for reply in replies]

    def receipts(self, hashes: Sequence[bytes]) -> list[Receipt | None]:
        """Receipts by hash."""
        calls = [("eth_getTransactionReceipt", ("0x" + each.hex(),)) for each in hashes]
        return [_receipt(_value(reply, "receipt")) for reply in self._wire.call_all(calls)]

    def receipts_and_final_count(
        self, address: str, final: int, hashes: Sequence[bytes]
    ) -> tuple[int, list[Receipt | None]]:
        """One request, so that one node answers."""
        receipts = [("eth_getTransactionReceipt", ("0x" + each.hex(),)) for each in hashes]
        count, *replies = self._wire.call_all([("eth_getTransactionCount", (address, hex(final))), *receipts])
        known = [_receipt(_value(reply, "receipt")) for reply in replies]
        return int(_value(count, "transaction count"), 16), known

    def block_hashes(self, numbers: Sequence[int]) -> list[bytes | None]:
        """Hashes by number."""
        replies = self._wire.call_all([("eth_getBlockByNumber", (hex(each), False)) for each in numbers])
        blocks = [_value(reply, "block") for reply in replies]
        return [_bytes(block["hash"]) if block else None for block in blocks]

    def gas_for(self, address: str, calls: Sequence[ContractCall]) -> list[int]:
        """Estimates with a margin."""
        requests = [("eth_estimateGas", (_request(address, call),)) for call in calls]
        replies = self._wire.call_all(requests)
        return [
            _gas(reply, call) * GAS_MARGIN_PERCENT // 100 for reply, call in zip(replies, calls, strict=True)
        ]


def _request(address: str, call: ContractCall) -> dict[str, str]:
    request = {"from": address, "data": "0x" + call.data.hex(), "value": hex(call.value)}
    return request if call.to is None else {**request, "to": call.to}


def _gas(reply: Reply, call: ContractCall) -> int:
    if isinstance(reply, NodeError) and (reply.code == REVERT_CODE or "revert" in reply.message.lower()):
        if isinstance(reply.data, str) and len(reply.data) >= 10:
            raise decode_revert(_bytes(reply.data), call.action)
        raise ContractReverted(reply.message, action=call.action)
    return int(_value(reply, call.action), 16)


def _value(reply: Reply, what: str) -> Any:
    if isinstance(reply, Result):
        return reply.value
    why = f"{reply.message} ({reply.code})" if isinstance(reply, NodeError) else f"no answer ({reply.why})"
    raise ChainError(f"{what}: {why}")


def _message(reply: Reply) -> str | None:
    if isinstance(reply, Result):
        return None if isinstance(reply.value, str) and len(reply.value) == 66 else "result that is no hash"
    return reply.message if isinstance(reply, NodeError) else f"no answer: {reply.why}"


def _receipt(found: Any) -> Receipt | None:
    if not found or not found.get("blockHash"):
        return None
    return Receipt(
        _bytes(found["transactionHash"]),
        int(found["blockNumber"], 16),
        _bytes(found["blockHash"]),
        int(found["status"], 16) == 1,
        int(found["gasUsed"], 16),
        to_checksum_address(found["contractAddress"]) if found.get("contractAddress") else None,
    )


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:])
