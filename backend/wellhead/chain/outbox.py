"""The outbox of one key on one chain: signed bytes are durable before they leave; an error means "unknown".

`submit` stores and sends; `step`, called again and again, finds out what became of everything and does what
is due: bytes are sent again, fees raised, gaps filled, what a reorg took away sent once more. All of it may
be repeated, interrupted anywhere, and done by several processes: the database says whose turn it is.
"""

import threading
from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy.orm import Session, sessionmaker

from wellhead.chain.answers import Verdict, verdict_of
from wellhead.chain.confirm import Finding, findings
from wellhead.chain.fees import FeePolicy
from wellhead.chain.lease import KeyBusy, Lease, LeaseLost
from wellhead.chain.line import OpenIntent
from wellhead.chain.node import Node, View
from wellhead.chain.outcomes import Outcome, Progress, outcome_of
from wellhead.chain.placing import Placer, Request, payload_hash
from wellhead.chain.points import Observer, Point, nobody
from wellhead.chain.repository import (
    attempts_with_bytes,
    intents_by_key,
    nonces_from,
    open_intents,
    store_answers,
    store_findings,
)
from wellhead.chain.signers import Signer
from wellhead.chain.states import Event, State
from wellhead.chain.upkeep import Plan, plan
from wellhead.errors import StateError

LEASE_SECONDS = 10.0
"""How long a process that died holds up the others."""

SEEN = (
    (Event.INCLUDED, Point.MINED_SEEN, Point.MINED_STORED),
    (Event.REORGED, Point.LOST_SEEN, Point.MINED_STORED),
    (Event.FINALIZED, Point.FINAL_SEEN, Point.FINAL_STORED),
)


class Outbox:
    """One key's way onto one chain. KeyBusy if another process keeps the key for longer than a lease."""

    def __init__(
        self,
        node: Node,
        sessions: sessionmaker[Session],
        signer: Signer,
        chain_id: int,
        policy: FeePolicy | None = None,
        *,
        lease_seconds: float = LEASE_SECONDS,
        at: Observer = nobody,
    ) -> None:
        self.node, self.sessions, self.signer, self.chain_id = node, sessions, signer, chain_id
        self.policy = policy or FeePolicy()
        self._at = at
        self._placer = Placer(chain_id, signer, self.policy, at)
        self._lease = Lease(sessions, chain_id, signer.address, lease_seconds)
        self._mutex = threading.Lock()

    # --- new transactions ------------------------------------------------------------------------------

    def submit(self, requests: Sequence[Request]) -> None:
        """Store, sign and send what was not sent before; the same keys again do nothing.

        All are stored, or none. Raises StateError if a key was used for another call, ChainError if the node
        cannot be read (nothing is stored then). What the node says to the bytes raises nothing.
        """
        with self._mutex:
            if not self.unknown(requests):
                return
            view = self.node.view(self.signer.address)
            with self._lease.turn() as session:
                self._at(Point.TURN_TAKEN)
                fresh = self.unknown(requests, session)
                ids = self._placer.place_new(session, view, fresh) if fresh else []
                self._at(Point.SIGNED)
            self._at(Point.COMMITTED)
            self._send(view, ids, Point.BROADCAST)
            self._at(Point.ANSWER_STORED)

    def unknown(self, requests: Sequence[Request], session: Session | None = None) -> list[Request]:
        """Those whose key was never used, each key once; StateError if one was used for another call."""
        if session is None:
            with self.sessions() as reading:
                return self.unknown(requests, reading)
        known = intents_by_key(session, self.chain_id, [request.key for request in requests])
        first_use = {key: (each.payload_hash, each.action) for key, each in known.items()}
        fresh: list[Request] = []
        for request in requests:
            own = (payload_hash(request.call), request.call.action)
            used = first_use.get(request.key)
            if used is None:
                first_use[request.key] = own
                fresh.append(request)
            elif used[0] != own[0]:
                raise StateError(f"key {request.key!r} was used for {used[1]}, not for this {own[1]}")
        return fresh

    # --- what was sent ---------------------------------------------------------------------------------

    def resume(self) -> Progress:
        """At start: whatever was signed and is in no block is sent again, to the byte."""
        with self._mutex:
            view = self.node.view(self.signer.address)
            self._store(findings(self.node, self.signer.address, view, self._line()))
            pending = [intent.newest.id for intent in self._line() if intent.is_pending]
            self._send(view, pending, Point.RESENT)
            return self._progress(view, Plan(), 0, len(pending))

    def step(self) -> Progress:
        """One round: what happened is stored, what is due is done. ChainError if the node is silent."""
        with self._mutex:
            view = self.node.view(self.signer.address)
            found = findings(self.node, self.signer.address, view, self._line())
            self._store(found)
            with self.sessions() as session:
                due = self._plan(session, view)
            if due.signs:
                due = self._sign_and_send(view)
            self._send(view, [attempt.id for attempt in due.resend], Point.RESENT)
            return self._progress(view, due, len(found), len(due.resend))

    def look(self, key: str) -> Outcome | None:
        """What became of one transaction, asked of the chain by its hashes; None if `key` was never used."""
        known = self.outcome(key)
        if known is None or known.state not in (State.SIGNED, State.IN_FLIGHT):
            return known
        with self._mutex:
            for intent in self._line(key):
                receipts = self.node.receipts(intent.hashes)
                self._store([Finding(intent, Event.INCLUDED, receipt) for receipt in receipts if receipt])
        return self.outcome(key)

    def outcome(self, key: str) -> Outcome | None:
        """What is stored of one transaction; None if `key` was never used."""
        return self.outcomes([key]).get(key)

    def outcomes(self, keys: Sequence[str]) -> dict[str, Outcome]:
        """What is stored, by key."""
        with self.sessions() as session:
            found = intents_by_key(session, self.chain_id, keys)
        return {key: outcome_of(intent) for key, intent in found.items()}

    # --- parts -----------------------------------------------------------------------------------------

    def _line(self, key: str | None = None) -> list[OpenIntent]:
        with self.sessions() as session:
            if key is None:
                return open_intents(session, self.chain_id, self.signer.address)
            ids = [each.id for each in intents_by_key(session, self.chain_id, [key]).values()]
            return open_intents(session, self.chain_id, self.signer.address, ids)

    def _plan(self, session: Session, view: View) -> Plan:
        line = open_intents(session, self.chain_id, self.signer.address)
        used = nonces_from(session, self.chain_id, self.signer.address, view.count)
        return plan(view, line, used, self.policy)

    def _sign_and_send(self, view: View) -> Plan:
        """Plan again while the key is ours, sign what is due, commit, send."""
        with self._lease.turn() as session:
            due = self._plan(session, view)
            ids = self._placer.fill(session, view, due.fill)
            ids += self._placer.place_again(session, view, due.place)
            ids += self._placer.bump(session, view, due.bump)
        self._at(Point.BUMP_COMMITTED)
        self._send(view, ids, Point.BUMP_BROADCAST)
        return due

    def _send(self, view: View, attempt_ids: Sequence[int], sent: Point) -> None:
        """Send stored bytes in the order of their nonces, store what was said, give the key back.

        Whoever took the key meanwhile sends the same bytes and stores what is said then.
        """
        if not attempt_ids and not self._lease.is_held:
            return
        with self.sessions() as session:
            attempts = attempts_with_bytes(session, attempt_ids)
        messages = self.node.send([attempt.signed_bytes for attempt in attempts])
        verdicts: dict[int, tuple[int, Verdict]] = {
            attempt.id: (attempt.intent_id, verdict_of(message))
            for attempt, message in zip(attempts, messages, strict=True)
        }
        if attempts:
            self._at(sent)
        with suppress(KeyBusy, LeaseLost), self._lease.turn(last=True) as session:
            store_answers(session, view.head, verdicts)

    def _store(self, found: Sequence[Finding]) -> None:
        if not found:
            return
        events = {finding.event for finding in found}
        for event, seen, _ in SEEN:
            if event in events:
                self._at(seen)
        with self._lease.turn(last=True) as session:
            store_findings(session, found)
        for event, _, stored in SEEN:
            if event in events:
                self._at(stored)

    def _progress(self, view: View, due: Plan, found: int, resent: int) -> Progress:
        line = self._line()
        waiting = [each for each in line if each.state is not State.MINED]
        oldest = max((view.head - each.attempts[0].signed_at_block for each in waiting), default=0)
        counts = (found, resent, len(due.bump), len(due.fill), len(due.place))
        return Progress(view.head, len(line), len(waiting), max(0, oldest), *counts)
