"""The settlement formula: a period worked by hand, every zero case, the clamps, an exact-fraction model."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.vectors.make_vectors import TERMS

from wellhead.registry.terms import Terms
from wellhead.settlement.waterfall import (
    PeriodBooks,
    Totals,
    credit_lock_up,
    credit_of,
    refund_of,
    settle,
    unreported,
)

DAY = 86_400
BOOKS = PeriodBooks(
    devices=10,
    period_seconds=DAY,
    sold_units=200,
    escrow=400_000_000,
    locked_credit=200_000_000,
    spot=10_000_000,
    excuse_ceiling=7_200,
)
TOTALS = Totals(up=700_000, down=100_000, excused=7_200, energy=400_000_000, work=0)


def test_a_period_worked_by_hand_gives_these_numbers() -> None:
    # docs/protocol.md writes out every step of this one.
    outcome = settle(TOTALS, BOOKS, TERMS)
    assert (outcome.promised, outcome.delivered, outcome.shortfall) == (720_000, 700_000, 20_000)
    assert (outcome.unknown, outcome.forgiven, outcome.breach) == (56_800, 4_320, 18_595)
    assert (outcome.charge, outcome.revenue, outcome.fee) == (388_888_888, 398_888_888, 9_972_222)
    assert (outcome.energy_cost, outcome.holders, outcome.owner) == (13_333_333, 225_349_999, 150_233_334)
    assert (outcome.credit_pool, outcome.refund_pool) == (5_165_277, 11_111_112)
    assert (refund_of(150, 2_000_000, outcome), credit_of(150, 2_000_000, 5000, outcome)) == (
        8_333_333,
        3_873_958,
    )


def test_all_delivered_charges_everything_and_credits_nothing() -> None:
    outcome = settle(replace(TOTALS, up=720_000), BOOKS, TERMS)
    assert (outcome.shortfall, outcome.breach, outcome.charge) == (0, 0, BOOKS.escrow)
    assert (outcome.refund_pool, outcome.credit_pool, refund_of(200, 2_000_000, outcome)) == (0, 0, 0)


def test_nothing_sold_leaves_spot_alone_to_be_split() -> None:
    outcome = settle(TOTALS, replace(BOOKS, sold_units=0, escrow=0, locked_credit=0), TERMS)
    assert (outcome.promised, outcome.charge, outcome.credit_pool, outcome.refund_pool) == (0, 0, 0, 0)
    assert outcome.revenue == BOOKS.spot
    assert refund_of(1, 1, outcome) == credit_of(1, 1, 10_000, outcome) == 0


def test_nothing_seen_refunds_all_and_forgives_only_the_grace() -> None:
    outcome = settle(Totals(0, 0, 0, 0, 0), replace(BOOKS, spot=0), TERMS)
    assert (outcome.charge, outcome.refund_pool, outcome.energy_cost) == (0, BOOKS.escrow, 0)
    assert (outcome.unknown, outcome.forgiven) == (864_000, 4_320)
    assert outcome.breach == 720_000 * (864_000 - 4_320) // 864_000
    assert outcome.holders == outcome.owner == outcome.fee == 0


def test_fully_excused_shortfall_is_refunded_without_credit() -> None:
    totals = Totals(up=700_000, down=0, excused=164_000, energy=0, work=0)
    outcome = settle(totals, replace(BOOKS, excuse_ceiling=164_000), TERMS)
    assert (outcome.shortfall, outcome.breach, outcome.credit_pool) == (20_000, 0, 0)
    assert refund_of(200, 2_000_000, outcome) == 11_111_111


def test_excused_beyond_the_ceiling_counts_as_unknown() -> None:
    above = settle(replace(TOTALS, excused=30_000), BOOKS, TERMS)
    assert above == settle(replace(TOTALS, excused=BOOKS.excuse_ceiling), BOOKS, TERMS)


def test_totals_above_the_capacity_are_clamped_not_refused() -> None:
    capacity = 864_000
    assert settle(replace(TOTALS, up=1 << 39), BOOKS, TERMS) == settle(
        Totals(capacity, 0, 0, TOTALS.energy, 0), BOOKS, TERMS
    )
    clamped = settle(replace(TOTALS, down=1 << 39, excused=1 << 39), BOOKS, TERMS)
    assert clamped == settle(replace(TOTALS, down=capacity - TOTALS.up, excused=0), BOOKS, TERMS)
    assert clamped.unknown == 0


def test_full_capacity_without_a_shortfall_divides_by_nothing() -> None:
    books = replace(BOOKS, sold_units=240, escrow=480_000_000)
    assert settle(replace(TOTALS, up=864_000, down=0, excused=0), books, TERMS).breach == 0


def test_energy_is_paid_up_to_the_rated_power_times_time_up() -> None:
    outcome = settle(replace(TOTALS, energy=10**15), BOOKS, TERMS)
    assert outcome.energy_cost == 120_000 * 700 * 700_000 // 3_600_000


def test_energy_is_paid_up_to_the_rated_joules_of_the_work_where_a_metric_is_named() -> None:
    named = replace(TERMS, work_metric=b"\1" * 32, rated_work=3, rated_joules=10)
    assert (
        settle(replace(TOTALS, work=100_000_000), BOOKS, named).energy_cost
        == 120_000 * 333_333_333 // 3_600_000
    )
    assert settle(TOTALS, BOOKS, named).energy_cost == 0
    assert settle(TOTALS, BOOKS, replace(named, work_metric=bytes(32))).energy_cost == 13_333_333


def test_energy_cost_never_exceeds_what_the_fee_leaves() -> None:
    outcome = settle(TOTALS, BOOKS, replace(TERMS, tariff_per_kwh=(1 << 64) - 1))
    assert (outcome.energy_cost, outcome.holders, outcome.owner) == (outcome.revenue - outcome.fee, 0, 0)


def test_credit_is_capped_by_what_was_locked() -> None:
    assert settle(TOTALS, replace(BOOKS, locked_credit=7), TERMS).credit_pool == 7


def test_an_unreported_period_refunds_all_and_shares_out_spot_without_energy() -> None:
    outcome = unreported(BOOKS, TERMS)
    assert (outcome.charge, outcome.breach, outcome.credit_pool, outcome.refund_pool) == (
        0,
        0,
        0,
        BOOKS.escrow,
    )
    assert (outcome.shortfall, refund_of(200, 2_000_000, outcome)) == (720_000, BOOKS.escrow)
    assert (outcome.fee, outcome.energy_cost) == (250_000, 0)
    assert (outcome.holders, outcome.owner) == (5_850_000, 3_900_000)
    assert unreported(replace(BOOKS, sold_units=0, escrow=0), TERMS).promised == 0


@pytest.mark.parametrize(("bps", "locked"), [(0, 0), (1, 1), (5000, 3), (3333, 2), (10_000, 5)])
def test_locked_credit_is_rounded_up(bps: int, locked: int) -> None:
    assert credit_lock_up(5, bps) == locked


bps = st.integers(0, 10_000)


@st.composite
def periods(draw: st.DrawFn) -> tuple[Totals, PeriodBooks, Terms, list[tuple[int, int]]]:
    """A period with its sales as (units, price) and any totals, also ones that break every rule."""
    devices, length = draw(st.integers(1, 50)), draw(st.integers(1, 100_000))
    capacity = devices * length
    unit = draw(st.integers(1, capacity))
    wild = draw(st.sampled_from([capacity, (1 << 40) - 1]))
    free, sales = capacity // unit, []
    for _ in range(draw(st.integers(0, 4))):
        units = draw(st.integers(0, free))
        sales.append((units, draw(st.integers(0, 1 << 60))))
        free -= units
    seconds = st.integers(0, wild)
    totals = Totals(
        *(draw(seconds) for _ in range(3)), *(draw(st.integers(0, (1 << 56) - 1)) for _ in range(2))
    )
    named = draw(st.booleans())
    terms = replace(
        TERMS,
        unit_seconds=unit,
        fee_bps=draw(bps),
        holder_bps=draw(bps),
        credit_bps=draw(bps),
        grace_bps=draw(bps),
        rated_watts=draw(st.integers(1, 1 << 20)),
        tariff_per_kwh=draw(st.integers(0, (1 << 64) - 1)),
        work_metric=b"\1" * 32 if named else bytes(32),
        rated_work=draw(st.integers(1, 1 << 60)),
        rated_joules=draw(st.integers(1, 1 << 60)),
    )
    books = PeriodBooks(
        devices=devices,
        period_seconds=length,
        sold_units=sum(units for units, _ in sales),
        escrow=sum(units * price for units, price in sales),
        locked_credit=credit_lock_up(sum(units * price for units, price in sales), terms.credit_bps),
        spot=draw(st.integers(0, 1 << 80)),
        excuse_ceiling=draw(st.integers(0, capacity)),
    )
    return totals, books, terms, sales


@settings(max_examples=600, deadline=None)
@given(periods())
def test_books_balance_for_any_report_and_any_sales(
    drawn: tuple[Totals, PeriodBooks, Terms, list[tuple[int, int]]],
) -> None:
    totals, books, terms, sales = drawn
    outcome = settle(totals, books, terms)
    assert min(outcome.__getattribute__(name) for name in outcome.__slots__) >= 0
    assert outcome.fee + outcome.energy_cost + outcome.holders + outcome.owner == outcome.revenue
    assert outcome.revenue == outcome.charge + books.spot
    refunds = [refund_of(*sale, outcome) for sale in sales]
    credits = [credit_of(*sale, terms.credit_bps, outcome) for sale in sales]
    assert sum(refunds) <= outcome.refund_pool
    assert sum(credits) <= outcome.credit_pool <= books.locked_credit
    remainder = books.escrow - outcome.charge - sum(refunds)
    assert remainder <= len(sales)  # at most one base unit per redemption
    for sale, credit in zip(sales, credits, strict=True):
        assert credit <= credit_lock_up(sale[0] * sale[1], terms.credit_bps)
    assert outcome.breach <= outcome.shortfall


@settings(max_examples=600, deadline=None)
@given(periods())
def test_every_line_is_the_exact_fraction_rounded_down(
    drawn: tuple[Totals, PeriodBooks, Terms, list[tuple[int, int]]],
) -> None:
    totals, books, terms, _ = drawn
    outcome = settle(totals, books, terms)
    capacity = Fraction(books.devices * books.period_seconds)
    up = min(Fraction(totals.up), capacity)
    down = min(Fraction(totals.down), capacity - up)
    excused = min(Fraction(totals.excused), Fraction(books.excuse_ceiling), capacity - up - down)
    unknown = capacity - up - down - excused
    bad = down + unknown - min(unknown, capacity * terms.grace_bps / 10_000 // 1)
    promised = Fraction(books.sold_units * terms.unit_seconds)
    shortfall = max(promised - up, Fraction(0))
    breach = shortfall * bad / (capacity - up) // 1 if shortfall else 0
    charge = books.escrow * (promised - shortfall) / promised // 1 if promised else 0
    fee = (charge + books.spot) * Fraction(terms.fee_bps, 10_000) // 1
    joules = min(Fraction(totals.energy), terms.rated_watts * up)
    if any(terms.work_metric):
        joules = min(joules, Fraction(totals.work * terms.rated_joules // terms.rated_work))
    energy = min(charge + books.spot - fee, Fraction(terms.tariff_per_kwh, 3_600_000) * joules // 1)
    holders = (charge + books.spot - fee - energy) * Fraction(terms.holder_bps, 10_000) // 1
    expected = (shortfall, breach, charge, fee, energy, holders)
    found = (
        outcome.shortfall,
        outcome.breach,
        outcome.charge,
        outcome.fee,
        outcome.energy_cost,
        outcome.holders,
    )
    assert found == expected
