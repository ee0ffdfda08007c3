"""A chain full of Settlement's events, written by a mock with their real shape, and a database for them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.postgres import run_postgres

from wellhead.chain.artifacts import HARNESS_FOLDER, read_artifact
from wellhead.chain.client import Chain
from wellhead.chain.deployment import Deployment
from wellhead.chain.development import run_anvil
from wellhead.chain.keccak import keccak256

ROOT = Path(__file__).parents[2]
EVENTS = 100_000
EVENTS_PER_TRANSACTION = 250
EMPTY_BLOCKS = 70
"""Mined at the end, so that what lies below is final and the rest is not."""


@dataclass(frozen=True)
class Stage:
    """The filled chain."""

    chain: Chain
    url: str
    deployment: Deployment
    events: int
    last_block: int


@contextmanager
def filled_chain(events: int = EVENTS) -> Iterator[Stage]:
    """An anvil on loopback with so many `SaleBooked`, in blocks of one transaction each."""
    with run_anvil(ROOT / "node_modules/.bin/anvil") as chain:
        source = create(chain, "EventSource")
        per_transaction = min(events, EVENTS_PER_TRANSACTION)
        data = keccak256(b"sell(uint256)")[:4] + per_transaction.to_bytes(32)
        for _ in range(events // per_transaction):
            transact(chain, source, data)
        request(chain, "anvil_mine", [hex(EMPTY_BLOCKS)])
        yield Stage(chain, endpoint_of(chain), deployment_of(chain, source), events, chain.block_number())


def create(chain: Chain, harness: str) -> str:
    """A contract of `contracts/mocks/harness`, created; its address."""
    artifact = read_artifact(ROOT / HARNESS_FOLDER / f"{harness}.json")
    return str(chain.web3.to_checksum_address(transact(chain, None, artifact.bytecode)["contractAddress"]))


def transact(chain: Chain, to: str | None, data: bytes) -> dict[str, Any]:
    """Send from anvil's first account and wait until it is mined, in a block of its own; the receipt."""
    call = {"from": chain.caller, "data": "0x" + data.hex(), "gas": hex(90_000_000)}
    sent = request(chain, "eth_sendTransaction", [call | ({"to": to} if to else {})])
    while True:
        receipt = request(chain, "eth_getTransactionReceipt", [sent])
        if receipt is not None:
            return dict(receipt)
        time.sleep(0.002)


def request(chain: Chain, method: str, params: list[Any]) -> Any:
    """One call that web3 has no method for."""
    answer = chain.web3.provider.make_request(method, params)  # type: ignore[arg-type]
    return answer["result"]


def deployment_of(chain: Chain, source: str) -> Deployment:
    """The mock as a deployment of its own: Settlement, with the leases that its constructor created."""
    leases = request(
        chain, "eth_call", [{"to": source, "data": "0x" + keccak256(b"leases()")[:4].hex()}, "latest"]
    )
    contracts = {"Settlement": source, "LeaseToken": chain.web3.to_checksum_address("0x" + leases[-40:])}
    return Deployment(chain.chain_id, 0, 86_400, 0, contracts)


def endpoint_of(chain: Chain) -> str:
    """The node's URL."""
    return str(chain.web3.provider.endpoint_uri)  # type: ignore[attr-defined]


@contextmanager
def empty_database() -> Iterator[str]:
    """A migrated PostgreSQL database on a unix socket, as durable as PostgreSQL is by itself."""
    with run_postgres(hurried=False) as server, server.database() as url:
        yield url
