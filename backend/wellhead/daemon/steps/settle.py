"""Settle ripe periods of all assets: by their report, unreported after the hard end, and past empty ones."""

from collections.abc import Mapping, Sequence

from wellhead.chain.contracts.settlement import PeriodState
from wellhead.daemon.actions import StepResult
from wellhead.daemon.steps.context import Context
from wellhead.errors import ContractReverted, ReportError
from wellhead.registry.facts import RegisteredAsset
from wellhead.reports.evidence import build_absences, build_evidence
from wellhead.reports.sync import PostedReport

SKIP_MAX = 100
"""Empty periods passed in one transaction."""

PERIODS_PER_ROUND = 16
"""Periods of one asset closed in one round."""


def settle_periods(context: Context, result: StepResult) -> None:
    """Close every asset's next periods as far as they are ripe."""
    if not context.duties.settle:
        return
    if not context.is_my_turn(0, 0):
        result.waiting.append("settling: another member's turn")
        return
    posted = context.posted()
    for asset in context.assets():
        if asset.opened_from is None:
            continue
        for _ in range(PERIODS_PER_ROUND):
            if not _close_next(context, asset, posted, result):
                break


def _close_next(
    context: Context, asset: RegisteredAsset, posted: Mapping[int, Sequence[PostedReport]], result: StepResult
) -> bool:
    """Close the asset's next period or run of empty ones; returns whether that was done."""
    system = context.system
    calendar, windows = system.deployment.clock, system.oracle.windows()
    now, period = system.chain.timestamp(), system.settlement.book_of(asset.asset_id).next_period
    if now <= calendar.end_of(period) + windows.post_from:
        return False
    book = system.settlement.period_of(asset.asset_id, period)
    if book.state is PeriodState.OPEN and book.sold_units == 0 and book.spot == 0:
        return _skip(context, asset.asset_id, period, now, result)
    terms = asset.terms_at(period)
    if terms is None:
        return False
    try:
        revisions = context.revisions(asset.asset_id, posted.get(period, ()))
    except ReportError as error:
        result.alarm("report_unknown", f"asset {asset.asset_id}, period {period}: {error}")
        return False
    key = system.key_of("settle", asset.asset_id, period)
    try:
        evidence = build_evidence(asset.asset_id, revisions)
        system.oracle.read("requireAccepted", evidence.as_tuple())
        call = system.settlement.settle(asset.asset_id, terms.terms, evidence)
        return context.actions.do(result, key, call)
    except (ReportError, ContractReverted) as error:
        result.waiting.append(f"asset {asset.asset_id}, period {period}: {error}")
    if now <= system.oracle.hard_end_of(period):
        return False
    try:
        absences = build_absences(asset.asset_id, revisions)
        system.oracle.read("requireUnreported", asset.asset_id, period, [a.as_tuple() for a in absences])
    except (ReportError, ContractReverted) as error:
        result.alarm("not_closed", f"asset {asset.asset_id}, period {period}, past its hard end: {error}")
        return False
    call = system.settlement.settle_unreported(asset.asset_id, period, terms.terms, absences)
    return context.actions.do(result, system.key_of("unreported", asset.asset_id, period), call)


def _skip(context: Context, asset_id: int, first: int, now: int, result: StepResult) -> bool:
    system = context.system
    calendar, windows = system.deployment.clock, system.oracle.windows()
    count = 0
    while count < SKIP_MAX and now > calendar.end_of(first + count) + windows.post_until:
        book = system.settlement.period_of(asset_id, first + count)
        if book.sold_units or book.spot:
            break
        count += 1
    if count == 0:
        return False
    key = system.key_of("skip", asset_id, first)
    return context.actions.do(result, key, system.settlement.skip(asset_id, first, count))
