"""Answer open challenges of posted reports, and do what an unanswered one calls for."""

from wellhead.chain.contract import ContractCall
from wellhead.chain.contracts.disputes import BY_RECEIPT, SUMMONS, Place
from wellhead.daemon.actions import StepResult
from wellhead.daemon.steps.context import Context
from wellhead.errors import ReportError
from wellhead.registry.devices import build_device_tree
from wellhead.reports.answers import Absent, EmptyPlace, Equivocated, open_report
from wellhead.reports.evidence import Revision
from wellhead.reports.leaf import latest_of
from wellhead.reports.sync import PostedReport

EVENTS = ("ChallengeOpened", "ChallengeAnswered", "ChallengeReturned")


def open_challenges(context: Context) -> dict[Place, int]:
    """Every challenge that waits, and when it was opened."""
    disputes = context.system.disputes
    waiting: dict[Place, int] = {}
    for event in context.follower.events(disputes, *EVENTS):
        args = event.args
        place = Place(args["assetId"], args["period"], args["revision"], args["index"])
        if event.name == "ChallengeOpened":
            waiting[place] = context.follower.timestamp_of(event.block)
        else:
            waiting.pop(place, None)
    return waiting


def answer_challenges(context: Context, result: StepResult) -> None:
    """Answer whatever can still be answered; alarm for what cannot."""
    if not context.duties.answer or context.gatherer is None:
        return
    windows, now = context.system.oracle.windows(), context.system.chain.timestamp()
    posted = context.posted()
    for place, opened_at in open_challenges(context).items():
        if now > opened_at + windows.answer:
            continue
        key = context.system.key_of("answer", *place.as_tuple())
        try:
            stands = posted[place.period][place.revision]
            call = _answer(context, place, stands)
        except (ReportError, LookupError) as error:
            result.alarm("unanswered", f"{place}: {error}")
            continue
        if context.is_my_turn(place.period, opened_at):
            context.actions.do(result, key, call)


def expire_challenges(context: Context, result: StepResult) -> None:
    """Mark void what nobody answered in time: settling and revising wait for the mark."""
    if not context.duties.expire:
        return
    windows, now = context.system.oracle.windows(), context.system.chain.timestamp()
    posted = context.posted()
    for place, opened_at in open_challenges(context).items():
        if now <= opened_at + windows.answer or place.revision >= len(posted.get(place.period, ())):
            continue
        stands = posted[place.period][place.revision].posted
        disputes = context.system.disputes
        if context.system.oracle.contest_of(place.asset_id, place.period).rounds[place.revision].voided:
            call = disputes.reclaim(place)
        else:
            result.alarm("void", f"{place}: nobody answered")
            call = disputes.expire(place, stands)
        if context.is_my_turn(place.period, opened_at + windows.answer):
            context.actions.do(result, context.system.key_of("expire", *place.as_tuple()), call)


def _answer(context: Context, place: Place, stands: PostedReport) -> ContractCall:
    gatherer, disputes = context.gatherer, context.system.disputes
    if gatherer is None:
        raise ReportError("this daemon is no member: it has no readings")
    proposal = gatherer.fetch(stands.digest)
    fact = gatherer.member.facts_of(place.period).assets.get(place.asset_id)
    devices = fact.devices if fact else ()
    opened = open_report(place.asset_id, Revision(proposal, stands.posted), devices)
    if isinstance(opened, Absent):
        return disputes.answer_absent(place, stands.posted, opened.path)
    if place.index >= SUMMONS:
        return disputes.answer_report(place, stands.posted, opened.shown)
    if place.index >= BY_RECEIPT:
        index = place.index - BY_RECEIPT
        with gatherer.member.sessions() as session:
            held = gatherer.member.held(session, place.period).get(place.asset_id, {}).get(index, ())
        conflict = latest_of(held)[1] or proposal.assets[place.asset_id].conflicts.get(index)
        if conflict is None:
            raise ReportError(f"device {index}: left out, and no equivocation shows why")
        both = Equivocated(*conflict, build_device_tree(devices).path(index))
        return disputes.answer_equivocation(place, stands.posted, both)
    answer = opened.answer(place.index)
    if isinstance(answer, EmptyPlace):
        return disputes.answer_empty(place, stands.posted, answer.shown, answer.sum_path)
    return disputes.answer_reading(place, stands.posted, answer)
