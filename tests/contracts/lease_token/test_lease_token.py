"""LeaseToken: offers, purchases, movements, after the requirements in ILeaseToken.sol."""

import pytest
from tests.contracts.world import address


@pytest.fixture
def asset(world):
    return world.asset()


def test_only_the_owner_offers_a_run_in_order_at_a_price(world, asset):
    offer, p = world.leases.offer, asset.opened_in + 1
    who = {"assetId": asset.id, "caller": address("other-owner"), "owner": address("owner")}
    world.refused("other-owner", offer(asset.id, p, p, 1), "NotOwner", **who)
    world.refused("owner", offer(asset.id, p, p, 0), "ZeroPrice")
    backwards = offer(asset.id, p + 1, p, 1)
    world.refused("owner", backwards, "PeriodsOutOfOrder", fromPeriod=p + 1, toPeriod=p)
    offer_id = world.offer(asset, p, 9, until=p + 3)
    found = world.leases.offer_of(offer_id)
    assert (found.asset_id, found.from_period, found.to_period) == (asset.id, p, p + 3)
    assert (found.open, found.price) == (True, 9)


def test_an_offer_for_an_unknown_asset_is_refused(world, asset):
    count = world.registry.asset_count()
    call = world.leases.offer(count, 1, 1, 1)
    world.refused("owner", call, "UnknownAsset", assetId=count, assetCount=count)


def test_an_unknown_offer_is_refused(world, asset):
    offers = world.offers
    unknown = {"offerId": offers, "offers": offers}
    buy = world.leases.buy(offers, 1, 1, address("tenant-a"), asset.terms)
    world.refused("tenant-a", buy, "UnknownOffer", **unknown)
    world.refused("owner", world.leases.close_offer(offers), "UnknownOffer", **unknown)
    world.reading_refused(lambda: world.leases.offer_of(offers), "UnknownOffer", **unknown)


def test_periods_outside_the_offer_and_closed_offers_are_refused(world, asset):
    p = asset.opened_in + 2
    world.give_coins("tenant-a", asset)
    offer_id = world.offer(asset, p, 5, until=p + 1)
    run = {"offerId": offer_id, "fromPeriod": p, "toPeriod": p + 1}
    for outside in (p - 1, p + 2):
        call = world.leases.buy(offer_id, outside, 1, address("tenant-a"), asset.terms)
        world.refused("tenant-a", call, "NotOffered", **(run | {"period": outside}))
    inside = world.leases.buy(offer_id, p, 1, address("tenant-a"), asset.terms)
    world.send("tenant-a", inside)
    who = {"assetId": asset.id, "caller": address("other-owner"), "owner": address("owner")}
    world.refused("other-owner", world.leases.close_offer(offer_id), "NotOwner", **who)
    world.send("owner", world.leases.close_offer(offer_id))
    world.refused("tenant-a", inside, "NotOffered", **(run | {"period": p}))
    assert world.leases.balance_of(address("tenant-a"), asset.lease(p, 5)) == 1


def test_the_id_names_asset_period_and_price_and_supply_counts_units(world, asset):
    p = asset.opened_in + 1
    world.give_coins("tenant-a", asset)
    offer_id = world.offer(asset, p, 5)
    world.send("tenant-a", world.leases.buy(offer_id, p, 3, address("tenant-b"), asset.terms))
    series = asset.id << 160 | p << 128 | 5
    assert world.leases.balance_of(address("tenant-b"), series) == 3
    assert world.leases.balance_of(address("tenant-a"), series) == 0
    assert world.leases.total_supply(series) == 3
    # escrow of a series is supply · price until its period is closed
    assert world.period_book(asset, p).escrow == 3 * 5


def test_terms_of_an_asset_of_another_owner_do_not_pass(world, asset):
    from wellhead.registry.terms import terms_hash

    other = world.asset(owner="other-owner", fee_bps=77)
    p = other.opened_in + 1
    offer_id = world.offer(other, p, 5)
    call = world.leases.buy(offer_id, p, 1, address("tenant-a"), asset.terms)
    numbers = {"given": terms_hash(asset.terms), "inForce": terms_hash(other.terms)}
    world.refused("tenant-a", call, "WrongTerms", **numbers)


def test_only_settlement_burns(world, asset):
    p = asset.opened_in + 1
    series = world.buy(asset, "tenant-a", p, 2, 5)
    call = world.leases.prepare("burn", address("tenant-a"), series, 1)
    world.refused("tenant-a", call, "NotSettlement", caller=address("tenant-a"))


def test_leases_move_freely_but_never_from_or_to_a_frozen_account(world, asset):
    p = asset.opened_in + 1
    series = world.buy(asset, "tenant-a", p, 4, 5)
    a, b = address("tenant-a"), address("tenant-b")
    move = world.leases.safe_transfer_from
    world.send("tenant-a", move(a, b, series, 1))
    world.send("compliance", world.identities.set_frozen(b, True))
    world.refused("tenant-a", move(a, b, series, 1), "AccountFrozen", account=b)
    world.refused("tenant-b", move(b, a, series, 1), "AccountFrozen", account=b)
    offer_id = world.offer(asset, p, 5)
    to_frozen = world.leases.buy(offer_id, p, 1, b, asset.terms)
    world.refused("tenant-a", to_frozen, "AccountFrozen", account=b)
    world.send("compliance", world.identities.set_frozen(b, False))
    world.send("tenant-b", move(b, a, series, 1))
    assert world.leases.balance_of(a, series) == world.leases.total_supply(series) == 4
    stolen = move(a, b, series, 1)
    world.refused("outsider", stolen, "ERC1155MissingApprovalForAll", operator=address("outsider"), owner=a)
