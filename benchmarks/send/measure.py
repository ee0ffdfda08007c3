"""Transactions per second through the outbox, beside the same bytes thrown at the node in raw batches.

One anvil with a block a second, one key, plain transfers, SQLite in WAL mode with full syncs. A transaction
counts when its receipt is stored; the clock runs from the first submission to the last receipt. The limit is
what the node takes of transactions that were signed before, sent in batches of the same size over one
connection and waited for by the sender's transaction count: no signing, no storing, no check, no receipts.
"""

import platform
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from eth_utils import to_checksum_address
from tests.chaos.node import rpc, run_node

from benchmarks.figures import Figure, Measured
from wellhead.chain.contract import ContractCall
from wellhead.chain.keccak import keccak256
from wellhead.chain.node import HttpNode
from wellhead.chain.outbox import Outbox
from wellhead.chain.placing import Request
from wellhead.chain.signers.memory import MemorySigner
from wellhead.chain.states import State
from wellhead.chain.wire import Wire
from wellhead.db.engine import open_sessions

TRANSACTIONS = 3_000
AT_ONCE = 100
BOUND = 200
CHAIN_ID = 31_337
FEES = {"maxFeePerGas": 10**11, "maxPriorityFeePerGas": 10**9}
WAIT_SECONDS = 120


def measure(progress: Callable[[str], None]) -> Measured:
    """Both rates on one node, the raw one first and last, so that neither has the quieter machine."""
    with run_node("--block-time", "1", "--gas-limit", "300000000") as url:
        before = _raw(url, b"raw before")
        progress(f"raw batches: {before:.0f} transactions/s")
        ours = _through_outbox(url, progress)
        progress(f"outbox: {ours:.0f} transactions/s")
        after = _raw(url, b"raw after")
        progress(f"raw batches again: {after:.0f} transactions/s")
    figure = Figure(
        int(ours),
        "transactions/s",
        int((before + after) / 2),
        BOUND,
        "AsyncWeb3 pipelined 290/s without storing; one at a time 1/s",
        higher_is_better=True,
    )
    circumstances = {
        "machine": f"{platform.machine()}, Python {platform.python_version()}, one process beside the node",
        "what": f"{TRANSACTIONS:,} transfers by one key, {AT_ONCE} at once, 1 s blocks, SQLite, full syncs",
    }
    return Measured("Sending", circumstances, {"outbox_sends": figure})


def _signer(url: str, name: bytes) -> MemorySigner:
    signer = MemorySigner(keccak256(name))
    rpc(url, "anvil_setBalance", signer.address, hex(10**24))
    return signer


def _payee(number: int) -> str:
    return to_checksum_address(keccak256(b"payee %d" % number)[-20:])


def _raw(url: str, name: bytes) -> float:
    """Transactions per second of bytes that were signed before."""
    signer, wire = _signer(url, name), Wire(url, timeout_seconds=30)
    signed = [signer.sign_transaction(_transaction(number)) for number in range(TRANSACTIONS)]
    started = time.monotonic()
    for first in range(0, TRANSACTIONS, AT_ONCE):
        wire.call_all(
            [("eth_sendRawTransaction", ("0x" + raw.hex(),)) for raw in signed[first : first + AT_ONCE]]
        )
    while int(rpc(url, "eth_getTransactionCount", signer.address, "latest"), 16) < TRANSACTIONS:
        _check(started)
        time.sleep(0.02)
    return TRANSACTIONS / (time.monotonic() - started)


def _transaction(nonce: int) -> dict[str, Any]:
    return {"chainId": CHAIN_ID, "nonce": nonce, "gas": 21_000, "to": _payee(nonce), "value": 1, **FEES}


def _through_outbox(url: str, progress: Callable[[str], None]) -> float:
    """Transactions per second from submission to stored receipts."""
    signer = _signer(url, b"outbox")
    with tempfile.TemporaryDirectory() as folder:
        sessions = open_sessions(f"sqlite:///{Path(folder) / 'outbox.sqlite'}")
        outbox = Outbox(HttpNode(Wire(url, timeout_seconds=30)), sessions, signer, CHAIN_ID)
        started = time.monotonic()
        for first in range(0, TRANSACTIONS, AT_ONCE):
            calls = [_call(number) for number in range(first, first + AT_ONCE)]
            gas = outbox.node.gas_for(signer.address, calls)
            outbox.submit([Request(c.action, c, g) for c, g in zip(calls, gas, strict=True)])
        progress(f"all sent after {time.monotonic() - started:.1f} s")
        while outbox.step().waiting:
            _check(started)
            time.sleep(0.05)
        seconds = time.monotonic() - started
        keys = [_call(number).action for number in range(TRANSACTIONS)]
        states = {outcome.state for outcome in outbox.outcomes(keys).values()}
        sessions.kw["bind"].dispose()
    if not states <= {State.MINED, State.FINAL}:
        raise AssertionError(f"not all mined: {states}")
    return TRANSACTIONS / seconds


def _call(number: int) -> ContractCall:
    return ContractCall(_payee(number), b"", f"transfer {number}", 1)


def _check(started: float) -> None:
    if time.monotonic() - started > WAIT_SECONDS:
        raise TimeoutError(f"not all mined after {WAIT_SECONDS} s")
