"""RevenueShare under the real Settlement: what the waterfall gives to holders reaches them by time held."""

import pytest
from tests.contracts.world import SUPPLY, L, address, up

from wellhead.settlement.time_weighted import TimeWeightedShares

A, B, OWNER = (address(name) for name in ("alice", "bob", "owner"))


@pytest.fixture(scope="module")
def known(world):
    """The world with alice and bob verified for ever."""
    for name in ("owner", "alice", "bob"):
        world.verify(name, seconds=10**10)
    return world


@pytest.fixture
def asset(known):
    return known.asset(bond=0)


def earn(world, asset, period, spot=10_000_000):
    """A period whose only revenue is spot; returns what its holders get."""
    world.spot(asset, period, spot)
    return world.report_and_settle(asset, period, up(4_000)).holders


def claim(world, asset, name, steps=50):
    before = world.coins(name)
    world.send("outsider", asset.share.claim(address(name), steps))
    return world.coins(name) - before


def test_buying_just_before_the_payout_captures_nothing(known, asset):
    period = asset.opened_in
    known.spot(asset, period, 10_000_000)
    posted = known.post(period, {asset: up(4_000)})
    known.send("owner", asset.share.transfer(A, SUPPLY))
    known.pass_dispute(period)
    known.settle(asset, posted.evidence(asset.id))
    assert claim(known, asset, "alice") == 0
    # 10 000 000 less 2 % fee, 40 % of the rest
    assert claim(known, asset, "owner") == 3_920_000


def test_entitlement_follows_the_seconds_held_over_real_periods(known, asset):
    """Transfers in three periods, revenue in each; every claim is the twin's, to the unit."""
    twin = TimeWeightedShares(known.clock)
    twin.issue("owner", SUPPLY, asset.opened_in)
    moves = [
        (0, 250, "owner", "alice", SUPPLY // 3),
        (0, 700, "alice", "bob", SUPPLY // 7),
        (1, 1, "bob", "owner", SUPPLY // 9),
        (2, 999 - 50, "owner", "bob", SUPPLY // 5),
    ]
    total = 0
    for place in range(3):
        for _, second, sender, receiver, amount in [m for m in moves if m[0] == place]:
            known.travel(known.clock.start_of(asset.opened_in + place) + second)
            known.send(sender, asset.share.transfer(address(receiver), amount))
            twin.transfer(sender, receiver, amount, known.now)
        known.travel(known.clock.end_of(asset.opened_in + place) - 30)
        known.spot(asset, asset.opened_in + place, 7_777_777 * (place + 1))
    for place in range(3):
        if place == 0:
            known.travel(known.clock.end_of(asset.opened_in + 2) + 2_500)
        wanted = known.expected(asset, asset.opened_in + place, None)
        known.send("outsider", known.settle_unreported(asset.id, asset.terms, []))
        twin.settle(wanted.holders, known.now)
        total += wanted.holders
        assert asset.share.prefix_of(asset.opened_in + place + 1) == total
    paid = {name: claim(known, asset, name) for name in ("owner", "alice", "bob")}
    assert paid == {name: twin.claim(name) for name in paid}
    assert total - 2 <= sum(paid.values()) <= total
    assert asset.share.outstanding_of(0) == total - sum(paid.values())


def test_half_a_period_held_is_half_its_revenue(known, asset):
    known.travel(known.clock.start_of(asset.opened_in) + L // 2 - 1)
    known.send("owner", asset.share.transfer(A, SUPPLY))
    assert known.now == known.clock.start_of(asset.opened_in) + L // 2
    earned = earn(known, asset, asset.opened_in)
    assert (claim(known, asset, "alice"), claim(known, asset, "owner")) == (earned // 2, earned // 2)


def test_only_settlement_sets_a_share_up_and_books_its_revenue(known, asset):
    caller = {"caller": address("outsider")}
    book = asset.share.epoch_of(0)
    again = asset.share.prepare("initialize", asset.id, address("outsider"), 1, book.vault, book.coin)
    known.refused("outsider", again, "NotSettlement", **caller)
    known.refused("outsider", asset.share.prepare("settlePeriod", 1), "NotSettlement", **caller)
