"""TransferPolicy.sol: each rule refuses what it is for and nothing else; the Python twin agrees on all."""

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.contracts.libraries.conftest import Harness

from wellhead.chain.artifacts import read_artifact
from wellhead.chain.contract import ContractCall
from wellhead.errors import InputError
from wellhead.registry.standing import Power, Standing, standing_of_word
from wellhead.registry.transfer_policy import (
    CountryRule,
    Policy,
    Restriction,
    TransferFacts,
    encode_countries,
    is_listed,
    receive_restriction_of,
    restriction_of,
    send_restriction_of,
)

NOW = 1_000
GERMANY, AMERICA = 276, 840
INVESTOR = Standing(verified=True, investor_class=1, country=GERMANY)
AMERICAN = replace(INVESTOR, country=AMERICA)
SYSTEM = Standing(Power.EXEMPT, verified=True)
PLAIN = TransferFacts(INVESTOR, INVESTOR, False, False, True, 3, 10, 10, 10, NOW)
STRICT = Policy(CountryRule.ONLY, 3, 9, NOW + 1, NOW + 1, GERMANY, 2, 2)


@pytest.fixture(scope="module")
def harness(world, repo_root):
    class Wired(Harness):
        def send(self, policy, countries=(0, 0, 0, 0)):
            data = self.contract.encode_abi("setPolicy", [policy.as_tuple(), countries])
            world.send("outsider", ContractCall(self.contract.address, bytes.fromhex(data[2:]), "setPolicy"))

    return Wired(world.sender("bank"), read_artifact(repo_root / "tests/artifacts/PolicyHarness.json"))


def case(restriction, policy=None, **facts):
    return restriction, policy or Policy(), replace(PLAIN, **facts)


R = Restriction
CASES = {
    "without rules of its own, verified holders may trade": case(R.ALLOWED),
    "a frozen sender may not": case(R.SENDER_FROZEN, sender=replace(INVESTOR, frozen=True)),
    "a frozen receiver may not": case(R.RECEIVER_FROZEN, receiver=replace(INVESTOR, frozen=True)),
    "a frozen system contract may not": case(R.RECEIVER_FROZEN, receiver=replace(SYSTEM, frozen=True)),
    "a sender whose credential ended may": case(R.ALLOWED, sender=Standing()),
    "a receiver without credential may not": case(
        R.RECEIVER_NOT_VERIFIED, receiver=replace(INVESTOR, verified=False)
    ),
    "more than is unfrozen may not": case(R.INSUFFICIENT_UNFROZEN, amount=11),
    "a listed country under Only may": case(R.ALLOWED, Policy(CountryRule.ONLY), to_listed=True),
    "an unlisted country under Only may not": case(R.COUNTRY_REFUSED, Policy(CountryRule.ONLY)),
    "a listed country under Except may not": case(
        R.COUNTRY_REFUSED, Policy(CountryRule.EXCEPT), to_listed=True
    ),
    "an unlisted country under Except may": case(R.ALLOWED, Policy(CountryRule.EXCEPT)),
    "a list without rule says nothing": case(R.ALLOWED, Policy(CountryRule.ANY), to_listed=True),
    "a class below the lowest may not": case(R.CLASS_TOO_LOW, Policy(lowest_class=2)),
    "a class at the lowest may": case(R.ALLOWED, Policy(lowest_class=1)),
    "a locked holder may not": case(R.SENDER_LOCKED, Policy(locked_until=NOW + 1)),
    "at the end of the lock-up he may": case(R.ALLOWED, Policy(locked_until=NOW)),
    "the issuer may during the lock-up": case(R.ALLOWED, Policy(locked_until=NOW + 1), from_issuer=True),
    "a system contract may during the lock-up": case(R.ALLOWED, Policy(locked_until=NOW + 1), sender=SYSTEM),
    "no flow back to the home country": case(
        R.FLOWS_BACK,
        Policy(distribution_until=NOW + 1, home_country=AMERICA, home_class=2),
        receiver=AMERICAN,
    ),
    "not even from the issuer": case(
        R.FLOWS_BACK,
        Policy(distribution_until=NOW + 1, home_country=AMERICA, home_class=2),
        receiver=AMERICAN,
        from_issuer=True,
    ),
    "the qualified at home may": case(
        R.ALLOWED,
        Policy(distribution_until=NOW + 1, home_country=AMERICA, home_class=2),
        receiver=replace(AMERICAN, investor_class=2),
    ),
    "abroad all may": case(R.ALLOWED, Policy(distribution_until=NOW + 1, home_country=AMERICA, home_class=2)),
    "after distribution all may": case(
        R.ALLOWED,
        Policy(distribution_until=NOW, home_country=AMERICA, home_class=2),
        receiver=AMERICAN,
    ),
    "a holder above the number may not": case(R.TOO_MANY_HOLDERS, Policy(max_holders=3)),
    "the last holder may": case(R.ALLOWED, Policy(max_holders=4)),
    "at the number, old holders may": case(R.ALLOWED, Policy(max_holders=3), adds_holder=False),
    "above the number, old holders may": case(R.ALLOWED, Policy(max_holders=2), adds_holder=False),
    "a balance at its maximum may": case(R.ALLOWED, Policy(max_balance=10)),
    "a balance above may not": case(R.ABOVE_MAX_BALANCE, Policy(max_balance=9)),
    "a system contract is asked none of it": case(R.ALLOWED, STRICT, receiver=SYSTEM, from_issuer=True),
    "but locked holders may not send to it": case(R.SENDER_LOCKED, STRICT, receiver=SYSTEM),
}


@pytest.mark.parametrize("name", CASES)
def test_each_rule_refuses_what_it_is_for(harness, name):
    wanted, policy, facts = CASES[name]
    assert restriction_of(policy, facts) is wanted
    assert harness.call("restrictionOf", policy.as_tuple(), facts.as_tuple()) == wanted


def test_the_first_rule_of_the_ladder_gives_the_reason(harness):
    facts = TransferFacts(
        Standing(frozen=True), Standing(frozen=True, country=GERMANY), False, False, True, 3, 11, 10, 11, NOW
    )
    mended = [
        ("sender", Standing()),
        ("from_issuer", True),
        ("receiver", Standing(country=GERMANY)),
        ("receiver", Standing(verified=True, country=GERMANY)),
        ("to_listed", True),
        ("receiver", Standing(verified=True, country=GERMANY, investor_class=2)),
        ("receiver", Standing(verified=True, country=GERMANY, investor_class=3)),
        ("unfrozen", 11),
        ("adds_holder", False),
        ("to_balance_after", 9),
    ]
    reasons = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    policy = replace(STRICT, home_class=3)
    for reason, (field, value) in zip(reasons, mended, strict=True):
        assert harness.call("restrictionOf", policy.as_tuple(), facts.as_tuple()) == reason
        facts = replace(facts, **{field: value})
    assert harness.call("restrictionOf", policy.as_tuple(), facts.as_tuple()) == R.ALLOWED


def uints(bits):
    return st.integers(0, 2**bits - 1)


few = st.integers(0, 3)
standings = st.builds(
    Standing, st.builds(Power, st.integers(0, 7)), st.booleans(), st.booleans(), few, st.integers(0, 2)
)
policies = st.builds(Policy, st.sampled_from(CountryRule), few, few, few, few, st.integers(0, 2), few, few)
facts_of = st.builds(
    TransferFacts, standings, standings, st.booleans(), st.booleans(), st.booleans(), few, few, few, few, few
)


@settings(max_examples=300, deadline=None)
@given(policies, facts_of)
@example(
    Policy(CountryRule.EXCEPT, 2**32 - 1, 2**96 - 1, 2**40 - 1, 2**40 - 1, 2**16 - 1, 255, 255),
    TransferFacts(Standing(), Standing(), True, True, True, *[2**256 - 1] * 5),
)
def test_the_twin_gives_the_same_reason(harness, policy, facts):
    got = harness.call("restrictionOf", policy.as_tuple(), facts.as_tuple())
    assert got == restriction_of(policy, facts)


def test_sides_alone_are_asked_as_the_whole_ladder_asks_them():
    assert send_restriction_of(Policy(locked_until=5), INVESTOR, False, 4) is R.SENDER_LOCKED
    assert receive_restriction_of(Policy(), Standing(), False, 4) is R.RECEIVER_NOT_VERIFIED


@settings(max_examples=50, deadline=None)
@given(uints(32))
def test_a_standings_bits_are_read_alike(harness, word):
    word &= ~0xE0  # bits that no standing has
    s = standing_of_word(word)
    wanted = [s.frozen, s.verified, s.exempt, int(s.powers), s.investor_class, s.country]
    assert harness.call("standing", word) == wanted
    assert s.word == word


def test_a_stored_policy_is_one_slot_and_none_only_when_all_is_zero(harness, world):
    harness.send(Policy())
    assert harness.call("isNone") is True
    for field, value in {
        "country_rule": CountryRule.ONLY, "max_holders": 1, "max_balance": 1, "locked_until": 1,
        "home_country": 1, "home_class": 1, "lowest_class": 1,
    }.items():  # fmt: skip
        harness.send(Policy(**{field: value}))
        assert harness.call("isNone") is False, field
    full = Policy(CountryRule.EXCEPT, 2**32 - 1, 2**96 - 1, 2**40 - 1, 2**40 - 1, 2**16 - 1, 255, 255)
    harness.send(full)
    assert world.chain.web3.eth.get_storage_at(harness.contract.address, 1) == bytes(32)
    code, _ = harness.call("storedRestrictionOf", PLAIN.as_tuple())
    assert code == restriction_of(full, PLAIN) == R.SENDER_LOCKED


def test_a_window_without_a_country_is_refused(harness):
    policy = Policy(distribution_until=7).as_tuple()
    assert harness.refusal("setPolicy", policy, (0, 0, 0, 0)) == ("WindowWithoutCountry", (7,))


def test_countries_are_listed_by_their_bit(harness):
    listed = (4, GERMANY, AMERICA, 894, 1_023)
    words = encode_countries(listed)
    harness.send(Policy(CountryRule.ONLY), words)
    for country in (*listed, 0, 5, 275, 277, 1_022, 1_024, 1_024 + GERMANY, 65_535):
        wanted = country in listed
        assert is_listed(words, country) is wanted
        assert harness.call("isListed", country) is wanted
    for country in (0, 1_024, -1):
        with pytest.raises(InputError, match=f"country {country} is not between"):
            encode_countries([country])


def test_every_code_has_its_own_message(harness):
    messages = [harness.call("messageOf", code) for code in Restriction]
    assert len(set(messages)) == len(messages)
    assert harness.call("messageOf", len(messages)) == "unknown code"
    assert "unknown code" not in messages
