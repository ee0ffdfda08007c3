"""ERC-1155 over packed balances: transfers, batches and their edges, receivers, interface ids."""

import pytest
from tests.contracts.world import address

from wellhead.chain.keccak import keccak256
from wellhead.market.lease_id import encode_lease_id

A, B, NOBODY = address("tenant-a"), address("tenant-b"), "0x" + "00" * 20


@pytest.fixture
def run(world, asset):
    """Ids of ten periods in a row, of each of which tenant-a has six units."""
    p = asset.opened_in + 1
    offer_id = world.offer(asset, p, 5, until=p + 9)
    world.send("tenant-a", world.leases.buy(offer_id, p, 10, 6, A, 5))
    return [asset.lease(p + i, 5) for i in range(10)]


def batch(world, sender, receiver, ids, values):
    return world.leases.prepare("safeBatchTransferFrom", sender, receiver, ids, values, b"")


def balances(world, holder, ids):
    return world.leases.read("balanceOfBatch", [holder] * len(ids), ids)


@pytest.mark.parametrize(
    ("interface", "supported"),
    [
        ("01ffc9a7", True),
        ("d9b67a26", True),
        ("0e89341c", True),
        ("41c4fbad", True),
        ("c26d96cc", True),
        ("ffffffff", False),
        ("4e2312e0", False),
        ("f808ec37", False),
    ],
    ids=["165", "1155", "1155 metadata", "7943", "5006", "ffffffff", "1155 receiver", "5501"],
)
def test_the_token_says_which_interfaces_it_has(world, interface, supported):
    assert world.leases.read("supportsInterface", bytes.fromhex(interface)) is supported


def test_a_transfer_moves_units_of_one_series_and_of_no_neighbour(world, run):
    world.send("tenant-a", world.leases.safe_transfer_from(A, B, run[4], 2))
    assert balances(world, A, run) == [6, 6, 6, 6, 4, 6, 6, 6, 6, 6]
    assert balances(world, B, run) == [0, 0, 0, 0, 2, 0, 0, 0, 0, 0]
    assert [world.leases.total_supply(series) for series in run] == [6] * 10


def test_a_batch_moves_each_pair_in_turn_and_says_so(world, run):
    ids = [run[9], run[0], run[1], run[0], run[5]]
    mined = world.send("tenant-a", batch(world, A, B, ids, [1, 2, 6, 3, 0]))
    assert balances(world, A, run) == [1, 0, 6, 6, 6, 6, 6, 6, 6, 5]
    assert balances(world, B, run) == [5, 6, 0, 0, 0, 0, 0, 0, 0, 1]
    (event,) = world.leases.events_between(mined.block, mined.block)
    moved = {"operator": A, "from": A, "to": B, "ids": ids, "values": [1, 2, 6, 3, 0]}
    assert {**event.args, "ids": list(event.args["ids"]), "values": list(event.args["values"])} == moved
    assert event.name == "TransferBatch"


def test_a_series_twice_in_a_batch_counts_twice(world, run):
    short = {"sender": A, "balance": 2, "needed": 3, "tokenId": run[3]}
    call = batch(world, A, B, [run[3], run[3]], [4, 3])
    world.refused("tenant-a", call, "ERC1155InsufficientBalance", **short)
    world.send("tenant-a", batch(world, A, B, [run[3], run[3]], [4, 2]))
    assert (balances(world, A, run)[3], balances(world, B, run)[3]) == (0, 6)


def test_a_transfer_to_oneself_changes_nothing(world, run):
    world.send("tenant-a", batch(world, A, A, [run[2], run[2], run[0]], [3, 3, 1]))
    assert balances(world, A, run) == [6] * 10
    # all is taken before anything is given
    short = {"sender": A, "balance": 2, "needed": 3, "tokenId": run[2]}
    call = batch(world, A, A, [run[2], run[2]], [4, 3])
    world.refused("tenant-a", call, "ERC1155InsufficientBalance", **short)


def test_empty_batches_and_transfers_of_nothing_pass(world, run):
    world.send("tenant-a", batch(world, A, B, [], []))
    world.send("tenant-b", world.leases.safe_transfer_from(B, A, run[0], 0))
    assert balances(world, A, run) == [6] * 10


def test_more_than_is_held_cannot_move(world, run):
    for units in (7, 1 << 40, (1 << 256) - 1):
        short = {"sender": A, "balance": 6, "needed": units, "tokenId": run[0]}
        call = world.leases.safe_transfer_from(A, B, run[0], units)
        world.refused("tenant-a", call, "ERC1155InsufficientBalance", **short)


def test_ids_that_no_series_can_have_are_refused_and_empty(world, run):
    odd = 1 << 192 | run[0]
    call = world.leases.safe_transfer_from(A, B, odd, 0)
    world.refused("tenant-a", call, "NotLeaseId", id=odd)
    assert world.leases.balance_of(A, odd) == world.leases.total_supply(odd) == 0


def test_lengths_that_differ_are_refused(world, run):
    call = batch(world, A, B, run[:2], [1])
    lengths = {"idsLength": 2, "valuesLength": 1}
    world.refused("tenant-a", call, "ERC1155InvalidArrayLength", **lengths)


def test_only_the_holder_or_his_operator_moves_units(world, run):
    stolen = world.leases.safe_transfer_from(A, B, run[0], 1)
    missing = {"operator": address("outsider"), "owner": A}
    world.refused("outsider", stolen, "ERC1155MissingApprovalForAll", **missing)
    stolen = batch(world, A, B, run[:1], [1])
    world.refused("outsider", stolen, "ERC1155MissingApprovalForAll", **missing)
    world.send("tenant-a", world.leases.set_approval_for_all(address("outsider"), True))
    world.send("outsider", stolen)
    world.send("tenant-a", world.leases.set_approval_for_all(address("outsider"), False))
    world.refused("outsider", stolen, "ERC1155MissingApprovalForAll", **missing)
    assert balances(world, B, run)[0] == 1


def test_nothing_moves_to_the_zero_address(world, run):
    invalid = {"receiver": NOBODY}
    world.refused(
        "tenant-a", world.leases.safe_transfer_from(A, NOBODY, run[0], 1), "ERC1155InvalidReceiver", **invalid
    )
    world.refused("tenant-a", batch(world, A, NOBODY, run[:1], [1]), "ERC1155InvalidReceiver", **invalid)


def test_neighbouring_assets_and_prices_do_not_share_a_balance(world, asset):
    p = asset.opened_in + 1
    ids = []
    for price in (5, 6, 5 + (1 << 40)):
        offer_id = world.offer(asset, p, price)
        if price < 9:
            world.send("tenant-b", world.leases.buy(offer_id, p, 1, price % 4, B, price))
        ids.append(asset.lease(p, price))
    ids.append(encode_lease_id(asset.id + 1, p, 5))
    assert balances(world, B, ids) == [1, 2, 0, 0]


def test_leases_never_move_from_or_to_a_frozen_account(world, run):
    move, leases = world.leases.safe_transfer_from, world.leases
    world.send("tenant-a", move(A, B, run[0], 1))
    world.send("compliance", world.identities.set_frozen(B, True))
    world.refused("tenant-a", move(A, B, run[0], 1), "ERC7943CannotReceive", account=B)
    world.refused("tenant-b", move(B, A, run[0], 1), "ERC7943CannotSend", account=B)
    views = [leases.read(f"can{what}", B) for what in ("Send", "Receive")]
    assert views == [False, False]
    assert not leases.can_transfer(A, B, run[0], 1)
    assert not leases.can_transfer(B, A, run[0], 1)
    world.send("compliance", world.identities.set_frozen(B, False))
    world.send("tenant-b", move(B, A, run[0], 1))
    assert balances(world, A, run)[0] == 6


REFUSED = "0x" + keccak256(b"Refused()")[:4].hex()
"""The receiver's own error, which no deployed contract knows."""


@pytest.mark.parametrize(
    ("answer", "error"), [(1, "ERC1155InvalidReceiver"), (2, REFUSED)], ids=["nonsense", "revert"]
)
def test_a_contract_that_does_not_accept_receives_nothing(world, run, receiver, answer, error):
    receiver.prepare(answer)
    one = world.leases.safe_transfer_from(A, receiver.address, run[0], 1)
    two = batch(world, A, receiver.address, run[:2], [1, 1])
    numbers = {"receiver": receiver.address} if answer == 1 else {"data": "0x"}
    for call in (one, two):
        world.refused("tenant-a", call, error, **numbers)
    assert balances(world, receiver.address, run[:2]) == [0, 0]


def test_a_contract_without_callback_receives_nothing(world, run, asset):
    call = world.leases.safe_transfer_from(A, asset.vault, run[0], 1)
    world.refused("tenant-a", call, "ERC1155InvalidReceiver", receiver=asset.vault)


def test_a_contract_that_accepts_is_asked_once_a_transfer(world, run, receiver):
    world.send("tenant-a", world.leases.safe_transfer_from(A, receiver.address, run[0], 1))
    world.send("tenant-a", batch(world, A, receiver.address, run[:3], [1, 1, 1]))
    assert receiver.read("callbacks") == 2
    assert balances(world, receiver.address, run[:3]) == [2, 1, 1]


def test_the_metadata_address_is_empty(world, run):
    assert world.leases.read("uri", run[0]) == ""
