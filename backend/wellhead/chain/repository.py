"""Stored transactions: what an outbox reads and changes."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import bindparam, func, or_, select, update
from sqlalchemy.orm import Session, undefer

from wellhead.chain.answers import Verdict
from wellhead.chain.confirm import Finding
from wellhead.chain.fees import Fees
from wellhead.chain.line import OpenAttempt, OpenIntent
from wellhead.chain.models import TransactionAttempt, TransactionIntent
from wellhead.chain.states import OPEN, TRANSITIONS, Event, State

AT_ONCE_MAX = 1_000
"""Most values in one IN list: databases limit them."""


def intent_by_key(session: Session, chain_id: int, key: str) -> TransactionIntent | None:
    """The intent stored under `key`, if any."""
    return intents_by_key(session, chain_id, [key]).get(key)


def intents_by_key(session: Session, chain_id: int, keys: Sequence[str]) -> dict[str, TransactionIntent]:
    """Stored intents by key; keys that were never used are left out."""
    found: dict[str, TransactionIntent] = {}
    for first in range(0, len(keys), AT_ONCE_MAX):
        some = keys[first : first + AT_ONCE_MAX]
        query = select(TransactionIntent).where(
            TransactionIntent.chain_id == chain_id, TransactionIntent.key.in_(some)
        )
        found |= {intent.key: intent for intent in session.scalars(query)}
    return found


def next_nonce(session: Session, chain_id: int, sender: str) -> int:
    """One more than the highest nonce that was ever signed for `sender`; 0 if none was."""
    highest = session.scalar(
        select(func.max(TransactionIntent.nonce)).where(
            TransactionIntent.chain_id == chain_id, TransactionIntent.sender == sender
        )
    )
    return 0 if highest is None else highest + 1


def nonces_from(session: Session, chain_id: int, sender: str, first: int) -> set[int]:
    """Every nonce from `first` on that an intent of `sender` has, whatever became of it."""
    found = session.scalars(
        select(TransactionIntent.nonce).where(
            TransactionIntent.chain_id == chain_id,
            TransactionIntent.sender == sender,
            TransactionIntent.nonce >= first,
        )
    )
    return {nonce for nonce in found if nonce is not None}


def open_intents(
    session: Session, chain_id: int, sender: str, ids: Sequence[int] | None = None
) -> list[OpenIntent]:
    """What is not final, in the order of writing; only `ids` if they are given."""
    intent, attempt = TransactionIntent, TransactionAttempt
    query = (
        select(
            *(intent.id, intent.nonce, intent.status, intent.fills_gap, intent.block, intent.block_hash),
            *(attempt.id, attempt.nonce, attempt.max_fee, attempt.tip, attempt.transaction_hash),
            *(attempt.signed_at_block, attempt.offered_at_block),
        )
        .join(attempt, attempt.intent_id == intent.id)
        .where(intent.chain_id == chain_id, intent.sender == sender, intent.status.in_(OPEN))
        .order_by(intent.id, attempt.id)
    )
    rows = session.execute(query if ids is None else query.where(intent.id.in_(ids))).all()
    return [_open_intent([tuple(row) for row in group]) for _, group in groupby(rows, key=itemgetter(0))]


def _open_intent(rows: Sequence[tuple[Any, ...]]) -> OpenIntent:
    intent_id, nonce, status, fills_gap, block, block_hash = rows[0][:6]
    attempts = tuple(OpenAttempt(row[6], row[7], Fees(row[8], row[9]), *row[10:]) for row in rows)
    return OpenIntent(intent_id, nonce, State(status), fills_gap, block, block_hash, attempts)


def attempts_with_bytes(session: Session, ids: Iterable[int]) -> list[TransactionAttempt]:
    """Attempts in the order of their nonces, signed bytes loaded."""
    wanted = list(ids)
    found: list[TransactionAttempt] = []
    for first in range(0, len(wanted), AT_ONCE_MAX):
        some = wanted[first : first + AT_ONCE_MAX]
        query = select(TransactionAttempt).where(TransactionAttempt.id.in_(some))
        found += session.scalars(query.options(undefer(TransactionAttempt.signed_bytes))).all()
    return sorted(found, key=lambda attempt: (attempt.nonce, attempt.id))


def store_answers(session: Session, head: int, verdicts: Mapping[int, tuple[int, Verdict]]) -> None:
    """What a node said at block `head`: (intent, verdict) by attempt. A bad answer changes no state."""
    if not verdicts:
        return
    rows = [
        {
            "id": attempt_id,
            "answer": verdict.value,
            "offered_at_block": head if verdict.is_with_node else None,
        }
        for attempt_id, (_, verdict) in verdicts.items()
    ]
    session.execute(update(TransactionAttempt), rows)
    known = [intent_id for intent_id, verdict in verdicts.values() if verdict.is_with_node]
    for first in range(0, len(known), AT_ONCE_MAX):
        _move(session, Event.KNOWN, TransactionIntent.id.in_(known[first : first + AT_ONCE_MAX]))


def _move(session: Session, event: Event, where: object, **values: object) -> None:
    """Apply `event` to intents, by the table: those in a state in which it cannot happen are left alone."""
    for (state, happened), then in TRANSITIONS.items():
        if happened is event and (then is not state or values):
            session.execute(
                update(TransactionIntent)
                .where(TransactionIntent.status == state.value, where)  # type: ignore[arg-type]
                .values(status=then.value, **values)
                .execution_options(synchronize_session=False)
            )


def store_findings(session: Session, found: Sequence[Finding]) -> None:
    """What the chain said, each applied only to the intent as it was when the chain was asked."""
    _store_included(session, [finding for finding in found if finding.event is Event.INCLUDED])
    _store_final(session, [finding.intent for finding in found if finding.event is Event.FINALIZED])
    stored = (Event.INCLUDED, Event.FINALIZED)
    for finding in [each for each in found if each.event not in stored]:
        intent = finding.intent
        same = (TransactionIntent.id == intent.id) & (TransactionIntent.nonce == intent.nonce)
        if finding.event is Event.REORGED:
            same &= TransactionIntent.block_hash == intent.block_hash
            nowhere = dict.fromkeys(("mined_hash", "block", "block_hash", "succeeded", "gas_used"))
            _move(session, finding.event, same, **nowhere, contract_address=None)
            offered = update(TransactionAttempt).where(TransactionAttempt.intent_id == intent.id)
            session.execute(offered.values(offered_at_block=None))
        elif finding.event is Event.NONCE_TAKEN:
            _move(session, finding.event, same, nonce=None)
        else:
            _move(session, finding.event, same)


def _store_final(session: Session, intents: Sequence[OpenIntent]) -> None:
    for block_hash, group in groupby(sorted(intents, key=_block_of), key=lambda each: each.block_hash):
        ids = [intent.id for intent in group]
        for first in range(0, len(ids), AT_ONCE_MAX):
            some = TransactionIntent.id.in_(ids[first : first + AT_ONCE_MAX])
            _move(session, Event.FINALIZED, some & (TransactionIntent.block_hash == block_hash))


def _block_of(intent: OpenIntent) -> int:
    return intent.block or 0


def _store_included(session: Session, found: Sequence[Finding]) -> None:
    sources = [state.value for state, event in TRANSITIONS if event is Event.INCLUDED]
    rows = [
        {
            "intent_id": finding.intent.id,
            "mined_hash": receipt.transaction_hash,
            "block": receipt.block,
            "block_hash": receipt.block_hash,
            "succeeded": receipt.succeeded,
            "gas_used": receipt.gas_used,
            "contract_address": receipt.contract_address,
            "status": State.MINED.value,
        }
        for finding in found
        if (receipt := finding.receipt)
    ]
    if rows:
        table = TransactionIntent.__table__
        # spelled out: an IN list cannot be part of a statement for many rows
        may_be = or_(*(table.c.status == source for source in sources))
        condition = (table.c.id == bindparam("intent_id")) & may_be
        session.connection().execute(update(table).where(condition), rows)  # type: ignore[arg-type]
