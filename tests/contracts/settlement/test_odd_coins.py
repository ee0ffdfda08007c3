"""Coins with bad habits: refused when money comes in, harmless when it goes out; no payee blocks another."""

import pytest
from tests.contracts.odd_coins import (
    BOMB,
    BURNING,
    CALLING,
    FALSE,
    FEE,
    PLAIN,
    REVERTING,
    SILENT,
    deploy_harness,
    odd_coin,
)
from tests.contracts.world import address, up

from wellhead.chain.contract import ContractCall

BOND = 10**9


def opened(world, coin, **changes):
    """An asset in that coin; the owner and tenant-a have coins and approved its vault."""
    asset = world.asset(bond=0, stablecoin=coin.address, **changes)
    for name in ("owner", "tenant-a"):
        coin.give(name, asset.vault)
    return asset


def settled(world, coin, price=2_000_000):
    """An asset whose second period was sold to tenant-a and half delivered; and that period."""
    asset = opened(world, coin)
    world.send("owner", world.settlement.deposit_bond(asset.id, BOND * price))
    period = asset.opened_in + 1
    offer = world.offer(asset, period, price)
    world.send("tenant-a", world.leases.buy(offer, period, 1, 40, address("tenant-a"), price))
    world.travel(world.clock.end_of(asset.opened_in) + 601)
    world.send("outsider", world.skip(asset.id, 1))
    world.report_and_settle(asset, period, up(2_000, down=1_000))
    world.send("outsider", world.settlement.redeem(address("tenant-a"), asset.lease(period, price), 40))
    return asset, period


def owed(world, asset, coin, payee):
    return world.settlement.owed(asset.vault, coin.address, payee)


def test_a_coin_with_a_fee_on_transfer_is_refused_wherever_it_comes_in(world):
    coin = odd_coin(world, FEE)
    asset = opened(world, coin, credit_bps=0)
    inexact = {"coin": coin.address, "asked": 1_000, "received": 990}
    world.refused("owner", world.settlement.deposit_bond(asset.id, 1_000), "NotExactAmount", **inexact)
    spot = world.settlement.deposit_spot(asset.id, asset.opened_in, 1_000, bytes(32))
    world.refused("owner", spot, "NotExactAmount", **inexact)
    offer = world.offer(asset, asset.opened_in + 1, 1_000)
    buy = world.leases.buy(offer, asset.opened_in + 1, 1, 1, address("tenant-a"), 1_000)
    world.refused("tenant-a", buy, "NotExactAmount", **inexact)


@pytest.mark.parametrize(("habit", "decimals"), [(PLAIN, 0), (PLAIN, 18), (SILENT, 6)])
def test_a_coin_of_any_decimals_or_without_an_answer_pays_every_claim(world, habit, decimals):
    coin = odd_coin(world, habit, decimals)
    price = 3 if decimals == 0 else 3 * 10**decimals + 1
    asset, period = settled(world, coin, price)
    funds = world.settlement.funds_of(asset.vault)
    assert coin.balance_of(asset.vault) == funds.booked + world.holders_part(asset)
    for name in ("tenant-a", "owner"):
        claim, before = owed(world, asset, coin, address(name)), coin.balance_of(address(name))
        world.send("outsider", world.settlement.claim(asset.vault, coin.address, address(name)))
        assert coin.balance_of(address(name)) == before + claim > before
    paid = world.settlement.claim_batch(asset.vault, coin.address, [address("protocol")])
    world.send("outsider", paid)
    assert owed(world, asset, coin, address("protocol")) == 0
    book = world.period_book(asset, period)
    assert world.settlement.funds_of(asset.vault).booked == book.reserved + world.book(asset).bond_free


@pytest.mark.parametrize("habit", [FALSE, REVERTING, BURNING, BOMB], ids=["false", "revert", "burn", "bomb"])
def test_a_payee_whom_the_coin_refuses_keeps_his_claim_and_blocks_nobody(world, habit):
    coin = odd_coin(world, habit)
    asset, _ = settled(world, coin)
    coin.dislike(address("tenant-a"))
    claim = owed(world, asset, coin, address("tenant-a"))
    others = [address("owner"), address("protocol")]
    payees = [address("tenant-a"), *others, address("tenant-a")]
    mined = world.send("outsider", world.settlement.claim_batch(asset.vault, coin.address, payees))
    failed = [
        e.args["payee"]
        for e in world.settlement.events_between(mined.block, mined.block)
        if e.name == "ClaimFailed"
    ]
    assert failed == [address("tenant-a")] * 2
    assert mined.gas_used < 900_000
    assert [owed(world, asset, coin, payee) for payee in others] == [0, 0]
    assert owed(world, asset, coin, address("tenant-a")) == claim
    coin.dislike(address("tenant-a"), False)
    before = coin.balance_of(address("tenant-a"))
    world.send("outsider", world.settlement.claim(asset.vault, coin.address, address("tenant-a")))
    assert coin.balance_of(address("tenant-a")) == before + claim


def test_a_payee_who_is_called_back_cannot_enter_the_books(world):
    coin = odd_coin(world, CALLING)
    asset, s = opened(world, coin), world.settlement
    world.send("owner", s.deposit_bond(asset.id, BOND))
    payee = deploy_harness(world, "ReenteringPayee", s.address)
    period = asset.opened_in + 1
    prices = range(10**6, 10**6 + 6)
    for price in prices:
        offer = world.offer(asset, period, price)
        world.send("tenant-a", world.leases.buy(offer, period, 1, 1, payee.address, price))
    world.travel(world.clock.end_of(asset.opened_in) + 601)
    world.send("outsider", world.skip(asset.id, 1))
    world.report_and_settle(asset, period, up(0))
    coin.dislike(payee.address)
    *first, last = (asset.lease(period, price) for price in prices)
    calls = (
        s.claim(asset.vault, coin.address, payee.address),
        s.claim(asset.vault, coin.address, address("owner")),
        s.deposit_bond(asset.id, 1),
        s.recognize_loss(asset.id, 0),
        s.redeem(payee.address, last, 1),
    )
    for series, call in zip(first, calls, strict=True):
        world.send("outsider", s.redeem(payee.address, series, 1))
        claim, before = owed(world, asset, coin, payee.address), coin.balance_of(payee.address)
        data = bytes.fromhex(payee.encode_abi("prepare", [call.data])[2:])
        world.send("outsider", ContractCall(payee.address, data, "prepare"))
        world.send("outsider", s.claim(asset.vault, coin.address, payee.address))
        assert payee.functions.refused().call({"from": world.chain.caller, "gas": 10**6}), call.action
        assert coin.balance_of(payee.address) == before + claim > before
    funds = s.funds_of(asset.vault)
    assert coin.balance_of(asset.vault) == funds.booked + world.holders_part(asset)


def test_a_coin_must_be_a_contract_with_sensible_decimals_and_can_always_be_disallowed(world):
    allow = world.coins_allowed.set_coin_status
    world.refused("registrar", allow(address("alice"), 1, bytes(32)), "NotAContract", coin=address("alice"))
    artifact = deploy_harness(world, "OddCoin", PLAIN, 19)
    numbers = {"coin": artifact.address, "decimals": 19, "limit": 18}
    world.refused("registrar", allow(artifact.address, 1, bytes(32)), "DecimalsOutOfRange", **numbers)
    world.send("registrar", allow(artifact.address, 0, b"\1" * 32))
    assert world.coins_allowed.coin_of(artifact.address).attestation == b"\1" * 32
    coin = odd_coin(world, decimals=8)
    found = world.coins_allowed.coin_of(coin.address)
    assert (found.status, found.decimals) == (1, 8)
