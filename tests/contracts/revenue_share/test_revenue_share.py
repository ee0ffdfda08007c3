"""RevenueShare: an ERC-20 whose revenue follows the time held, after IRevenueShare.sol."""

import pytest
from tests.contracts.world import SUPPLY, L, address, up

from wellhead.settlement.time_weighted import TimeWeightedShares

A, B, OWNER = (address(name) for name in ("alice", "bob", "owner"))


@pytest.fixture(scope="module")
def known(world):
    """The world with alice and bob verified for ever."""
    for name in ("owner", "alice", "bob"):
        world.verify(name, seconds=10**10)
    return world


@pytest.fixture
def asset(known):
    return known.asset(bond=0)


def earn(world, asset, period, spot=10_000_000):
    """A period whose only revenue is spot; returns what its holders get."""
    world.spot(asset, period, spot)
    return world.report_and_settle(asset, period, up(4_000)).holders


def claim(world, asset, name, steps=50):
    before = world.coins(name)
    world.send("outsider", asset.share.claim(address(name), steps))
    return world.coins(name) - before


def test_the_whole_supply_belongs_to_the_owner_at_first(known, asset):
    share = asset.share
    assert share.balance_of(OWNER) == share.total_supply() == SUPPLY == 10**24
    assert share.read("decimals") == 18
    assert share.read("symbol") == f"WRS{asset.id}"
    assert share.read("name") == f"Wellhead Revenue Share {asset.id}"
    assert share.read("assetId") == asset.id


def test_shares_move_and_allowances_are_used_up(known, asset):
    share = asset.share
    known.send("owner", share.transfer(A, 5))
    known.send("alice", share.prepare("approve", B, 4))
    known.send("bob", share.prepare("transferFrom", A, B, 3))
    assert [share.balance_of(x) for x in (OWNER, A, B)] == [SUPPLY - 5, 2, 3]
    assert share.read("allowance", A, B) == 1
    over = share.prepare("transferFrom", A, B, 2)
    known.refused("bob", over, "InsufficientAllowance", spender=B, allowance=1, amount=2)
    known.send("alice", share.prepare("approve", B, 2**256 - 1))
    known.send("bob", share.prepare("transferFrom", A, B, 1))
    assert share.read("allowance", A, B) == 2**256 - 1


def test_moving_more_than_held_or_than_exists_is_refused(known, asset):
    known.send("owner", asset.share.transfer(A, 5))
    call = asset.share.transfer(B, 6)
    known.refused("alice", call, "InsufficientBalance", balance=5, amount=6)
    call = asset.share.transfer(B, SUPPLY + 1)
    known.refused("alice", call, "AboveMaximum", amount=SUPPLY + 1, maximum=SUPPLY)


def test_only_verified_accounts_receive_shares(known, asset):
    share, outsider = asset.share, address("outsider")
    known.refused("owner", share.transfer(outsider, 1), "NotVerified", account=outsider)
    known.verify("carol", seconds=500)
    known.send("owner", share.transfer(address("carol"), 9))
    known.travel(known.now + 500)
    late = share.transfer(address("carol"), 1)
    known.refused("owner", late, "NotVerified", account=address("carol"))
    known.send("carol", share.transfer(A, 9))


def test_a_revoked_account_receives_nothing_more(known, asset):
    known.verify("dave")
    known.send("compliance", known.identities.revoke(address("dave")))
    call = asset.share.transfer(address("dave"), 1)
    known.refused("owner", call, "NotVerified", account=address("dave"))


@pytest.mark.parametrize("receiver", ["0x" + "00" * 20, "share"])
def test_the_zero_address_and_the_token_itself_receive_nothing(known, asset, receiver):
    receiver = asset.share.address if receiver == "share" else receiver
    known.refused("owner", asset.share.transfer(receiver, 1), "InvalidReceiver", account=receiver)


def test_a_frozen_account_neither_gives_nor_takes_nor_claims(known, asset):
    share, freeze = asset.share, known.identities.set_frozen
    known.send("owner", share.transfer(A, SUPPLY // 2))
    earned = earn(known, asset, asset.opened_in)
    known.send("compliance", freeze(A, True))
    known.refused("alice", share.transfer(B, 1), "AccountFrozen", account=A)
    known.refused("owner", share.transfer(A, 1), "AccountFrozen", account=A)
    known.refused("outsider", share.claim(A, 5), "AccountFrozen", account=A)
    known.send("compliance", freeze(A, False))
    assert 0 < claim(known, asset, "alice") < earned
    known.check_books(asset)


def test_a_transfer_to_oneself_changes_nothing(known, asset):
    before = asset.share.read("openRunOf", OWNER)
    known.send("owner", asset.share.transfer(OWNER, 10**20))
    assert asset.share.read("openRunOf", OWNER) == before
    assert asset.share.balance_of(OWNER) == SUPPLY


def test_buying_just_before_the_payout_captures_nothing(known, asset):
    period = asset.opened_in
    known.spot(asset, period, 10_000_000)
    posted = known.post(period, {asset: up(4_000)})
    known.send("owner", asset.share.transfer(A, SUPPLY))
    known.pass_dispute(period)
    known.settle(asset, posted.evidence(asset.id))
    assert claim(known, asset, "alice") == 0
    # 10 000 000 less 2 % fee, 40 % of the rest
    assert claim(known, asset, "owner") == 3_920_000
    known.check_books(asset)


def test_anyone_claims_and_the_account_is_paid_once(known, asset):
    earned = earn(known, asset, asset.opened_in)
    outsiders = known.coins("outsider")
    assert (claim(known, asset, "owner"), claim(known, asset, "owner")) == (earned, 0)
    assert known.coins("outsider") == outsiders
    assert known.book(asset).holder_pool == 0


def test_claiming_in_no_steps_is_refused(known, asset):
    known.refused("outsider", asset.share.claim(OWNER, 0), "ZeroSteps")


def test_entitlement_follows_the_seconds_held_over_real_periods(known, asset):
    """Transfers in three periods, revenue in each; every claim is the twin's, to the unit."""
    twin = TimeWeightedShares(known.clock)
    twin.issue("owner", SUPPLY, asset.opened_in)
    moves = [
        (0, 250, "owner", "alice", SUPPLY // 3),
        (0, 700, "alice", "bob", SUPPLY // 7),
        (1, 1, "bob", "owner", SUPPLY // 9),
        (2, 999 - 50, "owner", "bob", SUPPLY // 5),
    ]
    total = 0
    for place in range(3):
        for _, second, sender, receiver, amount in [m for m in moves if m[0] == place]:
            known.travel(known.clock.start_of(asset.opened_in + place) + second)
            known.send(sender, asset.share.transfer(address(receiver), amount))
            twin.transfer(sender, receiver, amount, known.now)
        known.travel(known.clock.end_of(asset.opened_in + place) - 30)
        known.spot(asset, asset.opened_in + place, 7_777_777 * (place + 1))
    for place in range(3):
        if place == 0:
            known.travel(known.clock.end_of(asset.opened_in + 2) + 2_500)
        wanted = known.expected(asset, asset.opened_in + place, None)
        known.send("outsider", known.settlement.settle_unreported(asset.id, asset.terms, []))
        twin.settle(wanted.holders, known.now)
        total += wanted.holders
        assert asset.share.prefix_of(asset.opened_in + place + 1) == total
    paid = {name: claim(known, asset, name) for name in ("owner", "alice", "bob")}
    assert paid == {name: twin.claim(name) for name in paid}
    assert total - 2 <= sum(paid.values()) <= total
    known.check_books(asset)


def test_half_a_period_held_is_half_its_revenue(known, asset):
    known.travel(known.clock.start_of(asset.opened_in) + L // 2 - 1)
    known.send("owner", asset.share.transfer(A, SUPPLY))
    assert known.now == known.clock.start_of(asset.opened_in) + L // 2
    earned = earn(known, asset, asset.opened_in)
    assert (claim(known, asset, "alice"), claim(known, asset, "owner")) == (earned // 2, earned // 2)


def test_only_settlement_sets_a_share_up_and_books_its_revenue(known, asset):
    caller = {"caller": address("outsider")}
    again = asset.share.prepare("initialize", asset.id, address("outsider"), 1)
    known.refused("outsider", again, "NotSettlement", **caller)
    known.refused("outsider", asset.share.prepare("settlePeriod", 1), "NotSettlement", **caller)


def test_who_sold_everything_and_came_back_earned_nothing_in_between(known, asset):
    """Every period is still unsettled when he returns, so each of his runs has to wait on its own."""
    twin = TimeWeightedShares(known.clock)
    twin.issue("owner", SUPPLY, asset.opened_in)
    for place, sender, receiver in ((0, "owner", "alice"), (1, "alice", "bob"), (4, "bob", "alice")):
        known.travel(known.clock.start_of(asset.opened_in + place) + 500)
        known.send(sender, asset.share.transfer(address(receiver), SUPPLY))
        twin.transfer(sender, receiver, SUPPLY, known.now)
        known.spot(asset, asset.opened_in + place, 1_000_000)
        if place == 1:
            known.travel(known.clock.start_of(asset.opened_in + 2) + 500)
            known.send("alice", asset.share.transfer(B, 0))
            twin.transfer("alice", "bob", 0, known.now)
            known.spot(asset, asset.opened_in + 2, 1_000_000)
    known.travel(known.clock.end_of(asset.opened_in + 4) + 2_500)
    for place in range(5):
        wanted = known.expected(asset, asset.opened_in + place, None)
        known.send("outsider", known.settlement.settle_unreported(asset.id, asset.terms, []))
        twin.settle(wanted.holders, known.now)
    paid = {name: claim(known, asset, name) for name in ("owner", "alice", "bob")}
    assert paid == {name: twin.claim(name) for name in paid}
    known.check_books(asset)
