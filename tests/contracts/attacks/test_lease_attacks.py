"""Whoever must give units up cannot keep them in use by granting them out."""

from tests.contracts.world import WINDOWS, address

CASE = b"case".ljust(32, b"\0")


def test_an_ordered_transfer_reaches_units_that_their_holder_granted_out_meanwhile(world):
    """The order is public for a day; the holder grants all to a friend, and the desk cannot end that."""
    asset = world.asset()
    period = world.period + 5
    series = world.buy(asset, "tenant-a", period, 10, 5)
    order = world.agent.force_transfer_lease(address("tenant-a"), address("tenant-b"), series, 10, CASE)
    world.send("recovery", world.roles.prepare("schedule", order.to, order.data, 0))
    mined = world.send("tenant-a", world.leases.grant(address("bob"), series, 10))
    (record,) = world.leases.events_between(mined.block, mined.block)
    world.travel(world.now + WINDOWS.hard_end + 1)
    assert world.period < period
    world.send("compliance", world.agent.prepare("freezeLeases", address("tenant-a"), series, 10, CASE))
    world.send("compliance", world.agent.prepare("endGrant", record.args["recordId"], CASE))
    world.send("recovery", order)
    assert world.leases.balance_of(address("tenant-b"), series) == 10
