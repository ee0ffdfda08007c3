"""Post report: for every period that may be reported now, gather the members' signatures and submit."""

from wellhead.daemon.actions import StepResult
from wellhead.daemon.gather import Gathered, Gatherer
from wellhead.daemon.member import Due, Member
from wellhead.daemon.steps.context import Context
from wellhead.errors import ReportError
from wellhead.reports.period_report import MAX_REVISION, order_signatures

PERIODS_MAX = 64
"""Periods looked at in one round, newest first."""


def post_reports(context: Context, result: StepResult) -> None:
    """Revision 0 of periods in their post window, later ones where a report was void or an asset left out."""
    member, gatherer = context.member, context.gatherer
    if member is None or gatherer is None:
        return
    windows, calendar = member.windows, member.calendar
    now = context.system.chain.timestamp()
    if now < calendar.end_of(0) + windows.post_from:
        return
    newest = calendar.period_at(now - windows.post_from) - 1
    slowest = windows.post_until + 2 * (windows.dispute + windows.answer + windows.revision)
    opened = [asset.opened_from for asset in context.assets() if asset.opened_from is not None]
    for period in range(newest, max(newest - PERIODS_MAX, min(opened, default=newest + 1) - 1), -1):
        if now > calendar.end_of(period) + slowest:
            break
        _post(context, member, gatherer, period, now, result)


def _post(
    context: Context, member: Member, gatherer: Gatherer, period: int, now: int, result: StepResult
) -> None:
    posted = context.posted().get(period, [])
    try:
        for stands in posted:
            gatherer.fetch(stands.digest)
        due = member.due(period)
    except ReportError as error:
        result.alarm("report_unknown", f"period {period}: {error}")
        return
    if due is None:
        return
    ripe = member.cutoff_of(period)
    if posted:
        last = posted[-1].posted.disputable_until(member.windows)
        until = last + member.windows.answer + member.windows.revision
        if due.revision > MAX_REVISION or now > until or not due.assets & due.facts.assets.keys():
            return
    elif now > member.calendar.end_of(period) + member.windows.post_until:
        result.alarm("report_missed", f"period {period}: the post window is over and nothing is posted")
        return
    if not context.is_my_turn(period, ripe):
        result.waiting.append(f"report of period {period}: another member's turn")
        return
    _submit(context, due, gatherer.gather(due), result)


def _submit(context: Context, due: Due, gathered: Gathered, result: StepResult) -> None:
    period = due.facts.period
    for asset_id, why in gathered.withheld.items():
        result.alarm("withheld", f"asset {asset_id}, period {period}: {why}")
    for statement in gathered.statements:
        result.alarm("disagreement", f"period {period}: {statement}")
    if gathered.bundled is None:
        return
    system, report = context.system, gathered.bundled.proposal.report
    members, quorum, _ = system.oracle.members()
    valid = {name: signature for name, signature in gathered.signatures.items() if name in members}
    if len(valid) < quorum:
        result.waiting.append(f"report of period {period}: {len(valid)} of {quorum} signatures")
        return
    ordered = order_signatures(system.domain_of("ReportOracle"), report, list(valid.values()))
    previous = (due.posted[-1].posted,) if due.posted else ()
    call = system.oracle.submit(report, ordered, *previous)
    context.actions.do(result, system.key_of("report", period, report.revision, report.root.hex()[:16]), call)


def publish(context: Context, result: StepResult) -> None:
    """Put the files of every posted report of ours into the published folder."""
    member, gatherer = context.member, context.gatherer
    if member is None or gatherer is None:
        return
    for period, posted in sorted(context.posted().items())[-PERIODS_MAX:]:
        for stands in posted:
            try:
                proposal = gatherer.fetch(stands.digest)
                files = member.files_of(member.facts_of(period), proposal)
            except (ReportError, KeyError) as error:
                result.waiting.append(f"files of period {period}: {error}")
                continue
            if member.published.write(files):
                result.done.append(f"published:{period}:{stands.report.revision}")
