"""Attacks on other people's money; each one would pay without its guard."""

from dataclasses import replace

import pytest
from tests.contracts.world import WINDOWS, Asset, World, address, up

from wellhead.registry.terms import Terms

PRICE = 1_000_000


def skip_first(world: World, asset: Asset) -> None:
    world.travel(world.clock.end_of(asset.opened_in) + WINDOWS.post_until + 1)
    world.send("outsider", world.skip(asset.id, 1))


def given_back(world, asset, tenant, period, units, price):
    """Refund and credit that a tenant's units bring him."""
    before = world.owed(asset, tenant)
    world.send("outsider", world.settlement.redeem(address(tenant), asset.lease(period, price), units))
    return world.owed(asset, tenant) - before


@pytest.mark.parametrize("delivered", [0, 1_000, 2_500])
def test_an_owner_who_buys_his_own_units_dilutes_nobodys_credit(world, delivered):
    back = []
    for self_purchase in (0, 20):
        asset = world.asset()
        period = asset.opened_in + 1
        world.buy(asset, "tenant-a", period, 20, PRICE)
        if self_purchase:
            world.buy(asset, "owner", period, self_purchase, PRICE)
        skip_first(world, asset)
        world.report_and_settle(asset, period, up(delivered, down=4_000 - delivered))
        back.append(given_back(world, asset, "tenant-a", period, 20, PRICE))
        world.check_books(asset)
    assert back[1] >= back[0]


def test_dear_and_cheap_units_of_one_period_give_back_in_one_ratio(world):
    asset = world.asset(bond=10**10)
    period = asset.opened_in + 1
    world.buy(asset, "tenant-a", period, 30, 1)
    world.buy(asset, "tenant-b", period, 10, 10**9)
    skip_first(world, asset)
    outcome = world.report_and_settle(asset, period, up(1_000, down=3_000))
    cheap = given_back(world, asset, "tenant-a", period, 30, 1)
    dear = given_back(world, asset, "tenant-b", period, 10, 10**9)
    # three quarters back, and a fifth of what they paid for that as credit
    assert (cheap, dear) == (22 + 4, 7_500_000_000 + 1_500_000_000)
    assert cheap + dear <= outcome.refund_pool + outcome.credit_pool
    world.check_books(asset)


def test_nobody_buys_a_refund_after_a_dark_day(world):
    asset = world.asset()
    period = asset.opened_in + 1
    world.give_coins("tenant-a", asset)
    offer = world.offer(asset, period, PRICE)
    start = world.clock.start_of(period)
    for moment in (start, start + 999):
        world.travel(moment)
        call = world.leases.buy(offer, period, 1, 1, address("tenant-a"), PRICE)
        closed = {"period": period, "timestamp": moment, "start": start}
        world.refused("tenant-a", call, "SaleClosed", **closed)


def test_a_fully_excused_period_earns_nothing_and_costs_no_credit(world):
    asset = world.asset(notice_periods=0)
    period = asset.opened_in + 1
    world.buy(asset, "tenant-a", period, 40, PRICE)
    call = world.registry.announce_excused(asset.id, period, period, 4_000, 0, asset.terms, b"")
    world.send("owner", call)
    skip_first(world, asset)
    outcome = world.report_and_settle(asset, period, up(0, excused=4_000))
    assert (outcome.charge, outcome.breach, outcome.credit_pool) == (0, 0, 0)
    assert given_back(world, asset, "tenant-a", period, 40, PRICE) == 40 * PRICE
    world.check_books(asset)


def test_an_excuse_for_a_day_that_went_wrong_comes_too_late(world):
    asset = world.asset(notice_periods=0)
    period = asset.opened_in + 1
    world.buy(asset, "tenant-a", period, 40, PRICE)
    world.travel(world.clock.start_of(period))
    for first in (period, period - 1):
        call = world.registry.announce_excused(asset.id, first, first, 4_000, 0, asset.terms, b"")
        numbers = {"fromPeriod": first, "earliest": period + 1}
        world.refused("owner", call, "TooEarly", **numbers)
    skip_first(world, asset)
    outcome = world.report_and_settle(asset, period, up(0, excused=4_000))
    assert outcome.credit_pool == 40 * PRICE * 2_000 // 10_000 * 3_980 // 4_000


def test_terms_that_the_owner_withholds_are_read_from_the_chain(world):
    asset = world.asset()
    period = asset.opened_in + 1
    world.buy(asset, "tenant-a", period, 4, PRICE)
    skip_first(world, asset)
    posted = world.post(period, {asset: up(4_000)})
    world.pass_dispute(period)
    events = world.registry.events_between(world.deployment.first_block, world.chain.block_number())
    (told,) = (
        e.args["terms"] for e in events if e.name == "TermsAnnounced" and e.args["assetId"] == asset.id
    )
    found = Terms(*(told.values() if hasattr(told, "values") else told))
    call = world.settlement.settle(asset.id, found, posted.evidence(asset.id))
    world.send("outsider", call)
    assert world.period_book(asset, period).state == 1


def test_dirty_bits_above_a_field_of_the_terms_change_their_hash(world):
    asset = world.asset()
    posted = world.post(asset.opened_in, {asset: up(4_000)})
    world.pass_dispute(asset.opened_in)
    good = world.settlement.settle(asset.id, asset.terms, posted.evidence(asset.id))
    # the first field is a uint32: a bit above it, in the third word of the call
    data = bytearray(good.data)
    data[4 + 32] = 1
    with pytest.raises(Exception, match="WrongTerms"):
        world.send("outsider", replace(good, data=bytes(data)))
    world.send("outsider", good)


def test_a_proof_with_more_bytes_than_it_needs_settles_only_what_it_shows(world):
    asset = world.asset()
    posted = world.post(asset.opened_in, {asset: up(4_000)})
    world.pass_dispute(asset.opened_in)
    good = world.settlement.settle(asset.id, asset.terms, posted.evidence(asset.id))
    other = replace(world.report_of(asset, asset.opened_in, up(1)), asset_id=asset.id)
    forged = replace(posted.evidence(asset.id), report=other)
    call = world.settlement.settle(asset.id, asset.terms, forged)
    with pytest.raises(Exception, match="NotInReport"):
        world.send("outsider", replace(call, data=call.data + good.data))
    world.send("outsider", replace(good, data=good.data + bytes(64)))


def test_a_frozen_coin_of_one_asset_stops_no_other(world):
    stopped, running = world.asset(), world.asset()
    for asset in (stopped, running):
        world.spot(asset, asset.opened_in, 10**6)
    posted = world.post(running.opened_in, {running: up(1)})
    world.send("issuer", world.coin.prepare("setBlacklisted", stopped.vault, True))
    world.pass_dispute(running.opened_in)
    world.settle(running, posted.evidence(running.id))
    before = world.coins("owner")
    world.send("outsider", world.claim(running, "owner"))
    assert world.coins("owner") > before
    world.send("issuer", world.coin.prepare("setBlacklisted", stopped.vault, False))
    world.check_books(running)
