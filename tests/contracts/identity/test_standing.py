"""Standings: what a transfer asks about an account in one word, and who sets powers."""

import pytest
from tests.contracts.messages import Credential
from tests.contracts.world import WINDOWS, address

from wellhead.chain.contract import ContractCall
from wellhead.chain.keccak import keccak256
from wellhead.registry.standing import Power, Standing, standing_of_word

NOBODY = "0x" + "00" * 20


def standing(world, name):
    return standing_of_word(world.identities.standing_of(address(name)))


def present(world, name, seconds, country=276, investor_class=2):
    credential = Credential(address(name), country, investor_class, world.now, world.now + seconds)
    world.send("outsider", world.identities.present(credential, world.attest(credential)))
    return credential.expires_at


def set_powers(world, account, powers):
    call = world.identities.set_powers(account, powers)
    world.send("admin", world.roles.schedule(call))
    world.travel(world.now + WINDOWS.hard_end + 1)
    return call


def test_an_unknown_account_stands_for_nothing(world):
    assert world.identities.standing_of(address("unknown")) == 0
    assert world.identities.standing_of(NOBODY) == 0


def test_a_credential_shows_country_and_class_and_ends_by_itself(world):
    expires_at = present(world, "anna", 50)
    assert standing(world, "anna") == Standing(verified=True, investor_class=2, country=276)
    world.travel(expires_at - 1)
    assert standing(world, "anna").verified is True
    world.travel(expires_at)
    assert standing(world, "anna") == Standing(verified=False, investor_class=2, country=276)


def test_a_newer_credential_replaces_every_field(world):
    present(world, "bea", 10**6, 65_535, 255)
    assert standing(world, "bea") == Standing(verified=True, investor_class=255, country=65_535)
    world.travel(world.now + 5)
    present(world, "bea", 10**6, 0, 0)
    assert standing(world, "bea") == Standing(verified=True)


def test_a_freeze_and_a_credential_leave_each_other_alone(world):
    world.send("compliance", world.identities.set_frozen(address("carl"), True))
    present(world, "carl", 10**6)
    assert standing(world, "carl") == Standing(frozen=True, verified=True, investor_class=2, country=276)
    world.send("compliance", world.identities.revoke(address("carl")))
    assert standing(world, "carl") == Standing(frozen=True, investor_class=2, country=276)
    world.send("compliance", world.identities.set_frozen(address("carl"), False))
    assert standing(world, "carl") == Standing(investor_class=2, country=276)


def test_both_sides_come_in_one_call_in_their_order(world):
    present(world, "dora", 10**6, 840)
    world.send("compliance", world.identities.set_frozen(address("emil"), True))
    both = world.identities.read("standingsOf", address("dora"), address("emil"))
    assert [standing_of_word(word) for word in both] == [standing(world, "dora"), Standing(frozen=True)]


@pytest.mark.parametrize("powers", [Power.AGENT, Power.LIENOR, Power.EXEMPT, Power(7), Power.NONE])
def test_admin_sets_powers_after_the_long_delay(world, powers):
    account = address("fred")
    call = set_powers(world, account, int(powers))
    before = world.identities.read("sequence")
    mined = world.send("admin", call)
    assert world.identities.powers_of(account) == powers
    (event,) = world.identities.events_between(mined.block, mined.block)
    assert event.name == "PowersUpdated"
    assert event.args == {"sequence": before + 1, "account": account, "powers": int(powers)}


def test_an_exempt_contract_is_verified_without_credential_until_the_power_goes(world):
    world.send("admin", set_powers(world, address("gate"), int(Power.EXEMPT)))
    assert standing(world, "gate") == Standing(Power.EXEMPT, verified=True)
    assert world.identities.is_verified(address("gate")) is True
    world.send("compliance", world.identities.set_frozen(address("gate"), True))
    assert standing(world, "gate") == Standing(Power.EXEMPT, frozen=True, verified=True)
    world.send("compliance", world.identities.set_frozen(address("gate"), False))
    world.send("admin", set_powers(world, address("gate"), 0))
    assert standing(world, "gate") == Standing()


def test_powers_leave_credential_and_freeze_alone(world):
    present(world, "hans", 10**8)
    world.send("compliance", world.identities.set_frozen(address("hans"), True))
    world.send("admin", set_powers(world, address("hans"), int(Power.LIENOR)))
    assert standing(world, "hans") == Standing(Power.LIENOR, True, True, 2, 276)
    identity = world.identities.read("identityOf", address("hans"))
    assert tuple(identity)[2:] == (276, 2, True, int(Power.LIENOR))


def test_unknown_powers_and_the_zero_account_are_refused(world):
    world.refused("admin", set_powers(world, address("fred"), 8), "UnknownPowers", powers=8, known=7)
    world.refused("admin", set_powers(world, NOBODY, 4), "ZeroAccount")
    world.refused("compliance", world.identities.set_frozen(NOBODY, True), "ZeroAccount")
    credential = Credential(NOBODY, 276, 1, world.now, world.now + 10**6)
    world.refused("outsider", world.identities.present(credential, world.attest(credential)), "ZeroAccount")


def test_a_transfers_question_costs_one_read_an_account(world):
    present(world, "ida", 10**8)
    present(world, "jan", 10**8)
    sides = bytes.fromhex(address("ida")[2:].rjust(64, "0") + address("jan")[2:].rjust(64, "0"))
    data = keccak256(b"standingsOf(address,address)")[:4] + sides
    mined = world.send("outsider", ContractCall(world.identities.address, data, "standingsOf"))
    calldata = sum(16 if byte else 4 for byte in data)
    assert mined.gas_used - 21_000 - calldata < 2 * 2_100 + 900
