"""Subscribing by allowance and by one signature: who may, what it costs, and what a relayer cannot do."""

from dataclasses import replace

import pytest
from tests.contracts.offering.conftest import COIN, SHARE
from tests.contracts.world import address

from wellhead.errors import InputError
from wellhead.market.subscriptions import ORDER_TYPE, Payment


def test_a_subscription_pays_the_price_rounded_up_and_is_written_down(world, stage):
    offering_id = stage.open(price=7, soft_cap=90, hard_cap=1_000, min_ticket=1)
    before, balance = stage.coins("ada"), stage.coin.balance_of(stage.offerings.address)
    for shares, cost in ((SHARE, 7), (1, 1), (SHARE // 7, 1), (SHARE // 7 + 1, 2)):
        assert stage.offerings.cost_of(offering_id, shares) == cost
        mined = world.send("ada", stage.offerings.subscribe(offering_id, shares))
        (event,) = stage.offerings.events_between(mined.block, mined.block)
        assert (event.name, event.args["shares"], event.args["paid"]) == ("Subscribed", shares, cost)
    total = SHARE + 1 + SHARE // 7 + SHARE // 7 + 1
    assert stage.offerings.subscription_of(offering_id, address("ada")) == (11, total)
    o = stage.offerings.offering_of(offering_id)
    assert (o.raised, o.held, o.sold_shares) == (11, 11, total)
    assert before - stage.coins("ada") == 11
    assert stage.coin.balance_of(stage.offerings.address) - balance == 11


def test_the_window_is_half_open(world, stage):
    offering_id = stage.open(opens_at=world.now + 100, closes_at=world.now + 200)
    o = stage.offerings.offering_of(offering_id)
    call = stage.offerings.subscribe(offering_id, SHARE)
    window = {"opensAt": o.opens_at, "closesAt": o.closes_at}
    assert stage.offerings.can_subscribe(offering_id, address("ada"), SHARE) is False
    world.travel(o.opens_at - 1)
    world.refused("ada", call, "NotInWindow", timestamp=o.opens_at - 1, **window)
    world.travel(o.opens_at)
    assert stage.offerings.can_subscribe(offering_id, address("ada"), SHARE) is True
    world.send("ada", call)
    world.travel(o.closes_at - 1)
    assert stage.offerings.can_subscribe(offering_id, address("ada"), SHARE) is True
    world.travel(o.closes_at)
    assert stage.offerings.can_subscribe(offering_id, address("ada"), SHARE) is False
    world.refused("ada", call, "NotInWindow", timestamp=o.closes_at, **window)


def test_a_ticket_below_the_least_and_nothing_are_refused(world, stage):
    offering_id = stage.open(min_ticket=5 * COIN)
    call = stage.offerings.subscribe(offering_id, 5 * SHARE - SHARE // COIN)
    world.refused("ada", call, "BelowTicket", amount=5 * COIN - 1, minTicket=5 * COIN)
    assert not stage.offerings.can_subscribe(offering_id, address("ada"), 5 * SHARE - SHARE // COIN)
    stage.subscribe(offering_id, "ada", 5 * SHARE - SHARE // COIN + 1)
    free = stage.open(min_ticket=0)
    world.refused("ada", stage.offerings.subscribe(free, 0), "BelowTicket", amount=0, minTicket=0)
    assert not stage.offerings.can_subscribe(free, address("ada"), 0)


def test_the_last_ticket_may_be_small_where_it_takes_all_that_is_left(world, stage):
    offering_id = stage.open(min_ticket=400 * COIN)
    stage.subscribe(offering_id, "ada", 700 * SHARE)
    for shares in (299 * SHARE, 301 * SHARE):
        assert not stage.offerings.can_subscribe(offering_id, address("ben"), shares)
    less = stage.offerings.subscribe(offering_id, 299 * SHARE)
    world.refused("ben", less, "BelowTicket", amount=299 * COIN, minTicket=400 * COIN)
    assert stage.offerings.can_subscribe(offering_id, address("ben"), 300 * SHARE)
    stage.subscribe(offering_id, "ben", 300 * SHARE)
    assert stage.offerings.offering_of(offering_id).raised == 1_000 * COIN


def test_the_hard_cap_is_reached_exactly_and_never_passed(world, stage):
    offering_id = stage.open()
    stage.subscribe(offering_id, "ada", 999 * SHARE)
    one_more = stage.offerings.subscribe(offering_id, SHARE + 1)
    numbers = {"amount": COIN + 1, "raised": 999 * COIN, "hardCap": 1_000 * COIN}
    world.refused("ben", one_more, "AboveHardCap", **numbers)
    assert not stage.offerings.can_subscribe(offering_id, address("ben"), SHARE + 1)
    stage.subscribe(offering_id, "ben", SHARE)
    assert stage.offerings.offering_of(offering_id).raised == 1_000 * COIN


def test_the_owner_does_not_fill_his_own_offering(world, stage):
    offering_id = stage.open()
    world.refused(
        "owner", stage.offerings.subscribe(offering_id, SHARE), "OwnSubscription", owner=address("owner")
    )
    order = stage.order(offering_id, "owner", SHARE)
    world.refused("ada", stage.signed(order, "owner", COIN), "OwnSubscription", owner=address("owner"))
    assert not stage.offerings.can_subscribe(offering_id, address("owner"), SHARE)


def test_who_may_not_receive_shares_may_not_subscribe(world, stage):
    offering_id = stage.open()
    stage.welcome("dan")
    stage.set("setReceiver", address("dan"), False)
    call = stage.offerings.subscribe(offering_id, SHARE)
    numbers = {"owner": address("owner"), "subscriber": address("dan"), "shares": SHARE, "code": 4}
    world.refused("dan", call, "SaleRestricted", **numbers)
    assert not stage.offerings.can_subscribe(offering_id, address("dan"), SHARE)
    assert stage.offerings.can_subscribe(offering_id, address("ada"), SHARE)


def test_without_coins_or_allowance_nothing_is_written(world, stage):
    offering_id = stage.open()
    stage.set("setReceiver", address("eva"), True)
    world.refused(
        "eva", stage.offerings.subscribe(offering_id, SHARE), "ERC20InsufficientAllowance",
        spender=stage.offerings.address, allowance=0, needed=COIN,
    )  # fmt: skip


@pytest.mark.parametrize("split", [False, True])
def test_one_signature_subscribes_in_both_of_the_coins_forms(world, stage, split):
    offering_id = stage.open()
    before = stage.coins("ada")
    order = stage.order(offering_id, "ada", 3 * SHARE)
    world.send("outsider", stage.signed(order, "ada", 3 * COIN, split))
    assert stage.offerings.subscription_of(offering_id, address("ada")) == (3 * COIN, 3 * SHARE)
    assert before - stage.coins("ada") == 3 * COIN
    assert stage.coin.read("authorizationState", address("ada"), order.nonce) is True


def test_the_nonce_is_the_orders_struct_hash(stage):
    order = stage.order(3, "ada", 5 * SHARE, salt=2**256 - 1)
    assert stage.offerings.read("nonceOf", order.as_tuple()) == order.nonce
    assert ORDER_TYPE.type_hash not in (order.nonce, bytes(32))
    with pytest.raises(InputError, match="shares"):
        _ = replace(order, shares=2**96).nonce


def test_a_relayer_can_do_nothing_else_with_the_signature(world, stage):
    offering_id, other = stage.open(), stage.open()
    order = stage.order(offering_id, "ada", 3 * SHARE)
    payment = stage.payment(order, "ada", 3 * COIN)
    for altered in (
        replace(order, offering_id=other),
        replace(order, subscriber=address("ben")),
        replace(order, shares=2 * SHARE),
        replace(order, salt=1),
    ):
        stolen = stage.offerings.subscribe_signed(altered, payment)
        world.refused("outsider", stolen, "ERC3009InvalidSignature")
    late = stage.offerings.subscribe_signed(order, replace(payment, valid_before=2**41))
    world.refused("outsider", late, "ERC3009InvalidSignature")
    world.send("outsider", stage.offerings.subscribe_signed(order, payment))


def test_an_order_is_taken_once_and_again_only_under_another_salt(world, stage):
    offering_id = stage.open()
    order = stage.order(offering_id, "ada", SHARE)
    world.send("outsider", stage.signed(order, "ada", COIN))
    again = stage.signed(order, "ada", COIN)
    used = {"authorizer": address("ada"), "nonce": order.nonce}
    world.refused("outsider", again, "ERC3009UsedAuthorization", **used)
    world.send("outsider", stage.signed(replace(order, salt=1), "ada", COIN))
    assert stage.offerings.subscription_of(offering_id, address("ada")) == (2 * COIN, 2 * SHARE)


def test_a_signature_that_is_not_65_bytes_has_no_split_form(world, stage):
    order = stage.order(stage.open(), "ada", SHARE)
    call = stage.signed(order, "ada", COIN, split=True, signature=b"\1" * 64)
    world.refused("outsider", call, "NotSplitSignature", length=64)


def test_a_coin_with_a_fee_on_transfer_is_refused(world, stage):
    odd = odd_coin(stage, "ada")
    offering_id = stage.open(coin=odd.address)
    world.send("outsider", stage.call_of(odd, "behave", 1, False, False))
    numbers = {"coin": odd.address, "asked": COIN, "received": COIN - 1}
    world.refused("ada", stage.offerings.subscribe(offering_id, SHARE), "NotExactAmount", **numbers)


def test_a_coin_that_says_no_is_refused_and_a_silent_one_is_taken(world, stage):
    odd = odd_coin(stage, "ada")
    offering_id = stage.open(coin=odd.address)
    world.send("outsider", stage.call_of(odd, "behave", 0, True, False))
    call = stage.offerings.subscribe(offering_id, SHARE)
    world.refused("ada", call, "SafeERC20FailedOperation", token=odd.address)
    world.send("outsider", stage.call_of(odd, "behave", 0, False, True))
    world.send("ada", call)
    assert stage.offerings.offering_of(offering_id).held == COIN


def test_a_coin_that_calls_back_is_turned_away_at_every_door_that_moves_money_or_shares(world, stage):
    odd = odd_coin(stage, "ada", "ben")
    offering_id = stage.open(coin=odd.address)
    doors = [
        stage.offerings.subscribe(offering_id, SHARE),
        stage.offerings.collect(offering_id, address("ada")),
        stage.offerings.refund(offering_id, address("ada")),
        stage.offerings.withdraw(offering_id),
        stage.offerings.take_back(offering_id, address("ada")),
        stage.offerings.release_unsold(offering_id),
        stage.offerings.subscribe_signed(stage.order(offering_id, "ada", SHARE), Payment(0, 1, b"\1" * 65)),
    ]
    for door in doors:
        world.send("outsider", stage.call_of(odd, "callBack", door.to, door.data))
        stage.subscribe(offering_id, "ben", SHARE)
        answer = odd.functions.answer().call({"from": world.chain.caller})
        assert answer == REENTERED, door.action


REENTERED = bytes.fromhex("3ee5aeb5")
"""ReentrancyGuardReentrantCall()"""


def odd_coin(stage, *names):
    """An allowed coin that misbehaves as it is told, in these pockets."""
    odd = stage.create("OddCoinHarness")
    stage.set("setStatus", odd.address, 1)
    for name in names:
        stage.world.send("outsider", stage.call_of(odd, "mint", address(name), 10**12 * COIN))
        approval = stage.call_of(odd, "approve", stage.offerings.address, 2**255)
        stage.world.send(name, approval)
    return odd


def test_a_subscriber_cannot_leave_a_rest_that_nobody_may_buy(world, stage):
    """In a coin of 18 decimals 10⁻¹⁸ share may cost several base units: costs step past what is left."""
    stage.welcome("mallory", "zoe", coins=10**30)
    o = stage.open(price=3 * 10**18, soft_cap=950 * 10**18, hard_cap=1_000 * 10**18, min_ticket=100 * 10**18)
    stage.subscribe(o, "mallory", 301 * SHARE)
    left = 1_000 * 10**18 - stage.offerings.offering_of(o).raised
    most = left // 3
    can = [stage.offerings.can_subscribe(o, address("zoe"), shares) for shares in (most - 1, most, most + 1)]
    assert can == [False, True, False]
    stage.subscribe(o, "zoe", most)
    assert stage.offerings.offering_of(o).raised > 950 * 10**18
