"""Chains for development and tests, whose clock can be moved: the in-process EVM and a local anvil."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eth_tester import EthereumTester, PyEVMBackend
from eth_utils import to_canonical_address
from web3 import EthereumTesterProvider, Web3

from wellhead.chain.client import Chain, ChainKind, connect, connect_rpc
from wellhead.chain.signatures import address_of
from wellhead.errors import ChainError, StateError

BANK_KEY = bytes.fromhex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
"""The well-known first key of every development node: rich there, worthless elsewhere."""

ANVIL_START_SECONDS_MAX = 15
BLOCK_GAS_LIMIT = 100_000_000


class ClockedBackend(PyEVMBackend):  # type: ignore[misc]
    """py-evm whose blocks carry the time we say: each a second after the last.

    py-evm alone would date the next block today, which makes a day in the past impossible to replay.
    """

    def __init__(self, genesis_timestamp: int) -> None:
        """An empty chain whose first block is dated `genesis_timestamp`."""
        bank = {"balance": 10**27, "nonce": 0, "code": b"", "storage": {}}
        super().__init__(
            genesis_parameters=self.generate_genesis_params(
                {"timestamp": genesis_timestamp, "gas_limit": BLOCK_GAS_LIMIT}
            ),
            genesis_state={to_canonical_address(address_of(BANK_KEY)): bank},
        )

    def send_raw_transaction(self, raw_transaction: Any) -> Any:
        """Date the pending block, then put the transaction in it."""
        parent = self.chain.get_canonical_head().timestamp
        self._date_block(parent + 1)
        return super().send_raw_transaction(raw_transaction)

    def travel(self, timestamp: int) -> None:
        """Mine an empty block dated `timestamp`."""
        self._date_block(timestamp)
        self.mine_blocks()

    def _date_block(self, timestamp: int) -> None:
        self.chain.header = self.chain.header.copy(timestamp=timestamp)


def open_in_process(genesis_timestamp: int) -> Chain:
    """A new in-process EVM that begins at `genesis_timestamp` and dies with this process."""
    tester = EthereumTester(ClockedBackend(genesis_timestamp))
    return connect(EthereumTesterProvider(tester), ChainKind.IN_PROCESS, address_of(BANK_KEY))


def travel(chain: Chain, timestamp: int) -> None:
    """Move a development chain's clock forward to `timestamp`; raises StateError for the past."""
    now = chain.timestamp()
    if timestamp <= now:
        raise StateError(f"chain stands at {now}: cannot travel {now - timestamp} s back to {timestamp}")
    if chain.kind is ChainKind.IN_PROCESS:
        _backend_of(chain).travel(timestamp)
    elif chain.kind is ChainKind.ANVIL:
        _request(chain, "evm_setNextBlockTimestamp", [timestamp])
        _request(chain, "evm_mine", [])
    else:
        raise StateError(f"a {chain.kind} chain keeps its own time; wait until {timestamp}")


@contextmanager
def run_anvil(binary: Path, genesis_timestamp: int | None = None) -> Iterator[Chain]:
    """A local anvil on a free loopback port, stopped by its process id at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(binary), "--silent", "--host", "127.0.0.1", "--port", str(port), "--hardfork", "prague"]
    command += ["--gas-limit", str(BLOCK_GAS_LIMIT)]
    if genesis_timestamp is not None:
        command += ["--timestamp", str(genesis_timestamp)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield _await_anvil(f"http://127.0.0.1:{port}", process)
    finally:
        process.terminate()
        process.wait(timeout=10)


def _await_anvil(url: str, process: "subprocess.Popen[bytes]") -> Chain:
    deadline = time.monotonic() + ANVIL_START_SECONDS_MAX
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ChainError(f"anvil ended at once with exit status {process.returncode}")
        try:
            return connect_rpc(url, address_of(BANK_KEY))
        except (ChainError, OSError):
            time.sleep(0.05)
    raise ChainError(f"anvil did not answer within {ANVIL_START_SECONDS_MAX} s")


def _backend_of(chain: Chain) -> ClockedBackend:
    provider = chain.web3.provider
    if not isinstance(provider, EthereumTesterProvider):
        raise StateError(f"a {chain.kind} chain has no in-process backend")
    backend = getattr(provider.ethereum_tester, "backend", None)
    if not isinstance(backend, ClockedBackend):
        raise StateError("this in-process chain was not opened by open_in_process")
    return backend


def _request(chain: Chain, method: str, params: list[Any]) -> None:
    answer = chain.web3.provider.make_request(method, params)  # type: ignore[arg-type]
    if "error" in answer:
        raise ChainError(f"{method}: {answer['error']}")


def fund_call(to: str, wei: int) -> dict[str, Any]:
    """A plain transfer of native coin, for the bank to send."""
    return {"to": Web3.to_checksum_address(to), "value": wei, "data": b""}
