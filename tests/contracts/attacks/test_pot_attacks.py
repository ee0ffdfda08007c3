"""A tenant's part of a penalty cannot be taken from him by whoever redeems first."""

from dataclasses import replace

import pytest
from tests.contracts.disputes.game import Game
from tests.contracts.world import WINDOWS, address


@pytest.fixture(scope="module")
def game() -> Game:
    """A world whose members have stakes."""
    return Game()


def test_redeeming_before_the_penalty_is_taken_does_not_strand_the_tenants_half(game):
    """What is void by time is passed over before `expire` fills the pot; redeeming then burns the claim."""
    world, of = game.world, game.metered()
    before, sold = of.asset.opened_in, of.asset.opened_in + 1
    world.give_coins("owner", of.asset)
    world.send("owner", world.settlement.deposit_bond(of.asset.id, 10**10))
    lease = world.buy(of.asset, "tenant-a", sold, 10, 10**9)
    world.travel(world.clock.end_of(sold))
    first = game.post(game.proposal(sold, {of.asset.id: game.readings(of, sold, [900] * 5)}))
    place = game.challenge(of, first, 0, "finder")
    world.travel(first.posted.posted_at + WINDOWS.dispute + WINDOWS.answer + 1)
    again = game.proposal(sold, {of.asset.id: game.readings(of, sold, [100] * 5)}, revision=1)
    second = game.post(again, previous=first.posted)
    world.travel(second.posted.posted_at + WINDOWS.dispute)
    world.travel(world.clock.end_of(before) + WINDOWS.post_until + 1)
    world.send("outsider", world.skip(of.asset.id, 1))
    evidence = game.accepted(of, replace(first, void=frozenset({of.asset.id})), second)
    settle = world.settlement.settle(of.asset.id, of.asset.terms, evidence)
    lapsed = {"assetId": of.asset.id, "period": sold, "revision": 0}
    world.refused("outsider", settle, "NotExpired", **lapsed)
    world.send("outsider", world.disputes.expire(place, first.posted))
    world.send("outsider", settle)
    pot = world.disputes.pot_of(of.asset.id, sold)
    assert pot > 0
    world.send("tenant-a", world.settlement.redeem(address("tenant-a"), lease, 4))
    assert game.owed("tenant-a") == pot * 4 // 10
    world.send("tenant-a", world.settlement.redeem(address("tenant-a"), lease, 6))
    assert game.owed("tenant-a") == pot * 4 // 10 + pot * 6 // 10
