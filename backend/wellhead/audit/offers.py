"""Offers and their prices, recomputed: every sale had one, and every price moved as closed periods say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wellhead.audit.assets import Asset
from wellhead.audit.books import SETTLED, SKIPPED, UNREPORTED, ReplayedBook
from wellhead.audit.finding import Checklist
from wellhead.audit.history import ZERO_ADDRESS, Event, History
from wellhead.errors import InputError
from wellhead.market.lease_id import lease_parts
from wellhead.market.pricing import auction_price, auction_step, walked_price

FIXED, UTILIZATION, AUCTION = 0, 1, 2

FIELDS = (
    "price",
    "assetId",
    "fromPeriod",
    "toPeriod",
    "kind",
    "open",
    "termsVersion",
    "unitSeconds",
    "reservedForSpot",
    "creditBps",
    "leadSeconds",
    "steps",
    "targetUnits",
    "pricedBefore",
    "lowest",
    "highest",
    "tenant",
)
"""`ILeaseOffers.Offer` in the struct's order."""


@dataclass(slots=True)
class ReplayedOffer:
    """An offer as its events tell it up to some place: `terms` is the struct as it was made."""

    offer_id: int
    made: Event
    terms: Mapping[str, int | str]
    price: int
    open: bool = True

    def number(self, name: str) -> int:
        """A field that is a number."""
        return int(self.terms[name])

    @property
    def tenant(self) -> str:
        """The only one who may receive its units; the zero address if all may."""
        return str(self.terms["tenant"])

    def asks(self, period: int, timestamp: int, start: int) -> int | None:
        """Its price for a unit of the period then, None where it sells none; `start` is the period's."""
        if not self.open or not self.number("fromPeriod") <= period <= self.number("toPeriod"):
            return None
        if self.number("kind") != AUCTION:
            return self.price
        steps = self.number("steps")
        try:
            step = auction_step(timestamp, start, self.number("leadSeconds"), steps)
        except InputError:
            return None
        return auction_price(self.price, self.number("lowest"), step, steps)


def offers_before(history: History, asset_id: int, place: tuple[int, int]) -> dict[int, ReplayedOffer]:
    """The asset's offers by id, as they stand just before `place`."""
    offers: dict[int, ReplayedOffer] = {}
    for event in history.of("LeaseOffers"):
        if event.place >= place:
            break
        offer_id = event.args["offerId"]
        if event.name == "OfferMade" and event.args["assetId"] == asset_id:
            terms = _named(event.args["offer"])
            offers[offer_id] = ReplayedOffer(offer_id, event, terms, int(terms["price"]))
        elif offer_id in offers:
            if event.name == "OfferRepriced":
                offers[offer_id].price = event.args["price"]
            elif event.name == "OfferClosed":
                offers[offer_id].open = False
    return offers


def is_offered(history: History, sale: Event, period: int) -> bool:
    """Whether an offer sold that period at the sale's price when it was booked, to whom the units went."""
    start = history.clock.start_of(period)
    asset_id, _, price = lease_parts(sale.args["firstId"])
    return any(
        offer.asks(period, sale.timestamp, start) == price
        and (offer.tenant == ZERO_ADDRESS or offer.tenant in _receivers(history, sale))
        for offer in offers_before(history, asset_id, sale.place).values()
    )


def check_offers(history: History, asset: Asset, book: ReplayedBook, checklist: Checklist) -> None:
    """Codes OFFER_TERMS, OFFER_PRICE for one asset's offers."""
    with checklist.section("Offers and their prices", f"asset {asset.asset_id}"):
        for event in history.of("LeaseOffers", "OfferMade"):
            if event.args["assetId"] == asset.asset_id:
                _check_terms(event, asset, checklist)
        for event in history.of("LeaseOffers", "OfferRepriced"):
            offer = offers_before(history, asset.asset_id, event.place).get(event.args["offerId"])
            if offer is not None:
                _check_price(event, offer, book, checklist)


def _check_terms(event: Event, asset: Asset, checklist: Checklist) -> None:
    """What purchases take from the offer is what the asset's terms of those periods say."""
    offer = _named(event.args["offer"])
    version = asset.terms_at(int(offer["fromPeriod"]))
    terms = version.terms
    expected = (terms.unit_seconds, terms.reserved_for_spot, terms.credit_bps)
    found = (offer["unitSeconds"], offer["reservedForSpot"], offer["creditBps"])
    subject = f"asset {asset.asset_id}, offer {event.args['offerId']}"
    checklist.same("OFFER_TERMS", subject, expected, found, event.where)


def _check_price(event: Event, offer: ReplayedOffer, book: ReplayedBook, checklist: Checklist) -> None:
    """From the first price on, walked over every period that the event says is in it."""
    subject = f"asset {book.asset.asset_id}, offer {offer.offer_id}"
    sold: list[int | None] = []
    for period in range(offer.number("pricedBefore"), event.args["pricedBefore"]):
        p = book.period(period)
        closed = p.state in (SETTLED, SKIPPED, UNREPORTED)
        checklist.holds(closed, "OFFER_PRICE", subject, f"period {period} closed", p.state, event.where)
        sold.append(None if p.state == UNREPORTED else p.sold_units)
    walked = walked_price(
        offer.number("price"),
        sold,
        offer.number("targetUnits"),
        offer.number("lowest"),
        offer.number("highest"),
    )
    checklist.same("OFFER_PRICE", subject, walked, event.args["price"], event.where)


def _receivers(history: History, sale: Event) -> Iterator[str]:
    for event in history.of("LeaseToken", "TransferSingle", "TransferBatch"):
        if event.transaction == sale.transaction and event.args["from"] == ZERO_ADDRESS:
            yield event.args["to"]


def _named(struct: Mapping[str, int | str] | tuple[int | str, ...]) -> Mapping[str, int | str]:
    return struct if isinstance(struct, Mapping) else dict(zip(FIELDS, struct, strict=True))
