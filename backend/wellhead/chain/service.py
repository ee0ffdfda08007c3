"""Sending: signed bytes are on disk before they leave, and an error while sending means "unknown".

A send under a key that was used before returns what became of the first one; it never signs twice. What
is not answered yet is asked for by its own hash.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from eth_account import Account
from sqlalchemy.orm import Session, sessionmaker
from web3 import Web3
from web3.exceptions import TransactionNotFound, Web3Exception

from wellhead.chain.client import Chain, ChainKind
from wellhead.chain.contract import CALL_GAS, ContractCall
from wellhead.chain.keccak import keccak256
from wellhead.chain.models import TransactionIntent
from wellhead.chain.repository import intent_by_key, next_nonce
from wellhead.chain.reverts import REFUSALS, as_reverted
from wellhead.chain.signatures import address_of
from wellhead.errors import ContractReverted, StateError, TransactionUnknown

PRIORITY_FEE_WEI = 1_000_000_000
GAS_MARGIN_PERCENT = 130
IN_PROCESS_GAS = 16_000_000
"""Flat gas limit on the in-process chain, where estimating would run everything twice more."""


@dataclass(frozen=True)
class Mined:
    """A transaction in a block."""

    transaction_hash: str
    block: int
    gas_used: int
    contract_address: str | None


@dataclass(frozen=True)
class Sender:
    """One key's way onto one chain."""

    chain: Chain
    sessions: sessionmaker[Session]
    private_key: bytes
    wait_seconds: float = 120.0

    @property
    def address(self) -> str:
        """The key's address."""
        return address_of(self.private_key)

    def send(self, key: str, call: ContractCall) -> Mined:
        """Send `call` once under `key` and wait until it is in a block.

        Raises ContractReverted if a contract refuses (nothing is stored then), StateError if `key` was used
        for another call, TransactionUnknown if no block holds it in time: send again under the same key.
        """
        intent = self._intent(key, call)
        if intent.status == "signed":
            self._broadcast(intent)
            self._record(intent)
        return self._mined(intent)

    def _intent(self, key: str, call: ContractCall) -> TransactionIntent:
        payload_hash = keccak256((call.to or "").encode() + call.value.to_bytes(32, "big") + call.data)
        with self.sessions.begin() as session:
            known = intent_by_key(session, self.chain.chain_id, key)
            if known is not None:
                if known.payload_hash != payload_hash:
                    raise StateError(f"key {key!r} was used for {known.action}, not for this {call.action}")
                return known
            gas = self._checked_gas(call)
            nonce = max(next_nonce(session, self.chain.chain_id, self.address), self._chain_nonce())
            signed = Account.sign_transaction(self._transaction(call, nonce, gas), self.private_key)
            intent = TransactionIntent(
                key=key,
                chain_id=self.chain.chain_id,
                sender=self.address,
                nonce=nonce,
                recipient=call.to,
                action=call.action,
                payload_hash=payload_hash,
                value=call.value,
                signed_bytes=bytes(signed.raw_transaction),
                transaction_hash=bytes(signed.hash),
                status="signed",
                block=None,
                created_at=datetime.now(UTC),
            )
            session.add(intent)
        return intent

    def _checked_gas(self, call: ContractCall) -> int:
        """Gas limit; the call is tried without sending first, so a refusal costs nothing."""
        request: Any = {"from": self.address, "data": call.data, "value": call.value}
        if call.to is not None:
            request["to"] = Web3.to_checksum_address(call.to)
        try:
            if self.chain.kind is ChainKind.IN_PROCESS:
                request["gas"] = CALL_GAS
                self.chain.web3.eth.call(request)
                return IN_PROCESS_GAS
            return self.chain.web3.eth.estimate_gas(request) * GAS_MARGIN_PERCENT // 100
        except REFUSALS as error:
            raise as_reverted(error, call.action) from error

    def _chain_nonce(self) -> int:
        return self.chain.web3.eth.get_transaction_count(Web3.to_checksum_address(self.address), "pending")

    def _transaction(self, call: ContractCall, nonce: int, gas: int) -> dict[str, Any]:
        base_fee = self.chain.web3.eth.get_block("latest")["baseFeePerGas"]
        transaction: dict[str, Any] = {
            "chainId": self.chain.chain_id,
            "nonce": nonce,
            "gas": gas,
            "maxFeePerGas": 2 * base_fee + PRIORITY_FEE_WEI,
            "maxPriorityFeePerGas": PRIORITY_FEE_WEI,
            "value": call.value,
            "data": call.data,
        }
        return transaction if call.to is None else {**transaction, "to": Web3.to_checksum_address(call.to)}

    def _broadcast(self, intent: TransactionIntent) -> None:
        """Send the stored bytes. Whatever goes wrong says nothing about the transaction: its hash decides."""
        try:
            self.chain.web3.eth.send_raw_transaction(intent.signed_bytes)
        except (Web3Exception, OSError, ValueError):
            return

    def _record(self, intent: TransactionIntent) -> None:
        """Wait for the block, then write down where it is and how it ended."""
        deadline = time.monotonic() + self.wait_seconds
        while True:
            try:
                receipt = self.chain.web3.eth.get_transaction_receipt(Web3.to_hex(intent.transaction_hash))
                break
            except (TransactionNotFound, Web3Exception, OSError) as error:
                if time.monotonic() > deadline:
                    raise TransactionUnknown(
                        f"{intent.action}: {Web3.to_hex(intent.transaction_hash)} is in no block after "
                        f"{self.wait_seconds:.0f} s; its bytes are stored under {intent.key!r}"
                    ) from error
                time.sleep(0.02)
        with self.sessions.begin() as session:
            stored = session.get_one(TransactionIntent, intent.id)
            stored.status = "mined" if receipt["status"] == 1 else "reverted"
            stored.block = int(receipt["blockNumber"])
        intent.status, intent.block = stored.status, stored.block

    def _mined(self, intent: TransactionIntent) -> Mined:
        transaction_hash = Web3.to_hex(intent.transaction_hash)
        if intent.status == "reverted":
            raise ContractReverted("RevertedInBlock", {"block": intent.block}, intent.action)
        receipt = self.chain.web3.eth.get_transaction_receipt(transaction_hash)
        address = receipt.get("contractAddress")
        return Mined(transaction_hash, int(receipt["blockNumber"]), int(receipt["gasUsed"]), address)
