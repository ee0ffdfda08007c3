"""Random lives of an asset on the real contracts, beside the Python twins: every number is the same.

Invariants checked here (see DESIGN, "invariants"): P1 every base unit is in exactly one place and the vault
has it; refunds and credits never exceed what is reserved; a claim pays the floor of all earned, to the unit.
"""

import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.contracts.world import SUPPLY, TENANTS, L, World, address

from wellhead.chain.contracts.asset_registry import MAINTENANCE
from wellhead.chain.keccak import keccak256
from wellhead.registry.terms import capacity_units
from wellhead.settlement.time_weighted import TimeWeightedShares
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

HOLDERS = ("owner", "alice", "bob")
OUTCOME_FIELDS = {
    "promised": "promised",
    "delivered": "delivered",
    "shortfall": "shortfall",
    "breach": "breach",
    "charge": "charge",
    "refundPool": "refund_pool",
    "creditPool": "credit_pool",
    "fee": "fee",
    "energyCost": "energy_cost",
    "holders": "holders",
    "owner": "owner",
}
BOND = 10**17


@dataclass(frozen=True)
class Purchase:
    """`units` is cut to what is left; `period` counts from the asset's first."""

    tenant: str
    period: int
    units: int
    price: int


@dataclass(frozen=True)
class Transfer:
    """A part of what the sender holds, in thousandths, some seconds after the start of the first period."""

    at: int
    sender: str
    receiver: str
    thousandths: int


@dataclass(frozen=True)
class Ending:
    """What becomes of one period, and the spot revenue and totals that it has."""

    kind: str
    totals: Totals
    spot: int
    excused: int


@dataclass(frozen=True)
class Story:
    """Everything that chance decides."""

    changes: dict[str, object]
    devices: int
    purchases: list[Purchase]
    transfers: list[Transfer]
    claims: list[tuple[int, str, int]]
    endings: list[Ending]
    splits: list[int]


KINDS = ("reported", "reported", "reported", "revised", "unreported", "absent", "skipped")


@st.composite
def stories(draw: st.DrawFn) -> Story:
    devices, periods = draw(st.integers(1, 8)), draw(st.integers(2, 3))
    capacity, bps = devices * L, st.integers(0, 10_000)
    changes: dict[str, object] = {
        "unit_seconds": draw(st.sampled_from((1, 7, 100, 300))),
        "fee_bps": draw(bps),
        "holder_bps": draw(bps),
        "credit_bps": draw(bps),
        "grace_bps": draw(bps),
        "tariff_per_kwh": draw(st.integers(0, 10**9)),
        "notice_periods": 0,
    }
    if draw(st.booleans()):
        work = {"work_metric": keccak256(b"tokens"), "rated_work": draw(st.integers(1, 1_000))}
        changes |= work | {"rated_joules": draw(st.integers(1, 1_000))}
    seconds = st.integers(0, capacity + capacity // 8)
    totals = st.builds(
        Totals, seconds, seconds, seconds, st.integers(0, capacity * 900), st.integers(0, capacity * 900)
    )
    ending = st.builds(
        Ending,
        st.sampled_from(KINDS),
        totals,
        st.sampled_from((0, 0, 1, 999_999_937)) | st.integers(0, 10**10),
        st.integers(0, L),
    )
    purchase = st.builds(
        Purchase,
        st.sampled_from(TENANTS),
        st.integers(1, periods - 1),
        st.integers(1, capacity),
        st.sampled_from((1, 2_500_000)) | st.integers(1, 10**9),
    )
    moments = st.integers(60, (periods + 3) * L)
    transfer = st.builds(
        Transfer, moments, st.sampled_from(HOLDERS), st.sampled_from(HOLDERS), st.integers(0, 1_000)
    )
    return Story(
        changes,
        devices,
        draw(st.lists(purchase, min_size=1, max_size=4)),
        draw(st.lists(transfer, max_size=5)),
        draw(st.lists(st.tuples(moments, st.sampled_from(HOLDERS), st.integers(1, 3)), max_size=3)),
        draw(st.lists(ending, min_size=periods, max_size=periods)),
        draw(st.lists(st.integers(1, capacity), min_size=1, max_size=2)),
    )


class Beside:
    """One asset on the chain, and next to it what the twins say should be there."""

    def __init__(self, world: World, story: Story) -> None:
        self.world, self.story = world, story
        self.asset = world.asset(bond=BOND, devices=story.devices, **story.changes)
        self.first = self.asset.opened_in
        self.shares = TimeWeightedShares(world.clock)
        self.shares.issue("owner", SUPPLY, self.first)
        self.bond_free, self.holder_pool = BOND, 0
        self.owed: Counter[str] = Counter()
        self.held: Counter[tuple[str, int, int]] = Counter()
        self.books = {
            self.first + place: PeriodBooks(story.devices, L, 0, 0, 0, 0, 0)
            for place in range(len(story.endings))
        }
        self.outcomes: dict[int, Outcome] = {}

    def change(self, period: int, **more: int) -> None:
        books = self.books[period]
        self.books[period] = replace(books, **{name: getattr(books, name) + n for name, n in more.items()})

    def sell(self, purchase: Purchase) -> None:
        period, terms = self.first + purchase.period, self.asset.terms
        left = capacity_units(terms, self.story.devices, L) - self.books[period].sold_units
        units, price = min(purchase.units, left), purchase.price
        if units == 0:
            return
        self.world.buy(self.asset, purchase.tenant, period, units, price)
        escrow = self.books[period].escrow
        locked = credit_lock_up(escrow + units * price, terms.credit_bps)
        locked -= credit_lock_up(escrow, terms.credit_bps)
        self.change(period, sold_units=units, escrow=units * price, locked_credit=locked)
        self.bond_free -= locked
        self.held[purchase.tenant, period, price] += units

    def excuse(self, period: int, seconds: int) -> None:
        call = self.world.registry.announce_excused(
            self.asset.id, period, period, seconds, MAINTENANCE, self.asset.terms, b""
        )
        self.world.send("owner", call)
        self.change(period, excuse_ceiling=seconds)

    def deposit(self, period: int, amount: int) -> None:
        self.world.spot(self.asset, period, amount)
        self.change(period, spot=amount)

    def transfer(self, t: Transfer) -> None:
        amount = self.shares.balance_of(t.sender) * t.thousandths // 1_000
        self.world.send(t.sender, self.asset.share.transfer(address(t.receiver), amount))
        self.shares.transfer(t.sender, t.receiver, amount, self.world.now)

    def claim(self, holder: str, max_steps: int) -> None:
        before = self.world.coins(holder)
        self.world.send("outsider", self.asset.share.claim(address(holder), max_steps))
        # the chain counts a queued run and the open one as steps alike, so a partial claim is only a bound
        paid = self.world.coins(holder) - before
        if max_steps > 20:
            assert paid == self.shares.claim(holder) - self.early[holder]
            self.early[holder] = 0
        else:
            self.early[holder] += paid
        self.holder_pool -= paid

    @property
    def early(self) -> Counter[str]:
        """Paid by partial claims, ahead of the twin's next full one."""
        return self.__dict__.setdefault("_early", Counter())

    def close(self, period: int, ending: Ending) -> None:
        kind, books = ending.kind, self.books[period]
        if kind == "skipped" and not books.sold_units + books.spot:
            self.world.travel(self.world.clock.end_of(period) + 601)
            self.world.send("outsider", self.world.skip(self.asset.id, 1))
            self.shares.settle(0, self.world.now)
            return
        if kind in ("unreported", "absent"):
            self.world.travel(self.world.oracle.hard_end_of(period))
            absences = [posted.absence(self.asset.id) for posted in self.posted.get(period, [])]
            call = self.world.settle_unreported(self.asset.id, self.asset.terms, absences)
            outcome = unreported(books, self.asset.terms)
        else:
            *earlier, last = self.posted[period]
            self.world.pass_dispute(period, len(earlier))
            call = self.world.settlement.settle(
                self.asset.id, self.asset.terms, last.evidence(self.asset.id, *earlier)
            )
            outcome = settle(ending.totals, books, self.asset.terms)
        block = self.world.send("outsider", call).block
        self.book(period, outcome, block)

    @property
    def posted(self) -> dict[int, list]:
        """Posted revisions by period."""
        return self.__dict__.setdefault("_posted", {})

    def post(self, period: int, ending: Ending) -> None:
        """Revision 0, with or without the asset, and where it lacks the asset a revision 1 with it."""
        leaf = self.world.report_of(self.asset, period, ending.totals)
        other = replace(leaf, asset_id=self.asset.id - 1)
        first = [other] if ending.kind in ("revised", "absent") else [leaf]
        self.posted[period] = [self.world.post(period, first)]
        if ending.kind == "revised":
            self.posted[period].append(self.world.post(period, [leaf], revision=1))

    def book(self, period: int, outcome: Outcome, block: int) -> None:
        """The event and the books say what the twin says."""
        (event,) = (
            e
            for e in self.world.settlement.events_between(block, block)
            if e.name in ("PeriodSettled", "PeriodUnreported")
        )
        told = event.args["outcome"]
        assert {name: told[name] for name in OUTCOME_FIELDS} == {
            name: getattr(outcome, field) for name, field in OUTCOME_FIELDS.items()
        }
        self.outcomes[period] = outcome
        self.bond_free += self.books[period].locked_credit - outcome.credit_pool
        self.holder_pool += outcome.holders
        self.owed["owner"] += outcome.owner + outcome.energy_cost
        self.owed["protocol"] += outcome.fee
        self.shares.settle(outcome.holders, self.world.now)

    def redeem(self, tenant: str, period: int, price: int) -> None:
        """All that a tenant holds of a series, in parts."""
        left, parts = self.held[tenant, period, price], itertools.cycle(self.story.splits)
        outcome, count = self.outcomes[period], 0
        while left:
            units = min(next(parts), left) if count < 3 else left
            call = self.world.settlement.redeem(address(tenant), self.asset.lease(period, price), units)
            self.world.send("outsider" if units == left else tenant, call)
            back = refund_of(units, price, outcome)
            back += credit_of(units, price, self.asset.terms.credit_bps, outcome)
            self.owed[tenant] += back
            self.paid_back[period] += back
            left, count = left - units, count + 1
            self.redemptions[period] += 1

    @property
    def paid_back(self) -> Counter[int]:
        """Refunds and credits booked as owed, by period."""
        return self.__dict__.setdefault("_paid_back", Counter())

    @property
    def redemptions(self) -> Counter[int]:
        """Redemptions by period: each may leave less than one base unit of refund and one of credit."""
        return self.__dict__.setdefault("_redemptions", Counter())

    def check(self) -> None:
        """Chain and twins agree on every number, and the books balance."""
        world, book = self.world, self.world.book(self.asset)
        assert (book.bond_free, world.holders_part(self.asset)) == (self.bond_free, self.holder_pool)
        for name in ("owner", "protocol", *TENANTS):
            assert world.owed(self.asset, name) == self.owed[name], name
        for holder in HOLDERS:
            assert self.asset.share.balance_of(address(holder)) == self.shares.balance_of(holder)
        for period, outcome in self.outcomes.items():
            left = outcome.refund_pool + outcome.credit_pool - self.paid_back[period]
            assert world.period_book(self.asset, period).reserved == left
        world.check_books(self.asset, self.first + len(self.story.endings))


def timeline(beside: Beside) -> list[tuple[int, Callable[[], None]]]:
    """What happens when, in order; periods close in order, so one may wait for the one before."""
    world, story, clock = beside.world, beside.story, beside.world.clock
    start, events, ready = clock.start_of(beside.first), [], 0
    for t in story.transfers:
        events.append((start + t.at, lambda t=t: beside.transfer(t)))
    for at, holder, steps in story.claims:
        events.append((start + at, lambda h=holder, s=steps: beside.claim(h, s)))
    for place, ending in enumerate(story.endings):
        period = beside.first + place
        if ending.spot:
            at = clock.start_of(period) + 500
            events.append((at, lambda p=period, e=ending: beside.deposit(p, e.spot)))
        if ending.kind == "skipped":
            ending = replace(ending, kind="reported") if not_empty(beside, period, ending) else ending
        if ending.kind in ("reported", "revised", "absent"):
            events.append((clock.end_of(period) + 100, lambda p=period, e=ending: beside.post(p, e)))
        wait = 2_500 if ending.kind in ("unreported", "absent") else 601
        ready = max(ready, clock.end_of(period) + wait)
        events.append((ready, lambda p=period, e=ending: beside.close(p, e)))
    assert world.now < start + L
    return sorted(events, key=lambda event: event[0])


def not_empty(beside: Beside, period: int, ending: Ending) -> bool:
    return bool(beside.books[period].sold_units or ending.spot)


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(story=stories())
def test_a_random_life_of_an_asset_gives_the_twins_numbers(prepared, story):
    world, beside = prepared, Beside(prepared, story)
    for place, ending in enumerate(story.endings):
        if place and ending.excused:
            beside.excuse(beside.first + place, min(ending.excused, L))
    for purchase in story.purchases:
        beside.sell(purchase)
    for at, act in timeline(beside):
        world.travel(at)
        act()
    beside.check()
    for tenant, period, price in list(beside.held):
        beside.redeem(tenant, period, price)
    for holder in HOLDERS:
        beside.claim(holder, 50)
    beside.check()
    for period, redemptions in beside.redemptions.items():
        left = world.period_book(beside.asset, period).reserved
        assert 0 <= left <= 2 * redemptions + 1
    # all accounts together lost less than a base unit each to rounding
    assert 0 <= beside.holder_pool < len(HOLDERS)
    for name in [n for n, amount in beside.owed.items() if amount]:
        before = world.coins(name)
        world.send("outsider", world.claim(beside.asset, name))
        assert world.coins(name) - before == beside.owed[name]
    left = world.settlement.funds_of(beside.asset.vault).booked
    assert world.coin.balance_of(beside.asset.vault) == left + beside.holder_pool >= beside.bond_free
