"""Small duties: utilization prices follow sales, fallback bonds go back, missed periods are charged."""

from wellhead.chain.contracts.lease_offers import PriceKind
from wellhead.daemon.actions import StepResult
from wellhead.daemon.steps.context import Context

REPRICE_PERIODS = 50
"""Closed periods that one transaction walks."""


def reprice_offers(context: Context, result: StepResult) -> None:
    """Move every open utilization price by the periods that have closed since."""
    if not context.duties.reprice or not context.is_my_turn(2, 0):
        return
    system = context.system
    closed = {event.args["offerId"] for event in context.follower.events(system.offers, "OfferClosed")}
    for event in context.follower.events(system.offers, "OfferMade"):
        offer_id = event.args["offerId"]
        if offer_id in closed:
            continue
        offer = system.offers.offer_of(offer_id)
        if offer.kind is not PriceKind.UTILIZATION or not offer.open:
            continue
        until = min(offer.to_period + 1, system.settlement.book_of(offer.asset_id).next_period)
        if offer.priced_before < until:
            key = system.key_of("reprice", offer_id, offer.priced_before)
            context.actions.do(result, key, system.offers.reprice(offer_id, REPRICE_PERIODS))


def keep_house(context: Context, result: StepResult) -> None:
    """Release fallback bonds that nobody can contest; charge members for periods that none posted."""
    if not context.is_my_turn(3, 0):
        return
    system, now = context.system, context.system.chain.timestamp()
    windows, calendar = system.oracle.windows(), system.deployment.clock
    if context.duties.release_fallbacks:
        released = {e.args["period"] for e in context.follower.events(system.oracle, "FallbackReleased")}
        for event in context.follower.events(system.oracle, "FallbackPosted"):
            period = event.args["period"]
            if period not in released and now > system.oracle.hard_end_of(period):
                key = system.key_of("release", period)
                context.actions.do(result, key, system.oracle.release_fallback(period))
    if not context.duties.charge_misses or now <= calendar.end_of(0) + windows.post_until:
        return
    charged = {e.args["period"] for e in context.follower.events(system.oracle, "MissCharged")}
    posted = {p for p, all_of in context.posted().items() if not all_of[0].posted.is_fallback}
    opened = [asset.opened_from for asset in context.assets() if asset.opened_from is not None]
    last = calendar.period_at(now - windows.post_until) - 1
    for period in range(max(min(opened, default=last + 1), last - 7), last + 1):
        if period not in charged | posted:
            version = system.oracle.members().version
            key = system.key_of("miss", period, version)
            context.actions.do(result, key, system.oracle.charge_miss(period, version))
