"""ERC-5006: grants of use that end by themselves with the period."""

import pytest
from tests.contracts.world import address

A, B, C, NOBODY = (*map(address, ("tenant-a", "tenant-b", "tenant-c")), "0x" + "00" * 20)


@pytest.fixture
def series(world, asset):
    """Ten units of tenant-a in the next period."""
    return world.buy(asset, "tenant-a", world.period + 1, 10, 5)


def end_of(world, series):
    return world.clock.end_of(series >> 128 & 0xFFFFFFFF)


def create(world, owner, user, series, units, expiry=None):
    expiry = end_of(world, series) if expiry is None else expiry
    return world.leases.prepare("createUserRecord", owner, user, series, units, expiry)


def made(world, mined):
    (event,) = world.leases.events_between(mined.block, mined.block)
    return event


def use(world, series):
    return (
        world.leases.granted_of(A, series),
        world.leases.usable_of(B, series),
        world.leases.usable_of(C, series),
    )


def test_a_grant_is_a_record_and_two_counters(world, series):
    event = made(world, world.send("tenant-a", world.leases.grant(B, series, 4)))
    wanted = {"tokenId": series, "amount": 4, "owner": A, "user": B, "expiry": end_of(world, series)}
    record_id = event.args["recordId"]
    assert (event.name, event.args) == ("CreateUserRecord", {"recordId": record_id, **wanted})
    found = world.leases.user_record_of(record_id)
    assert (found.token_id, found.owner, found.amount) == (series, A, 4)
    assert (found.user, found.expiry) == (B, end_of(world, series))
    world.send("tenant-a", world.leases.grant(C, series, 3))
    world.send("tenant-a", world.leases.grant(B, series, 2))
    assert use(world, series) == (9, 6, 3)
    # nothing has moved
    assert world.leases.balance_of(A, series) == 10
    assert world.leases.balance_of(B, series) == 0


def test_the_event_has_no_indexed_fields_and_the_standards_topic(world, series):
    mined = world.send("tenant-a", world.leases.grant(B, series, 4))
    receipt = world.chain.web3.eth.get_transaction_receipt(mined.transaction_hash)
    (log,) = receipt["logs"]
    assert len(log["topics"]) == 1
    assert len(log["data"]) == 6 * 32


def test_granted_units_stand_still_until_the_period_ends(world, series):
    world.send("tenant-a", world.leases.grant(B, series, 7))
    move = world.leases.safe_transfer_from
    granted = {"owner": A, "id": series, "amount": 4, "free": 3}
    world.refused("tenant-a", move(A, C, series, 4), "UnitsGranted", **granted)
    assert not world.leases.can_transfer(A, C, series, 4)
    world.send("tenant-a", move(A, C, series, 3))
    world.travel(end_of(world, series) - 1)
    world.refused("tenant-a", move(A, C, series, 1), "UnitsGranted", **{**granted, "amount": 1, "free": 0})
    assert use(world, series) == (7, 7, 0)
    world.travel(end_of(world, series))
    assert use(world, series) == (0, 0, 0)
    assert world.leases.can_transfer(A, C, series, 7)
    world.send("tenant-a", move(A, C, series, 7))


def test_no_more_is_granted_than_is_free(world, series, agent):
    grant = world.leases.grant
    short = {"sender": A, "balance": 10, "needed": 11, "tokenId": series}
    world.refused("tenant-a", grant(B, series, 11), "ERC1155InsufficientBalance", **short)
    world.send("tenant-a", grant(B, series, 6))
    granted = {"owner": A, "id": series, "amount": 5, "free": 4}
    world.refused("tenant-a", grant(C, series, 5), "UnitsGranted", **granted)
    series = world.buy(world.asset(), "tenant-b", world.period + 1, 10, 5)
    world.send("agent", world.leases.set_frozen_tokens(B, series, 8))
    frozen = {"account": B, "tokenId": series, "amount": 3, "unfrozen": 2}
    world.refused("tenant-b", grant(C, series, 3), "ERC7943InsufficientUnfrozenBalance", **frozen)


def test_what_was_granted_cannot_be_granted_on(world, series):
    world.send("tenant-a", world.leases.grant(B, series, 4))
    none = {"sender": B, "balance": 0, "needed": 1, "tokenId": series}
    world.refused("tenant-b", world.leases.grant(C, series, 1), "ERC1155InsufficientBalance", **none)


def test_a_record_ends_with_the_period_and_at_no_other_second(world, series):
    end = end_of(world, series)
    for expiry in (end - 1, end + 1, 0, (1 << 64) - 1):
        call = create(world, A, B, series, 1, expiry)
        world.refused("tenant-a", call, "WrongExpiry", expiry=expiry, periodEnd=end)
    world.send("tenant-a", create(world, A, B, series, 1))


def test_nothing_is_granted_when_the_period_is_over(world, series):
    end = end_of(world, series)
    world.travel(end)
    over = {"timestamp": end, "periodEnd": end}
    world.refused("tenant-a", world.leases.grant(B, series, 1), "PeriodOver", **over)


def test_a_grant_has_a_user_and_units(world, series):
    world.refused("tenant-a", world.leases.grant(NOBODY, series, 1), "ZeroUser")
    world.refused("tenant-a", world.leases.grant(B, series, 0), "ZeroUnits")


def test_only_the_owner_or_his_operator_grants(world, series):
    call = create(world, A, B, series, 1)
    missing = {"operator": C, "owner": A}
    world.refused("tenant-c", call, "ERC1155MissingApprovalForAll", **missing)
    world.send("tenant-a", world.leases.set_approval_for_all(C, True))
    world.send("tenant-c", call)
    world.send("tenant-a", world.leases.set_approval_for_all(C, False))
    assert use(world, series) == (1, 1, 0)


def test_frozen_accounts_neither_grant_nor_are_granted(world, series):
    for frozen, error in ((A, "ERC7943CannotSend"), (B, "ERC7943CannotReceive")):
        world.send("compliance", world.identities.set_frozen(frozen, True))
        world.refused("tenant-a", world.leases.grant(B, series, 1), error, account=frozen)
        world.send("compliance", world.identities.set_frozen(frozen, False))


def test_the_user_may_give_back_and_the_owner_may_not_take(world, series):
    record = made(world, world.send("tenant-a", world.leases.grant(B, series, 4))).args["recordId"]
    world.send("tenant-a", world.leases.grant(B, series, 1))
    taken = world.leases.delete_user_record(record)
    for name in ("tenant-a", "owner", "outsider"):
        missing = {"operator": address(name), "owner": B}
        world.refused(name, taken, "ERC1155MissingApprovalForAll", **missing)
    world.send("compliance", world.identities.set_frozen(B, True))
    world.refused("tenant-b", taken, "ERC7943CannotSend", account=B)
    world.send("compliance", world.identities.set_frozen(B, False))
    event = made(world, world.send("tenant-b", taken))
    assert (event.name, event.args) == ("DeleteUserRecord", {"recordId": record})
    assert use(world, series) == (1, 1, 0)
    assert world.leases.user_record_of(record).amount == 0
    world.refused("tenant-b", taken, "UnknownRecord", recordId=record)
    world.send("tenant-a", world.leases.safe_transfer_from(A, C, series, 9))


def test_after_expiry_anyone_clears_a_record_away_and_no_counter_moves(world, series):
    record = made(world, world.send("tenant-a", world.leases.grant(B, series, 4))).args["recordId"]
    world.travel(end_of(world, series))
    assert world.leases.user_record_of(record).amount == 4
    world.send("outsider", world.leases.delete_user_record(record))
    assert world.leases.user_record_of(record).amount == 0
    assert use(world, series) == (0, 0, 0)
    world.send("tenant-a", world.leases.safe_transfer_from(A, C, series, 10))


def test_records_of_the_same_grant_made_again_have_other_ids(world, series):
    seen = set()
    for _ in range(3):
        record = made(world, world.send("tenant-a", world.leases.grant(B, series, 4))).args["recordId"]
        world.send("tenant-b", world.leases.delete_user_record(record))
        seen.add(record)
    assert len(seen) == 3
    assert {record >> 96 for record in seen} == {int(B, 16)}


def test_an_unknown_record_is_empty(world):
    found = world.leases.user_record_of(77)
    assert (found.token_id, found.owner, found.amount, found.user, found.expiry) == (0, NOBODY, 0, NOBODY, 0)
