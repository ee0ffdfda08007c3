"""Sending one transaction and waiting for its block: a thin facade over the outbox.

A send under a key that was used before returns what became of the first one; it never signs twice.
"""

import time
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy.orm import Session, sessionmaker
from web3.providers import HTTPProvider

from wellhead.chain.client import Chain, ChainKind
from wellhead.chain.contract import ContractCall
from wellhead.chain.fees import FeePolicy
from wellhead.chain.node import HttpNode, Node
from wellhead.chain.node_in_process import IN_PROCESS_GAS, InProcessNode
from wellhead.chain.outbox import Outbox
from wellhead.chain.outcomes import Outcome
from wellhead.chain.placing import Request
from wellhead.chain.signers import Signer
from wellhead.chain.signers.memory import MemorySigner
from wellhead.chain.states import State
from wellhead.chain.wire import Wire
from wellhead.errors import ChainError, ContractReverted, StateError, TransactionUnknown

STEP_SECONDS = 1.0
"""Between two rounds of the outbox while a transaction is waited for."""
POLL_SECONDS = 0.02


@dataclass(frozen=True)
class Mined:
    """A transaction in a block."""

    transaction_hash: str
    block: int
    gas_used: int
    contract_address: str | None


class Sends(Protocol):
    """Whoever sends for one address: a `Sender`, or a `DryRun` that only says what it would send."""

    @property
    def address(self) -> str:
        """The address that sends."""

    def send(self, key: str, call: ContractCall) -> Mined:
        """Send `call` once under `key`."""


def node_of(chain: Chain) -> Node:
    """What sending talks to: raw JSON-RPC without retries, or the in-process chain."""
    if chain.kind is ChainKind.IN_PROCESS:
        return InProcessNode(chain)
    provider = chain.web3.provider
    if not isinstance(provider, HTTPProvider) or provider.endpoint_uri is None:
        raise StateError(f"a {chain.kind} chain without an HTTP endpoint cannot be sent to")
    return HttpNode(Wire(str(provider.endpoint_uri)))


@dataclass(frozen=True)
class Sender:
    """One key's way onto one chain, for callers that wait for each transaction."""

    chain: Chain
    sessions: sessionmaker[Session]
    key: "bytes | Signer" = field(repr=False)
    """A private key, or whatever signs; see `signer`."""
    wait_seconds: float = 120.0
    policy: FeePolicy = field(default_factory=FeePolicy)
    signer: Signer = field(init=False)
    outbox: Outbox = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Wrap the key, so that nothing keeps its bytes, and open its outbox."""
        signer = MemorySigner(self.key) if isinstance(self.key, bytes) else self.key
        object.__setattr__(self, "key", signer)
        object.__setattr__(self, "signer", signer)
        outbox = Outbox(node_of(self.chain), self.sessions, signer, self.chain.chain_id, self.policy)
        object.__setattr__(self, "outbox", outbox)

    @property
    def address(self) -> str:
        """The key's address."""
        return self.signer.address

    def send(self, key: str, call: ContractCall) -> Mined:
        """Send `call` once under `key` and wait until it is in a block.

        Raises ContractReverted if a contract refuses (nothing is stored then), StateError if `key` was used
        for another call, TransactionUnknown if no block holds it in time: send again under the same key.
        """
        fresh = self.outbox.unknown([Request(key, call, 0)])
        self.outbox.submit([Request(key, call, self._checked_gas(call)) for _ in fresh])
        outcome = self._awaited(key, call, is_fresh=bool(fresh))
        if not outcome.succeeded:
            raise ContractReverted("RevertedInBlock", {"block": outcome.block}, call.action)
        return self._mined(outcome)

    def _checked_gas(self, call: ContractCall) -> int:
        """Gas limit; the call is tried without sending first, so a refusal costs nothing."""
        return self.outbox.node.gas_for(self.address, [call])[0]

    def _awaited(self, key: str, call: ContractCall, *, is_fresh: bool) -> Outcome:
        started = time.monotonic()
        stepped = started if is_fresh else 0.0
        while True:
            outcome = self._looked(key)
            if outcome is not None and outcome.state in (State.MINED, State.FINAL):
                return outcome
            now = time.monotonic()
            if now - started > self.wait_seconds:
                raise TransactionUnknown(
                    f"{call.action} is in no block after {self.wait_seconds:.0f} s; its bytes are stored "
                    f"under {key!r}"
                )
            if now - stepped > STEP_SECONDS:
                stepped = now
                self._stepped()
            else:
                time.sleep(POLL_SECONDS)

    def _looked(self, key: str) -> Outcome | None:
        try:
            return self.outbox.look(key)
        except ChainError:
            return None

    def _stepped(self) -> None:
        try:
            self.outbox.step()
        except ChainError:
            return

    def _mined(self, outcome: Outcome) -> Mined:
        if outcome.transaction_hash is None or outcome.block is None:
            raise StateError(f"nothing is known of the block: {outcome}")
        return Mined(
            "0x" + outcome.transaction_hash.hex(),
            outcome.block,
            outcome.gas_used or 0,
            outcome.contract_address,
        )


class DryRun:
    """Sends nothing: tries each call without sending, and remembers it."""

    def __init__(self, chain: Chain, address: str) -> None:
        self.address = address
        self.calls: list[tuple[str, ContractCall]] = []
        """Key and call of everything that would have been sent, each key once."""
        self._chain, self._node = chain, node_of(chain)

    def send(self, key: str, call: ContractCall) -> Mined:
        """Say what would happen, with the hash zero; raises ContractReverted if a contract refuses."""
        known = dict(self.calls).get(key)
        if known is not None and known != call:
            raise StateError(f"key {key!r} was used for {known.action}, not for this {call.action}")
        (gas,) = self._node.gas_for(self.address, [call])
        if known is None:
            self.calls.append((key, call))
        return Mined("0x" + "00" * 32, self._chain.block_number(), gas, None)


__all__ = ["IN_PROCESS_GAS", "DryRun", "Mined", "Sender", "Sends", "node_of"]
