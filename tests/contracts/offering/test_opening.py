"""Opening an offering: what is refused, what goes under a lien, and how it is called off."""

from dataclasses import replace

import pytest
from tests.contracts.offering.conftest import COIN, SHARE, SUPPLY, not_enough
from tests.contracts.world import address


def test_the_shares_that_the_hard_cap_can_buy_go_under_a_lien_and_no_more(world, stage):
    before = stage.lien()
    plan = stage.plan(price=3, hard_cap=1_000, soft_cap=90, min_ticket=1)
    mined = world.send("owner", stage.offerings.open(plan))
    shares = 1_000 * SHARE // 3
    assert stage.lien() - before == shares
    (event,) = stage.offerings.events_between(mined.block, mined.block)
    assert (event.name, event.args["shares"], event.args["owner"]) == (
        "OfferingOpened",
        shares,
        address("owner"),
    )
    assert tuple(event.args["plan"].values()) == plan.as_tuple()
    assert event.args["sequence"] == stage.offerings.read("sequence")
    o = stage.offerings.offering_of(stage.offerings.count() - 1)
    assert (o.owner, o.share, o.coin) == (address("owner"), stage.harness.address, stage.coin.address)
    assert (o.raised, o.held, o.released, o.sold_shares, o.unsold_released) == (0, 0, 0, 0, False)


@pytest.mark.parametrize(
    ("changes", "error", "numbers"),
    [
        ({"price": 0}, "ZeroField", {"field": b"price".ljust(32, b"\0")}),
        ({"soft_cap": 0}, "ZeroField", {"field": b"softCap".ljust(32, b"\0")}),
        ({"milestone_units": 0}, "ZeroField", {"field": b"milestoneUnits".ljust(32, b"\0")}),
        (
            {"soft_cap": 11, "hard_cap": 10, "min_ticket": 1},
            "CapsOutOfOrder",
            {"minTicket": 1, "softCap": 11, "hardCap": 10},
        ),
        (
            {"soft_cap": 9, "hard_cap": 10, "min_ticket": 11},
            "CapsOutOfOrder",
            {"minTicket": 11, "softCap": 9, "hardCap": 10},
        ),
        ({"evidence": 4}, "UnknownEvidence", {"evidence": 4, "highest": 3}),
        ({"vesting_periods": 89}, "VestsTooSoon", {"periods": 89, "least": 90}),
        ({"vesting_periods": 3_651}, "VestsTooLong", {"periods": 3_651, "most": 3_650}),
    ],
)
def test_a_plan_that_cannot_work_is_refused(world, stage, changes, error, numbers):
    world.refused("owner", stage.offerings.open(stage.plan(**changes)), error, **numbers)


def test_the_window_lies_in_order_and_closes_in_the_future(world, stage):
    plan, now = stage.plan(), world.now
    for opens, closes in ((now + 9, now + 9), (now + 10, now + 9), (now - 9, now), (now - 9, now - 1)):
        call = stage.offerings.open(replace(plan, opens_at=opens, closes_at=closes))
        world.refused("owner", call, "WindowOutOfOrder", opensAt=opens, closesAt=closes, timestamp=world.now)


def test_the_window_closes_within_a_year(world, stage):
    plan = stage.plan()
    latest = world.now + 365 * 86_400
    call = stage.offerings.open(replace(plan, closes_at=latest + 1))
    world.refused("owner", call, "WindowTooLong", closesAt=latest + 1, latest=latest)
    stage.open(closes_at=latest, vesting_periods=3_650)


def test_a_frozen_owner_offers_nothing(world, stage):
    call = stage.offerings.open(stage.plan())
    freeze = world.identities.set_frozen
    world.send("compliance", freeze(address("owner"), True))
    world.refused("owner", call, "AccountFrozen", account=address("owner"))
    world.send("compliance", freeze(address("owner"), False))
    world.send("owner", call)


def test_only_the_assets_owner_offers_and_only_an_open_asset(world, stage):
    plan = stage.plan()
    call = stage.offerings.open(plan)
    owner, ada = address("owner"), address("ada")
    world.refused("ada", call, "NotOwner", assetId=plan.asset_id, caller=ada, owner=owner)
    stage.set("setOwner", plan.asset_id, owner, False)
    world.refused("owner", call, "NotOpen", assetId=plan.asset_id)


def test_a_coin_that_is_not_allowed_is_refused(world, stage):
    other = stage.create("OddCoinHarness").address
    call = stage.offerings.open(stage.plan(coin=other))
    world.refused("owner", call, "CoinNotAllowed", coin=other)


def test_one_share_is_never_offered_twice(world, stage):
    plan = stage.plan(price=1, hard_cap=SUPPLY // SHARE, soft_cap=90, min_ticket=1)
    free = stage.shares("owner") - stage.ask("liensOf", address("owner"))
    stage.set("transfer", address("ben"), free - SUPPLY, by="owner")
    world.send("owner", stage.offerings.open(plan))
    again = stage.offerings.open(plan)
    error, data = not_enough(address("owner"), SUPPLY, 0)
    world.refused("owner", again, error, **data)


def test_the_owner_cannot_take_offered_shares_away(world, stage):
    stage.open()
    free = stage.shares("owner") - stage.ask("liensOf", address("owner"))
    run = stage.call_of(stage.harness, "transfer", address("cleo"), free + 1)
    error, data = not_enough(address("owner"), free + 1, free)
    world.refused("owner", run, error, **data)


def test_the_owner_calls_off_an_offering_that_nobody_subscribed(world, stage):
    before = stage.lien()
    offering_id = stage.open()
    world.send("owner", stage.offerings.cancel(offering_id))
    call = stage.offerings.subscribe(offering_id, SHARE)
    o = stage.offerings.offering_of(offering_id)
    world.refused("ada", call, "NotInWindow", timestamp=world.now, opensAt=o.opens_at, closesAt=o.closes_at)
    world.send("outsider", stage.offerings.release_unsold(offering_id))
    assert stage.lien() == before


def test_calling_off_is_the_owners_before_the_first_subscription_and_the_close(world, stage):
    offering_id = stage.open()
    call = stage.offerings.cancel(offering_id)
    o = stage.offerings.offering_of(offering_id)
    ada, owner = address("ada"), address("owner")
    world.refused("ada", call, "NotOwner", assetId=o.asset_id, caller=ada, owner=owner)
    stage.subscribe(offering_id, "ada", SHARE)
    world.refused("owner", call, "AlreadySubscribed", raised=COIN)
    empty = stage.open()
    stage.close(empty)
    o = stage.offerings.offering_of(empty)
    late = stage.offerings.cancel(empty)
    world.refused("owner", late, "NotInWindow", timestamp=world.now, opensAt=o.opens_at, closesAt=o.closes_at)


@pytest.mark.parametrize(("closes", "first"), [(0, 0), (1, 1), (999, 1), (1_000, 1)])
def test_hours_count_from_the_first_period_that_lies_wholly_behind_the_window(world, stage, closes, first):
    period = world.travel_to_next_period() + 1
    closes_at = world.clock.start_of(period) + closes
    offering_id = stage.open(closes_at=closes_at, vesting_periods=100)
    o = stage.offerings.offering_of(offering_id)
    assert (o.next_period, o.last_period) == (period + first, period + first + 99)


def test_there_is_no_offering_beyond_the_count(world, stage):
    count = stage.offerings.count()
    read = [
        lambda: stage.offerings.offering_of(count),
        lambda: stage.offerings.cost_of(count, 1),
    ]
    for each in read:
        world.reading_refused(each, "UnknownOffering", offeringId=count, count=count)
    assert stage.offerings.can_subscribe(count, address("ada"), SHARE) is False
