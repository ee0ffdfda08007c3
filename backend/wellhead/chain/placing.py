"""Signing: intent, nonce and signed bytes enter the database in one transaction, before anything leaves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session
from web3 import Web3

from wellhead.chain.contract import ContractCall
from wellhead.chain.fees import FeePolicy, Fees
from wellhead.chain.keccak import keccak256
from wellhead.chain.line import OpenIntent
from wellhead.chain.models import TransactionAttempt, TransactionIntent
from wellhead.chain.node import View
from wellhead.chain.points import Observer, Point
from wellhead.chain.repository import next_nonce
from wellhead.chain.signers import Signer
from wellhead.chain.states import Event, State, after
from wellhead.errors import StateError

GAP_GAS = 21_000


@dataclass(frozen=True, slots=True)
class Request:
    """A call to send once under its idempotency key, with its gas limit."""

    key: str
    call: ContractCall
    gas: int


def payload_hash(call: ContractCall) -> bytes:
    """keccak256 of recipient, value and data: tells a repeat from a mix-up."""
    return keccak256((call.to or "").encode() + call.value.to_bytes(32, "big") + call.data)


@dataclass(frozen=True)
class Placer:
    """Signs for one key; every method runs inside a turn's database transaction."""

    chain_id: int
    signer: Signer
    policy: FeePolicy
    at: Observer

    def place_new(self, session: Session, view: View, requests: Sequence[Request]) -> list[int]:
        """Ids of the first attempts at new intents, under consecutive nonces."""
        intents = [self._intent(each.key, each.call, each.gas) for each in requests]
        self.at(Point.INTENT_WRITTEN)
        for nonce, intent in enumerate(intents, self._first_free(session, view)):
            intent.nonce = nonce
        self.at(Point.NONCE_TAKEN)
        return self._signed(session, view, intents)

    def place_again(self, session: Session, view: View, lost: Sequence[OpenIntent]) -> list[int]:
        """Ids of attempts at intents whose nonce a foreign transaction took, under new nonces."""
        first, fees = self._first_free(session, view), self.policy.first(view.base_fee)
        ids = []
        for nonce, each in enumerate(lost, first):
            intent = session.get_one(TransactionIntent, each.id)
            intent.nonce, intent.status = nonce, after(State(intent.status), Event.PLACED)
            ids.append(self._attempt(session, view, intent, nonce, fees))
        return ids

    def fill(self, session: Session, view: View, nonces: Sequence[int]) -> list[int]:
        """Ids of attempts at transfers of nothing to ourselves under nonces that nobody uses."""
        if not nonces:
            return []
        intents = []
        for nonce in nonces:
            call = ContractCall(self.signer.address, b"", f"fill nonce {nonce}")
            intents.append(self._intent(f"gap:{self.signer.address}:{nonce}", call, GAP_GAS))
            intents[-1].nonce, intents[-1].fills_gap = nonce, True
        ids = self._signed(session, view, intents)
        self.at(Point.GAP_SIGNED)
        return ids

    def bump(self, session: Session, view: View, bumps: Sequence[tuple[OpenIntent, Fees]]) -> list[int]:
        """Ids of replacements: same nonce, same payload, both fees higher."""
        ids = []
        for each, fees in bumps:
            intent = session.get_one(TransactionIntent, each.id)
            ids.append(self._attempt(session, view, intent, each.newest.nonce, fees))
        if ids:
            self.at(Point.BUMP_SIGNED)
        return ids

    def _first_free(self, session: Session, view: View) -> int:
        """Nonces that others used up, mined or waiting, are adopted."""
        return max(next_nonce(session, self.chain_id, self.signer.address), view.count_pending)

    def _signed(self, session: Session, view: View, intents: Sequence[TransactionIntent]) -> list[int]:
        session.add_all(intents)
        session.flush()
        fees = self.policy.first(view.base_fee)
        attempts = [
            self._signed_attempt(view, intent, nonce, fees)
            for intent in intents
            if (nonce := intent.nonce) is not None
        ]
        session.add_all(attempts)
        session.flush()
        return [attempt.id for attempt in attempts]

    def _attempt(
        self, session: Session, view: View, intent: TransactionIntent, nonce: int, fees: Fees
    ) -> int:
        attempt = self._signed_attempt(view, intent, nonce, fees)
        session.add(attempt)
        session.flush()
        return attempt.id

    def _signed_attempt(
        self, view: View, intent: TransactionIntent, nonce: int, fees: Fees
    ) -> TransactionAttempt:
        if not fees.tip <= fees.max_fee <= self.policy.cap:
            raise StateError(f"refuses to sign {fees} above the cap of {self.policy.cap} wei")
        transaction: dict[str, Any] = {
            "chainId": self.chain_id,
            "nonce": nonce,
            "maxPriorityFeePerGas": fees.tip,
            "maxFeePerGas": fees.max_fee,
            "gas": intent.gas,
            "to": intent.recipient,
            "value": intent.value,
            "data": intent.data,
        }
        raw = self.signer.sign_transaction(transaction)
        return TransactionAttempt(
            intent_id=intent.id,
            nonce=nonce,
            max_fee=fees.max_fee,
            tip=fees.tip,
            signed_bytes=raw,
            transaction_hash=keccak256(raw),
            signed_at_block=view.head,
            offered_at_block=None,
            answer=None,
        )

    def _intent(self, key: str, call: ContractCall, gas: int) -> TransactionIntent:
        return TransactionIntent(
            key=key,
            chain_id=self.chain_id,
            sender=self.signer.address,
            nonce=None,
            recipient=None if call.to is None else Web3.to_checksum_address(call.to),
            action=call.action,
            payload_hash=payload_hash(call),
            value=call.value,
            data=call.data,
            gas=gas,
            fills_gap=False,
            status=State.SIGNED.value,
            created_at=datetime.now(UTC),
        )


__all__ = ["Placer", "Request", "payload_hash"]
