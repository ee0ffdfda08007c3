"""Receivers that call back in the middle of everything: what they try either fails or does no harm."""

import pytest
from tests.contracts.lease_token.conftest import make_agent
from tests.contracts.world import address, up

A, B = address("tenant-a"), address("tenant-b")


@pytest.fixture
def offer_id(world, asset):
    return world.offer(asset, asset.opened_in + 1, 5, until=asset.opened_in + 5)


def holds(world, asset, periods, price=5):
    """P2: every series' supply has its price in escrow, and the receiver and tenants hold it all."""
    for p in periods:
        supply = world.leases.total_supply(asset.lease(p, price))
        assert world.period_book(asset, p).escrow == supply * price


@pytest.mark.parametrize("count", [1, 3])
def test_buying_again_inside_the_callback_fails(world, asset, offer_id, receiver, count):
    p = asset.opened_in + 1
    receiver.approve(asset)
    receiver.prepare(call=world.leases.buy(offer_id, p, 1, 1, receiver.address, 5))
    world.send("outsider", receiver.execute(world.leases.buy(offer_id, p, count, 2, receiver.address, 5)))
    assert receiver.read("called") is True
    assert receiver.read("succeeded") is False
    assert [world.leases.balance_of(receiver.address, asset.lease(p + i, 5)) for i in range(count)] == [
        2
    ] * count
    holds(world, asset, range(p, p + 3))


def test_moving_on_inside_the_callback_moves_what_was_bought_and_no_more(world, asset, offer_id, receiver):
    p = asset.opened_in + 1
    series = asset.lease(p, 5)
    receiver.approve(asset)
    receiver.prepare(call=world.leases.safe_transfer_from(receiver.address, B, series, 2))
    buy = world.leases.buy(offer_id, p, 1, 2, receiver.address, 5)
    world.send("outsider", receiver.execute(buy))
    assert receiver.read("succeeded") is True
    held = [world.leases.balance_of(who, series) for who in (receiver.address, B)]
    assert (held, world.leases.total_supply(series)) == ([0, 2], 2)
    receiver.prepare(call=world.leases.safe_transfer_from(receiver.address, B, series, 3))
    world.send("outsider", receiver.execute(buy))
    assert receiver.read("succeeded") is False
    assert world.leases.balance_of(receiver.address, series) == 2
    holds(world, asset, [p])


def test_granting_inside_the_callback_grants_what_was_bought_and_no_more(world, asset, offer_id, receiver):
    p = asset.opened_in + 1
    series = asset.lease(p, 5)
    receiver.approve(asset)
    buy = world.leases.buy(offer_id, p, 1, 2, receiver.address, 5)
    receiver.prepare(call=world.leases.grant(B, series, 3))
    world.send("outsider", receiver.execute(buy))
    assert receiver.read("succeeded") is False
    receiver.prepare(call=world.leases.grant(B, series, 4))
    world.send("outsider", receiver.execute(buy))
    assert receiver.read("succeeded") is True
    assert world.leases.granted_of(receiver.address, series) == world.leases.usable_of(B, series) == 4


def test_sending_back_inside_a_transfers_callback_leaves_the_sum(world, asset, offer_id, receiver):
    p = asset.opened_in + 1
    series = asset.lease(p, 5)
    world.send("tenant-a", world.leases.buy(offer_id, p, 1, 5, A, 5))
    receiver.prepare(call=world.leases.safe_transfer_from(receiver.address, A, series, 4))
    world.send("tenant-a", world.leases.safe_transfer_from(A, receiver.address, series, 4))
    assert receiver.read("succeeded") is True
    assert world.leases.balance_of(A, series) == world.leases.total_supply(series) == 5


def test_redeeming_inside_the_callback_of_an_open_period_fails(world, asset, offer_id, receiver):
    p = asset.opened_in + 1
    receiver.approve(asset)
    receiver.prepare(call=world.settlement.redeem(receiver.address, asset.lease(p, 5), 1))
    world.send("outsider", receiver.execute(world.leases.buy(offer_id, p, 1, 2, receiver.address, 5)))
    assert receiver.read("succeeded") is False
    holds(world, asset, [p])


def test_redeeming_twice_through_a_callback_pays_once(world, asset, offer_id, receiver):
    p = asset.opened_in + 1
    series = asset.lease(p, 5)
    world.send("tenant-a", world.leases.buy(offer_id, p, 1, 5, A, 5))
    world.report_and_settle(asset, p - 1, up(4_000))
    world.report_and_settle(asset, p, up(0))
    receiver.prepare(call=world.settlement.redeem(receiver.address, series, 5))
    world.send("tenant-a", world.leases.safe_transfer_from(A, receiver.address, series, 5))
    assert receiver.read("succeeded") is True
    gone = {"sender": receiver.address, "balance": 0, "needed": 5, "tokenId": series}
    again = world.settlement.redeem(receiver.address, series, 5)
    world.refused("outsider", again, "ERC1155InsufficientBalance", **gone)
    assert world.leases.total_supply(series) == 0


def test_an_agent_that_is_called_back_cannot_force_again(world, asset, receiver):
    make_agent(world, receiver.address)
    p = world.period + 1
    series = world.buy(asset, "tenant-a", p, 5, 5)
    receiver.prepare(call=world.leases.forced_transfer(A, receiver.address, series, 1))
    world.send("outsider", receiver.execute(world.leases.forced_transfer(A, receiver.address, series, 2)))
    assert receiver.read("succeeded") is False
    assert world.leases.balance_of(receiver.address, series) == 2


def test_nobody_mints_by_force_from_the_zero_address(world, asset, agent):
    nobody = "0x" + "00" * 20
    call = world.leases.forced_transfer(nobody, A, asset.lease(asset.opened_in + 1, 5), 0)
    world.refused("agent", call, "ERC1155InvalidSender", sender=nobody)


def test_redeeming_for_the_zero_address_mints_nothing(world, asset, offer_id):
    p, nobody = asset.opened_in + 1, "0x" + "00" * 20
    series = asset.lease(p, 5)
    world.send("tenant-a", world.leases.buy(offer_id, p, 1, 5, A, 5))
    world.report_and_settle(asset, p - 1, up(4_000))
    world.report_and_settle(asset, p, up(4_000))
    call = world.settlement.redeem(nobody, series, 1)
    world.refused("outsider", call, "ERC1155InvalidSender", sender=nobody)
    assert world.leases.total_supply(series) == 5
