"""R37 for the powers of contracts: each opens exactly the functions of its row in contracts/README.md.

Every function that changes state is called by keys that have a power and by everybody who has none; a
function that starts to ask for a power without a row fails here.
"""

import re

import pytest
from tests.contracts.roles.test_matrix import CALLERS, answer, changing_functions, functions_of
from tests.contracts.world import WINDOWS, address

from wellhead.registry.standing import Power

REFUSALS = {"NotAgent": Power.AGENT, "NotLienor": Power.LIENOR}
WORDS = {"agent": Power.AGENT, "lienor": Power.LIENOR}
CONTRACTS = ("RevenueShare", "LeaseToken")


@pytest.fixture(scope="module")
def rows(repo_root):
    """Power → the functions that the page gives it."""
    page = (repo_root / "contracts/README.md").read_text(encoding="utf-8")
    found = re.findall(r"^\| (agent|lienor) \| (`.+) \|$", page, flags=re.MULTILINE)
    return {WORDS[word]: functions_of(cell) for word, cell in found}


@pytest.fixture(scope="module")
def powers(world):
    """Everybody, by the power that he holds: keys stand in for contracts, which cannot be made to ask."""
    held = dict.fromkeys(CALLERS, Power.NONE)
    for name, power in {"an-agent": Power.AGENT, "a-lienor": Power.LIENOR, "a-vault": Power.EXEMPT}.items():
        call = world.identities.set_powers(address(name), int(power))
        world.send("admin", world.roles.schedule(call))
        world.travel(world.now + WINDOWS.hard_end + 1)
        world.send("admin", call)
        held[name] = power
    return held


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_power_opens_exactly_the_functions_of_its_row(world, rows, powers, contract):
    target = world.asset().share.address if contract == "RevenueShare" else world.leases.address
    for function, data in changing_functions(contract):
        needed = next((p for p, functions in rows.items() if (contract, function) in functions), None)
        for caller, held in powers.items():
            refusal = REFUSALS.get(answer(world, target, world.sender(caller).address, data))
            wanted = needed if needed and needed not in held else None
            assert refusal == wanted, (contract, function, caller)


def test_every_row_names_functions_that_exist(rows):
    assert rows.keys() == set(WORDS.values())
    for functions in rows.values():
        for contract, function in functions:
            assert function in {name for name, _ in changing_functions(contract)}, (contract, function)


def test_no_person_holds_a_power(world):
    for name in CALLERS:
        assert world.identities.powers_of(address(name)) == 0
