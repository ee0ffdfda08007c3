"""A member's work at the end of a period: bring readings together, propose, agree, sign, submit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from wellhead.chain.posted import NOT_POSTED, Posted
from wellhead.chain.service import Mined, Sender
from wellhead.chain.system import System
from wellhead.registry.published import (
    Excused,
    devices_path,
    encode_devices,
    encode_excused,
    encode_terms,
    excused_path,
    terms_path,
)
from wellhead.reports.evidence import Revision
from wellhead.reports.members import AssetFacts, AssetLeaves, Held, Proposal, agree, build_leaves
from wellhead.reports.period_report import build_period_report, check_quorum, order_signatures, sign_report
from wellhead.reports.publish import bundle_hash, encode_readings, readings_path
from wellhead.telemetry.models import ReadingRow
from wellhead.telemetry.reading import SignedReading
from wellhead.telemetry.repository import signed_reading_of


@dataclass(frozen=True)
class Bundled:
    """A proposal and the published files that its bundle hash is of."""

    proposal: Proposal
    files: Mapping[str, bytes]
    posted: Posted = NOT_POSTED
    """As the chain keeps it, once it is posted."""

    @property
    def revision(self) -> Revision:
        """The posted proposal, for evidence."""
        return Revision(self.proposal, self.posted)


def readings_held(
    session: Session, period: int, until: int | None = None
) -> dict[int, dict[int, list[SignedReading]]]:
    """Every reading of the period that agents brought (by second `until`), by asset and device index."""
    held: dict[int, dict[int, list[SignedReading]]] = {}
    asked = select(ReadingRow).where(ReadingRow.period == period).order_by(ReadingRow.id)
    rows = session.scalars(asked if until is None else asked.where(ReadingRow.received_at <= until))
    for row in rows:
        held.setdefault(row.asset_id, {}).setdefault(row.device_index, []).append(signed_reading_of(row))
    return held


def own_received(session: Session, period: int, asset_id: int, until: int) -> list[tuple[SignedReading, int]]:
    """Every reading of an asset and period that agents brought by second `until`, with that second."""
    rows = session.scalars(
        select(ReadingRow)
        .where(ReadingRow.period == period, ReadingRow.asset_id == asset_id, ReadingRow.received_at <= until)
        .order_by(ReadingRow.id)
    )
    return [(signed_reading_of(row), row.received_at) for row in rows]


def propose(
    period: int,
    revision: int,
    facts: Sequence[AssetFacts],
    held: Held,
    excused: Iterable[Excused] = (),
    asset_count: int | None = None,
) -> Bundled:
    """A proposal over the assets of `facts` from everything held; they are all unless a count is given.

    Raises ReportError where the readings cannot be.
    """
    assets = {fact.asset_id: build_leaves(period, fact, held.get(fact.asset_id, {})) for fact in facts}
    files = bundle_files(period, facts, assets, excused)
    reports = [leaves.report for leaves in assets.values()]
    report, _ = build_period_report(
        period, revision, reports, len(facts) if asset_count is None else asset_count, bundle_hash(files)
    )
    return Bundled(Proposal(report, assets), files)


def bundle_files(
    period: int,
    facts: Sequence[AssetFacts],
    assets: Mapping[int, AssetLeaves],
    excused: Iterable[Excused] = (),
) -> dict[str, bytes]:
    """The published form of a period: readings, device lists, terms and excuses, by path."""
    files = {excused_path(e.period, e.asset_id): encode_excused(e) for e in excused}
    for fact in facts:
        devices = len(fact.devices)
        readings = assets[fact.asset_id].readings
        files[readings_path(period, fact.asset_id, devices)] = encode_readings(readings, devices)
        files[devices_path(fact.asset_id, fact.devices_version)] = encode_devices(fact.devices)
        files[terms_path(fact.asset_id, fact.terms_version)] = encode_terms(fact.terms)
    return files


def sign_if_agreed(
    system: System,
    bundled: Bundled,
    facts: Sequence[AssetFacts],
    own: Held,
    member_key: bytes,
    excused: Iterable[Excused] = (),
) -> bytes:
    """A member's signature, given only if every leaf is valid and it holds nothing larger.

    Raises ReportError saying in which device the difference lies.
    """
    proposal = bundled.proposal
    files = bundle_files(proposal.report.period, facts, proposal.assets, excused)
    oracle = system.domain_of("ReportOracle")
    expected = [fact.asset_id for fact in facts]
    length = system.deployment.period_seconds
    agree(oracle, proposal, own, facts, expected, length, bundle_hash(files))
    return sign_report(oracle, proposal.report, member_key)


def submit_report(
    system: System,
    sender: Sender,
    proposal: Proposal,
    signatures: Sequence[bytes],
    previous: Posted = NOT_POSTED,
) -> tuple[Mined, list[str]]:
    """Post a proposal with its signatures; returns who signed. A later revision names the one before it.

    Raises ReportError for too few or foreign signatures.
    """
    oracle = system.domain_of("ReportOracle")
    members, quorum, _ = system.oracle.members()
    ordered = order_signatures(oracle, proposal.report, signatures)
    signers = check_quorum(oracle, proposal.report, ordered, members, quorum)
    report = proposal.report
    key = system.key_of("report", report.period, report.revision)
    return sender.send(key, system.oracle.submit(report, ordered, previous)), list(signers)
