"""What every contract wrapper is made of: reads with a block, calls to send, events."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from web3 import Web3
from web3.contract import Contract
from web3.types import FilterParams, LogReceipt

from wellhead.chain.artifacts import load_artifact
from wellhead.chain.client import Chain
from wellhead.chain.keccak import keccak256
from wellhead.chain.reverts import REFUSALS, as_reverted, canonical_type

CALL_GAS = 30_000_000
"""Gas that a static call may burn; py-evm wants the number."""


class AbiStruct(Protocol):
    """A dataclass that knows its Solidity struct's fields in order."""

    def as_tuple(self) -> tuple[Any, ...]:
        """Field values in the struct's order."""


@dataclass(frozen=True)
class ContractCall:
    """A transaction's target and data, not yet signed; `action` says in words what it does."""

    to: str | None
    """None creates a contract."""
    data: bytes
    action: str
    value: int = 0
    """Native coin in wei."""


@dataclass(frozen=True)
class ChainEvent:
    """One decoded event and where it stands."""

    contract: str
    name: str
    args: dict[str, Any]
    block: int
    transaction_hash: str
    log_index: int


class ContractWrapper:
    """One deployed contract; subclasses add one typed method for each thing they can do."""

    artifact_name: str

    def __init__(self, chain: Chain, address: str) -> None:
        """Bind to `address`; reads nothing yet."""
        self.chain = chain
        self.address = Web3.to_checksum_address(address)
        self.artifact = load_artifact(self.artifact_name)
        self._contract: Contract = chain.web3.eth.contract(self.address, abi=self.artifact.abi)
        self._events = {_topic(entry): entry for entry in self.artifact.abi if entry["type"] == "event"}

    def read(self, function: str, *args: Any, block: int | str = "latest") -> Any:
        """A view's answer as of `block`; raises ContractReverted."""
        action = f"{self.artifact_name}.{function}"
        try:
            return self._contract.functions[function](*args).call(
                {"from": self.chain.caller, "gas": CALL_GAS},
                block_identifier=block,  # type: ignore[arg-type]
            )
        except REFUSALS as error:
            raise as_reverted(error, action) from error

    def prepare(self, function: str, *args: Any, value: int = 0) -> ContractCall:
        """The call of `function`, ready to be sent with `value` wei."""
        data = self._contract.encode_abi(function, args)
        return ContractCall(self.address, bytes.fromhex(data[2:]), f"{self.artifact_name}.{function}", value)

    def events_between(self, from_block: int, to_block: int) -> list[ChainEvent]:
        """Every event that this contract wrote in the blocks, both included, in order."""
        return [self._decode(log) for log in self.chain.logs_of(self.address, from_block, to_block)]

    def events_named(self, names: Collection[str], from_block: int, to_block: int) -> list[ChainEvent]:
        """Events of these names that this contract wrote in the blocks, both included, in order."""
        topics = ["0x" + topic.hex() for topic, entry in self._events.items() if entry["name"] in names]
        request: FilterParams = {
            "address": self.address,
            "fromBlock": from_block,
            "toBlock": to_block,
            "topics": [topics],
        }
        return [self._decode(log) for log in self.chain.web3.eth.get_logs(request)]

    def _decode(self, log: LogReceipt) -> ChainEvent:
        entry = self._events[bytes(log["topics"][0])]
        decoded = self._contract.events[entry["name"]]().process_log(log)
        return ChainEvent(
            contract=self.artifact_name,
            name=entry["name"],
            args={key: _plain(value) for key, value in decoded["args"].items()},
            block=int(log["blockNumber"]),
            transaction_hash=Web3.to_hex(log["transactionHash"]),
            log_index=int(log["logIndex"]),
        )


def creation(artifact_name: str, arguments: Sequence[Any], chain: Chain) -> ContractCall:
    """The transaction that creates a contract with its constructor's arguments."""
    artifact = load_artifact(artifact_name)
    factory = chain.web3.eth.contract(abi=artifact.abi, bytecode=artifact.bytecode)
    data = factory.constructor(*arguments).data_in_transaction
    return ContractCall(None, bytes.fromhex(str(data)[2:]), f"create {artifact_name}")


def _topic(entry: dict[str, Any]) -> bytes:
    kinds = ",".join(canonical_type(i) for i in entry["inputs"])
    return keccak256(f"{entry['name']}({kinds})".encode())


def _plain(value: Any) -> Any:
    """AttributeDicts of struct arguments become dicts, hashes become bytes."""
    if hasattr(value, "items"):
        return {key: _plain(inner) for key, inner in value.items()}
    return bytes(value) if isinstance(value, bytes) else value
