"""Who may do what: the matrix on the chain is the deployment's, and the deployer keeps nothing."""

import pytest
from eth_utils import function_signature_to_4byte_selector
from tests.contracts.world import MEMBERS, WINDOWS, address

from wellhead.chain.contracts.settlement import IssuerStatus
from wellhead.chain.deployment import ADMIN, COMPLIANCE, GUARDIAN, MEMBERSHIP, REGISTRAR, ROLE_FUNCTIONS

SLOW = WINDOWS.hard_end + 1
HOLDERS = {
    (ADMIN, "admin"): SLOW,
    (MEMBERSHIP, "admin"): SLOW,
    (REGISTRAR, "registrar"): 0,
    (COMPLIANCE, "compliance"): 0,
    (GUARDIAN, "guardian"): 0,
}


def restricted_calls(world):
    one = address("outsider")
    status = world.settlement.set_coin_status(one, IssuerStatus.PERMITTED, bytes(32))
    return {
        "activate": world.registry.activate(0),
        "setCoinStatus": status,
        "revoke": world.identities.revoke(one),
        "setFrozen": world.identities.set_frozen(one, True),
        "setAttestor": world.identities.set_attestor(one, True),
        "pauseSales": world.settlement.pause_sales(1),
        "setMembers": world.oracle.prepare("setMembers", [one], 1),
    }


def test_every_restricted_function_is_in_the_matrix_and_tried_here(world):
    named = {f.partition("(")[0] for _, _, functions in ROLE_FUNCTIONS for f in functions}
    assert named == set(restricted_calls(world))


@pytest.mark.parametrize("name", ["outsider", "bank", "admin"])
def test_restricted_functions_refuse_outsiders_the_deployer_and_an_admin_in_a_hurry(world, name):
    caller = world.sender(name).address
    for function, call in restricted_calls(world).items():
        if name == "admin" and function == "setMembers":
            continue
        world.refused(name, call, "AccessManagedUnauthorized", caller=caller)


def test_the_matrix_on_the_chain_is_the_deployments(world):
    for role, contract, functions in ROLE_FUNCTIONS:
        for function in functions:
            selector = function_signature_to_4byte_selector(function)
            target = world.deployment.contracts[contract]
            assert world.roles.read("getTargetFunctionRole", target, selector) == role, function


@pytest.mark.parametrize("name", ["bank", "outsider", "admin", "registrar", "compliance", "guardian"])
@pytest.mark.parametrize("role", [ADMIN, REGISTRAR, COMPLIANCE, GUARDIAN, MEMBERSHIP])
def test_each_role_is_held_by_its_holder_alone(world, role, name):
    wanted = (True, HOLDERS[role, name]) if (role, name) in HOLDERS else (False, 0)
    assert world.roles.has_role(role, world.sender(name).address) == wanted


def test_members_change_only_after_a_delay_that_outlasts_every_window(world):
    call = world.oracle.prepare("setMembers", [address("outsider")], 1)
    world.sender("admin")
    world.refused(
        "admin",
        call,
        "AccessManagerNotScheduled",
        operationId=world.roles.read("hashOperation", address("admin"), world.oracle.address, call.data),
    )
    schedule = world.roles.prepare("schedule", world.oracle.address, call.data, 0)
    world.send("admin", schedule)
    operation = world.roles.read("hashOperation", address("admin"), world.oracle.address, call.data)
    world.travel(world.now + SLOW - 1)
    world.refused("admin", call, "AccessManagerNotReady", operationId=operation)
    assert world.oracle.members() == ([address(name) for name in MEMBERS], 2)
    world.travel(world.now + 1)
    world.send("admin", call)
    assert world.oracle.members() == ([address("outsider")], 1)


@pytest.mark.parametrize(
    ("members", "quorum", "error", "numbers"),
    [
        (["a", "b"], 1, "InvalidQuorum", {"quorum": 1, "members": 2}),
        (["a", "b"], 3, "InvalidQuorum", {"quorum": 3, "members": 2}),
        (["a", "a"], 2, "DuplicateMember", {"member": address("a")}),
        (["a", None], 2, "InvalidMember", {"member": "0x" + "00" * 20}),
    ],
)
def test_members_are_distinct_and_a_quorum_is_more_than_half(world, members, quorum, error, numbers):
    chosen = [address(m) if m else "0x" + "00" * 20 for m in members]
    call = world.oracle.prepare("setMembers", chosen, quorum)
    world.send("admin", world.roles.prepare("schedule", world.oracle.address, call.data, 0))
    world.travel(world.now + SLOW)
    world.refused("admin", call, error, **numbers)
