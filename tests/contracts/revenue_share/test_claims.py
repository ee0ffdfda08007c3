"""claim, claimTo, claimBatch: everybody gets what he earned, once, and nobody holds up another."""

import pytest
from tests.contracts.revenue_share.test_token import digest
from tests.contracts.world import SUPPLY, L, address, key_of

from wellhead.chain.contract import ContractWrapper, creation
from wellhead.chain.eip712 import StructType
from wellhead.chain.signatures import sign
from wellhead.settlement.time_weighted import TimeWeightedShares

A, B, OWNER = (address(name) for name in ("alice", "bob", "owner"))
CLAIM = StructType("ClaimTo(address account,address to,uint256 nonce,uint256 deadline)")
PAY, BURN, ANSWER_LONG, REVERT_LONG, ANSWER_FALSE = range(5)


class HostileCoin(ContractWrapper):
    """A coin that misbehaves as it is told."""

    artifact_name = "HostileCoin"


@pytest.fixture(scope="module")
def hostile(world, repo_root, monkeypatch_module):
    """A hostile coin, which is no artifact of the package."""
    from wellhead.chain import contract
    from wellhead.chain.artifacts import read_artifact

    loaded = contract.load_artifact
    artifact = read_artifact(repo_root / "tests/artifacts/HostileCoin.json")
    monkeypatch_module.setattr(
        contract, "load_artifact", lambda name: artifact if name == "HostileCoin" else loaded(name)
    )
    return lambda: HostileCoin(
        world.chain, str(world.send("issuer", creation("HostileCoin", [], world.chain)).contract_address)
    )


@pytest.fixture(scope="module")
def monkeypatch_module():
    """Patches for a module's tests."""
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def hold(share, **parts):
    """In the share's first second the owner gives these tenths away."""
    for name, tenths in parts.items():
        share.move("owner", name, SUPPLY // 10 * tenths)


def batch(share, *names, steps=9):
    return share.by("outsider", "claimBatch", [address(name) for name in names], steps)


def claim_to(share, signer, to, *, deadline=None, nonce=0):
    deadline = share.world.now + 100 if deadline is None else deadline
    values = {"account": address(signer), "to": to, "nonce": nonce, "deadline": deadline}
    return address(signer), to, deadline, sign(key_of(signer), digest(share, CLAIM.hash(values)))


def test_anyone_claims_and_the_account_is_paid_once(share):
    share.settle(1_000)
    outsiders = share.coins("outsider")
    assert (share.claim("owner"), share.claim("owner")) == (1_000, 0)
    assert share.coins("outsider") == outsiders
    assert share.coin.balance_of(share.vault) == share.token.outstanding_of(0) == 0


def test_a_claim_says_what_was_paid_to_whom(share):
    share.settle(1_000)
    before = share.token.read("sequence")
    assert share.token.read("claim", OWNER, 5) == 1_000
    share.by("outsider", "claim", OWNER, 5)
    said = {"sequence": before + 1, "account": OWNER, "to": OWNER, "amount": 1_000, "paid": 1_000}
    assert share.events("RevenueClaimed") == [said]
    share.by("outsider", "claim", OWNER, 5)
    assert (share.events("RevenueClaimed"), share.token.read("sequence")) == ([], before + 1)


def test_claiming_in_no_steps_is_refused(share):
    share.refused("outsider", "claim", OWNER, 0, error="ZeroSteps")
    share.refused("outsider", "claimBatch", [OWNER], 0, error="ZeroSteps")


def test_a_frozen_account_is_not_paid_until_it_is_free(stage, share):
    hold(share, alice=5)
    share.settle(1_000)
    stage.freeze("alice")
    share.refused("outsider", "claim", A, 5, error="AccountFrozen", account=A)
    batch(share, "alice", "owner")
    assert [e["account"] for e in share.events("RevenueClaimed")] == [OWNER]
    stage.freeze("alice", False)
    assert 490 < share.claim("alice") < 500


def test_a_batch_pays_everybody_what_a_claim_would(share):
    hold(share, alice=3, bob=2)
    share.at(1, 500)
    share.move("alice", "carol", SUPPLY // 20)
    for earned in (1_000_003, 999_999):
        share.settle(earned)
    names = ("owner", "alice", "bob", "carol")
    claimable = [share.token.read("claim", address(name), 9) for name in names]
    before = [share.coins(name) for name in names]
    numbers = share.token.read("sequence")
    batch(share, *names, "alice", "heir")
    after = [share.coins(name) for name in names]
    assert [late - early for early, late in zip(before, after, strict=True)] == claimable
    assert [e["sequence"] for e in share.events("RevenueClaimed")] == [numbers + n for n in (1, 2, 3, 4)]
    assert share.token.read("sequence") == numbers + 4
    assert 0 <= share.token.outstanding_of(0) < 4
    assert share.coin.balance_of(share.vault) == share.token.outstanding_of(0)
    batch(share, *names)
    assert share.event_names() == []


def test_a_batch_passes_over_who_is_blacklisted_and_he_is_paid_later(share):
    hold(share, alice=4)
    share.settle(1_000)
    blacklist = share.coin.prepare("setBlacklisted", A, True)
    share.world.send("issuer", blacklist)
    owed = share.token.read("outstandingOf", 0)
    batch(share, "alice", "owner")
    [failed] = share.events("ClaimFailed")
    [paid] = share.events("RevenueClaimed")
    assert (failed["account"], failed["to"], paid["account"]) == (A, A, OWNER)
    assert failed["sequence"] + 1 == paid["sequence"] == share.token.read("sequence")
    assert share.token.outstanding_of(0) == owed - paid["amount"]
    share.world.send("issuer", share.coin.prepare("setBlacklisted", A, False))
    assert share.claim("alice") == failed["amount"] > 390
    assert share.claim("alice") == 0


def test_a_paused_coin_pays_nobody_and_takes_nothing_away(share):
    hold(share, alice=4)
    share.settle(1_000)
    share.world.send("issuer", share.coin.prepare("setPaused", True))
    batch(share, "alice", "owner")
    assert share.event_names() == ["ClaimFailed", "ClaimFailed"]
    share.refused("outsider", "claim", OWNER, 5, error="CoinPaused")
    share.world.send("issuer", share.coin.prepare("setPaused", False))
    assert share.claim("alice") + share.claim("owner") in (999, 1_000)


@pytest.mark.parametrize("manner", [BURN, ANSWER_LONG, REVERT_LONG, ANSWER_FALSE])
def test_a_payee_who_burns_gas_or_answers_too_much_is_passed_over(stage, hostile, manner):
    coin = hostile()
    share = stage.share(coin)
    hold(share, alice=4)
    share.settle(1_000)
    share.world.send("issuer", coin.prepare("setManner", A, manner))
    done = batch(share, "alice", "owner")
    if manner != ANSWER_LONG:
        assert share.event_names() == ["ClaimFailed", "RevenueClaimed"]
        assert share.token.read("claim", OWNER, 5) == 0
    assert coin.read("balanceOf", OWNER) in (600, 601)
    assert done.gas_used < 600_000
    share.world.send("issuer", coin.prepare("setManner", A, PAY))


def test_every_bad_payee_of_a_batch_is_passed_over_and_everybody_between_them_is_paid(stage, hostile):
    """One who burns gas, one who reverts at length, one frozen, one who earned nothing, one named twice."""
    coin = hostile()
    share = stage.share(coin)
    hold(share, alice=1, bob=2, carol=3)
    share.settle(1_000)
    for name, manner in (("alice", BURN), ("carol", REVERT_LONG)):
        share.world.send("issuer", coin.prepare("setManner", address(name), manner))
    stage.freeze("bob")
    first = share.token.read("sequence") + 1
    batch(share, "alice", "heir", "owner", "bob", "owner", "carol")
    stage.freeze("bob", False)
    assert share.event_names() == []  # the freeze is the newest block
    block = share.world.chain.block_number() - 1
    said = [(e.name, e.args["account"], e.args["sequence"]) for e in share.token.events_between(block, block)]
    assert said == [
        ("ClaimFailed", A, first),
        ("RevenueClaimed", OWNER, first + 1),
        ("ClaimFailed", address("carol"), first + 2),
    ]
    assert share.token.read("sequence") == first + 2
    assert coin.read("balanceOf", OWNER) + share.token.outstanding_of(0) == 1_000
    for name in ("alice", "carol"):
        share.world.send("issuer", coin.prepare("setManner", address(name), PAY))
    batch(share, "alice", "bob", "carol")
    assert share.event_names() == ["RevenueClaimed"] * 3
    assert share.token.outstanding_of(0) < 4


@pytest.mark.parametrize("function", ["claim", "claimBatch", "transfer", "settlePeriod"])
def test_a_coin_that_calls_back_finds_the_books_closed(stage, hostile, function):
    coin = hostile()
    share = stage.share(coin)
    hold(share, alice=4)
    share.settle(1_000)
    arguments = {"claim": (A, 5), "claimBatch": ([A], 5), "transfer": (A, 0), "settlePeriod": (5,)}[function]
    call = share.token.prepare(function, *arguments)
    share.world.send("issuer", coin.prepare("callBack", share.token.address, call.data))
    batch(share, "owner")
    assert (coin.read("isDone"), share.events("ClaimFailed")) == (False, [])
    assert share.token.read("nextPeriod") == share.first + 1
    assert coin.read("balanceOf", A) == 0


def test_earnings_go_where_the_holder_signed_for(share):
    hold(share, alice=4)
    share.settle(1_000)
    order = claim_to(share, "alice", B)
    before = share.coins("bob")
    share.by("outsider", "claimTo", *order)
    assert share.coins("bob") - before == share.events("RevenueClaimed")[0]["paid"] > 390
    assert share.events("RevenueClaimed")[0]["to"] == B
    share.refused("outsider", "claimTo", *order, error="InvalidSignature", signer=A)


def test_a_signed_claim_that_is_late_altered_or_anothers_is_refused(stage, share):
    share.settle(1_000)
    account, to, deadline, signature = claim_to(share, "owner", B)
    share.refused("bob", "claimTo", account, A, deadline, signature, error="InvalidSignature", signer=OWNER)
    share.refused("bob", "claimTo", A, to, deadline, signature, error="InvalidSignature", signer=A)
    share.refused(
        "bob", "claimTo", account, to, deadline + 1, signature, error="InvalidSignature", signer=OWNER
    )
    late = claim_to(share, "owner", B, deadline=share.world.now - 1)
    times = {"deadline": share.world.now - 1, "timestamp": share.world.now}
    share.refused("bob", "claimTo", *late, error="SignatureExpired", **times)
    zero = "0x" + "00" * 20
    share.refused("bob", "claimTo", *claim_to(share, "owner", zero), error="InvalidAccount", account=zero)
    other = stage.share()
    order = account, to, other.world.now + 50, claim_to(share, "owner", B, deadline=other.world.now + 50)[3]
    other.refused("bob", "claimTo", *order, error="InvalidSignature", signer=OWNER)


def test_a_holder_of_an_impaired_epoch_signs_for_his_part_and_anyone_brings_it(share):
    share.settle(1_000)
    share.by_settlement("impair", 0, 1, 4)
    before = share.coins("bob")
    share.by("outsider", "claimTo", *claim_to(share, "owner", B))
    assert share.coins("bob") - before == 250


@pytest.mark.parametrize("frozen", ["alice", "bob"])
def test_nothing_is_paid_from_or_to_a_frozen_account_by_signature(stage, share, frozen):
    hold(share, alice=4)
    share.settle(1_000)
    stage.freeze(frozen)
    order = claim_to(share, "alice", B)
    share.refused("outsider", "claimTo", *order, error="AccountFrozen", account=address(frozen))
    stage.freeze(frozen, False)


def test_what_one_second_earns_is_paid_to_whoever_held_in_it(share):
    share.at(0, L // 2)
    share.move("owner", "alice", SUPPLY)
    share.settle(10_000)
    assert (share.claim("alice"), share.claim("owner")) == (5_000, 5_000)


def test_buying_just_before_the_payout_captures_nothing(share):
    share.at(1)
    share.move("owner", "alice", SUPPLY)
    share.settle(10_000)
    assert (share.claim("alice"), share.claim("owner")) == (0, 10_000)


def test_moving_there_and_back_in_one_second_earns_nothing(share):
    """Within one block nobody holds for a second: what is lent for no time is worth nothing."""
    share.at(0, 400)
    backend = share.world.chain
    share.move("owner", "alice", SUPPLY)
    sent = backend.timestamp()
    share.move("alice", "owner", SUPPLY)
    held = backend.timestamp() - sent
    share.settle(L * 1_000)
    assert share.claim("alice") == held * 1_000


def test_dust_sent_to_an_account_does_not_make_its_moves_or_claims_dear(share):
    """An attacker sends one base unit in each of forty unsettled periods: more than the first ring holds."""
    hold(share, alice=5)
    gas = []
    for place in range(1, 41):
        share.at(place, 10)
        share.move("owner", "alice", 1)
        gas.append(share.move("alice", "bob", 1).gas_used)
    assert share.token.read("waitingOf", A)[0] == 40
    assert max(gas[5:]) - min(gas[5:]) < 22_100
    for _ in range(40):
        share.settle(1_000)
    first = share.by("outsider", "claim", A, 10).gas_used
    assert share.token.read("waitingOf", A)[0] == 30
    assert first < 250_000
    share.at(42, 10)
    # three runs come off the queue, one goes on
    assert share.move("alice", "bob", 1).gas_used < 200_000
    assert share.token.read("waitingOf", A)[0] == 28
    while share.token.read("waitingOf", A)[0] > 1:
        share.by("outsider", "claim", A, 10)
    share.by("outsider", "claim", A, 10)
    assert share.coins("alice") > 18_000


def test_entitlement_follows_the_seconds_held_however_late_periods_are_settled(share):
    """Forty-five periods of moves, settled in one go at the end; every claim is the twin's, to the unit."""
    twin, clock = TimeWeightedShares(share.world.clock), share.world.clock
    twin.issue("owner", SUPPLY, share.first)
    names = ("owner", "alice", "bob", "carol")
    paid = dict.fromkeys(names, 0)
    for place in range(45):
        share.at(place, 137 * place % 900 + 3)
        sender, receiver = names[place % 3], names[(place * 7 + 1) % 4]
        amount = twin.balance_of(sender) // (place % 5 + 1)
        share.move(sender, receiver, amount)
        twin.transfer(sender, receiver, amount, share.world.now)
        if place in (20, 30):
            while twin.next_period < share.first + place - 17:
                share.settle(7_777_777 * place)
                twin.settle(7_777_777 * place, max(twin.now, clock.end_of(twin.next_period)))
            paid["alice"] += share.claim("alice", 3)
            twin.claim("alice", 3)
    while twin.next_period < share.first + 44:
        share.settle(twin.next_period)
        twin.settle(twin.next_period, twin.now)
    for name in names:
        state = twin._accounts[name]
        twin.accrue(name)
        wanted = sum(state.numerators.values()) // (SUPPLY * L)
        assert share.claim(name, 100) == wanted
