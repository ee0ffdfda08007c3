"""Proceeds are released by hours delivered and paid, at the evidence asked for, and the rest goes back."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contracts.offering.conftest import COIN, SHARE, UNIT
from tests.contracts.world import address

from wellhead.chain.contracts.settlement import PeriodState
from wellhead.errors import InputError
from wellhead.market.vesting import Delivery, Milestone, cost_up, release_down, return_down, shares_down
from wellhead.registry.terms import terms_hash

ADA, BEN, OWNER = address("ada"), address("ben"), address("owner")
RAISE = 900 * COIN


@pytest.fixture
def offering(stage):
    """A raise of 900 coins, half of each; 1,000 units release all of it, 10 coins a period at most."""
    return stage.succeed("ada", "ben", shares=450 * SHARE)


def vest(world, stage, offering_id, terms, periods=1):
    """Count periods; what they released."""
    before = stage.offerings.offering_of(offering_id).released
    world.send("outsider", stage.offerings.vest(offering_id, periods, terms))
    return stage.offerings.offering_of(offering_id).released - before


def first(stage, offering_id):
    return stage.offerings.offering_of(offering_id).next_period


def test_a_period_releases_its_part_of_the_milestone(world, stage, offering, terms):
    period = first(stage, offering)
    stage.deliver(offering, period, 5, terms, sold=9)
    mined = world.send("outsider", stage.offerings.vest(offering, 1, terms))
    (event,) = stage.offerings.events_between(mined.block, mined.block)
    assert event.name == "ProceedsReleased"
    assert (event.args["fromPeriod"], event.args["periods"], event.args["amount"]) == (
        period,
        1,
        RAISE * 5 // 1_000,
    )
    o = stage.offerings.offering_of(offering)
    assert (o.next_period, o.released, o.held) == (period + 1, RAISE * 5 // 1_000, RAISE)


def test_no_period_releases_more_than_a_ninetieth(world, stage, offering, terms):
    stage.deliver(offering, first(stage, offering), 999, terms)
    assert vest(world, stage, offering, terms) == RAISE // 90


def test_the_whole_raise_is_the_most_that_is_released(world, stage, terms):
    offering = stage.succeed("ada", shares=100 * SHARE, milestone_units=1, vesting_periods=100)
    period = first(stage, offering)
    for each in range(100):
        stage.deliver(offering, period + each, 1, terms)
    assert vest(world, stage, offering, terms, 90) == 100 * COIN // 90 * 90
    assert vest(world, stage, offering, terms, 10) == 100 * COIN - 100 * COIN // 90 * 90
    back = stage.offerings.take_back(offering, ADA)
    world.refused("outsider", back, "NothingToPay", offeringId=offering, account=ADA)


def test_hours_below_the_evidence_asked_for_release_nothing(world, stage, offering, terms):
    weak = replace(terms, evidence=1)
    period = first(stage, offering)
    stage.deliver(offering, period, 5, weak)
    stage.deliver(offering, period + 1, 5, replace(terms, evidence=3))
    assert vest(world, stage, offering, weak) == 0
    assert vest(world, stage, offering, replace(terms, evidence=3)) == RAISE * 5 // 1_000


@pytest.mark.parametrize("state", [PeriodState.UNREPORTED, PeriodState.SKIPPED])
def test_a_period_without_report_releases_nothing(world, stage, offering, terms, state):
    stage.deliver(offering, first(stage, offering), 5, terms, state=state)
    assert vest(world, stage, offering, terms) == 0


def test_a_period_without_delivery_asks_for_no_terms(world, stage, offering, terms):
    stage.deliver(offering, first(stage, offering), 0, terms, sold=7)
    assert vest(world, stage, offering, replace(terms, notice_periods=9)) == 0


def test_cheap_hours_count_only_as_far_as_they_were_paid(world, stage, terms):
    offering = stage.succeed("ada", shares=900 * SHARE, min_unit_price=2 * COIN)
    period = first(stage, offering)
    stage.deliver(offering, period, 4, terms, sold=8, escrow=8 * COIN)  # charge 4 coins: 2 units' worth
    stage.deliver(offering, period + 1, 4, terms, sold=8, escrow=160 * COIN)
    stage.deliver(offering, period + 2, 4, terms, sold=8, escrow=0)
    assert [vest(world, stage, offering, terms) for _ in range(3)] == [
        RAISE * 2 // 1_000,
        RAISE * 4 // 1_000,
        0,
    ]


def test_an_open_period_stops_the_count(world, stage, offering, terms):
    o = stage.offerings.offering_of(offering)
    stage.deliver(offering, o.next_period, 5, terms)
    both = stage.offerings.vest(offering, 2, terms)
    world.refused("outsider", both, "PeriodNotClosed", assetId=o.asset_id, period=o.next_period + 1)
    assert vest(world, stage, offering, terms) == RAISE * 5 // 1_000


def test_periods_are_counted_once_and_in_order(world, stage, offering, terms):
    period = first(stage, offering)
    stage.deliver(offering, period, 5, terms)
    stage.deliver(offering, period + 1, 6, terms)
    stage.deliver(offering, period + 2, 7, terms)
    assert vest(world, stage, offering, terms) == RAISE * 5 // 1_000
    assert vest(world, stage, offering, terms, 2) == RAISE * 6 // 1_000 + RAISE * 7 // 1_000
    nothing = stage.offerings.vest(offering, 0, terms)
    world.refused("outsider", nothing, "ZeroField", field=b"periods".ljust(32, b"\0"))


def test_other_terms_than_the_periods_are_refused(world, stage, offering, terms):
    stage.deliver(offering, first(stage, offering), 5, terms)
    other = replace(terms, evidence=3)
    call = stage.offerings.vest(offering, 1, other)
    world.refused("outsider", call, "WrongTerms", given=terms_hash(other), inForce=terms_hash(terms))


def test_no_period_after_the_last_is_counted(world, stage, offering, terms):
    o = stage.offerings.offering_of(offering)
    stage.run_out(offering, terms)
    stage.deliver(offering, o.last_period + 1, 5, terms)
    call = stage.offerings.vest(offering, 1, terms)
    world.refused("outsider", call, "AboveLastPeriod", period=o.last_period + 1, lastPeriod=o.last_period)


def test_the_owner_is_paid_what_is_released_and_no_more(world, stage, offering, terms):
    stage.deliver(offering, first(stage, offering), 5, terms)
    vest(world, stage, offering, terms)
    before, released = stage.coins("owner"), RAISE * 5 // 1_000
    mined = world.send("outsider", stage.offerings.withdraw(offering))
    (event,) = stage.offerings.events_between(mined.block, mined.block)
    assert (event.name, event.args["amount"]) == ("ProceedsWithdrawn", released)
    assert stage.coins("owner") - before == released
    again = stage.offerings.withdraw(offering)
    world.refused("owner", again, "NothingToPay", offeringId=offering, account=OWNER)
    o = stage.offerings.offering_of(offering)
    assert (o.withdrawn, o.held) == (released, RAISE - released)


def test_a_frozen_owners_proceeds_wait_and_subscribers_are_paid(world, stage, offering, terms):
    stage.deliver(offering, first(stage, offering), 5, terms)
    vest(world, stage, offering, terms)
    world.send("compliance", world.identities.set_frozen(OWNER, True))
    world.refused("outsider", stage.offerings.withdraw(offering), "AccountFrozen", account=OWNER)
    stage.run_out(offering, terms)
    world.send("outsider", stage.offerings.take_back(offering, ADA))
    world.send("compliance", world.identities.set_frozen(OWNER, False))
    world.send("outsider", stage.offerings.withdraw(offering))
    world.send("outsider", stage.offerings.take_back(offering, BEN))
    assert stage.offerings.offering_of(offering).held == 0


def test_nothing_goes_back_while_a_period_may_still_count(world, stage, offering, terms):
    o = stage.offerings.offering_of(offering)
    stage.set("skip", o.asset_id, o.next_period, 90)
    world.send("outsider", stage.offerings.vest(offering, 89, terms))
    call = stage.offerings.take_back(offering, ADA)
    world.refused("outsider", call, "StillVesting", nextPeriod=o.last_period, lastPeriod=o.last_period)
    world.send("outsider", stage.offerings.vest(offering, 1, terms))
    world.send("outsider", call)


def test_what_was_not_earned_goes_back_by_what_each_paid_not_by_shares(world, stage, terms):
    offering = stage.open()
    stage.subscribe(offering, "ada", 100 * SHARE)
    stage.subscribe(offering, "ben", 800 * SHARE)
    stage.close(offering)
    stage.deliver(offering, first(stage, offering), 5, terms)
    released = vest(world, stage, offering, terms)
    stage.run_out(offering, terms)
    world.send("outsider", stage.offerings.collect(offering, BEN))
    stage.set("transfer", OWNER, 800 * SHARE, by="ben")  # the owner holds nearly all shares again
    before = {name: stage.coins(name) for name in ("ada", "ben", "owner")}
    world.send("ben", stage.offerings.assign(offering, BEN, address("cleo")))
    cleo = stage.coins("cleo")
    world.send("outsider", stage.offerings.take_back(offering, ADA))
    mined = world.send("outsider", stage.offerings.take_back(offering, BEN))
    (event,) = stage.offerings.events_between(mined.block, mined.block)
    assert (event.name, event.args["payee"]) == ("UnearnedReturned", address("cleo"))
    assert stage.coins("ada") - before["ada"] == (RAISE - released) * 100 // 900
    assert stage.coins("cleo") - cleo == (RAISE - released) * 800 // 900
    assert (stage.coins("ben"), stage.coins("owner")) == (before["ben"], before["owner"])
    again = stage.offerings.take_back(offering, ADA)
    world.refused("outsider", again, "NothingToPay", offeringId=offering, account=ADA)


def test_who_was_paid_back_still_collects_his_shares(world, stage, offering, terms):
    stage.run_out(offering, terms)
    world.send("outsider", stage.offerings.take_back(offering, ADA))
    held = stage.shares("ada")
    world.send("outsider", stage.offerings.collect(offering, ADA))
    assert stage.shares("ada") - held == 450 * SHARE


large = st.integers(0, 2**128 - 1)
seconds = st.integers(0, 2**40 - 1)
milestones = st.builds(Milestone, large, st.integers(1, 2**64 - 1), st.one_of(st.just(0), large))


@st.composite
def deliveries(draw):
    promised = draw(seconds)
    shortfall = draw(st.integers(0, promised))
    return Delivery(draw(large), promised, shortfall, draw(st.integers(1, 2**32 - 1)))


@settings(max_examples=200, deadline=None)
@given(milestones, deliveries())
def test_the_twin_releases_the_same(stage, m, d):
    got = stage.ask(
        "releaseDown",
        (m.raised, m.units, m.min_unit_price),
        (d.escrow, d.promised, d.shortfall, d.unit_seconds),
    )
    assert got == release_down(m, d) <= m.raised // 90
    assert got * m.units * d.unit_seconds <= m.raised * (d.promised - d.shortfall)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**96 - 1), st.integers(1, 2**128 - 1))
def test_what_was_paid_could_always_buy_what_was_sold(stage, shares, price):
    cost, most = stage.ask("purchase", shares, price)
    assert (cost, most) == (cost_up(shares, price), shares_down(cost_up(shares, price), price))
    assert most >= shares


@settings(max_examples=50, deadline=None)
@given(large, st.lists(st.integers(1, 2**100), min_size=1, max_size=9))
def test_returns_never_come_to_more_than_the_rest_and_lose_less_than_one_each(unreleased, paid):
    parts = [return_down(unreleased, each, sum(paid)) for each in paid]
    assert 0 <= unreleased - sum(parts) < len(paid)


def test_milestones_units_and_prices_of_nothing_are_refused():
    with pytest.raises(InputError, match="milestone of 0 units"):
        release_down(Milestone(1, 0, 0), Delivery(1, 1, 0, UNIT))
    with pytest.raises(InputError, match="of 0 s"):
        release_down(Milestone(1, 1, 0), Delivery(1, 1, 0, 0))
    with pytest.raises(InputError, match="price 0"):
        shares_down(1, 0)
