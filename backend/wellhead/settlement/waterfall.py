"""The settlement of one (asset, period), the Python twin of `Waterfall.sol`.

One formula decides every cent: what tenants are charged, refunded and credited, and how the revenue is
split. It never fails on an accepted report: totals outside the capacity are clamped, not refused, and
every quotient with a zero divisor is defined. Sources: docs/protocol.md, "Settlement" and "Decisions".
"""

from dataclasses import dataclass

from wellhead.registry.terms import Terms
from wellhead.units import BPS, JOULES_PER_KWH, mul_div_up


@dataclass(frozen=True, slots=True)
class Totals:
    """What the accepted report says: device-seconds, joules, and work in the terms' own unit."""

    up: int
    down: int
    excused: int
    energy: int
    work: int


@dataclass(frozen=True, slots=True)
class PeriodBooks:
    """What the chain knows of the period itself.

    `devices` from the registry; `sold_units` and `escrow` (base units) from the sales; `locked_credit` and
    `spot` in base units; `excuse_ceiling` in device-seconds, announced beforehand.
    """

    devices: int
    period_seconds: int
    sold_units: int
    escrow: int
    locked_credit: int
    spot: int
    excuse_ceiling: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """The settlement: device-seconds down to `breach`, base units after it.

    `credit_pool` is what may leave the locked bond as credit, `refund_pool` what is left of the escrow for
    refunds (and for the remainder of rounding).
    """

    promised: int
    delivered: int
    shortfall: int
    unknown: int
    forgiven: int
    breach: int
    charge: int
    revenue: int
    fee: int
    energy_cost: int
    holders: int
    owner: int
    credit_pool: int
    refund_pool: int


def settle(totals: Totals, books: PeriodBooks, terms: Terms) -> Outcome:
    """The outcome of an accepted report; raises nothing for any unsigned numbers.

    Sales keep `promised ≤ C`. The clamps: `up ≤ C`, `down ≤ C − up`, `excused ≤` the announced ceiling and
    what is left; what is excused above that counts as unknown.
    """
    capacity = books.devices * books.period_seconds
    up = min(totals.up, capacity)
    down = min(totals.down, capacity - up)
    excused = min(totals.excused, books.excuse_ceiling, capacity - up - down)
    unknown = capacity - up - down - excused
    promised = books.sold_units * terms.unit_seconds
    delivered = min(up, promised)
    shortfall = promised - delivered
    forgiven = min(unknown, capacity * terms.grace_bps // BPS)
    bad = down + unknown - forgiven
    # capacity = up together with a shortfall would need promised > C, which sales exclude (P3).
    breach = shortfall * bad // (capacity - up) if shortfall and capacity > up else 0
    charge = books.escrow * delivered // promised if promised else 0
    credit = books.escrow * breach * terms.credit_bps // (promised * BPS) if promised else 0
    revenue = charge + books.spot
    fee, energy_cost, holders, owner = _split(revenue, _paid_joules(up, totals, terms), terms)
    return Outcome(
        promised=promised,
        delivered=delivered,
        shortfall=shortfall,
        unknown=unknown,
        forgiven=forgiven,
        breach=breach,
        charge=charge,
        revenue=revenue,
        fee=fee,
        energy_cost=energy_cost,
        holders=holders,
        owner=owner,
        credit_pool=min(credit, books.locked_credit),
        refund_pool=books.escrow - charge,
    )


def unreported(books: PeriodBooks, terms: Terms) -> Outcome:
    """The outcome of a period closed at its hard end: no charge, all refunded, no credit, spot distributed.

    Nothing was seen, so `unknown` is the whole capacity, nothing is forgiven and no energy is paid.
    """
    promised = books.sold_units * terms.unit_seconds
    fee, energy_cost, holders, owner = _split(books.spot, 0, terms)
    return Outcome(
        promised=promised,
        delivered=0,
        shortfall=promised,
        unknown=books.devices * books.period_seconds,
        forgiven=0,
        breach=0,
        charge=0,
        revenue=books.spot,
        fee=fee,
        energy_cost=energy_cost,
        holders=holders,
        owner=owner,
        credit_pool=0,
        refund_pool=books.escrow,
    )


def refund_of(units: int, price: int, outcome: Outcome) -> int:
    """Base units returned for `units` at `price`: `n · c · shortfall / promised`, 0 if none promised."""
    return units * price * outcome.shortfall // outcome.promised if outcome.promised else 0


def credit_of(units: int, price: int, credit_bps: int, outcome: Outcome) -> int:
    """Base units of credit for `units` at `price`: `n · c · breach · creditBps / (promised · 10⁴)`."""
    if not outcome.promised:
        return 0
    return units * price * outcome.breach * credit_bps // (outcome.promised * BPS)


def credit_lock_up(escrow: int, credit_bps: int) -> int:
    """Base units of the bond locked for a period's whole escrow: `escrow · creditBps / 10⁴`, rounded up.

    A sale locks what it adds to that.
    """
    return mul_div_up(escrow, credit_bps, BPS)


def _paid_joules(up: int, totals: Totals, terms: Terms) -> int:
    joules = min(totals.energy, terms.rated_watts * up)
    if terms.has_work_metric and terms.rated_work:
        joules = min(joules, totals.work * terms.rated_joules // terms.rated_work)
    return joules


def _split(revenue: int, joules: int, terms: Terms) -> tuple[int, int, int, int]:
    fee = revenue * terms.fee_bps // BPS
    energy_cost = min(revenue - fee, terms.tariff_per_kwh * joules // JOULES_PER_KWH)
    holders = (revenue - fee - energy_cost) * terms.holder_bps // BPS
    return fee, energy_cost, holders, revenue - fee - energy_cost - holders
