"""ERC-7943: frozen units, forced transfers, and views that never revert."""

import pytest
from tests.contracts.world import address, up

A, B, NOBODY = address("tenant-a"), address("tenant-b"), "0x" + "00" * 20


@pytest.fixture
def series(world, asset, agent):
    """Ten units of tenant-a in the next period."""
    p = world.period + 1
    return world.buy(asset, "tenant-a", p, 10, 5)


def freeze(world, series, units, holder=A):
    return world.leases.set_frozen_tokens(holder, series, units)


def test_only_an_agent_freezes_and_forces(world, series):
    for call in (freeze(world, series, 1), world.leases.forced_transfer(A, B, series, 1)):
        for name in ("tenant-a", "owner", "admin", "compliance"):
            world.refused(name, call, "NotAgent", caller=address(name))


def test_frozen_units_stay_and_the_rest_moves(world, series):
    mined = world.send("agent", freeze(world, series, 7))
    (event,) = world.leases.events_between(mined.block, mined.block)
    assert (event.name, event.args) == ("Frozen", {"account": A, "tokenId": series, "amount": 7})
    assert world.leases.frozen_of(A, series) == 7
    assert world.leases.balance_of(A, series) == 10
    too_many = {"account": A, "tokenId": series, "amount": 4, "unfrozen": 3}
    move = world.leases.safe_transfer_from
    world.refused("tenant-a", move(A, B, series, 4), "ERC7943InsufficientUnfrozenBalance", **too_many)
    assert world.leases.can_transfer(A, B, series, 3)
    assert not world.leases.can_transfer(A, B, series, 4)
    world.send("tenant-a", move(A, B, series, 3))
    world.send("agent", freeze(world, series, 0))
    world.send("tenant-a", move(A, B, series, 7))
    assert world.leases.balance_of(B, series) == 10


def test_a_freeze_replaces_the_one_before_and_touches_no_neighbour(world, asset, agent):
    p = world.period + 1
    offer_id = world.offer(asset, p, 5, until=p + 3)
    world.send("tenant-a", world.leases.buy(offer_id, p, 4, 5, A, 5))
    ids = [asset.lease(p + i, 5) for i in range(4)]
    world.send("agent", freeze(world, ids[1], 5))
    world.send("agent", freeze(world, ids[1], 2))
    assert [world.leases.frozen_of(A, series) for series in ids] == [0, 2, 0, 0]
    whole = world.leases.prepare("safeBatchTransferFrom", A, B, ids, [5, 3, 5, 5], b"")
    world.send("tenant-a", whole)
    world.send("agent", freeze(world, ids[1], 0))
    world.send("tenant-a", world.leases.safe_transfer_from(A, B, ids[1], 2))


def test_more_may_be_frozen_than_is_held_and_then_nothing_moves(world, series):
    world.send("agent", freeze(world, series, 99))
    none = {"account": A, "tokenId": series, "amount": 1, "unfrozen": 0}
    call = world.leases.safe_transfer_from(A, B, series, 1)
    world.refused("tenant-a", call, "ERC7943InsufficientUnfrozenBalance", **none)
    more = {"sender": A, "balance": 10, "needed": 11, "tokenId": series}
    call = world.leases.safe_transfer_from(A, B, series, 11)
    world.refused("tenant-a", call, "ERC1155InsufficientBalance", **more)


def test_frozen_units_are_not_redeemed(world, asset, agent):
    p = world.period + 1
    series = world.buy(asset, "tenant-a", p, 10, 5)
    world.send("agent", freeze(world, series, 4))
    while world.book(asset).next_period < p:
        world.report_and_settle(asset, world.book(asset).next_period, up(4_000))
    world.report_and_settle(asset, p, up(4_000))
    redeem = world.settlement.redeem
    frozen = {"account": A, "tokenId": series, "amount": 7, "unfrozen": 6}
    world.refused("outsider", redeem(A, series, 7), "ERC7943InsufficientUnfrozenBalance", **frozen)
    world.send("outsider", redeem(A, series, 6))
    world.send("compliance", world.identities.set_frozen(A, True))
    world.refused("outsider", redeem(A, series, 1), "ERC7943CannotSend", account=A)
    world.send("compliance", world.identities.set_frozen(A, False))
    assert world.leases.total_supply(series) == 4


def test_force_moves_unfrozen_units_first_and_thaws_what_it_needs(world, series):
    world.send("agent", freeze(world, series, 7))
    world.send("agent", world.leases.forced_transfer(A, B, series, 3))
    assert world.leases.frozen_of(A, series) == 7
    mined = world.send("agent", world.leases.forced_transfer(A, B, series, 5))
    events = world.leases.events_between(mined.block, mined.block)
    assert [event.name for event in events] == ["Frozen", "TransferSingle", "ForcedTransfer"]
    assert events[0].args == {"account": A, "tokenId": series, "amount": 2}
    assert events[2].args == {"from": A, "to": B, "tokenId": series, "amount": 5}
    assert (world.leases.balance_of(A, series), world.leases.frozen_of(A, series)) == (2, 2)
    assert world.leases.balance_of(B, series) == 8


def test_force_reaches_a_frozen_sender_but_no_frozen_receiver(world, series):
    world.send("compliance", world.identities.set_frozen(A, True))
    world.send("agent", world.leases.forced_transfer(A, B, series, 4))
    back = world.leases.forced_transfer(B, A, series, 4)
    world.refused("agent", back, "ERC7943CannotReceive", account=A)
    world.send("compliance", world.identities.set_frozen(A, False))
    world.send("agent", back)


def test_force_needs_two_accounts_and_units_that_are_there(world, series):
    force = world.leases.forced_transfer
    same = {"from": A, "to": A, "tokenId": series, "amount": 1}
    world.refused("agent", force(A, A, series, 1), "ERC7943CannotTransfer", **same)
    world.refused("agent", force(NOBODY, A, series, 0), "ERC1155InvalidSender", sender=NOBODY)
    world.refused("agent", force(A, NOBODY, series, 1), "ERC7943CannotReceive", account=NOBODY)
    short = {"sender": A, "balance": 10, "needed": 11, "tokenId": series}
    world.refused("agent", force(A, B, series, 11), "ERC1155InsufficientBalance", **short)


def test_force_does_not_reach_granted_units_until_an_agent_ends_the_grant(world, series):
    mined = world.send("tenant-a", world.leases.grant(B, series, 6))
    (event,) = world.leases.events_between(mined.block, mined.block)
    granted = {"owner": A, "id": series, "amount": 5, "free": 4}
    force = world.leases.forced_transfer(A, B, series, 5)
    world.refused("agent", force, "UnitsGranted", **granted)
    world.send("agent", world.leases.delete_user_record(event.args["recordId"]))
    world.send("agent", force)
    assert world.leases.usable_of(B, series) == world.leases.granted_of(A, series) == 0


def test_force_asks_a_contract_like_any_transfer(world, series, receiver):
    receiver.prepare(receiver.NONSENSE)
    call = world.leases.forced_transfer(A, receiver.address, series, 1)
    world.refused("agent", call, "ERC1155InvalidReceiver", receiver=receiver.address)
    receiver.prepare()
    world.send("agent", call)
    assert receiver.read("callbacks") == 1


@pytest.mark.parametrize("odd", [0, 1, (1 << 256) - 1, 1 << 192])
def test_views_never_revert(world, agent, odd):
    assert world.leases.frozen_of(A, odd) == 0
    assert world.leases.can_transfer(A, B, odd, 0) is True
    assert world.leases.can_transfer(A, B, odd, (1 << 256) - 1) is False
    assert world.leases.can_transfer(A, NOBODY, odd, 0) is False
    assert world.leases.can_transfer(NOBODY, A, odd, 0) is False
    assert [world.leases.read(f"can{what}", NOBODY) for what in ("Send", "Receive")] == [False, False]
    assert [world.leases.read(f"can{what}", A) for what in ("Send", "Receive")] == [True, True]
    assert world.leases.usable_of(A, odd) == world.leases.granted_of(A, odd) == 0


def test_an_id_that_no_series_can_have_is_not_frozen(world, agent):
    world.refused("agent", freeze(world, 1 << 192, 1), "NotLeaseId", id=1 << 192)
