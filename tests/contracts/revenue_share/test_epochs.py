"""Epochs: coins never mix, an impaired vault pays all alike, and what is owed is told to the unit."""

import pytest
from tests.contracts.world import SUPPLY, L, address

from wellhead.chain.contracts.stablecoin import StablecoinContract

A, OWNER = address("alice"), address("owner")


@pytest.fixture
def second(stage):
    """Another coin."""
    return StablecoinContract(stage.world.chain, stage.create("TestStablecoin", by="issuer"))


def start(share, place, coin):
    """An epoch from the share's period `place` on, in that coin; its vault."""
    vault = share.new_vault(coin)
    share.by_settlement("startEpoch", share.first + place, vault, coin.address)
    return vault


def test_an_epoch_says_where_its_money_is(share, second):
    vault = start(share, 2, second)
    said = {"epoch": 1, "fromPeriod": share.first + 2, "vault": vault, "coin": second.address}
    assert share.events("EpochStarted") == [said | {"sequence": share.token.read("sequence")}]
    first = share.token.epoch_of(0)
    assert (first.vault, first.coin, first.from_period, first.is_impaired) == (
        share.vault, share.coin.address, share.first, False,
    )  # fmt: skip
    assert share.token.epoch_of(1).vault == vault
    assert share.token.current_epoch() == 0
    unknown = {"epoch": 2, "last": 1}
    share.world.reading_refused(lambda: share.token.epoch_of(2), "UnknownEpoch", **unknown)


def test_each_epochs_earnings_are_paid_in_its_own_coin(share, second):
    share.move("owner", "alice", SUPPLY // 4)
    start(share, 2, second)
    share.at(4)
    for earned in (400, 400, 4_000, 4_000):
        share.settle(earned)
    assert share.token.current_epoch() == 1
    quarter = share.token.read("claim", A, 50)
    assert quarter == 2_000
    share.by("outsider", "claim", A, 50)
    before = share.coins("alice")
    assert second.balance_of(A) == 2_000
    share.by("outsider", "claimEpoch", A, 0, 50)
    [said] = share.events("PastRevenueClaimed")
    assert (said["epoch"], said["amount"]) == (0, share.coins("alice") - before)
    assert 190 < said["amount"] < 200
    share.by("outsider", "claimEpoch", A, 0, 50)
    assert share.event_names() == []
    assert share.token.outstanding_of(0) == 800 - said["amount"]
    assert share.token.outstanding_of(1) == 6_000


def test_an_old_epoch_is_paid_also_before_anything_of_the_new_one_is_counted(share, second):
    """The account leaves before the switch, so what it has counted last is of the old epoch."""
    share.at(1)
    share.move("owner", "alice", SUPPLY)
    start(share, 2, second)
    share.at(3)
    for earned in (700, 1_000 * L, 50):
        share.settle(earned)
    assert share.token.read("claim", OWNER, 50) == 0
    share.by("outsider", "claimEpoch", OWNER, 0, 50)
    first_second = share.coins("owner")
    assert first_second >= 700
    assert share.token.read("claimEpoch", OWNER, 0, 50) == 0
    assert share.token.read("claimEpoch", A, 0, 50) + first_second - 700 == 1_000 * L
    assert share.token.read("claim", A, 50) == 50


def test_claims_of_an_epoch_that_is_not_over_are_for_claim(share):
    share.settle(5)
    share.refused("outsider", "claimEpoch", OWNER, 0, 5, error="UnknownEpoch", epoch=0, last=0)
    share.refused("outsider", "claimEpoch", OWNER, 0, 0, error="ZeroSteps")


def test_frozen_accounts_are_not_paid_old_epochs_either(stage, share, second):
    start(share, 1, second)
    share.settle(5)
    share.settle(5)
    stage.freeze("owner")
    share.refused("outsider", "claimEpoch", OWNER, 0, 5, error="AccountFrozen", account=OWNER)
    stage.freeze("owner", False)


def test_an_epoch_begins_with_an_unsettled_period_behind_the_newest_one(share, second):
    share.settle(1)
    share.settle(1)
    arguments = (share.vault, second.address)
    for place, earliest in ((1, 2), (0, 2)):
        numbers = {"fromPeriod": share.first + place, "earliest": share.first + earliest}
        share.refused(
            "settlement", "startEpoch", share.first + place, *arguments, error="EpochTooEarly", **numbers
        )
    start(share, 4, second)
    numbers = {"fromPeriod": share.first + 4, "earliest": share.first + 5}
    share.refused("settlement", "startEpoch", share.first + 4, *arguments, error="EpochTooEarly", **numbers)


def test_only_settlement_books_revenue_starts_epochs_and_tells_losses(share):
    caller = {"caller": address("outsider")}
    share.refused("outsider", "settlePeriod", 1, error="NotSettlement", **caller)
    share.refused("outsider", "startEpoch", 9, share.vault, share.vault, error="NotSettlement", **caller)
    share.refused("outsider", "impair", 0, 1, 2, error="NotSettlement", **caller)


def test_an_impaired_epoch_pays_everybody_the_same_part(share):
    share.move("owner", "alice", SUPPLY // 2)
    share.at(2)
    share.settle(0)
    share.settle(1_000, funded=False)
    share.world.send("issuer", share.coin.mint(share.vault, 333))
    share.by_settlement("impair", 0, 333, 1_000)
    assert share.events("EpochImpaired")[0]["obligations"] == 1_000
    assert share.token.epoch_of(0).is_impaired
    before = share.coins("alice")
    share.by("alice", "claim", A, 9)
    assert share.coins("alice") - before == 500 * 333 // 1_000
    assert share.token.outstanding_of(0) == 500
    share.by("owner", "claim", OWNER, 9)
    [said] = share.events("RevenueClaimed")
    assert (said["amount"], said["paid"]) == (500, 166)
    assert share.token.outstanding_of(0) == 0
    share.settle(1_000)
    share.by_settlement("impair", 0, 1_001, 1_000)
    assert not share.token.epoch_of(0).is_impaired
    assert share.claim("alice") == 500


def test_nobody_but_the_payee_claims_from_an_impaired_epoch(stage, share, second):
    """Whatever he is paid then is final, and the coins may come back: a batch passes over him too."""
    share.move("owner", "alice", SUPPLY // 2)
    start(share, 2, second)
    share.at(4)
    for earned in (0, 1_000, 1_000, 1_000):
        share.settle(earned)
    for epoch, verb in ((0, ("claimEpoch", A, 0, 9)), (1, ("claim", A, 9))):
        vault = share.token.epoch_of(epoch).vault
        share.by_settlement("impair", epoch, 1, 2)
        who = {"vault": vault, "caller": address("outsider"), "payee": A}
        share.refused("outsider", *verb, error="NotPayee", **who)
    before, outstanding = share.coins("alice"), share.token.outstanding_of(1)
    share.by("outsider", "claimBatch", [A, OWNER], 9)
    share.by("alice", "claimBatch", [A], 9)
    assert (share.event_names(), share.token.outstanding_of(1)) == ([], outstanding)
    last = share.world.chain.block_number()
    assert [share.token.claimable(A, epoch, 9, last) for epoch in (0, 1)] == [500, 1_000]
    share.by("alice", "claimEpoch", A, 0, 9)
    assert share.coins("alice") - before == 250
    share.by("alice", "claim", A, 9)
    assert second.balance_of(A) == 500


def test_of_a_redirected_account_the_heir_alone_claims_from_an_impaired_epoch(share):
    share.settle(1_000)
    share.world.sender("heir")  # now has wei for gas
    share.by("agent", "orderRedirect", OWNER, address("heir"))
    share.world.travel(share.world.now + 7 * 86_400)
    share.by_settlement("impair", 0, 1, 2)
    who = {"vault": share.vault, "caller": OWNER, "payee": address("heir")}
    share.refused("owner", "claim", OWNER, 9, error="NotPayee", **who)
    assert share.token.claimable(OWNER, 0, 9, share.world.chain.block_number()) == 1_000
    before = share.coins("heir")
    share.by("heir", "claim", OWNER, 9)
    assert share.coins("heir") - before == 500


def test_an_impairment_names_an_epoch_and_obligations(share):
    share.refused("settlement", "impair", 1, 1, 2, error="UnknownEpoch", epoch=1, last=0)
    share.refused("settlement", "impair", 0, 0, 0, error="NoObligations", epoch=0)


def test_revenue_beyond_what_fits_is_refused(share):
    share.settle(2**128 - 1, funded=False)
    share.refused("settlement", "settlePeriod", 1, error="TooMuchEarned", prefix=2**128 - 1, earned=1)


def test_events_are_numbered_without_a_gap(share, second):
    first = share.world.chain.block_number()
    start(share, 1, second)
    share.settle(4)
    share.by("outsider", "claim", OWNER, 5)
    share.by("agent", "setCountries", (0, 0, 0, 0))
    events = share.token.events_between(first, share.world.chain.block_number())
    numbers = [event.args["sequence"] for event in events if "sequence" in event.args]
    assert numbers[-1] == share.token.read("sequence")
    assert [n for n in numbers if n > numbers[-1] - 4] == [numbers[-1] - back for back in (3, 2, 1, 0)]
