"""Offerings replayed by the twin: prices, releases, refunds, returns, and the coins that lie there."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from wellhead.audit.assets import Asset
from wellhead.audit.finding import Checklist
from wellhead.audit.history import Event, History, OfferingState
from wellhead.errors import InputError, StateError
from wellhead.market.vesting import Delivery, OfferingBooks, cost_up

OFFERING = "ShareOffering"

Closed = Mapping[tuple[int, int], Event]
"""How each (asset, period) was settled."""


@dataclass(slots=True)
class ReplayedOffering:
    """One offering: its plan's fields that the replay needs, its books, and the next period to count."""

    asset_id: int
    coin: str
    evidence: int
    opens_at: int
    closes_at: int
    min_ticket: int
    next_period: int
    books: OfferingBooks

    @property
    def state(self) -> OfferingState:
        """What the chain should say."""
        b = self.books
        return OfferingState(self.coin, self.next_period, b.raised, b.held, b.released, b.withdrawn)


def check_offerings(history: History, assets: Mapping[int, Asset], checklist: Checklist) -> None:
    """Codes OFFERING_SALE, OFFERING_RELEASE, OFFERING_PAYMENT, OFFERING_BOOK, OFFERING_COIN."""
    offerings: dict[int, ReplayedOffering] = {}
    closed = {
        (event.args["assetId"], event.args["period"]): event
        for event in history.of("Settlement", "PeriodSettled")
    }
    with checklist.section("Offerings", OFFERING):
        for event in history.of(OFFERING):
            if event.name == "OfferingOpened":
                offerings[event.args["offeringId"]] = _opened(event)
            elif event.args.get("offeringId") in offerings:
                _apply(offerings[event.args["offeringId"]], event, assets, closed, checklist)
        _check_states(history, offerings, checklist)
        _check_coins(history, offerings.values(), checklist)


def _opened(event: Event) -> ReplayedOffering:
    plan = event.args["plan"]
    values = list(plan.values() if isinstance(plan, Mapping) else plan)
    asset_id, coin, price, soft, hard, ticket, opens, closes, evidence, units, unit_price, _ = values
    books = OfferingBooks(price, soft, hard, units, unit_price)
    return ReplayedOffering(asset_id, coin, evidence, opens, closes, ticket, event.args["firstPeriod"], books)


def _apply(
    offering: ReplayedOffering,
    event: Event,
    assets: Mapping[int, Asset],
    closed: Closed,
    checklist: Checklist,
) -> None:
    args, books = event.args, offering.books
    subject = f"offering {args['offeringId']}"
    try:
        if event.name == "OfferingCancelled":
            offering.closes_at = event.timestamp
        elif event.name == "Subscribed":
            _subscribe(offering, event, checklist)
        elif event.name == "ProceedsReleased":
            first, count = args["fromPeriod"], args["periods"]
            checklist.same("OFFERING_RELEASE", subject, offering.next_period, first, event.where)
            deliveries = [_delivery(offering, first + n, assets, closed) for n in range(count)]
            checklist.same("OFFERING_RELEASE", subject, books.vest(deliveries), args["amount"], event.where)
            offering.next_period = first + count
        elif event.name == "ProceedsWithdrawn":
            checklist.same("OFFERING_PAYMENT", subject, books.withdraw(), args["amount"], event.where)
        elif event.name == "Refunded":
            amount = books.refund(args["subscriber"])
            checklist.same("OFFERING_PAYMENT", subject, amount, args["amount"], event.where)
        elif event.name == "UnearnedReturned":
            amount = books.take_back(args["subscriber"])
            checklist.same("OFFERING_PAYMENT", subject, amount, args["amount"], event.where)
        elif event.name == "SharesCollected":
            shares = books.collect(args["subscriber"])
            checklist.same("OFFERING_SALE", subject, shares, args["shares"], event.where)
    except (InputError, StateError) as error:
        checklist.holds(False, "OFFERING_SALE", subject, "a step that the rules allow", error, event.where)


def _subscribe(offering: ReplayedOffering, event: Event, checklist: Checklist) -> None:
    args, subject = event.args, f"offering {event.args['offeringId']}"
    cost = cost_up(args["shares"], offering.books.price)
    checklist.same("OFFERING_SALE", subject, cost, args["paid"], event.where)
    window = f"inside {offering.opens_at} to {offering.closes_at}"
    inside = offering.opens_at <= event.timestamp < offering.closes_at
    checklist.holds(inside, "OFFERING_SALE", subject, window, event.timestamp, event.where)
    left = offering.books.hard_cap - offering.books.raised
    ticket = f"at least {offering.min_ticket}, or the {left} left"
    enough = cost >= offering.min_ticket or (left - cost) * 10**18 < offering.books.price
    checklist.holds(enough, "OFFERING_SALE", subject, ticket, cost, event.where)
    offering.books.subscribe(args["subscriber"], args["shares"])


def _delivery(
    offering: ReplayedOffering, period: int, assets: Mapping[int, Asset], closed: Closed
) -> Delivery | None:
    """What a period counts; None if it was not settled by a report, or not with the evidence asked for."""
    event = closed.get((offering.asset_id, period))
    if event is None:
        return None
    terms = assets[offering.asset_id].terms_at(period).terms
    if terms.evidence < offering.evidence:
        return None
    o = event.outcome
    return Delivery(o["charge"] + o["refundPool"], o["promised"], o["shortfall"], terms.unit_seconds)


def _check_states(history: History, offerings: Mapping[int, ReplayedOffering], checklist: Checklist) -> None:
    where = f"{OFFERING} at block {history.last_block}"
    for offering_id, offering in offerings.items():
        found = history.snapshot.offerings.get(offering_id)
        checklist.same("OFFERING_BOOK", f"offering {offering_id}", offering.state, found, where)


def _check_coins(history: History, offerings: Iterable[ReplayedOffering], checklist: Checklist) -> None:
    held: Counter[str] = Counter()
    for offering in offerings:
        held[offering.coin] += offering.books.held
    for coin, amount in held.items():
        balance = history.snapshot.offering_coins.get(coin, 0)
        enough = balance >= amount
        checklist.holds(enough, "OFFERING_COIN", f"coin {coin}", f"at least {amount}", balance, OFFERING)
