"""redeem, claim, claimBatch: what is owed is paid once, to whom it is owed, whatever happens."""

import pytest
from tests.contracts.world import address, up

from wellhead.settlement.waterfall import credit_of, refund_of

PRICE = 2_000_000


@pytest.fixture
def settled(world):
    """An asset whose second period was sold to two tenants and delivered in half; and that period."""
    asset = world.asset()
    period = asset.opened_in + 1
    world.buy(asset, "tenant-a", period, 30, PRICE)
    world.buy(asset, "tenant-b", period, 10, PRICE)
    world.travel(world.clock.end_of(asset.opened_in) + 601)
    world.send("outsider", world.skip(asset.id, 1))
    outcome = world.report_and_settle(asset, period, up(2_000, down=1_000))
    return asset, period, outcome


def redeem(world, asset, period, units, name="tenant-a"):
    return world.settlement.redeem(address(name), asset.lease(period, PRICE), units)


def set_coin(world, function, *args):
    world.send("issuer", world.coin.prepare(function, *args))


def test_anyone_redeems_and_the_holder_is_owed_refund_and_credit(world, settled):
    asset, period, outcome = settled
    world.send("outsider", redeem(world, asset, period, 30))
    back = refund_of(30, PRICE, outcome) + credit_of(30, PRICE, 2_000, outcome)
    assert back > 30_000_000
    assert (world.owed(asset, "tenant-a"), world.owed(asset, "outsider")) == (back, 0)
    assert world.leases.balance_of(address("tenant-a"), asset.lease(period, PRICE)) == 0
    world.check_books(asset)


def test_a_holder_redeems_in_parts_and_nobody_else_does(world, settled):
    asset, period, outcome = settled
    part = {"by": address("outsider"), "holder": address("tenant-a"), "id": asset.lease(period, PRICE)}
    world.refused("outsider", redeem(world, asset, period, 29), "NotAllUnits", **part, units=29, left=1)
    world.send("tenant-a", redeem(world, asset, period, 7))
    assert world.owed(asset, "tenant-a") == refund_of(7, PRICE, outcome) + credit_of(7, PRICE, 2_000, outcome)
    part["by"] = address("tenant-b")
    world.refused("tenant-b", redeem(world, asset, period, 1), "NotAllUnits", **part, units=1, left=22)
    world.send("outsider", redeem(world, asset, period, 23))
    assert world.leases.balance_of(address("tenant-a"), asset.lease(period, PRICE)) == 0
    world.check_books(asset)


def test_redeeming_more_than_is_held_is_refused(world, settled):
    asset, period, _ = settled
    series = asset.lease(period, PRICE)
    world.refused(
        "outsider",
        redeem(world, asset, period, 11, "tenant-b"),
        "ERC1155InsufficientBalance",
        sender=address("tenant-b"),
        balance=10,
        needed=11,
        tokenId=series,
    )
    # more than exists of the whole series, too
    world.refused(
        "outsider",
        redeem(world, asset, period, 41, "tenant-b"),
        "ERC1155InsufficientBalance",
        sender=address("tenant-b"),
        balance=10,
        needed=41,
        tokenId=series,
    )
    world.send("outsider", redeem(world, asset, period, 30))
    world.refused(
        "outsider",
        redeem(world, asset, period, 1),
        "ERC1155InsufficientBalance",
        sender=address("tenant-a"),
        balance=0,
        needed=1,
        tokenId=series,
    )


def test_redeeming_before_the_period_is_closed_is_refused(world):
    asset = world.asset()
    period = asset.opened_in + 1
    world.buy(asset, "tenant-a", period, 1, PRICE)
    call = redeem(world, asset, period, 1)
    world.refused("tenant-a", call, "PeriodNotClosed", assetId=asset.id, period=period)


def test_redeeming_nothing_or_an_id_that_is_no_lease_is_refused(world, settled):
    asset, period, _ = settled
    world.refused("outsider", redeem(world, asset, period, 0), "ZeroAmount")
    stray = world.settlement.redeem(address("tenant-a"), 1 << 192, 1)
    world.refused("outsider", stray, "NotLeaseId", id=1 << 192)


def test_a_frozen_holder_cannot_redeem_or_claim_but_later_can(world, settled):
    asset, period, _ = settled
    world.send("tenant-a", redeem(world, asset, period, 10))
    freeze = world.identities.set_frozen
    world.send("compliance", freeze(address("tenant-a"), True))
    frozen = {"account": address("tenant-a")}
    world.refused("outsider", redeem(world, asset, period, 10), "ERC7943CannotSend", **frozen)
    world.refused("outsider", world.claim(asset, "tenant-a"), "AccountFrozen", **frozen)
    owed = world.owed(asset, "tenant-a")
    world.send("compliance", freeze(address("tenant-a"), False))
    world.send("tenant-a", redeem(world, asset, period, 10))
    before = world.coins("tenant-a")
    world.send("outsider", world.claim(asset, "tenant-a"))
    assert world.coins("tenant-a") == before + 2 * owed
    world.check_books(asset)


def test_claiming_twice_pays_once(world, settled):
    asset, _, _ = settled
    owed, before = world.owed(asset, "owner"), world.coins("owner")
    world.send("outsider", world.claim(asset, "owner"))
    payee = {"vault": asset.vault, "coin": world.coin.address, "payee": address("owner")}
    world.refused("outsider", world.claim(asset, "owner"), "NothingOwed", **payee)
    assert world.coins("owner") == before + owed > before
    world.check_books(asset)


def test_a_batch_passes_over_who_is_owed_nothing_or_cannot_receive(world, settled):
    asset, period, _ = settled
    for name in ("tenant-a", "tenant-b"):
        world.send(name, redeem(world, asset, period, 10, name))
    set_coin(world, "setBlacklisted", address("tenant-a"), True)
    blocked, paid = world.owed(asset, "tenant-a"), world.owed(asset, "tenant-b")
    before = world.coins("tenant-a"), world.coins("tenant-b")
    payees = [address(name) for name in ("outsider", "tenant-a", "tenant-b", "tenant-b")]
    call = world.settlement.claim_batch(asset.vault, world.coin.address, payees)
    block = world.send("outsider", call).block
    failed = [e for e in world.settlement.events_between(block, block) if e.name == "ClaimFailed"]
    assert [e.args["payee"] for e in failed] == [address("tenant-a")]
    assert (world.coins("tenant-a"), world.coins("tenant-b")) == (before[0], before[1] + paid)
    assert (world.owed(asset, "tenant-a"), world.owed(asset, "tenant-b")) == (blocked, 0)
    single = world.claim(asset, "tenant-a")
    world.refused("outsider", single, "AccountBlacklisted", account=address("tenant-a"))
    set_coin(world, "setBlacklisted", address("tenant-a"), False)
    world.send("outsider", single)
    assert world.coins("tenant-a") == before[0] + blocked
    world.check_books(asset)


def test_a_paused_coin_stops_payments_not_settlement(world, settled):
    asset, period, _ = settled
    set_coin(world, "setPaused", True)
    outcome = world.report_and_settle(asset, period + 1, up(1))
    assert outcome.charge == 0
    world.send("outsider", redeem(world, asset, period, 30))
    owed = world.owed(asset, "tenant-a")
    world.refused("outsider", world.claim(asset, "tenant-a"), "CoinPaused")
    share = asset.share.claim(address("owner"), 9)
    world.refused("outsider", share, "CoinPaused")
    set_coin(world, "setPaused", False)
    before = world.coins("tenant-a")
    world.send("outsider", world.claim(asset, "tenant-a"))
    assert world.coins("tenant-a") == before + owed
    world.send("outsider", share)
    world.check_books(asset)


def test_coins_sent_to_the_vault_by_mistake_change_no_books(world, settled):
    asset, _, _ = settled
    funds, held = world.settlement.funds_of(asset.vault), world.coin.balance_of(asset.vault)
    world.send("outsider", world.coin.mint(asset.vault, 5))
    assert world.settlement.funds_of(asset.vault) == funds
    assert world.coin.balance_of(asset.vault) == held + 5
