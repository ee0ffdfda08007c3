"""A period's money: `Waterfall.sol`, `wellhead.settlement.waterfall`, and the page's formula in fractions."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from random import Random
from typing import Any

from tests.differential.chain import Libraries
from tests.differential.draw import MONEY_MAX, SECONDS_MAX, SUM_MAX, up_to

from wellhead.registry.terms import Terms
from wellhead.settlement.waterfall import (
    Outcome,
    PeriodBooks,
    Totals,
    credit_lock_up,
    credit_of,
    refund_of,
    settle,
    unreported,
)

AT_ONCE = 250
NOBODY = "0x" + "11" * 20


@dataclass(frozen=True)
class Scenario:
    """One asset's period; no totals: it was never reported. `units` of those sold are redeemed."""

    books: PeriodBooks
    totals: Totals | None
    terms: Terms
    price: int
    units: int


def draw(random: Random) -> Scenario:
    """Anything that sales and an accepted report allow."""
    small = random.random() < 0.5
    devices = random.randint(1, 64) if small else random.choice([1, 10, 1_000, (1 << 18) - 1])
    length = random.randint(1, 4_000) if small else random.choice([1, 3_600, 86_400, (1 << 22) - 1])
    capacity = devices * length
    terms = _terms(random, capacity)
    sold = up_to(random, capacity // terms.unit_seconds, capacity // terms.unit_seconds)
    price = up_to(random, MONEY_MAX // max(sold, 1), 2_000_000)
    promised = sold * terms.unit_seconds
    lock = credit_lock_up(sold * price, terms.credit_bps)
    books = PeriodBooks(
        devices, length, sold, sold * price, lock,
        up_to(random, MONEY_MAX, 10_000_000), up_to(random, SECONDS_MAX, capacity),
    )  # fmt: skip
    totals = Totals(
        up_to(random, SECONDS_MAX, promised, capacity),
        up_to(random, SECONDS_MAX, capacity, capacity - promised),
        up_to(random, SECONDS_MAX, capacity),
        up_to(random, SUM_MAX),
        up_to(random, SUM_MAX),
    )
    return Scenario(books, totals if random.random() < 0.9 else None, terms, price, up_to(random, sold, sold))


def _terms(random: Random, capacity: int) -> Terms:
    metric = random.random() < 0.5
    return Terms(
        1, 0, 0, random.choice([1, 7, 3_600, random.randint(1, min(capacity, (1 << 32) - 1))]),
        *(up_to(random, 10_000, 50) for _ in range(4)),
        (1 << 32) - 1, up_to(random, (1 << 32) - 1, 700), 1,
        up_to(random, (1 << 64) - 1) or 1, up_to(random, (1 << 64) - 1) or 1,
        up_to(random, (1 << 64) - 1, 120_000), 0, 0, 0, NOBODY, NOBODY,
        bytes(32), (b"\1" if metric else b"\0") * 32, bytes(32), bytes(32),
    )  # fmt: skip


Amounts = tuple[int, ...]
"""promised, delivered, shortfall, breach; charge, refund and credit pools; fee, energy, holders, owner; then
refund, credit and lock of the units redeemed."""


def on_chain(libraries: Libraries, scenarios: Sequence[Scenario]) -> list[Amounts]:
    """What the Solidity says."""
    outcomes: dict[int, Any] = {}
    for function, wanted in (("settled", True), ("unreported", False)):
        places = [i for i, s in enumerate(scenarios) if (s.totals is not None) == wanted]
        questions = [_question(scenarios[i]) for i in places]
        answers = libraries.ask("LibraryHarness", function, questions)
        outcomes |= {place: answer[0] for place, answer in zip(places, answers, strict=True)}
    redeemed = libraries.ask(
        "LibraryHarness",
        "redemption",
        [(s.units, s.price, s.terms.credit_bps, outcomes[i]) for i, s in enumerate(scenarios)],
    )
    return [(*outcomes[i], *redeemed[i]) for i in range(len(scenarios))]


def _question(s: Scenario) -> tuple[Any, ...]:
    b, t = s.books, s.totals
    books = (b.devices * b.period_seconds, b.sold_units, b.escrow, b.locked_credit, b.spot, b.excuse_ceiling)
    if t is None:
        return books, s.terms.as_tuple()
    return books, (t.up, t.down, t.excused, t.energy, t.work), s.terms.as_tuple()


def of_twin(s: Scenario) -> Amounts:
    """What the package says."""
    o = unreported(s.books, s.terms) if s.totals is None else settle(s.totals, s.books, s.terms)
    redeemed = (
        refund_of(s.units, s.price, o),
        credit_of(s.units, s.price, s.terms.credit_bps, o),
        credit_lock_up(s.units * s.price, s.terms.credit_bps),
    )
    return (*_fields(o), *redeemed)


def _fields(o: Outcome) -> Amounts:
    return (
        o.promised, o.delivered, o.shortfall, o.breach, o.charge, o.refund_pool, o.credit_pool,
        o.fee, o.energy_cost, o.holders, o.owner,
    )  # fmt: skip


def exactly(s: Scenario) -> Amounts:
    """The page's formula, nothing rounded before the page rounds it."""
    b, t, terms = s.books, s.totals, s.terms
    capacity = b.devices * b.period_seconds
    promised = b.sold_units * terms.unit_seconds
    up = min(t.up, capacity) if t else 0
    delivered = min(up, promised)
    shortfall = promised - delivered
    breach = _breach(t, b, terms, up, shortfall) if t and shortfall else 0
    part = Fraction(delivered, promised) if promised else Fraction(0)
    charge = floor(b.escrow * part)
    bad_part = Fraction(breach, promised) if promised else Fraction(0)
    pool = min(floor(b.escrow * bad_part * Fraction(terms.credit_bps, 10_000)), b.locked_credit)
    revenue = charge + b.spot
    fee = floor(Fraction(revenue * terms.fee_bps, 10_000))
    energy = min(revenue - fee, floor(_joules(t, terms, up) * Fraction(terms.tariff_per_kwh, 3_600_000)))
    holders = floor(Fraction((revenue - fee - energy) * terms.holder_bps, 10_000))
    short_part = Fraction(shortfall, promised) if promised else Fraction(0)
    cost = s.units * s.price
    locked = -floor(Fraction(-cost * terms.credit_bps, 10_000))
    return (
        promised, delivered, shortfall, breach, charge, b.escrow - charge, pool,
        fee, energy, holders, revenue - fee - energy - holders,
        floor(cost * short_part), floor(cost * bad_part * Fraction(terms.credit_bps, 10_000)), locked,
    )  # fmt: skip


def _breach(t: Totals, b: PeriodBooks, terms: Terms, up: int, shortfall: int) -> int:
    capacity = b.devices * b.period_seconds
    down = min(t.down, capacity - up)
    excused = min(t.excused, b.excuse_ceiling, capacity - up - down)
    unknown = capacity - up - down - excused
    forgiven = min(unknown, floor(Fraction(capacity * terms.grace_bps, 10_000)))
    return floor(Fraction(shortfall * (down + unknown - forgiven), capacity - up))


def _joules(t: Totals | None, terms: Terms, up: int) -> int:
    if t is None:
        return 0
    joules = min(t.energy, terms.rated_watts * up)
    if any(terms.work_metric):
        joules = min(joules, floor(t.work * Fraction(terms.rated_joules, terms.rated_work)))
    return joules
