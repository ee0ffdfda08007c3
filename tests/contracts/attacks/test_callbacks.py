"""Entries that call a receiver of leases back: what it then calls finds the door closed, or nothing left."""

import pytest
from tests.contracts.lease_token.conftest import Receiver, agent, asset, receiver
from tests.contracts.lease_token.test_buying import signed_order, signed_permit
from tests.contracts.world import address

from wellhead.chain.contracts.lease_token import Order

__all__ = ["agent", "asset", "receiver"]
accomplice = receiver
PRICE, UNITS = 5, 2


def entry_of(world, asset, offer_id, how, to, salt):
    """Who does what, so that the receiver gets units and is called back."""
    period = asset.opened_in + 1
    order = Order(offer_id, period, 1, UNITS, to, PRICE, salt)
    if how == "force":
        return "agent", world.leases.forced_transfer(
            address("tenant-b"), to, asset.lease(period, PRICE), UNITS
        )
    if how == "authorization":
        paid = signed_order(world, asset, order, split=True)
        return "outsider", world.leases.buy_with_authorization(order, paid)
    if how == "permit":
        permit = signed_permit(world, asset, "tenant-a", order.cost, split=True)
        return "tenant-a", world.leases.buy_with_permit(order, permit)
    count = 3 if how == "run" else 1
    return "tenant-a", world.leases.buy(offer_id, period, count, UNITS, to, PRICE)


@pytest.mark.parametrize("entry", ["buy", "run", "permit", "authorization", "force"])
def test_nobody_enters_again_from_the_callback_of(world, agent, asset, receiver: Receiver, entry):
    """A purchase of its own, by allowance or by a signature that somebody else gave it."""
    offer_id = world.offer(asset, asset.opened_in + 1, PRICE, until=asset.opened_in + 5)
    period = world.period + 1
    assert period == asset.opened_in + 1
    world.send("tenant-b", world.leases.buy(offer_id, period, 1, 2 * UNITS, address("tenant-b"), PRICE))
    receiver.approve(asset)
    signed = Order(offer_id, period, 1, 1, receiver.address, PRICE, b"\x08" * 32)
    by_signature = signed_order(world, asset, signed, payer="tenant-b", split=True)
    held = 0
    for again in (
        world.leases.buy(offer_id, period, 1, 1, receiver.address, PRICE),
        world.leases.buy_with_authorization(signed, by_signature),
    ):
        receiver.prepare(call=again)
        name, call = entry_of(world, asset, offer_id, entry, receiver.address, bytes(31) + bytes([held]))
        world.send(name, call)
        held += UNITS
        assert (receiver.read("called"), receiver.read("succeeded")) == (True, False)
        assert world.leases.balance_of(receiver.address, asset.lease(period, PRICE)) == held
        supply = world.leases.total_supply(asset.lease(period, PRICE))
        assert world.period_book(asset, period).escrow == supply * PRICE


def test_nobody_sends_the_same_units_again_from_the_callback_of_their_receiver(
    world, asset, receiver: Receiver, accomplice: Receiver
):
    """The sender and the receiver are one man's contracts: the second makes the first send all once more."""
    period, third = asset.opened_in + 1, address("tenant-b")
    series = asset.lease(period, PRICE)
    offer_id = world.offer(asset, period, PRICE)
    world.send("tenant-a", world.leases.buy(offer_id, period, 1, UNITS, receiver.address, PRICE))
    accomplice.prepare(
        call=receiver.execute(world.leases.safe_transfer_from(receiver.address, third, series, UNITS))
    )
    once = world.leases.safe_transfer_from(receiver.address, accomplice.address, series, UNITS)
    world.send("outsider", receiver.execute(once))
    assert accomplice.read("called") is True
    held = [world.leases.balance_of(who, series) for who in (receiver.address, accomplice.address, third)]
    assert (held, world.leases.total_supply(series)) == ([0, UNITS, 0], UNITS)
