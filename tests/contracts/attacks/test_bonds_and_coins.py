"""Money that an owner, a passer-by or a coin's issuer would take or hold up."""

from contextlib import suppress

import pytest
from tests.contracts.settlement.test_attacks import skip_first
from tests.contracts.world import address, up

from wellhead.errors import ContractReverted

PRICE = 1_000_000
UNITS = 20
CREDIT = UNITS * PRICE * 2_000 // 10_000
"""The largest credit of so many units: what the terms promise is a fifth."""


def give_back(world, asset, name, period, price=PRICE):
    """Whatever the actor's units bring him is paid to him."""
    world.send("outsider", world.settlement.redeem(address(name), asset.lease(period, price), UNITS))
    world.send("outsider", world.claim(asset, name))


def test_an_owner_who_buys_his_own_units_takes_nothing_of_the_bond_that_others_have_locked(world):
    """The bond is just the tenant's credit; the owner's own units would claim half of it, and are first."""
    asset = world.asset(bond=CREDIT)
    period = asset.opened_in + 1
    world.buy(asset, "tenant-a", period, UNITS, PRICE)
    with suppress(ContractReverted):
        world.buy(asset, "owner", period, UNITS, PRICE)
    skip_first(world, asset)
    world.report_and_settle(asset, period, up(0, down=4_000))
    with suppress(ContractReverted):
        give_back(world, asset, "owner", period)
    before = world.coins("tenant-a")
    give_back(world, asset, "tenant-a", period)
    assert world.coins("tenant-a") - before == UNITS * PRICE + CREDIT


def test_a_donation_to_a_vault_stops_no_payment_and_enriches_nobody(world):
    """One base unit, sent by anybody at any time: sales, bonds and spot go on, and nobody is paid it."""
    asset = world.asset()
    period = asset.opened_in + 1
    world.give_coins("outsider", asset)
    for give in (
        lambda: world.send("owner", world.settlement.deposit_bond(asset.id, 1)),
        lambda: world.buy(asset, "tenant-a", period, UNITS, PRICE),
        lambda: world.spot(asset, asset.opened_in, 7),
    ):
        world.send("outsider", world.coin.prepare("transfer", asset.vault, 1))
        booked = world.settlement.funds_of(asset.vault).booked
        give()
        assert world.settlement.funds_of(asset.vault).booked > booked
    world.report_and_settle(asset, asset.opened_in, up(0))
    outcome = world.report_and_settle(asset, period, up(0, down=4_000))
    before = world.coins("tenant-a")
    give_back(world, asset, "tenant-a", period)
    assert world.coins("tenant-a") - before == outcome.refund_pool + outcome.credit_pool
    booked = world.settlement.funds_of(asset.vault).booked
    assert world.coin.balance_of(asset.vault) == booked + world.holders_part(asset) + 3


@pytest.mark.parametrize("stopped_by", ["frozen", "paused"])
def test_a_coin_that_pays_nobody_stops_no_settlement_and_pays_all_later(world, stopped_by):
    """Its issuer freezes the vault, or pauses the whole coin: the books go on, and lose nothing."""
    asset = world.asset()
    period = asset.opened_in + 1
    world.buy(asset, "tenant-a", period, UNITS, PRICE)
    skip_first(world, asset)
    stop = {"frozen": ("setBlacklisted", asset.vault), "paused": ("setPaused",)}[stopped_by]
    world.send("issuer", world.coin.prepare(*stop, True))
    try:
        outcome = world.report_and_settle(asset, period, up(1_000, down=3_000))
        assert world.period_book(asset, period).state == 1
        lease = asset.lease(period, PRICE)
        world.send("outsider", world.settlement.redeem(address("tenant-a"), lease, UNITS))
        owed = {name: world.owed(asset, name) for name in ("tenant-a", "owner")}
        assert owed["tenant-a"] == outcome.refund_pool + outcome.credit_pool
        for name in owed:
            with pytest.raises(ContractReverted):
                world.send("outsider", world.claim(asset, name))
        assert {name: world.owed(asset, name) for name in owed} == owed
    finally:
        world.send("issuer", world.coin.prepare(*stop, False))
    for name, amount in owed.items():
        before = world.coins(name)
        world.send("outsider", world.claim(asset, name))
        assert world.coins(name) - before == amount > 0
    world.check_books(asset)
