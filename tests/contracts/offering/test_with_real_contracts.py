"""Offerings and the transfer agent over the deployed share, registry and settlement, without a harness."""

import pytest
from tests.contracts.world import SUPPLY, WINDOWS, L, address

from wellhead.chain.contract import ContractWrapper
from wellhead.chain.contracts.share_offering import OfferingPlan, ShareOfferingContract
from wellhead.registry.transfer_policy import CountryRule, Policy, encode_countries

SHARE, COIN = 10**18, 10**6
CASE = b"\7" * 32
OWNER, ALICE, BOB = address("owner"), address("alice"), address("bob")


class CoinRegistry(ContractWrapper):
    """Which coins an offering may take."""

    artifact_name = "CoinRegistry"


@pytest.fixture(scope="module")
def offerings(world):
    return ShareOfferingContract(world.chain, world.deployment.contracts["ShareOffering"])


@pytest.fixture
def asset(world):
    """An asset whose owner's coin is allowed, and two verified investors with coins."""
    coins = CoinRegistry(world.chain, world.deployment.contracts["CoinRegistry"])
    if not coins.read("statusOf", world.coin.address):
        world.send("registrar", coins.prepare("setCoinStatus", world.coin.address, 1, bytes(32)))
    asset = world.asset()
    for name in ("alice", "bob"):
        if not world.identities.is_verified(address(name)):
            world.verify(name)
    return asset


def open_offering(world, offerings, asset, **changes):
    """An offering of 100 to 1,000 coins at a coin a share."""
    values = {
        "asset_id": asset.id, "coin": world.coin.address, "price": COIN, "soft_cap": 100 * COIN,
        "hard_cap": 1_000 * COIN, "min_ticket": COIN, "opens_at": world.now, "closes_at": world.now + L // 2,
        "evidence": 1, "milestone_units": 100, "min_unit_price": 0, "vesting_periods": 90,
    }  # fmt: skip
    world.send("owner", offerings.open(OfferingPlan(**(values | changes))))
    return offerings.count() - 1


def subscribe(world, offerings, offering_id, name, shares):
    world.send("issuer", world.coin.mint(address(name), 10**12))
    world.send(name, world.coin.approve(offerings.address, 2**256 - 1))
    world.send(name, offerings.subscribe(offering_id, shares))


def close(world, offerings, offering_id):
    world.travel(offerings.offering_of(offering_id).closes_at)


def recovery(world, call):
    """Recovery announces an act and does it when its delay has passed."""
    world.sender("recovery")
    world.send("recovery", world.roles.schedule(call))
    world.travel(world.now + WINDOWS.hard_end)
    return world.send("recovery", call)


def frozen(world, asset, name):
    return asset.share.read("getFrozenTokens", address(name))


def test_offered_shares_stay_with_the_owner_until_they_are_collected(world, offerings, asset):
    offering_id = open_offering(world, offerings, asset)
    assert asset.share.read("liensOf", OWNER) == 1_000 * SHARE
    world.refused(
        "owner", asset.share.transfer(ALICE, SUPPLY), "ERC7943InsufficientUnfrozenBalance",
        account=OWNER, amount=SUPPLY, unfrozen=SUPPLY - 1_000 * SHARE,
    )  # fmt: skip
    subscribe(world, offerings, offering_id, "alice", 60 * SHARE)
    subscribe(world, offerings, offering_id, "bob", 40 * SHARE)
    close(world, offerings, offering_id)
    for account in (ALICE, BOB):
        world.send("outsider", offerings.collect(offering_id, account))
    world.send("outsider", offerings.release_unsold(offering_id))
    balances = [asset.share.balance_of(account) for account in (ALICE, BOB, OWNER)]
    assert balances == [60 * SHARE, 40 * SHARE, SUPPLY - 100 * SHARE]
    assert asset.share.read("liensOf", OWNER) == 0


def test_who_is_not_verified_or_outside_the_shares_policy_does_not_subscribe(world, offerings, asset):
    offering_id = open_offering(world, offerings, asset, closes_at=world.now + 10**6)
    assert not offerings.can_subscribe(offering_id, address("stranger"), SHARE)
    assert offerings.can_subscribe(offering_id, ALICE, SHARE)
    words = encode_countries([840])
    rule = world.agent.set_policy(asset.share.address, Policy(CountryRule.EXCEPT), words, CASE)
    recovery(world, rule)
    assert not offerings.can_subscribe(offering_id, ALICE, SHARE)
    numbers = {"owner": OWNER, "subscriber": ALICE, "shares": SHARE, "code": 5}
    world.refused("alice", offerings.subscribe(offering_id, SHARE), "SaleRestricted", **numbers)
    assert asset.share.read("detectTransferRestriction", OWNER, ALICE, 1) == 5


def test_limits_on_balances_and_holders_bind_when_the_subscriber_pays(world, offerings, asset):
    limits = Policy(max_holders=3, max_balance=50 * SHARE)
    recovery(world, world.agent.set_policy(asset.share.address, limits, (0, 0, 0, 0), CASE))
    world.send("owner", asset.share.transfer(ALICE, 10 * SHARE))
    offering_id = open_offering(world, offerings, asset)
    subscribe(world, offerings, offering_id, "alice", 30 * SHARE)
    assert offerings.can_subscribe(offering_id, ALICE, 10 * SHARE)
    numbers = {"owner": OWNER, "subscriber": ALICE, "shares": 40 * SHARE + 1, "code": 10}
    world.refused("alice", offerings.subscribe(offering_id, 10 * SHARE + 1), "SaleRestricted", **numbers)
    # the owner and alice hold; whoever subscribed counts as one holder more
    numbers = {"owner": OWNER, "subscriber": BOB, "shares": SHARE, "code": 9}
    world.refused("bob", offerings.subscribe(offering_id, SHARE), "SaleRestricted", **numbers)
    assert not offerings.can_subscribe(offering_id, BOB, SHARE)
    subscribe(world, offerings, offering_id, "alice", 10 * SHARE)
    assert offerings.offering_of(offering_id).subscribers == 1


def test_a_lock_up_and_a_freeze_of_the_owner_bind_when_the_subscriber_pays(world, offerings, asset):
    share = asset.share
    ask = (OWNER, ALICE, SUPPLY, 0)
    assert share.read("detectSaleRestriction", *ask) == 0
    assert share.read("detectSaleRestriction", OWNER, share.address, 1, 0) == 4
    world.send("owner", share.transfer(BOB, SHARE))
    locked = Policy(locked_until=world.now + 10**7)
    recovery(world, world.agent.set_policy(share.address, locked, (0, 0, 0, 0), CASE))
    assert share.read("detectSaleRestriction", BOB, ALICE, 1, 0) == 2
    assert share.read("detectSaleRestriction", *ask) == 0
    offering_id = open_offering(world, offerings, asset)
    world.send("compliance", world.identities.set_frozen(OWNER, True))
    numbers = {"owner": OWNER, "subscriber": ALICE, "shares": SHARE, "code": 1}
    world.refused("alice", offerings.subscribe(offering_id, SHARE), "SaleRestricted", **numbers)
    world.send("compliance", world.identities.set_frozen(OWNER, False))
    subscribe(world, offerings, offering_id, "alice", SHARE)


def test_a_locked_up_share_is_still_collected_from_its_issuer(world, offerings, asset):
    locked = Policy(locked_until=world.now + 10**7)
    recovery(world, world.agent.set_policy(asset.share.address, locked, (0, 0, 0, 0), CASE))
    offering_id = open_offering(world, offerings, asset)
    subscribe(world, offerings, offering_id, "alice", 100 * SHARE)
    close(world, offerings, offering_id)
    world.send("outsider", offerings.collect(offering_id, ALICE))
    world.refused("alice", asset.share.transfer(BOB, 1), "ERC7943CannotSend", account=ALICE)


def test_shares_of_a_recovered_owner_are_collected_from_his_new_address(world, offerings, asset):
    offering_id = open_offering(world, offerings, asset)
    subscribe(world, offerings, offering_id, "alice", 100 * SHARE)
    recovery(world, world.agent.recover(asset.share.address, OWNER, BOB, CASE))
    assert asset.share.read("liensOf", BOB) == 1_000 * SHARE
    world.send("outsider", offerings.collect(offering_id, ALICE))
    assert asset.share.balance_of(ALICE) == 100 * SHARE
    world.send("outsider", offerings.release_unsold(offering_id))
    assert asset.share.read("liensOf", BOB) == 0


def test_the_desk_freezes_forces_and_redirects_real_shares(world, asset):
    world.send("owner", asset.share.transfer(ALICE, 10 * SHARE))
    at = asset.share.address
    world.send("compliance", world.agent.freeze_shares(at, ALICE, 4 * SHARE, CASE))
    assert frozen(world, asset, "alice") == 4 * SHARE
    recovery(world, world.agent.force_transfer(at, ALICE, BOB, 7 * SHARE, CASE))
    assert (asset.share.balance_of(BOB), frozen(world, asset, "alice")) == (7 * SHARE, 3 * SHARE)
    recovery(world, world.agent.order_redirect(at, ALICE, BOB, CASE))
    assert asset.share.read("redirectOf", ALICE)[0] == BOB
    recovery(world, world.agent.cancel_redirect(at, ALICE, CASE))
    assert asset.share.read("redirectOf", ALICE)[0] == "0x" + "00" * 20


def test_nobody_but_the_desk_is_obeyed_by_a_share(world, asset):
    caller = world.sender("compliance").address
    for call in (
        asset.share.prepare("setFrozenTokens", ALICE, 1),
        asset.share.prepare("forcedTransfer", OWNER, ALICE, 1),
        asset.share.prepare("recover", OWNER, ALICE),
    ):
        world.refused("compliance", call, "NotAgent", caller=caller)
    world.refused("owner", asset.share.prepare("lien", OWNER, 1), "NotLienor", caller=OWNER)
