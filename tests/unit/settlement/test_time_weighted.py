"""Shares: worked cases, and a brute-force model that counts every second for itself."""

from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellhead.clock import PeriodClock
from wellhead.errors import InputError, StateError
from wellhead.settlement.time_weighted import TimeWeightedShares

DAY = PeriodClock(1_000_000, 86_400)


class EverySecond:
    """The model: who held what in each single second, and what each second was worth. No shortcut at all."""

    def __init__(self, clock: PeriodClock, owner: str, supply: int, period: int) -> None:
        self.clock, self.supply, self.first = clock, supply, period
        self.changes: list[tuple[int, str, int]] = [(clock.start_of(period), owner, supply)]
        self.revenues: list[int] = []
        self.paid: dict[str, int] = defaultdict(int)

    def share_seconds(self, account: str, period: int) -> int:
        held = 0
        for second in range(self.clock.start_of(period), self.clock.end_of(period)):
            held += sum(amount for since, who, amount in self.changes if who == account and since <= second)
        return held

    def claim(self, account: str) -> int:
        earned = sum(
            self.share_seconds(account, self.first + place) * revenue
            for place, revenue in enumerate(self.revenues)
        )
        paid = earned // (self.supply * self.clock.period_seconds) - self.paid[account]
        self.paid[account] += paid
        return paid


def test_holding_all_period_earns_it_all() -> None:
    shares = TimeWeightedShares(DAY)
    shares.issue("owner", 10**24, 5)
    shares.settle(999, DAY.end_of(5))
    assert shares.claim("owner") == 999


def test_claiming_twice_pays_once() -> None:
    shares = TimeWeightedShares(DAY)
    shares.issue("owner", 7, 0)
    shares.settle(1_000, DAY.end_of(0))
    assert (shares.claim("owner"), shares.claim("owner")) == (1_000, 0)


def test_buying_just_before_the_payout_captures_nothing() -> None:
    shares = TimeWeightedShares(DAY)
    shares.issue("owner", 100, 0)
    shares.transfer("owner", "late", 100, DAY.end_of(0))
    shares.settle(1_000, DAY.end_of(0) + 90_000)
    assert (shares.claim("late"), shares.claim("owner")) == (0, 1_000)


def test_revenue_is_split_by_time_held_inside_the_period() -> None:
    shares = TimeWeightedShares(DAY)
    shares.issue("owner", 100, 0)
    shares.transfer("owner", "buyer", 50, DAY.start_of(0) + 43_200)
    assert (shares.weight_in("owner", 0), shares.weight_in("buyer", 0)) == (75 * 86_400, 25 * 86_400)
    assert (shares.weight_in("owner", 3), shares.weight_in("buyer", 3)) == (50 * 86_400, 50 * 86_400)
    shares.settle(1_000, DAY.end_of(0))
    shares.settle(1_000, DAY.end_of(1))
    assert (shares.claim("buyer"), shares.claim("owner")) == (750, 1_250)


def test_issuing_in_the_middle_of_a_period_counts_from_its_start() -> None:
    shares = TimeWeightedShares(DAY)
    shares.issue("owner", 3, 2)
    shares.transfer("owner", "buyer", 3, DAY.end_of(2) - 1)
    shares.settle(86_400, DAY.end_of(2))
    assert (shares.claim("owner"), shares.claim("buyer")) == (86_399, 1)


def test_a_flash_loan_of_shares_earns_nothing() -> None:
    shares = TimeWeightedShares(DAY)
    shares.issue("owner", 100, 0)
    shares.transfer("owner", "flash", 100, DAY.start_of(0) + 10)
    shares.transfer("flash", "owner", 100, DAY.start_of(0) + 10)
    shares.settle(10**9, DAY.end_of(0))
    assert (shares.claim("flash"), shares.claim("owner")) == (0, 10**9)


def test_a_transfer_to_oneself_changes_nothing() -> None:
    shares = TimeWeightedShares(DAY)
    shares.issue("owner", 100, 0)
    shares.transfer("owner", "owner", 60, DAY.start_of(0) + 10)
    assert (shares.balance_of("owner"), shares.weight_in("owner", 0)) == (100, 100 * 86_400)


def test_what_rounding_leaves_is_kept_for_the_next_claim() -> None:
    clock = PeriodClock(0, 1)
    shares = TimeWeightedShares(clock)
    shares.issue("owner", 3, 0)
    shares.transfer("owner", "third", 1, 0)
    paid = []
    for period in range(3):
        shares.settle(1, clock.end_of(period))
        paid.append(shares.claim("third"))
    assert paid == [0, 0, 1]


def test_quiet_runs_take_one_step_however_long() -> None:
    clock = PeriodClock(0, 10)
    shares = TimeWeightedShares(clock)
    shares.issue("owner", 2, 0)
    for period in range(50):
        shares.settle(1, clock.end_of(period))
    assert shares.accrue("owner") == 1
    assert shares.claim("owner") == 50


def test_claims_in_small_steps_pay_the_same() -> None:
    clock = PeriodClock(0, 10)
    whole, steps = TimeWeightedShares(clock), TimeWeightedShares(clock)
    for shares in (whole, steps):
        shares.issue("owner", 7, 0)
        for now in (3, 14, 25, 36):
            shares.transfer("owner", "buyer", 1, now)
        for period in range(4):
            shares.settle(100, 60 + period)
    paid = [steps.claim("buyer", max_steps=1) for _ in range(5)]
    assert sum(paid) == whole.claim("buyer") > 0
    assert paid[0] < sum(paid)
    assert paid[4] == 0


def test_settling_a_running_period_is_refused() -> None:
    shares = TimeWeightedShares(DAY)
    with pytest.raises(StateError, match="no shares are issued"):
        shares.settle(1, DAY.end_of(0))
    with pytest.raises(StateError, match="no shares are issued"):
        shares.claim("owner")
    shares.issue("owner", 1, 0)
    with pytest.raises(StateError, match=f"period 0 runs until {DAY.end_of(0)}, now {DAY.end_of(0) - 1}"):
        shares.settle(1, DAY.end_of(0) - 1)
    with pytest.raises(InputError, match="holders' part -1"):
        shares.settle(-1, DAY.end_of(0))
    shares.settle((1 << 128) - 6, DAY.end_of(0))
    with pytest.raises(InputError, match="holders' part 6 lies outside 0 … 5"):
        shares.settle(6, DAY.end_of(1))


def test_bad_transfers_and_issues_change_nothing() -> None:
    shares = TimeWeightedShares(DAY)
    with pytest.raises(InputError, match="supply 0 lies outside"):
        shares.issue("owner", 0, 0)
    shares.issue("owner", 5, 0)
    with pytest.raises(StateError, match="5 shares are issued already"):
        shares.issue("owner", 5, 0)
    with pytest.raises(InputError, match="transfer of 6 shares, owner holds 5"):
        shares.transfer("owner", "buyer", 6, DAY.start_of(0))
    with pytest.raises(InputError, match="transfer of -1 shares"):
        shares.transfer("owner", "buyer", -1, DAY.start_of(0))
    with pytest.raises(StateError, match=f"time {DAY.genesis - 1} lies before {DAY.genesis}"):
        shares.transfer("owner", "buyer", 1, DAY.genesis - 1)
    assert (shares.balance_of("owner"), shares.balance_of("buyer")) == (5, 0)
    assert shares.weight_in("owner", 0) == 5 * 86_400


ACCOUNTS = ("owner", "anna", "ben", "carla")
steps = st.lists(
    st.tuples(
        st.sampled_from(["transfer", "transfer", "settle", "claim", "accrue"]),
        st.sampled_from(ACCOUNTS),
        st.sampled_from(ACCOUNTS),
        st.integers(0, 40),
        st.integers(0, 9),
    ),
    max_size=25,
)


@settings(max_examples=700, deadline=None)
@given(st.integers(1, 7), st.integers(1, 30), st.integers(0, 3), steps)
def test_any_story_pays_what_counting_every_second_pays(
    length: int, supply: int, first: int, story: list[tuple[str, str, str, int, int]]
) -> None:
    clock = PeriodClock(100, length)
    shares, model = TimeWeightedShares(clock), EverySecond(clock, "owner", supply, first)
    shares.issue("owner", supply, first)
    now = clock.start_of(first)
    for act, account, other, amount, wait in story:
        now += wait
        if act == "transfer":
            moved = min(amount, shares.balance_of(account))
            shares.transfer(account, other, moved, now)
            model.changes += [(now, account, -moved), (now, other, moved)]
        elif act == "settle" and now >= clock.end_of(shares.next_period):
            shares.settle(amount * 7, now)
            model.revenues.append(amount * 7)
        elif act == "claim":
            assert shares.claim(account) == model.claim(account)
        elif act == "accrue":
            shares.accrue(account, max_steps=1)
        for period in (shares.next_period, clock.period_at(now), clock.period_at(now) + 2):
            weights = [shares.weight_in(name, period) for name in ACCOUNTS]
            if period >= shares.next_period:
                assert sum(weights) == supply * length
    for name in ACCOUNTS:
        assert shares.claim(name) == model.claim(name)
        assert shares.weight_in(name, clock.period_at(now)) == model.share_seconds(
            name, clock.period_at(now)
        ) or (clock.period_at(now) < shares.next_period)
    settled = sum(model.revenues)
    assert settled - len(ACCOUNTS) < sum(model.paid.values()) <= settled
