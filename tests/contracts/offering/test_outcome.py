"""After the close: shares or refunds, each pulled, and nobody who cannot receive stops anybody else."""

import pytest
from tests.contracts.offering.conftest import COIN, SHARE, harness_error
from tests.contracts.world import address

ADA, BEN = address("ada"), address("ben")


@pytest.mark.parametrize("verb", ["collect", "refund", "takeBack", "vest", "releaseUnsold"])
def test_nothing_happens_before_the_close(world, stage, terms, verb):
    offering_id = stage.open()
    stage.subscribe(offering_id, "ada", 1_000 * SHARE)
    closes_at = stage.offerings.offering_of(offering_id).closes_at
    call = {
        "collect": stage.offerings.collect(offering_id, ADA),
        "refund": stage.offerings.refund(offering_id, ADA),
        "takeBack": stage.offerings.take_back(offering_id, ADA),
        "vest": stage.offerings.vest(offering_id, 1, terms),
        "releaseUnsold": stage.offerings.release_unsold(offering_id),
    }[verb]
    world.travel(closes_at - 1)
    world.refused("outsider", call, "WindowNotClosed", timestamp=closes_at - 1, closesAt=closes_at)


def test_at_the_soft_cap_shares_are_collected_and_nobody_is_refunded(world, stage):
    lien, kept = stage.lien(), stage.shares("owner")
    offering_id = stage.succeed("ada")
    before = stage.shares("ada")
    mined = world.send("outsider", stage.offerings.collect(offering_id, ADA))
    (event,) = stage.offerings.events_between(mined.block, mined.block)
    assert (event.name, event.args["subscriber"], event.args["shares"]) == (
        "SharesCollected",
        ADA,
        100 * SHARE,
    )
    assert stage.shares("ada") - before == 100 * SHARE
    assert stage.offerings.subscription_of(offering_id, ADA) == (100 * COIN, 0)
    again = stage.offerings.collect(offering_id, ADA)
    world.refused("outsider", again, "NothingToPay", offeringId=offering_id, account=ADA)
    refund = stage.offerings.refund(offering_id, ADA)
    world.refused("outsider", refund, "SoftCapReached", raised=100 * COIN, softCap=100 * COIN)
    world.send("outsider", stage.offerings.release_unsold(offering_id))
    assert stage.lien() == lien
    assert kept < stage.shares("owner")


def test_below_the_soft_cap_everybody_is_refunded_and_nobody_collects(world, stage, terms):
    lien = stage.lien()
    offering_id = stage.open()
    before = stage.coins("ada"), stage.coins("ben")
    stage.subscribe(offering_id, "ada", 50 * SHARE)
    stage.subscribe(offering_id, "ben", 50 * SHARE - SHARE // COIN)
    stage.close(offering_id)
    short = {"raised": 100 * COIN - 1, "softCap": 100 * COIN}
    for call in (
        stage.offerings.collect(offering_id, ADA),
        stage.offerings.vest(offering_id, 1, terms),
        stage.offerings.take_back(offering_id, ADA),
    ):
        world.refused("outsider", call, "BelowSoftCap", **short)
    mined = world.send("outsider", stage.offerings.refund(offering_id, ADA))
    (event,) = stage.offerings.events_between(mined.block, mined.block)
    assert (event.name, event.args["payee"], event.args["amount"]) == ("Refunded", ADA, 50 * COIN)
    world.send("outsider", stage.offerings.refund(offering_id, BEN))
    assert (stage.coins("ada"), stage.coins("ben")) == before
    assert stage.offerings.offering_of(offering_id).held == 0
    world.send("outsider", stage.offerings.release_unsold(offering_id))
    assert stage.lien() == lien


def test_a_refund_is_paid_once(world, stage):
    offering_id = stage.open()
    stage.subscribe(offering_id, "ada", SHARE)
    stage.close(offering_id)
    world.send("outsider", stage.offerings.refund(offering_id, ADA))
    again = stage.offerings.refund(offering_id, ADA)
    world.refused("outsider", again, "NothingToPay", offeringId=offering_id, account=ADA)
    assert stage.offerings.subscription_of(offering_id, ADA) == (0, 0)


def test_unsold_shares_are_freed_once_and_sold_ones_stay_for_who_bought_them(world, stage):
    lien = stage.lien()
    offering_id = stage.succeed("ada", "ben")
    mined = world.send("outsider", stage.offerings.release_unsold(offering_id))
    (event,) = stage.offerings.events_between(mined.block, mined.block)
    assert (event.name, event.args["shares"]) == ("UnsoldReleased", 800 * SHARE)
    assert stage.lien() - lien == 200 * SHARE
    again = stage.offerings.release_unsold(offering_id)
    world.refused("outsider", again, "AlreadyReleased", offeringId=offering_id)
    for subscriber in (ADA, BEN):
        world.send("outsider", stage.offerings.collect(offering_id, subscriber))
    assert stage.lien() == lien


def test_a_sold_out_offering_has_nothing_to_free(world, stage):
    lien = stage.lien()
    offering_id = stage.succeed("ada", shares=1_000 * SHARE)
    world.send("outsider", stage.offerings.release_unsold(offering_id))
    assert stage.lien() - lien == 1_000 * SHARE
    world.send("outsider", stage.offerings.collect(offering_id, ADA))


def test_whose_credential_ended_collects_when_he_has_a_new_one_and_stops_nobody(world, stage):
    offering_id = stage.succeed("ada", "ben")
    stage.set("setReceiver", ADA, False)
    error, data = harness_error("MayNotReceive(address)", ADA)
    world.refused("outsider", stage.offerings.collect(offering_id, ADA), error, **data)
    world.send("outsider", stage.offerings.collect(offering_id, BEN))
    stage.set("setReceiver", ADA, True)
    world.send("outsider", stage.offerings.collect(offering_id, ADA))


def test_a_frozen_or_blacklisted_subscribers_refund_waits_and_stops_nobody(world, stage):
    offering_id = stage.open()
    for name in ("ada", "ben", "cleo"):
        stage.subscribe(offering_id, name, SHARE)
    stage.close(offering_id)
    world.send("compliance", world.identities.set_frozen(ADA, True))
    world.send("issuer", stage.coin.prepare("setBlacklisted", BEN, True))
    calls = {name: stage.offerings.refund(offering_id, address(name)) for name in ("ada", "ben", "cleo")}
    world.refused("outsider", calls["ada"], "AccountFrozen", account=ADA)
    world.refused("outsider", calls["ben"], "AccountBlacklisted", account=BEN)
    world.send("outsider", calls["cleo"])
    world.send("compliance", world.identities.set_frozen(ADA, False))
    world.send("issuer", stage.coin.prepare("setBlacklisted", BEN, False))
    world.send("outsider", calls["ada"])
    world.send("outsider", calls["ben"])
    assert stage.offerings.offering_of(offering_id).held == 0


def test_the_right_to_money_is_given_away_for_good_and_shares_are_not(world, stage):
    offering_id = stage.open()
    stage.subscribe(offering_id, "ada", SHARE)
    assert stage.offerings.payee_of(offering_id, ADA) == ADA
    mined = world.send("ada", stage.offerings.assign(offering_id, ADA, BEN))
    (event,) = stage.offerings.events_between(mined.block, mined.block)
    assert (event.name, event.args["from"], event.args["to"]) == ("RightAssigned", ADA, BEN)
    back = stage.offerings.assign(offering_id, ADA, ADA)
    world.refused("ada", back, "NotPayee", caller=ADA, payee=BEN)
    world.send("ben", stage.offerings.assign(offering_id, ADA, address("cleo")))
    stage.close(offering_id)
    before = stage.coins("cleo")
    world.send("outsider", stage.offerings.refund(offering_id, ADA))
    assert stage.coins("cleo") - before == COIN
    sold = stage.succeed("ada")
    world.send("ada", stage.offerings.assign(sold, ADA, BEN))
    held = stage.shares("ada")
    world.send("outsider", stage.offerings.collect(sold, ADA))
    assert stage.shares("ada") - held == 100 * SHARE


def test_refunds_and_the_owners_proceeds_go_where_the_share_redirects_them(world, stage, terms):
    """From the second on that the order names, by one step: an heir's own order is another's."""
    offering_id = stage.open()
    stage.subscribe(offering_id, "ada", SHARE)
    stage.close(offering_id)
    stage.set("redirect", ADA, BEN, world.now + 100)
    assert stage.offerings.payee_of(offering_id, ADA) == ADA
    world.travel(world.now + 101)
    assert stage.offerings.payee_of(offering_id, ADA) == BEN
    before = stage.coins("ben")
    world.send("outsider", stage.offerings.refund(offering_id, ADA))
    assert stage.coins("ben") - before == COIN
    sold = stage.succeed("cleo")
    stage.deliver(sold, stage.offerings.offering_of(sold).next_period, 1, terms)
    world.send("outsider", stage.offerings.vest(sold, 1, terms))
    stage.set("redirect", address("owner"), BEN, world.now)
    before = stage.coins("ben")
    mined = world.send("outsider", stage.offerings.withdraw(sold))
    (event,) = stage.offerings.events_between(mined.block, mined.block)
    assert event.args["payee"] == BEN
    assert stage.coins("ben") - before == event.args["amount"] > 0
    for name in ("ada", "owner"):
        stage.set("redirect", address(name), "0x" + "00" * 20, 0)


def test_a_frozen_payee_assigns_nothing(world, stage):
    offering_id = stage.open()
    stage.subscribe(offering_id, "ada", SHARE)
    world.send("compliance", world.identities.set_frozen(ADA, True))
    assign = stage.offerings.assign(offering_id, ADA, BEN)
    world.refused("ada", assign, "AccountFrozen", account=ADA)
    world.send("compliance", world.identities.set_frozen(ADA, False))
    world.send("ada", assign)


def test_assigning_wants_a_payee_a_taker_and_an_offering(world, stage):
    offering_id = stage.open()
    nobody, count = "0x" + "00" * 20, stage.offerings.count()
    world.refused("ben", stage.offerings.assign(offering_id, ADA, BEN), "NotPayee", caller=BEN, payee=ADA)
    world.refused("ada", stage.offerings.assign(offering_id, ADA, nobody), "ZeroAccount")
    unknown = stage.offerings.assign(count, ADA, BEN)
    world.refused("ada", unknown, "UnknownOffering", offeringId=count, count=count)


def test_one_offerings_coins_never_pay_anothers(world, stage):
    rich, poor = stage.open(), stage.open()
    stage.subscribe(rich, "ada", 999 * SHARE)
    stage.subscribe(poor, "ben", SHARE)
    world.send("issuer", stage.coin.mint(stage.offerings.address, 10**12))  # a gift belongs to no offering
    stage.close(rich)
    stage.close(poor)
    world.send("outsider", stage.offerings.refund(poor, BEN))
    assert stage.offerings.offering_of(poor).held == 0
    assert stage.offerings.offering_of(rich).held == 999 * COIN
