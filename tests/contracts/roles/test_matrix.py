"""R37: who may call what, generated from every ABI and compared with the table in contracts/README.md.

Every function that changes state is called by every role's holder, the deployer and an outsider, on every
contract of a deployment with an open asset. A new privileged function without a row fails here, and so
does a row that nothing stands behind.
"""

import re
from dataclasses import dataclass

import pytest
from eth_abi.abi import encode
from tests.contracts.world import WINDOWS, address

from wellhead.chain.artifacts import load_artifact
from wellhead.chain.contract import CALL_GAS
from wellhead.chain.deployment import CORE, POWERS, RECOVERY_SECONDS_MAX, ROLE_FUNCTIONS
from wellhead.chain.keccak import keccak256
from wellhead.chain.reverts import REFUSALS, as_reverted, canonical_type
from wellhead.registry.standing import Power

SLOW = WINDOWS.hard_end + 1
HOLDERS = {
    "admin": ("admin", SLOW),
    "registrar": ("registrar", 0),
    "compliance": ("compliance", 0),
    "guardian": ("guardian", 0),
    "membership": ("admin", SLOW),
    "recovery": ("recovery", min(RECOVERY_SECONDS_MAX, WINDOWS.hard_end)),
}
DELAYS = {"none": 0, "hard end + 1 s": SLOW, "1 day, or the hard end if that is shorter": WINDOWS.hard_end}
CALLERS = ("admin", "registrar", "compliance", "guardian", "recovery", "bank", "outsider", "owner")
MANAGERS_OWN = {
    "grantRole", "revokeRole", "labelRole", "setRoleAdmin", "setRoleGuardian", "setGrantDelay",
    "setTargetAdminDelay", "setTargetClosed", "setTargetFunctionRole", "updateAuthority",
}  # fmt: skip
"""What the table calls `Roles`: grants, function table."""


@dataclass(frozen=True)
class Row:
    """One row of the table: a role, and the functions that its holders may call."""

    role: str
    id: int
    functions: frozenset[tuple[str, str]]
    delay: int


@pytest.fixture(scope="module")
def page(repo_root):
    return (repo_root / "contracts/README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def table(page):
    """The rows of the page, by role."""
    rows = re.findall(r"^\| (\w+) \| (\d+) \| (.+) \| (.+) \|$", page, flags=re.MULTILINE)
    return {
        name: Row(name, int(number), functions_of(cell), DELAYS[delay]) for name, number, cell, delay in rows
    }


def functions_of(cell):
    """`A.f`, `g`; `B`: words → {(A, f), (A, g), (B, …)}."""
    found, contract = set(), ""
    for word in re.findall(r"`([\w.]+)`", cell):
        head, dot, function = word.rpartition(".")
        if dot:
            contract = head
        if word == "Roles":
            found |= {("Roles", name) for name in MANAGERS_OWN}
        else:
            found.add((contract, function))
    return frozenset(found)


@pytest.fixture(scope="module")
def targets(world):
    """Every contract that a deployment with one asset consists of."""
    asset = world.asset()
    return dict(world.deployment.contracts) | {"Vault": asset.vault, "RevenueShare": asset.share.address}


def changing_functions(name):
    """Name and call data, all arguments zero, of each function that may change state."""
    for entry in load_artifact(name).abi:
        if entry["type"] == "function" and entry["stateMutability"] in ("nonpayable", "payable"):
            kinds = [canonical_type(each) for each in entry["inputs"]]
            selector = keccak256(f"{entry['name']}({','.join(kinds)})".encode())[:4]
            yield entry["name"], selector + encode(kinds, [zero(kind) for kind in kinds])


def zero(kind):
    """The zero of an ABI type."""
    if fixed := re.fullmatch(r"(.+)\[(\d+)\]", kind):
        return [zero(fixed[1])] * int(fixed[2])
    if kind.endswith("[]"):
        return []
    if kind.startswith("("):
        return tuple(zero(part) for part in parts_of(kind[1:-1]))
    if kind.startswith("bytes"):
        return bytes(int(kind[5:] or 0))
    return {"address": "0x" + "00" * 20, "bool": False, "string": ""}.get(kind, 0)


def parts_of(text):
    """The types between a tuple's outer brackets."""
    depth, part = 0, ""
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            yield part
            part = ""
        else:
            part += letter
    yield part


def answer(world, target, caller, data):
    """The name of the error that refuses the call from that address; empty if none does."""
    call = {"to": target, "from": caller, "data": "0x" + data.hex(), "gas": CALL_GAS}
    try:
        world.chain.web3.eth.call(call)
    except REFUSALS as error:
        return as_reverted(error, "").name
    return ""


REFUSED = {"AccessManagedUnauthorized", "AccessManagerUnauthorizedAccount"}
TO_BE_SCHEDULED = "AccessManagerNotScheduled"


def gate(world, target, caller, data):
    """How the role check answers: refused, delayed, or passed."""
    error = answer(world, target, world.sender(caller).address, data)
    return "refused" if error in REFUSED else "delayed" if error == TO_BE_SCHEDULED else "passed"


@pytest.mark.parametrize("contract", [*CORE, "Vault", "RevenueShare"])
def test_every_function_lets_pass_exactly_whom_the_table_names(world, targets, table, contract):
    role_of = {pair: row for row in table.values() for pair in row.functions}
    tried = 0
    for function, data in changing_functions(contract):
        row = role_of.get((contract, function))
        for caller in CALLERS:
            if function == "setAuthority":
                wanted = "refused"  # only the manager itself may, by `updateAuthority`
            elif row is None:
                wanted = "passed"
            elif HOLDERS[row.role][0] != caller:
                wanted = "refused"
            else:
                wanted = "delayed" if row.delay else "passed"
            assert gate(world, targets[contract], caller, data) == wanted, (contract, function, caller)
            tried += 1
    assert tried


def test_every_function_in_the_table_exists_and_changes_state(table):
    for row in table.values():
        for contract, function in row.functions:
            assert function in {name for name, _ in changing_functions(contract)}, (contract, function)


def test_the_table_is_what_the_deployment_sets(world, table):
    number_of = {(c, f.partition("(")[0]): role for role, c, fs in ROLE_FUNCTIONS for f in fs}
    written = {pair: row.id for row in table.values() for pair in row.functions if pair[0] != "Roles"}
    assert number_of == written
    for role, contract, functions in ROLE_FUNCTIONS:
        for function in functions:
            selector = keccak256(function.encode())[:4]
            target = world.deployment.contracts[contract]
            assert world.roles.read("getTargetFunctionRole", target, selector) == role, function


@pytest.mark.parametrize(
    "name", ["bank", "outsider", "owner", *sorted({holder for holder, _ in HOLDERS.values()})]
)
def test_each_role_is_held_by_its_holder_alone_with_its_delay(world, table, name):
    assert table.keys() == HOLDERS.keys()
    for row in table.values():
        holder, delay = HOLDERS[row.role]
        assert row.delay == delay
        wanted = (True, delay) if holder == name else (False, 0)
        assert world.roles.has_role(row.id, world.sender(name).address) == wanted, row.role


def test_contracts_have_the_powers_that_the_table_shows_and_nobody_else_has_any(world, targets, page):
    words = {"agent": Power.AGENT, "lienor": Power.LIENOR, "exempt": Power.EXEMPT}
    shown = {
        contract: sum(words[word] for word in cell.split(", "))
        for contract, cell in re.findall(
            r"^\| `(\w+)` \| ((?:agent|lienor|exempt|, )+) \|$", page, flags=re.M
        )
    }
    assert shown == dict(POWERS)
    for name, target in targets.items():
        assert world.identities.powers_of(target) == shown.get(name, 0), name
    for name in CALLERS:
        assert world.identities.powers_of(address(name)) == 0, name


def test_only_a_guardian_besides_recovery_itself_cancels_a_recovery(world, targets):
    share = targets["RevenueShare"]
    call = world.agent.cancel_redirect(share, address("alice"), b"\1" * 32)
    world.send("recovery", world.roles.schedule(call))
    target = world.agent.address
    for name in ("outsider", "compliance", "registrar", "bank"):
        cancel = world.roles.cancel(address("recovery"), call)
        caller = world.sender(name).address
        world.refused(
            name, cancel, "AccessManagerUnauthorizedCancel",
            msgsender=caller, caller=address("recovery"), target=target, selector=call.data[:4],
        )  # fmt: skip
    world.send("guardian", world.roles.cancel(address("recovery"), call))
    operation = world.roles.read("hashOperation", address("recovery"), target, call.data)
    assert world.roles.read("getSchedule", operation) == 0
