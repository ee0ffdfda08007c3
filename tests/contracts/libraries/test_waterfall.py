"""Waterfall.sol against its Python twin and against the formula of docs/protocol.md in exact fractions.

1. charge + refundPool = escrow
2. fee + energyCost + holders + owner = charge + spot
3. all refunds together ≤ refundPool, and what they leave is at most one base unit per redemption
4. all credits together ≤ creditPool ≤ locked credit, and none exceeds what its sale locked
5. no accepted report makes it revert, whatever the numbers
"""

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellhead.settlement.waterfall import (
    PeriodBooks,
    Totals,
    credit_lock_up,
    credit_of,
    refund_of,
    settle,
    unreported,
)

FIELDS = (
    "promised",
    "delivered",
    "shortfall",
    "breach",
    "charge",
    "refund_pool",
    "credit_pool",
    "fee",
    "energy_cost",
    "holders",
    "owner",
)
"""The Solidity outcome's fields in order."""

MONEY_MAX = (1 << 128) - 1
SECONDS_MAX = (1 << 40) - 1
SUM_MAX = (1 << 56) - 1


def up_to(largest, *points):
    """0 … `largest`, small numbers and the given points more often than chance would."""
    near = [p for p in (0, 1, largest, *points) if 0 <= p <= largest]
    return st.one_of(st.sampled_from(near), st.integers(0, min(largest, 10_000)), st.integers(0, largest))


@st.composite
def terms_fields(draw, capacity):
    metric = draw(st.booleans())
    return {
        "unit_seconds": draw(
            st.sampled_from([1, 7, 3600]) | st.integers(1, min(capacity + 1, (1 << 32) - 1))
        ),
        "fee_bps": draw(up_to(10_000)),
        "holder_bps": draw(up_to(10_000)),
        "credit_bps": draw(up_to(10_000)),
        "grace_bps": draw(up_to(10_000, 50)),
        "rated_watts": draw(up_to((1 << 32) - 1, 700)),
        "tariff_per_kwh": draw(up_to((1 << 64) - 1, 120_000)),
        "work_metric": (b"\1" if metric else b"\0") * 32,
        "rated_work": draw(up_to((1 << 64) - 1)) or int(metric),
        "rated_joules": draw(up_to((1 << 64) - 1)) or int(metric),
    }


@st.composite
def sales_of(draw, units):
    """(units, price) of each redemption; together at most `units` and at most 2¹²⁸ − 1 base units."""
    price_max = MONEY_MAX // max(units, 1)
    prices = draw(st.lists(up_to(price_max, 2_000_000), min_size=1, max_size=3))
    sales, left = [], units
    for price in prices[:-1]:
        sales.append((draw(st.integers(0, left)), price))
        left -= sales[-1][0]
    sales.append((draw(st.sampled_from([left, left // 2])), prices[-1]))
    return [sale for sale in sales if sale[0]]


@st.composite
def periods(draw):
    devices, length = draw(
        st.sampled_from([(1, 1), (10, 86_400), (262_143, (1 << 22) - 1)])
        | st.tuples(st.integers(1, 64), st.integers(1, 4_000))
    )
    capacity = devices * length
    fields = draw(terms_fields(capacity))
    sales = draw(sales_of(capacity // fields["unit_seconds"]))
    sold = sum(units for units, _ in sales)
    lock = credit_lock_up(sum(units * price for units, price in sales), fields["credit_bps"])
    promised = sold * fields["unit_seconds"]
    totals = Totals(
        up=draw(up_to(SECONDS_MAX, promised, promised - 1, capacity, capacity + 1)),
        down=draw(up_to(SECONDS_MAX, capacity, capacity - promised)),
        excused=draw(up_to(SECONDS_MAX, capacity)),
        energy=draw(up_to(SUM_MAX)),
        work=draw(up_to(SUM_MAX)),
    )
    books = PeriodBooks(
        devices=devices,
        period_seconds=length,
        sold_units=sold,
        escrow=sum(units * price for units, price in sales),
        locked_credit=lock,
        spot=draw(up_to(MONEY_MAX, 10_000_000)),
        excuse_ceiling=draw(up_to(SECONDS_MAX, capacity)),
    )
    return totals, books, fields, sales


def chain_books(books):
    return (
        books.devices * books.period_seconds,
        books.sold_units,
        books.escrow,
        books.locked_credit,
        books.spot,
        books.excuse_ceiling,
    )


def chain_totals(totals):
    return totals.up, totals.down, totals.excused, totals.energy, totals.work


def fields_of(outcome):
    return tuple(getattr(outcome, name) for name in FIELDS)


def split_exactly(revenue, energy_worth, terms):
    fee = floor(revenue * Fraction(terms.fee_bps, 10_000))
    energy = min(revenue - fee, floor(energy_worth))
    holders = floor((revenue - fee - energy) * Fraction(terms.holder_bps, 10_000))
    return fee, energy, holders, revenue - fee - energy - holders


def settled_exactly(totals, books, terms):
    """The page's formula, top to bottom, in fractions; rounded where the page has a quotient."""
    capacity = books.devices * books.period_seconds
    up = min(totals.up, capacity)
    down = min(totals.down, capacity - up)
    excused = min(totals.excused, books.excuse_ceiling, capacity - up - down)
    unknown = capacity - up - down - excused
    promised = books.sold_units * terms.unit_seconds
    delivered = min(up, promised)
    shortfall = promised - delivered
    forgiven = min(unknown, floor(capacity * Fraction(terms.grace_bps, 10_000)))
    bad = down + unknown - forgiven
    breach = floor(shortfall * Fraction(bad, capacity - up)) if shortfall else 0
    charge = floor(books.escrow * Fraction(delivered, promised)) if promised else 0
    pool = floor(books.escrow * Fraction(breach * terms.credit_bps, promised * 10_000)) if promised else 0
    joules = min(totals.energy, terms.rated_watts * up)
    if terms.work_metric != bytes(32):
        joules = min(joules, floor(totals.work * Fraction(terms.rated_joules, terms.rated_work)))
    worth = joules * Fraction(terms.tariff_per_kwh, 3_600_000)
    return (
        promised,
        delivered,
        shortfall,
        breach,
        charge,
        books.escrow - charge,
        min(pool, books.locked_credit),
        *split_exactly(charge + books.spot, worth, terms),
    )


@settings(max_examples=700)
@given(drawn=periods())
def test_settled_is_the_twin_and_the_exact_formula_and_the_books_balance(library, terms_with, drawn):
    totals, books, fields, sales = drawn
    terms = terms_with(**fields)
    found = library.call("settled", chain_books(books), chain_totals(totals), terms.as_tuple())
    twin = settle(totals, books, terms)
    assert found == fields_of(twin) == settled_exactly(totals, books, terms)
    outcome = dict(zip(FIELDS, found, strict=True))
    assert outcome["charge"] + outcome["refund_pool"] == books.escrow
    assert sum(found[7:]) == outcome["charge"] + books.spot == twin.revenue
    paid = [library.call("redemption", *sale, terms.credit_bps, found) for sale in sales]
    for sale, (refund, credit, lock) in zip(sales, paid, strict=True):
        assert refund == refund_of(*sale, twin)
        assert refund == floor(sale[0] * sale[1] * Fraction(twin.shortfall, twin.promised))
        assert credit == credit_of(*sale, terms.credit_bps, twin) <= lock
        assert lock == credit_lock_up(sale[0] * sale[1], terms.credit_bps)
    refunds, credits, _ = (sum(column) for column in zip(*paid, strict=True)) if paid else (0, 0, 0)
    assert 0 <= outcome["refund_pool"] - refunds <= len(sales)
    assert credits <= outcome["credit_pool"] <= books.locked_credit


@settings(max_examples=150)
@given(drawn=periods())
def test_an_unreported_period_returns_all_that_was_paid_and_shares_the_spot(library, terms_with, drawn):
    _, books, fields, sales = drawn
    terms = terms_with(**fields)
    found = library.call("unreported", chain_books(books), terms.as_tuple())
    twin = unreported(books, terms)
    promised = books.sold_units * terms.unit_seconds
    exact = (promised, 0, promised, 0, 0, books.escrow, 0, *split_exactly(books.spot, 0, terms))
    assert found == fields_of(twin) == exact
    for units, price in sales:
        refund, credit, _ = library.call("redemption", units, price, terms.credit_bps, found)
        assert (refund, credit) == (units * price, 0)


@settings(max_examples=150)
@given(drawn=periods(), data=st.data())
def test_any_splitting_of_a_sale_is_refunded_out_of_the_pool(library, terms_with, drawn, data):
    totals, books, fields, sales = drawn
    terms = terms_with(**fields)
    found = library.call("settled", chain_books(books), chain_totals(totals), terms.as_tuple())
    pieces = []
    for units, price in sales:
        first = data.draw(st.integers(0, units))
        second = data.draw(st.integers(0, units - first))
        pieces += [(part, price) for part in (first, second, units - first - second) if part]
    paid = [library.call("redemption", *piece, terms.credit_bps, found) for piece in pieces]
    outcome = dict(zip(FIELDS, found, strict=True))
    assert 0 <= outcome["refund_pool"] - sum(refund for refund, _, _ in paid) <= len(pieces)
    assert sum(credit for _, credit, _ in paid) <= outcome["credit_pool"]
    assert sum(lock for _, _, lock in paid) >= books.locked_credit


@settings(max_examples=100)
@given(drawn=periods(), locked=up_to(MONEY_MAX))
def test_credit_never_takes_more_than_is_locked(library, terms_with, drawn, locked):
    totals, books, fields, _ = drawn
    books = PeriodBooks(**{n: getattr(books, n) for n in books.__slots__} | {"locked_credit": locked})
    terms = terms_with(**fields)
    found = library.call("settled", chain_books(books), chain_totals(totals), terms.as_tuple())
    assert found[6] <= locked
    assert found == fields_of(settle(totals, books, terms))


NOTHING = (0, 0, 0, 0, 0)
BOOKS = (864_000, 200, 400_000_000, 200_000_000, 10_000_000, 7_200)


def by_name(outcome):
    return dict(zip(FIELDS, outcome, strict=True))


def test_the_period_worked_by_hand_in_the_protocol(library, terms_with, vectors):
    vector = vectors["settlement"]
    terms = terms_with().as_tuple()
    books, totals = PeriodBooks(**vector["books"]), Totals(**vector["totals"])
    found = library.call("settled", chain_books(books), chain_totals(totals), terms)
    assert by_name(found) == {name: vector["outcome"][name] for name in FIELDS}
    for each in vector["redemptions"]:
        paid = library.call("redemption", each["units"], each["price"], 5_000, found)
        assert paid[:2] == [each["refund"], each["credit"]]
    closed = library.call("unreported", chain_books(books), terms)
    assert by_name(closed) == {name: vector["unreported"][name] for name in FIELDS}


def test_an_empty_period_is_all_zeros(library, terms_with):
    terms = terms_with().as_tuple()
    assert set(library.call("settled", (864_000, 0, 0, 0, 0, 0), NOTHING, terms)) == {0}
    assert set(library.call("unreported", (864_000, 0, 0, 0, 0, 0), terms)) == {0}
    assert library.call("redemption", 0, 0, 0, (0,) * 11) == [0, 0, 0]


def test_no_units_promised_means_no_refund_and_no_credit(library):
    assert library.call("redemption", 5, 7, 10_000, (0,) * 11) == [0, 0, 35]


def test_without_capacity_nothing_divides_by_zero(library, terms_with):
    found = by_name(library.call("settled", (0, 0, 0, 0, 99, 0), (5, 5, 5, 5, 5), terms_with().as_tuple()))
    assert (found["promised"], found["breach"], found["charge"], found["fee"]) == (0, 0, 0, 2)


def test_all_up_charges_everything(library, terms_with):
    found = by_name(library.call("settled", BOOKS, (864_000, 0, 0, 0, 0), terms_with().as_tuple()))
    assert (found["shortfall"], found["charge"], found["refund_pool"], found["credit_pool"]) == (
        0,
        400_000_000,
        0,
        0,
    )


def test_all_down_at_full_credit_takes_exactly_the_lock(library, terms_with):
    terms = terms_with(credit_bps=10_000, grace_bps=0).as_tuple()
    books = (*BOOKS[:3], 400_000_000, *BOOKS[4:])
    found = by_name(library.call("settled", books, (0, 864_000, 0, 0, 0), terms))
    assert (found["breach"], found["credit_pool"], found["refund_pool"]) == (
        720_000,
        400_000_000,
        400_000_000,
    )


@pytest.mark.parametrize(("ceiling", "breach"), [(0, 20_000), (82_000, 10_000), (164_000, 0), (999_999, 0)])
def test_excuses_count_up_to_the_announced_ceiling(library, terms_with, ceiling, breach):
    books = (*BOOKS[:5], ceiling)
    found = by_name(
        library.call("settled", books, (700_000, 0, 164_000, 0, 0), terms_with(grace_bps=0).as_tuple())
    )
    assert (found["breach"], found["shortfall"]) == (breach, 20_000)


def test_totals_beyond_the_capacity_are_cut_to_it(library, terms_with):
    terms = terms_with().as_tuple()
    largest = (SECONDS_MAX, SECONDS_MAX, SECONDS_MAX, 0, 0)
    assert library.call("settled", BOOKS, largest, terms) == library.call(
        "settled", BOOKS, (864_000, 0, 0, 0, 0), terms
    )
    assert library.call("settled", BOOKS, (0, *largest[1:]), terms) == library.call(
        "settled", BOOKS, (0, 864_000, 0, 0, 0), terms
    )


def test_energy_is_paid_up_to_the_rating_and_the_work_done(library, terms_with):
    def cost(energy, work, **fields):
        found = library.call(
            "settled",
            BOOKS,
            (864_000, 0, 0, energy, work),
            terms_with(tariff_per_kwh=3_600_000, **fields).as_tuple(),
        )
        return by_name(found)["energy_cost"]

    by_work = {"work_metric": b"\1" * 32, "rated_work": 10, "rated_joules": 3}
    assert cost(1_000, 0) == 1_000
    assert cost(1_000_000, 0, rated_watts=1) == 864_000
    assert cost(1_000, 0, **by_work) == 0
    assert cost(1_000, 99, **by_work) == 29
    assert cost(1_000, 10**9, **by_work) == 1_000
    assert cost(SUM_MAX, 0) == 410_000_000 - 10_250_000


def test_the_largest_numbers_of_every_field_do_not_overflow(library, terms_with):
    capacity = (1 << 40) - 1
    terms = terms_with(
        unit_seconds=1,
        fee_bps=10_000,
        holder_bps=10_000,
        credit_bps=10_000,
        grace_bps=0,
        rated_watts=(1 << 32) - 1,
        tariff_per_kwh=(1 << 64) - 1,
        work_metric=b"\xff" * 32,
        rated_work=1,
        rated_joules=(1 << 64) - 1,
    ).as_tuple()
    books = (capacity, capacity, MONEY_MAX, MONEY_MAX, MONEY_MAX, capacity)
    half = capacity // 2
    found = by_name(library.call("settled", books, (half, capacity - half, 0, SUM_MAX, SUM_MAX), terms))
    assert found["charge"] + found["refund_pool"] == MONEY_MAX
    assert found["fee"] == found["charge"] + MONEY_MAX
    assert found["breach"] == found["shortfall"] == capacity - half
    assert found["credit_pool"] == MONEY_MAX * found["breach"] // capacity
    paid = library.call("redemption", capacity, MONEY_MAX // capacity, 10_000, tuple(found.values()))
    assert paid[2] == MONEY_MAX // capacity * capacity
