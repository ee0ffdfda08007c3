"""One chain as the rest of the program sees it: the in-process EVM, anvil, or any JSON-RPC endpoint."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from web3 import Web3
from web3.providers import BaseProvider, HTTPProvider
from web3.types import LogReceipt

from wellhead.errors import ChainError


class ChainKind(StrEnum):
    """What stands behind the connection."""

    IN_PROCESS = "in-process"
    """py-evm inside this process: gone when it ends."""
    ANVIL = "anvil"
    """A local development node."""
    RPC = "rpc"
    """Any other JSON-RPC endpoint; its clock is its own."""


@dataclass(frozen=True)
class Chain:
    """A connection. Reads only; transactions leave through `wellhead.chain.service`."""

    web3: Web3
    kind: ChainKind
    caller: str
    """Funded address that static calls name as their sender (py-evm charges even those)."""
    chain_id: int = field(init=False)

    def __post_init__(self) -> None:
        """Read the chain id once; it never changes."""
        object.__setattr__(self, "chain_id", int(self.web3.eth.chain_id))

    def block_number(self) -> int:
        """Number of the newest block."""
        return int(self.web3.eth.block_number)

    def head(self) -> tuple[int, bytes]:
        """Number and hash of the newest block."""
        block = self.web3.eth.get_block("latest")
        return int(block["number"]), bytes(block["hash"])

    def timestamp(self) -> int:
        """Unix seconds of the newest block."""
        return int(self.web3.eth.get_block("latest")["timestamp"])

    def timestamp_of(self, block: int) -> int:
        """Unix seconds of block `block`."""
        return int(self.web3.eth.get_block(block)["timestamp"])

    def code_at(self, address: str) -> bytes:
        """Runtime code at `address`; empty if there is none."""
        return bytes(self.web3.eth.get_code(Web3.to_checksum_address(address)))

    def logs_of(self, address: str, from_block: int, to_block: int) -> list[LogReceipt]:
        """Every log that `address` wrote in the blocks, both included, in order."""
        if to_block < from_block:
            return []
        return list(
            self.web3.eth.get_logs(
                {"address": Web3.to_checksum_address(address), "fromBlock": from_block, "toBlock": to_block}
            )
        )


def connect(provider: BaseProvider, kind: ChainKind, caller: str) -> Chain:
    """A chain behind `provider`; CCIP-Read is off (a contract must not make us fetch URLs)."""
    web3 = Web3(provider)
    web3.provider.global_ccip_read_enabled = False
    if not web3.is_connected():
        raise ChainError(f"no answer from the {kind} endpoint")
    return Chain(web3, kind, caller)


def connect_rpc(url: str, caller: str, timeout_seconds: float = 30.0) -> Chain:
    """A chain behind an HTTP endpoint; web3's own retries are off, a send is never repeated unseen."""
    provider: Any = HTTPProvider(
        url, request_kwargs={"timeout": timeout_seconds}, exception_retry_configuration=None
    )
    kind = ChainKind.ANVIL if "anvil" in _client_version(provider).lower() else ChainKind.RPC
    return connect(provider, kind, caller)


def _client_version(provider: HTTPProvider) -> str:
    return str(Web3(provider).client_version)
