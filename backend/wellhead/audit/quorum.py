"""Who signed each posted report: the signatures stand in the transaction that posted it."""

from dataclasses import fields

from wellhead.audit.finding import Checklist
from wellhead.audit.history import Event, History
from wellhead.chain.eip712 import Domain
from wellhead.chain.posted import Posted, posted_from
from wellhead.errors import InputError
from wellhead.reports.period_report import PeriodReport, signers_of

EVENT_NAMES = {"asset_count": "assetCount", "rules_version": "rulesVersion"}


def report_of(event: Event) -> PeriodReport:
    """The period report that a ReportPosted event carries."""
    names = (EVENT_NAMES.get(field.name, field.name) for field in fields(PeriodReport))
    return PeriodReport(*(event.args[name] for name in names))


def check_quorum(history: History, posted: Event, checklist: Checklist) -> None:
    """Codes SUBMISSION, REPORT_SIGNATURE, QUORUM.

    The members are those of the last MembersUpdated before the report. A report that was posted through
    another contract shows no signatures in its transaction; that is told, not counted.
    """
    if is_fallback(posted):
        checklist.note("Nobody signed a fallback root: not compared", f"period {posted.args['period']}")
        return
    report = report_of(posted)
    subject = f"period {report.period}, revision {report.revision}"
    submission = history.submissions.get(posted.transaction)
    if submission is None:
        checklist.note("Signatures not in the transaction: not compared", subject)
        return
    checklist.same("SUBMISSION", subject, submission.report, report, posted.where)
    members, quorum = _members_at(history, posted)
    oracle = Domain(history.chain_id, history.contracts["ReportOracle"])
    try:
        signers = signers_of(oracle, report, submission.signatures)
    except InputError as error:
        checklist.holds(False, "REPORT_SIGNATURE", subject, "signatures of members", error, posted.where)
        return
    for signer in signers:
        checklist.holds(signer in members, "REPORT_SIGNATURE", subject, "a member", signer, posted.where)
    checklist.holds(
        len(set(signers) & members) >= quorum, "QUORUM", subject, quorum, len(set(signers)), posted.where
    )
    ordered = sorted(members, key=lambda member: int(member, 16))
    bits = sum(1 << ordered.index(signer) for signer in set(signers) & members)
    checklist.same("QUORUM", subject, bits, posted.args["signers"], posted.where)


def posted_by(event: Event) -> Posted:
    """The revision as the contract keeps its hash."""
    return posted_from(event.args, event.timestamp)


def is_fallback(posted: Event) -> bool:
    """Whether anyone posted it with a bond because no member did."""
    return int(posted.args["membersVersion"]) == 0


def _members_at(history: History, posted: Event) -> tuple[set[str], int]:
    before = [e for e in history.of("ReportOracle", "MembersUpdated") if e.place < posted.place]
    return set(before[-1].args["members"]), int(before[-1].args["quorum"])
