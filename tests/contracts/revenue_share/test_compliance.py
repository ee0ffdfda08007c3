"""ERC-7943, policies, liens, recovery and redirects: who may move whose shares, and what stays."""

import pytest
from tests.contracts.revenue_share.stage import EXEMPT
from tests.contracts.world import SUPPLY, L, address

A, B, C, HEIR, OWNER, LIENOR = (address(n) for n in ("alice", "bob", "carol", "heir", "owner", "lienor"))
ZERO = "0x" + "00" * 20
WEEK = 7 * 86_400
AGENTS = {
    "setPolicy": ((0, 0, 0, 0, 0, 0, 0, 0),),
    "setCountries": ((0, 0, 0, 0),),
    "setFrozenTokens": (A, 1),
    "forcedTransfer": (A, B, 1),
    "recover": (A, B),
    "orderRedirect": (A, B),
    "cancelRedirect": (A,),
}
LIENORS = {"lien": (A, 1), "release": (A, 1), "seize": (A, B, 1)}


@pytest.mark.parametrize("function", AGENTS)
def test_only_agents_act_on_others_shares(share, function):
    for name in ("owner", "lienor", "settlement"):
        share.refused(name, function, *AGENTS[function], error="NotAgent", caller=address(name))


@pytest.mark.parametrize("function", LIENORS)
def test_only_lienors_place_and_use_liens(share, function):
    for name in ("owner", "agent", "settlement"):
        share.refused(name, function, *LIENORS[function], error="NotLienor", caller=address(name))


# --- who may receive and send ---------------------------------------------------------------------


def test_only_verified_accounts_receive_and_anybody_not_frozen_sends(stage, share):
    outsider = address("outsider")
    share.refused("owner", "transfer", outsider, 1, error="ERC7943CannotReceive", account=outsider)
    assert (share.token.read("canReceive", outsider), share.token.read("canSend", outsider)) == (False, True)
    stage.verify("short", seconds=500)
    share.move("owner", "short", 9)
    share.world.travel(share.world.now + 500)
    late = address("short")
    share.refused("owner", "transfer", late, 1, error="ERC7943CannotReceive", account=late)
    share.move("short", "alice", 9)


def test_a_frozen_account_neither_gives_nor_takes(stage, share):
    share.move("owner", "alice", 9)
    stage.freeze("alice")
    share.refused("alice", "transfer", B, 1, error="ERC7943CannotSend", account=A)
    share.refused("owner", "transfer", A, 1, error="ERC7943CannotReceive", account=A)
    assert not share.token.read("canSend", A)
    assert not share.token.read("canReceive", A)
    stage.freeze("alice", False)
    assert share.token.read("canSend", A)


def test_the_views_never_revert_and_agree_with_what_happens(stage, share):
    share.move("owner", "alice", 9)
    share.by("agent", "setFrozenTokens", A, 4)
    for sender, receiver in ((A, B), (A, ZERO), (ZERO, B), (A, share.token.address), (A, address("nobody"))):
        for amount in (0, 5, 6, 9, 10, SUPPLY + 1, 2**256 - 1):
            wanted = (sender, receiver) == (A, B) and amount <= 5
            assert share.token.read("canTransfer", sender, receiver, amount) is wanted
            assert isinstance(share.token.restriction_of(sender, receiver, amount), int)
    assert not share.token.read("canSend", ZERO)
    assert not share.token.read("canReceive", ZERO)
    assert not share.token.read("canReceive", share.token.address)
    share.set_policy(max_balance=5)
    assert share.token.read("canTransfer", A, B, 5)
    assert not share.token.read("canTransfer", OWNER, B, 2**256 - 1)


# --- partial freeze and forced transfers ----------------------------------------------------------


def test_what_is_frozen_last_counts_and_may_exceed_the_balance(share):
    share.move("owner", "alice", 100)
    for amount, free in ((30, 70), (10, 90), (500, 0), (0, 100)):
        share.by("agent", "setFrozenTokens", A, amount)
        assert share.events("Frozen") == [{"account": A, "amount": amount}]
        assert share.token.read("getFrozenTokens", A) == amount
        assert share.token.free_of(A) == free
        over = {"account": A, "amount": free + 1, "unfrozen": free}
        if free < 100:
            share.refused(
                "alice", "transfer", B, free + 1, error="ERC7943InsufficientUnfrozenBalance", **over
            )
    above = {"amount": SUPPLY + 1, "maximum": SUPPLY}
    share.refused("agent", "setFrozenTokens", A, SUPPLY + 1, error="AboveMaximum", **above)
    share.refused("agent", "setFrozenTokens", ZERO, 1, error="InvalidAccount", account=ZERO)


def test_frozen_shares_earn_for_their_holder(share):
    share.move("owner", "alice", SUPPLY // 2)
    share.by("agent", "setFrozenTokens", A, SUPPLY // 2)
    share.at(2)
    share.settle(0)
    share.settle(1_000)
    assert share.claim("alice") == 500


def test_a_forced_transfer_unfreezes_what_it_takes_and_says_so_first(share):
    share.move("owner", "alice", 100)
    share.by("agent", "setFrozenTokens", A, 60)
    share.by("agent", "forcedTransfer", A, B, 30)
    assert share.event_names() == ["Transfer", "ForcedTransfer"]
    assert share.token.read("getFrozenTokens", A) == 60
    share.by("agent", "forcedTransfer", A, B, 30)
    assert share.event_names() == ["Frozen", "Transfer", "ForcedTransfer"]
    assert share.events("Frozen") == [{"account": A, "amount": 40}]
    assert share.events("ForcedTransfer") == [{"from": A, "to": B, "amount": 30}]
    assert (share.balance("alice"), share.token.read("getFrozenTokens", A)) == (40, 40)


def test_a_forced_transfer_takes_from_a_frozen_account(stage, share):
    share.move("owner", "alice", 100)
    stage.freeze("alice")
    share.by("agent", "forcedTransfer", A, B, 100)
    assert (share.balance("alice"), share.balance("bob")) == (0, 100)
    stage.freeze("alice", False)


def test_a_forced_transfer_goes_to_another_who_may_receive_and_not_beyond_the_balance(stage, share):
    share.move("owner", "alice", 100)
    share.refused("agent", "forcedTransfer", A, A, 1, error="SameAccount", account=A)
    for bad in (address("outsider"), ZERO, share.token.address):
        share.refused("agent", "forcedTransfer", A, bad, 1, error="ERC7943CannotReceive", account=bad)
    short = {"sender": A, "balance": 100, "needed": 101}
    share.refused("agent", "forcedTransfer", A, B, 101, error="ERC20InsufficientBalance", **short)


def test_past_earnings_stay_with_whom_shares_are_taken_from(share):
    share.move("owner", "alice", SUPPLY // 2)
    share.at(1)
    share.by("agent", "forcedTransfer", A, B, SUPPLY // 2)
    at = share.world.now - share.world.clock.start_of(share.first + 1)
    share.settle(0)
    share.settle(1_000 * L)
    held = SUPPLY // 2 * 1_000 * L // SUPPLY
    assert share.claim("alice") == held * at // L
    assert share.claim("bob") == held * (L - at) // L


# --- liens ----------------------------------------------------------------------------------------


def test_shares_under_lien_stay_and_earn_but_do_not_move(share):
    share.move("owner", "alice", SUPPLY // 2)
    share.by("lienor", "lien", A, SUPPLY // 2 - 10)
    placed = {"account": A, "lienor": LIENOR, "amount": SUPPLY // 2 - 10}
    assert share.events("LienPlaced") == [placed | {"sequence": share.token.read("sequence")}]
    over = {"account": A, "amount": 11, "unfrozen": 10}
    share.refused("alice", "transfer", B, 11, error="ERC7943InsufficientUnfrozenBalance", **over)
    share.refused("lienor-2", "lien", A, 11, error="ERC7943InsufficientUnfrozenBalance", **over)
    share.at(2)
    share.settle(0)
    share.settle(1_000)
    assert share.claim("alice") == 500
    share.move("alice", "bob", 10)
    share.by("lienor", "release", A, SUPPLY // 2 - 10)
    assert share.event_names() == ["LienReleased"]
    assert share.token.free_of(A) == share.balance("alice")
    share.move("alice", "bob", SUPPLY // 2 - 10)


def test_a_lienor_releases_and_seizes_no_more_than_its_own_lien(share):
    share.move("owner", "alice", 100)
    share.by("lienor", "lien", A, 40)
    share.by("lienor-2", "lien", A, 60)
    assert (share.token.read("liensOf", A), share.token.read("lienOf", LIENOR, A)) == (100, 40)
    over = {"account": A, "lienor": LIENOR, "amount": 41, "lien": 40}
    share.refused("lienor", "release", A, 41, error="AboveLien", **over)
    share.refused("lienor", "seize", A, B, 41, error="AboveLien", **over)
    share.by("lienor", "seize", A, B, 15)
    assert share.event_names() == ["LienSeized", "Transfer"]
    assert (share.balance("alice"), share.balance("bob"), share.token.read("liensOf", A)) == (85, 15, 85)
    assert share.token.read("lienOf", LIENOR, A) == 25


def test_seizing_asks_who_receives(stage, share):
    share.move("owner", "alice", 100)
    share.by("lienor", "lien", A, 40)
    for nobody in (address("outsider"), ZERO, share.token.address):
        share.refused("lienor", "seize", A, nobody, 1, error="ERC7943CannotReceive", account=nobody)
    stage.freeze("bob")
    share.refused("lienor", "seize", A, B, 1, error="ERC7943CannotReceive", account=B)
    stage.freeze("bob", False)
    share.set_policy(lowest_class=2)
    share.refused("lienor", "seize", A, B, 1, error="ERC7943CannotReceive", account=B)


def test_nothing_about_the_bearer_of_a_lien_and_no_limit_keeps_a_lienor_from_it(stage, share):
    share.move("owner", "alice", 100)
    share.by("lienor", "lien", A, 40)
    share.set_policy(max_balance=5, max_holders=2, locked_until=share.world.now + 10**6)
    stage.freeze("alice")
    share.refused("alice", "transfer", B, 6, error="ERC7943CannotSend", account=A)
    assert [share.token.read("detectSaleRestriction", A, B, n, 0) for n in (0, 6)] == [1, 1]
    share.by("lienor", "seize", A, B, 6)
    assert (share.balance("bob"), share.token.read("holders")) == (6, 3)
    stage.freeze("alice", False)


def test_a_lien_outranks_a_freeze_and_a_forced_transfer(share):
    share.move("owner", "alice", 100)
    share.by("lienor", "lien", A, 60)
    share.by("agent", "setFrozenTokens", A, 100)
    over = {"account": A, "amount": 41, "unliened": 40}
    share.refused("agent", "forcedTransfer", A, B, 41, error="AboveUnliened", **over)
    share.by("agent", "forcedTransfer", A, B, 40)
    assert share.token.read("getFrozenTokens", A) == 0
    share.by("agent", "setFrozenTokens", A, 100)
    share.by("lienor", "seize", A, C, 60)
    assert (share.balance("alice"), share.balance("bob"), share.balance("carol")) == (0, 40, 60)


# --- recovery and redirects -----------------------------------------------------------------------


def test_recovery_moves_the_balance_with_what_is_frozen_and_liened(share):
    share.move("owner", "alice", 100)
    share.by("lienor", "lien", A, 30)
    share.by("agent", "setFrozenTokens", A, 20)
    share.by("agent", "recover", A, HEIR)
    assert share.event_names() == ["Frozen", "SharesRecovered", "Transfer", "ForcedTransfer", "Frozen"]
    said = {"lost": A, "heir": HEIR, "amount": 100, "frozen": 20, "liens": 30}
    assert share.events("SharesRecovered") == [said | {"sequence": share.token.read("sequence")}]
    assert (share.balance("alice"), share.balance("heir"), share.token.free_of(HEIR)) == (0, 100, 50)
    assert (share.token.read("getFrozenTokens", A), share.token.read("getFrozenTokens", HEIR)) == (0, 20)
    assert (share.token.read("liensOf", A), share.token.read("liensOf", HEIR)) == (0, 30)
    # the lienor goes on under the name that it knows
    share.by("lienor", "seize", A, B, 10)
    share.by("lienor", "release", A, 20)
    assert (share.balance("heir"), share.token.read("liensOf", HEIR), share.balance("bob")) == (90, 0, 10)


def test_a_wallet_lost_twice_takes_its_liens_along_twice(share):
    share.move("owner", "alice", 100)
    share.by("lienor", "lien", A, 30)
    share.by("agent", "recover", A, B)
    share.by("agent", "recover", B, C)
    share.by("lienor", "release", A, 30)
    assert (share.balance("carol"), share.token.free_of(C)) == (100, 100)


def test_a_lost_account_is_never_an_heir_and_has_one_heir(share):
    share.move("owner", "alice", 100)
    share.by("agent", "recover", A, B)
    assert (share.token.read("heirOf", A), int(share.token.read("heirOf", B), 16)) == (B, 0)
    share.refused("agent", "recover", B, A, error="AlreadyRecovered", account=A, heir=B)
    share.refused("agent", "recover", A, C, error="AlreadyRecovered", account=A, heir=B)
    share.refused("lienor", "lien", A, 0, error="AlreadyRecovered", account=A, heir=B)
    share.move("owner", "alice", 7)
    share.by("agent", "recover", A, B)
    assert share.balance("bob") == 107
    share.refused("agent", "recover", C, C, error="SameAccount", account=C)
    outsider = address("outsider")
    share.refused("agent", "recover", C, outsider, error="ERC7943CannotReceive", account=outsider)


def test_what_was_earned_before_a_recovery_stays_with_the_lost_account(share):
    share.move("owner", "alice", SUPPLY // 2)
    share.at(1)
    share.by("agent", "recover", A, HEIR)
    held = share.world.now - share.world.clock.start_of(share.first + 1)
    share.settle(0)
    share.settle(2 * L)
    assert share.token.read("claim", A, 5) == held
    assert share.claim("heir") == L - held


def test_a_redirect_waits_a_week_and_then_pays_all_to_the_new_address(stage, share):
    share.move("owner", "alice", SUPPLY // 2)
    share.at(2)
    share.settle(0)
    share.settle(1_000)
    share.by("agent", "orderRedirect", A, HEIR)
    effective = share.world.now + WEEK
    assert share.token.read("REDIRECT_DELAY") == WEEK
    assert share.token.read("redirectOf", A) == [HEIR, effective]
    assert share.events("RedirectOrdered")[0]["effectiveAt"] == effective
    share.world.travel(effective - 2)
    assert share.claim("alice") == 500
    share.settle(1_000)
    share.world.travel(effective)
    stage.freeze("alice")
    heirs = share.coins("heir")
    assert share.claim("alice") == 0
    assert share.coins("heir") - heirs == 500
    share.settle(1_000)
    share.by("outsider", "claimBatch", [A], 5)
    assert share.coins("heir") - heirs == 1_000
    stage.freeze("alice", False)
    share.settle(1_000)
    arguments = (A, B, share.world.now + 9, b"")
    share.refused("outsider", "claimTo", *arguments, error="Redirected", account=A, to=HEIR)
    share.by("agent", "cancelRedirect", A)
    assert share.event_names() == ["RedirectCancelled"]
    assert share.claim("alice") == 500


def test_a_redirect_is_ordered_once_for_somebody_who_is_verified(stage, share):
    share.refused("agent", "orderRedirect", A, A, error="SameAccount", account=A)
    for bad in (address("outsider"), ZERO):
        share.refused("agent", "orderRedirect", A, bad, error="ERC7943CannotReceive", account=bad)
    stage.freeze("bob")
    share.refused("agent", "orderRedirect", A, B, error="ERC7943CannotReceive", account=B)
    stage.freeze("bob", False)
    share.refused("agent", "cancelRedirect", A, error="NoRedirect", account=A)
    share.by("agent", "orderRedirect", A, HEIR)
    stands = {"account": A, "to": HEIR, "effectiveAt": share.world.now + WEEK}
    share.refused("agent", "orderRedirect", A, B, error="RedirectStands", **stands)


# --- policies -------------------------------------------------------------------------------------


def test_each_rule_of_a_policy_has_its_reason(stage, share):
    token, later = share.token, share.world.now + 10_000
    stage.verify("bob", country=276, investor_class=0)
    share.move("owner", "alice", 100)
    cases = [
        ({"locked_until": later}, A, B, 5, 2, "ERC7943CannotSend"),
        ({"country_rule": 1}, A, B, 5, 5, "ERC7943CannotReceive"),
        ({"lowest_class": 1}, A, B, 5, 6, "ERC7943CannotReceive"),
        (
            {"distribution_until": later, "home_country": 276, "home_class": 1},
            A,
            B,
            5,
            7,
            "ERC7943CannotReceive",
        ),
        ({"max_holders": 2}, A, B, 5, 9, "ERC7943CannotTransfer"),
        ({"max_balance": 4}, A, B, 5, 10, "ERC7943CannotTransfer"),
    ]
    for rules, sender, receiver, amount, code, error in cases:
        share.set_policy(**rules)
        assert token.restriction_of(sender, receiver, amount) == code
        assert token.read("messageForTransferRestriction", code) != "unknown code"
        assert not token.read("canTransfer", sender, receiver, amount)
        numbers = {
            "ERC7943CannotSend": {"account": sender},
            "ERC7943CannotReceive": {"account": receiver},
            "ERC7943CannotTransfer": {"from": sender, "to": receiver, "amount": amount},
        }[error]
        share.refused("alice", "transfer", receiver, amount, error=error, **numbers)
    share.set_policy()
    share.move("alice", "bob", 5)
    share.set_policy(max_holders=3)
    share.move("alice", "carol", 95)
    stage.verify("bob")


def test_policy_events_and_views_tell_what_was_set(share):
    share.set_policy(max_holders=9, home_country=840)
    assert share.event_names() == ["PolicyUpdated"]
    assert (share.token.policy().max_holders, share.token.policy().home_country) == (9, 840)
    share.by("agent", "setCountries", (1, 2, 3, 1 << 72))
    assert [share.token.read("countries", place) for place in range(4)] == [1, 2, 3, 1 << 72]
    bad = (0, 0, 0, 0, 5, 0, 0, 0)
    share.refused("agent", "setPolicy", bad, error="WindowWithoutCountry", distributionUntil=5)


def test_the_issuer_sells_through_a_lock_up_and_countries_are_looked_up(share):
    share.set_policy(locked_until=share.world.now + 10_000, country_rule=1)
    share.refused("owner", "transfer", A, 5, error="ERC7943CannotReceive", account=A)
    share.by("agent", "setCountries", (0, 0, 0, 1 << 840 - 768))
    share.move("owner", "alice", 5)
    assert share.token.read("canReceive", A)
    share.refused("alice", "transfer", B, 5, error="ERC7943CannotSend", account=A)


def test_a_system_contract_needs_no_credential(stage, share):
    stage.world.send("admin", stage.identities.prepare("setPowers", address("market"), EXEMPT))
    share.set_policy(max_balance=5, max_holders=1)
    share.move("owner", "market", 50)
    assert share.balance("market") == 50


# --- R39 ------------------------------------------------------------------------------------------


def test_every_way_to_move_shares_is_known(share):
    """A function that this list lacks fails here until its rule is tested above."""
    moving = {"transfer", "transferFrom", "forcedTransfer", "recover", "seize"}
    other = {
        "approve", "permit", "initialize", "settlePeriod", "startEpoch", "impair", "claim", "claimEpoch",
        "claimTo", "claimBatch", "setPolicy", "setCountries", "setFrozenTokens", "lien", "release",
        "orderRedirect", "cancelRedirect",
    }  # fmt: skip
    changing = {
        entry["name"]
        for entry in share.token.artifact.abi
        if entry["type"] == "function" and entry["stateMutability"] not in ("view", "pure")
    }
    assert changing == moving | other
