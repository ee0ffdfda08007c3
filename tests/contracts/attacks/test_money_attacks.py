"""What a hostile owner, tenant or passer-by tries with other people's money: each must fail."""

from dataclasses import replace

import pytest
from tests.contracts.odd_coins import odd_coin
from tests.contracts.settlement.test_losses import Seized
from tests.contracts.world import SUPPLY, World, address, up

from wellhead.chain.contract import creation
from wellhead.chain.contracts.stablecoin import StablecoinContract
from wellhead.errors import ContractReverted

PRICE = 1_000_000
BOND = 10**9
LONGEST_NOTICE = 3_650
ROOT = b"\1" * 32


@pytest.fixture(scope="module")
def prepared(world: World) -> World:
    """The world in which the owner, alice and bob are verified for a very long time."""
    for name in ("owner", "alice", "bob"):
        world.verify(name, seconds=10**10)
    return world


def second_coin(world: World) -> StablecoinContract:
    made = str(world.send("issuer", creation("TestStablecoin", [], world.chain)).contract_address)
    world.allow(made)
    return StablecoinContract(world.chain, made)


def test_a_notice_that_overflows_puts_no_sold_period_into_an_empty_vault(world):
    """noticePeriods = 2**32 - 1 ("never"): changeableFrom wraps around and forgets what is sold."""
    never = world.terms(notice_periods=2**32 - 1)
    numbers = {"field": b"noticePeriods".ljust(32, b"\0"), "value": 2**32 - 1, "limit": LONGEST_NOTICE}
    world.refused("owner", world.registry.register(never, 4, ROOT), "OutOfRange", **numbers)
    asset = world.asset(notice_periods=LONGEST_NOTICE)
    sold = asset.opened_in + 1
    world.buy(asset, "tenant-a", sold, 10, PRICE)
    world.travel(world.clock.start_of(sold))
    other = second_coin(world)
    try:
        world.send("owner", world.settlement.start_epoch(asset.id, other.address))
    except ContractReverted:
        return
    assert world.settlement.vault_of(asset.id, sold) == (asset.vault, world.coin.address), "sold period moved"


def test_what_follows_from_it_the_tenants_escrow_is_locked_for_ever(world):
    asset = world.asset(notice_periods=LONGEST_NOTICE)
    sold = asset.opened_in + 1
    lease = world.buy(asset, "tenant-a", sold, 10, PRICE)
    world.travel(world.clock.start_of(sold))
    try:
        world.send("owner", world.settlement.start_epoch(asset.id, world.coin.address))
    except ContractReverted:
        return
    world.travel(world.clock.end_of(asset.opened_in) + 601)
    world.send("outsider", world.skip(asset.id, 1))
    world.report_and_settle(asset, sold, up(0))  # nothing delivered: everything goes back
    world.send("outsider", world.settlement.redeem(address("tenant-a"), lease, 10))
    before = world.coins("tenant-a")
    vault = world.settlement.vault_of(asset.id, sold)[0]
    world.send("outsider", world.settlement.claim(vault, world.coin.address, address("tenant-a")))
    assert world.coins("tenant-a") - before >= 10 * PRICE


def test_terms_far_ahead_do_not_shorten_the_notice_of_a_switch_of_coins(world):
    """The notice in force is 30 periods; terms for the year 5000 say 0, and the switch comes tomorrow."""
    asset = world.asset(notice_periods=30)
    switch = world.settlement.start_epoch(asset.id, second_coin(world).address)
    far = replace(asset.terms, notice_periods=0)
    world.send("owner", world.registry.announce_terms(asset.id, 10**6, asset.terms, far))
    world.send("owner", switch)
    assert world.book(asset).epoch_from >= world.period + 1 + 30


def test_nobody_burns_a_holders_earnings_for_nothing_while_the_coins_are_gone(prepared):
    """Settlement.claim refuses to pay 0 for a claim (NothingToPay); a share takes it off the books."""
    world = prepared
    coin = odd_coin(world)
    asset = world.asset(bond=0, stablecoin=coin.address)
    coin.give("owner", asset.vault)
    world.send("owner", asset.share.transfer(address("alice"), SUPPLY // 2))
    world.send("owner", world.settlement.deposit_spot(asset.id, asset.opened_in, 10**9, bytes(32)))
    world.report_and_settle(asset, asset.opened_in, up(1_000))
    earned, held = world.holders_part(asset), coin.balance_of(asset.vault)
    assert earned > 10**8
    world.send("issuer", coin.prepare("seize", asset.vault, held))
    world.send("outsider", world.settlement.recognize_loss(asset.id, 0))
    for name in ("alice", "owner"):
        try:
            world.send("outsider", asset.share.claim(address(name), 9))
        except ContractReverted:
            continue
    world.send("outsider", asset.share.claim_batch([address("alice")], 9))
    world.send("issuer", coin.mint(asset.vault, held))  # the issuer gives everything back
    world.send("outsider", world.settlement.recognize_loss(asset.id, 0))
    assert world.holders_part(asset) == earned, "earnings were taken off the books and nothing was paid"


def test_a_stranger_does_not_make_a_passing_loss_final_for_everybody_else(prepared):
    """He claims for all at a tenth; the coins come back; nine tenths in the vault belong to nobody."""
    seized = Seized(prepared)
    held = seized.coin.balance_of(seized.asset.vault)
    owed = {name: seized.owed(name) for name in ("tenant-a", "tenant-b")}
    seized.seize(held * 9 // 10)
    seized.recognize()
    got = {}
    for name in owed:
        try:
            got[name] = seized.claim(name)
        except ContractReverted:
            got[name] = 0
    prepared.send("issuer", seized.coin.mint(seized.asset.vault, held * 9 // 10))
    seized.recognize()
    for name, nominal in owed.items():
        if seized.owed(name):
            got[name] += seized.claim(name)
        assert got[name] == nominal


def test_a_stranger_cannot_round_a_tenants_refund_away_unit_by_unit(world):
    """A coin with two decimals, units at 0.19: redeemed one by one by a stranger, a tenth of it is gone."""
    coin = odd_coin(world, decimals=2)
    asset = world.asset(bond=0, stablecoin=coin.address)
    for name in ("owner", "tenant-a"):
        coin.give(name, asset.vault)
    world.send("owner", world.settlement.deposit_bond(asset.id, BOND))
    sold, units, price = asset.opened_in + 1, 20, 19
    offer = world.offer(asset, sold, price)
    world.send("tenant-a", world.leases.buy(offer, sold, 1, units, address("tenant-a"), price))
    world.travel(world.clock.end_of(asset.opened_in) + 601)
    world.send("outsider", world.skip(asset.id, 1))
    world.report_and_settle(asset, sold, up(1_020))
    fair = world.period_book(asset, sold).reserved - 2  # what all units at once come to, or more
    for _ in range(units):
        try:
            world.send("outsider", world.settlement.redeem(address("tenant-a"), asset.lease(sold, price), 1))
        except ContractReverted:
            return
    assert world.settlement.owed(asset.vault, coin.address, address("tenant-a")) >= fair


def test_a_buyer_does_not_pay_for_a_loss_that_nobody_has_recognized_yet(world):
    """The vault is empty; a sale brings coins in, and whoever claims first takes the new tenant's escrow."""
    coin = odd_coin(world)
    asset = world.asset(bond=0, stablecoin=coin.address)
    for name in ("owner", "tenant-a"):
        coin.give(name, asset.vault)
    world.send("owner", world.settlement.deposit_bond(asset.id, BOND))
    world.send("issuer", coin.prepare("seize", asset.vault, BOND))
    offer = world.offer(asset, asset.opened_in + 1, PRICE)
    buy = world.leases.buy(offer, asset.opened_in + 1, 1, 10, address("tenant-a"), PRICE)
    try:
        world.send("tenant-a", buy)
    except ContractReverted:
        return
    # the owner takes free bond, paid with the tenant's money
    with pytest.raises(ContractReverted):
        world.send("owner", world.settlement.withdraw_bond(asset.id, 10 * PRICE // 2))
    assert coin.balance_of(asset.vault) >= 10 * PRICE


def test_a_frozen_owner_takes_no_money(world):
    asset = world.asset()
    world.send("compliance", world.identities.set_frozen(address("owner"), True))
    try:
        with pytest.raises(ContractReverted):
            world.send("owner", world.settlement.withdraw_bond(asset.id, BOND))
    finally:
        world.send("compliance", world.identities.set_frozen(address("owner"), False))
