"""The auditor's replay of offers: who sold what at which price, when, and to whom."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from wellhead.audit.books import SETTLED, SKIPPED, UNREPORTED
from wellhead.audit.finding import Checklist
from wellhead.audit.history import ZERO_ADDRESS, Event
from wellhead.audit.offers import FIELDS, check_offers, is_offered
from wellhead.clock import PeriodClock
from wellhead.market.lease_id import encode_lease_id

TENANT, OTHER = "0x" + "11" * 20, "0x" + "22" * 20
PLAIN: dict[str, Any] = dict.fromkeys(FIELDS, 0) | {
    "price": 1_000,
    "fromPeriod": 5,
    "toPeriod": 9,
    "open": True,
    "unitSeconds": 100,
    "creditBps": 2_000,
    "tenant": ZERO_ADDRESS,
}
AUCTION = {"kind": 2, "lowest": 100, "leadSeconds": 40, "steps": 4}
BY_USE = {"kind": 1, "lowest": 500, "highest": 2_000, "targetUnits": 20, "pricedBefore": 5}


@dataclass
class Told:
    """A history of these events, numbered as they come."""

    events: list[Event] = field(default_factory=list)
    clock: PeriodClock = field(default_factory=lambda: PeriodClock(0, 100))

    def add(self, contract: str, name: str, timestamp: int = 0, **args: Any) -> Event:
        event = Event(contract, name, args, timestamp, len(self.events), 0, f"0x{len(self.events)}")
        self.events.append(event)
        return event

    def offer(self, **changes: Any) -> None:
        self.add("LeaseOffers", "OfferMade", offerId=0, assetId=0, offer=PLAIN | changes)

    def sale(self, price: int, timestamp: int = 0, to: str = TENANT) -> Event:
        event = self.add("Settlement", "SaleBooked", timestamp, firstId=encode_lease_id(0, 5, price))
        minted = Event(
            "LeaseToken", "TransferSingle", {"from": ZERO_ADDRESS, "to": to}, 0, 99, 0, event.transaction
        )
        self.events.append(minted)
        return event

    def of(self, contract: str, *names: str) -> Iterator[Event]:
        return (e for e in self.events if e.contract == contract and (not names or e.name in names))


@dataclass
class Version:
    terms: Any


@dataclass
class Terms:
    unit_seconds: int = 100
    reserved_for_spot: int = 0
    credit_bps: int = 2_000


@dataclass
class Period:
    sold_units: int
    state: int


@dataclass
class Known:
    """An asset with these terms, and a book with these periods."""

    periods: dict[int, Period] = field(default_factory=dict)
    asset_id: int = 0

    @property
    def asset(self) -> "Known":
        return self

    def period(self, period: int) -> Period:
        return self.periods.get(period, Period(0, 0))

    def terms_at(self, period: int) -> Version:
        return Version(Terms())


def findings(told: Told, known: Known) -> list[str]:
    checklist = Checklist(lambda _: None)
    check_offers(told, known, known, checklist)  # type: ignore[arg-type]
    return [finding.code for finding in checklist.result().findings]


def test_a_fixed_price_sells_its_run_until_it_is_closed() -> None:
    told = Told()
    before = told.sale(1_000)
    told.offer()
    sale = told.sale(1_000)
    assert [is_offered(told, sale, period) for period in (4, 5, 9, 10)] == [False, True, True, False]  # type: ignore[arg-type]
    assert not is_offered(told, before, 5)  # type: ignore[arg-type]
    assert not is_offered(told, told.sale(999), 5)  # type: ignore[arg-type]
    told.add("LeaseOffers", "OfferClosed", offerId=0)
    assert not is_offered(told, told.sale(1_000), 5)  # type: ignore[arg-type]


def test_a_named_offer_sells_to_its_tenant_alone() -> None:
    told = Told()
    told.offer(tenant=TENANT)
    assert is_offered(told, told.sale(1_000), 5)  # type: ignore[arg-type]
    assert not is_offered(told, told.sale(1_000, to=OTHER), 5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("timestamp", "price"), [(460, 1_000), (469, 1_000), (470, 700), (480, 400), (499, 100)]
)
def test_an_auction_sells_at_the_price_of_its_step(timestamp: int, price: int) -> None:
    told = Told()
    told.offer(**AUCTION)
    assert is_offered(told, told.sale(price, timestamp), 5)  # type: ignore[arg-type]
    assert not is_offered(told, told.sale(price - 1, timestamp), 5)  # type: ignore[arg-type]
    assert not is_offered(told, told.sale(price, 459), 5)  # type: ignore[arg-type]


def test_a_utilization_price_holds_from_its_event_on_and_is_walked() -> None:
    told = Told()
    told.offer(**BY_USE)
    old = told.sale(1_000)
    told.add("LeaseOffers", "OfferRepriced", offerId=0, pricedBefore=8, price=985)
    assert is_offered(told, old, 9)  # type: ignore[arg-type]
    assert is_offered(told, told.sale(985), 9)  # type: ignore[arg-type]
    assert not is_offered(told, told.sale(1_000), 9)  # type: ignore[arg-type]
    periods = {5: Period(40, SETTLED), 6: Period(7, UNREPORTED), 7: Period(0, SKIPPED)}
    assert findings(told, Known(periods)) == []
    assert findings(told, Known(periods | {5: Period(39, SETTLED)})) == ["OFFER_PRICE"]
    assert findings(told, Known(periods | {7: Period(0, 0)})) == ["OFFER_PRICE"]


def test_an_offer_under_other_terms_is_found() -> None:
    told = Told()
    told.offer(creditBps=1_999)
    assert findings(told, Known()) == ["OFFER_TERMS"]


def test_a_struct_without_names_reads_the_same() -> None:
    told = Told()
    told.add("LeaseOffers", "OfferMade", offerId=0, assetId=0, offer=tuple(PLAIN[name] for name in FIELDS))
    assert is_offered(told, told.sale(1_000), 5)  # type: ignore[arg-type]
