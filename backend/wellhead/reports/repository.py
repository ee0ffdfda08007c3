"""Queries on a member's store. `session` is always the caller's; nothing here commits."""

import json
from collections.abc import Collection, Iterable

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from wellhead.reports.committee import ReceivedReading, Statement, entry_hash
from wellhead.reports.models import (
    DisagreementRow,
    MemberSignatureRow,
    PeerReadingRow,
    ProposalRow,
    RequestNonceRow,
)
from wellhead.telemetry.published import row_from, signed_reading_from
from wellhead.telemetry.reading import SignedReading, struct_hash
from wellhead.telemetry.receipts import Receipt

CHUNK = 500
"""Values in one IN list: below every database's limit on parameters."""


def peer_readings(
    session: Session, period: int, until: int, asset_id: int | None = None
) -> dict[int, dict[int, list[SignedReading]]]:
    """Readings of the period that other members received by second `until`, by asset and device."""
    held: dict[int, dict[int, list[SignedReading]]] = {}
    for row in _peer_rows(session, period, until, asset_id):
        signed = signed_reading_from(json.loads(row.row))
        held.setdefault(row.asset_id, {}).setdefault(row.device_index, []).append(signed)
    return held


def peer_received(session: Session, period: int, until: int, asset_id: int) -> list[ReceivedReading]:
    """The same of one asset, with the receipts."""
    found = []
    for row in _peer_rows(session, period, until, asset_id):
        signed = signed_reading_from(json.loads(row.row))
        receipt = Receipt(struct_hash(signed.reading), row.received_at, row.receipt)
        found.append(ReceivedReading(signed, row.giver, receipt))
    return found


def add_peer_readings(session: Session, readings: Iterable[ReceivedReading]) -> int:
    """Keep what is not kept yet; returns how many that were."""
    fresh = {entry_hash(received.signed): received for received in readings}
    for chunk in _chunks(sorted(fresh)):
        known = select(PeerReadingRow.entry_hash).where(PeerReadingRow.entry_hash.in_(chunk))
        for each in session.scalars(known):
            fresh.pop(bytes(each), None)
    for entry, received in fresh.items():
        reading = received.signed.reading
        session.add(
            PeerReadingRow(
                period=reading.period,
                asset_id=reading.asset_id,
                device_index=reading.device_index,
                entry_hash=entry,
                row=json.dumps(row_from(received.signed), separators=(",", ":")).encode(),
                giver=received.giver,
                received_at=received.receipt.received_at,
                receipt=received.receipt.signature,
            )
        )
    session.flush()
    return len(fresh)


def proposal_body(session: Session, digest: bytes) -> bytes | None:
    """A proposal as it travels."""
    return session.scalar(select(ProposalRow.body).where(ProposalRow.digest == digest))


def add_proposal(session: Session, period: int, revision: int, digest: bytes, body: bytes) -> None:
    """Keep a proposal, once."""
    if proposal_body(session, digest) is None:
        session.add(ProposalRow(period=period, revision=revision, digest=digest, body=body))
        session.flush()


def bodies_signed_by(session: Session, period: int, revision: int, member: str) -> list[bytes]:
    """The proposals of a period's revision that a member signed, as they travel."""
    return list(
        session.scalars(
            select(ProposalRow.body)
            .join(MemberSignatureRow, MemberSignatureRow.digest == ProposalRow.digest)
            .where(
                MemberSignatureRow.member == member,
                ProposalRow.period == period,
                ProposalRow.revision == revision,
            )
            .order_by(ProposalRow.id)
        )
    )


def signatures_of(session: Session, digest: bytes) -> dict[str, bytes]:
    """Signatures of a period report that are known here, by member."""
    rows = session.scalars(select(MemberSignatureRow).where(MemberSignatureRow.digest == digest))
    return {row.member: row.signature for row in rows}


def add_signature(
    session: Session, period: int, revision: int, digest: bytes, member: str, signature: bytes
) -> None:
    """Keep a member's signature, once."""
    if member not in signatures_of(session, digest):
        session.add(
            MemberSignatureRow(
                period=period, revision=revision, digest=digest, member=member, signature=signature
            )
        )
        session.flush()


def statements_on(session: Session, period: int, revision: int) -> list[Statement]:
    """Every disagreement that is known about a period's revision, oldest first."""
    rows = session.scalars(
        select(DisagreementRow)
        .where(DisagreementRow.period == period, DisagreementRow.revision == revision)
        .order_by(DisagreementRow.id)
    )
    return [
        Statement(
            row.period,
            row.revision,
            row.asset_id,
            row.leaf,
            row.device_index,
            row.total,
            row.proposed,
            row.held,
            row.member,
            row.signature,
        )
        for row in rows
    ]


def add_statements(session: Session, statements: Iterable[Statement]) -> None:
    """Keep checked disagreements, each member's on one leaf once."""
    for each in statements:
        known = select(func.count()).where(
            DisagreementRow.period == each.period,
            DisagreementRow.revision == each.revision,
            DisagreementRow.asset_id == each.asset_id,
            DisagreementRow.leaf == each.leaf,
            DisagreementRow.member == each.member,
        )
        if session.scalar(known):
            continue
        session.add(
            DisagreementRow(
                period=each.period,
                revision=each.revision,
                asset_id=each.asset_id,
                leaf=each.leaf,
                device_index=each.device_index,
                total=each.total,
                proposed=each.proposed,
                held=each.held,
                member=each.member,
                signature=each.signature,
            )
        )
        session.flush()


def is_nonce_used(session: Session, member: str, nonce: bytes) -> bool:
    """Whether that request was answered before."""
    return session.get(RequestNonceRow, (member, nonce)) is not None


def add_nonce(session: Session, member: str, nonce: bytes, sent_at: int, oldest: int) -> None:
    """Remember a request, and forget those sent before second `oldest`."""
    session.execute(delete(RequestNonceRow).where(RequestNonceRow.sent_at < oldest))
    session.add(RequestNonceRow(member=member, nonce=nonce, sent_at=sent_at))
    session.flush()


def _peer_rows(session: Session, period: int, until: int, asset_id: int | None) -> Iterable[PeerReadingRow]:
    asked = select(PeerReadingRow).where(PeerReadingRow.period == period, PeerReadingRow.received_at <= until)
    if asset_id is not None:
        asked = asked.where(PeerReadingRow.asset_id == asset_id)
    return session.scalars(asked.order_by(PeerReadingRow.id))


def _chunks(values: Collection[bytes]) -> Iterable[list[bytes]]:
    ordered = list(values)
    return (ordered[start : start + CHUNK] for start in range(0, len(ordered), CHUNK))
