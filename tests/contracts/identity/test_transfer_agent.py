"""TransferAgent: what it asks of tokens, what it logs, and who must wait how long.

The token is a harness that writes down the call it gets; what real tokens make of it is theirs to test.
"""

import pytest
from tests.contracts.world import WINDOWS, address

from wellhead.chain.artifacts import read_artifact
from wellhead.chain.contract import ContractCall, creation
from wellhead.chain.contracts.transfer_agent import TransferAgentContract
from wellhead.chain.deployment import COMPLIANCE, RECOVERY, ROLE_FUNCTIONS
from wellhead.chain.keccak import keccak256
from wellhead.registry.transfer_policy import CountryRule, Policy, encode_countries

CASE = keccak256(b"court order 7")
ALICE, BOB = address("alice"), address("bob")
POLICY = Policy(CountryRule.ONLY, 99, 10**23, 5, 6, 840, 2, 1)
COUNTRIES = encode_countries([276, 840])
SERIES = 7 << 160 | 3 << 128 | 5
RECORD = 11 << 96 | 13


class Token:
    """The harness, and what it wrote down."""

    def __init__(self, world, artifact):
        self.world = world
        created = world.send("bank", ContractCall(None, artifact.bytecode, "create token"))
        self.contract = world.chain.web3.eth.contract(created.contract_address, abi=artifact.abi)
        self.address = created.contract_address

    def read(self, name):
        return self.contract.functions[name]().call({"from": self.world.chain.caller})

    def data_of(self, signature, *args):
        return bytes.fromhex(self.contract.encode_abi(signature, list(args))[2:])

    def send(self, signature, *args):
        data = self.data_of(signature, *args)
        self.world.send("outsider", ContractCall(self.address, data, signature))


@pytest.fixture(scope="module")
def token(world, repo_root):
    return Token(world, read_artifact(repo_root / "tests/artifacts/ControlledHarness.json"))


@pytest.fixture(scope="module")
def desk(world, token):
    """An agent whose lease token is the harness, run by the deployment's own roles."""
    made = world.send("bank", creation("TransferAgent", [world.roles.address, token.address], world.chain))
    desk = TransferAgentContract(world.chain, made.contract_address)
    for role, contract, functions in ROLE_FUNCTIONS:
        if contract == "TransferAgent":
            selectors = [keccak256(function.encode())[:4] for function in functions]
            later(world, "admin", world.roles.set_target_function_role(desk.address, selectors, role))
    return desk


def later(world, name, call):
    """`name` announces the call and makes it when his delay has passed."""
    world.send(name, world.roles.schedule(call))
    world.travel(world.now + world.roles.has_role(0 if name == "admin" else RECOVERY, address(name))[1])
    return world.send(name, call)


def acts(desk, token):
    """Each act: its call, the call that the token gets, its event and the event's own fields."""
    s = token.address
    ended = ("deleteUserRecord(uint256)", RECORD), ("GrantEnded", {"recordId": RECORD})
    return {
        "endGrant": (desk.end_grant(RECORD, CASE), *ended),
        "freezeShares": (
            desk.freeze_shares(s, ALICE, 5, CASE),
            ("setFrozenTokens(address,uint256)", ALICE, 5),
            ("SharesFrozen", {"share": s, "account": ALICE, "amount": 5}),
        ),
        "freezeLeases": (
            desk.freeze_leases(ALICE, SERIES, 5, CASE),
            ("setFrozenTokens(address,uint256,uint256)", ALICE, SERIES, 5),
            ("LeasesFrozen", {"id": SERIES, "account": ALICE, "amount": 5}),
        ),
        "forceTransfer": (
            desk.force_transfer(s, ALICE, BOB, 6, CASE),
            ("forcedTransfer(address,address,uint256)", ALICE, BOB, 6),
            ("SharesForced", {"share": s, "from": ALICE, "to": BOB, "amount": 6}),
        ),
        "forceTransferLease": (
            desk.force_transfer_lease(ALICE, BOB, SERIES, 6, CASE),
            ("forcedTransfer(address,address,uint256,uint256)", ALICE, BOB, SERIES, 6),
            ("LeasesForced", {"id": SERIES, "from": ALICE, "to": BOB, "amount": 6}),
        ),
        "recover": (
            desk.recover(s, ALICE, BOB, CASE),
            ("recover(address,address)", ALICE, BOB),
            ("SharesRecovered", {"share": s, "lost": ALICE, "heir": BOB}),
        ),
        "orderRedirect": (
            desk.order_redirect(s, ALICE, BOB, CASE),
            ("orderRedirect(address,address)", ALICE, BOB),
            ("RedirectOrdered", {"share": s, "lost": ALICE, "heir": BOB}),
        ),
        "cancelRedirect": (
            desk.cancel_redirect(s, ALICE, CASE),
            ("cancelRedirect(address)", ALICE),
            ("RedirectCancelled", {"share": s, "lost": ALICE}),
        ),
        "setPolicy": (
            desk.set_policy(s, POLICY, COUNTRIES, CASE),
            (
                "setPolicy((uint8,uint32,uint96,uint40,uint40,uint16,uint8,uint8))",
                POLICY.as_tuple(),
            ),
            ("PolicyOrdered", {"share": s}),
        ),
    }


IMMEDIATE = ("freezeShares", "freezeLeases", "endGrant")
ACTS = (
    *IMMEDIATE,
    "forceTransfer",
    "forceTransferLease",
    "recover",
    "orderRedirect",
    "cancelRedirect",
    "setPolicy",
)


def test_every_act_is_tried_here(desk, token):
    named = {f.partition("(")[0] for _, c, fs in ROLE_FUNCTIONS if c == "TransferAgent" for f in fs}
    assert named == set(ACTS) == acts(desk, token).keys()


@pytest.mark.parametrize("act", ACTS)
def test_an_act_asks_the_token_and_is_logged_with_its_case(world, desk, token, act):
    call, asked, (event, fields) = acts(desk, token)[act]
    before = desk.read("sequence")
    mined = world.send("compliance", call) if act in IMMEDIATE else later(world, "recovery", call)
    assert token.read("last") == token.data_of(*asked)
    assert token.read("caller") == desk.address
    (logged,) = desk.events_between(mined.block, mined.block)
    assert (logged.name, logged.args["sequence"], logged.args["caseId"]) == (event, before + 1, CASE)
    assert {key: logged.args[key] for key in fields} == fields
    if act == "setPolicy":
        assert tuple(logged.args["policy"].values()) == POLICY.as_tuple()
        assert tuple(logged.args["countries"]) == tuple(token.read("listed")) == COUNTRIES


@pytest.mark.parametrize("act", ACTS)
def test_an_act_without_a_case_is_refused(world, desk, token, act):
    call, _, _ = acts(desk, token)[act]
    data = call.data.replace(CASE, bytes(32))
    assert data != call.data
    nameless = ContractCall(call.to, data, call.action)
    if act in IMMEDIATE:
        world.refused("compliance", nameless, "CaseMissing")
    else:
        world.send("recovery", world.roles.schedule(nameless))
        world.travel(world.now + WINDOWS.hard_end)
        world.refused("recovery", nameless, "CaseMissing")


@pytest.mark.parametrize("act", [act for act in ACTS if act not in IMMEDIATE])
def test_recovery_waits_for_its_delay_and_not_a_second_less(world, desk, token, act):
    call, _, _ = acts(desk, token)[act]
    call = ContractCall(call.to, call.data.replace(CASE, keccak256(act.encode())), call.action)
    operation = world.roles.read("hashOperation", address("recovery"), desk.address, call.data)
    world.sender("recovery")
    world.refused("recovery", call, "AccessManagerNotScheduled", operationId=operation)
    world.send("recovery", world.roles.schedule(call))
    world.travel(world.now + WINDOWS.hard_end - 1)
    world.refused("recovery", call, "AccessManagerNotReady", operationId=operation)
    world.travel(world.now + 1)
    world.send("recovery", call)
    world.refused("recovery", call, "AccessManagerNotScheduled", operationId=operation)


def test_a_recovery_that_the_guardian_cancelled_is_never_done(world, desk, token):
    call = desk.force_transfer(token.address, BOB, ALICE, 1, CASE)
    operation = world.roles.read("hashOperation", address("recovery"), desk.address, call.data)
    world.send("recovery", world.roles.schedule(call))
    world.send("guardian", world.roles.cancel(address("recovery"), call))
    world.travel(world.now + WINDOWS.hard_end)
    world.refused("recovery", call, "AccessManagerNotScheduled", operationId=operation)


@pytest.mark.parametrize("act", ["freezeShares", "freezeLeases", "forceTransfer", "forceTransferLease"])
def test_a_token_that_answers_no_stops_the_act(world, desk, token, act):
    call, _, _ = acts(desk, token)[act]
    name = "compliance" if act in IMMEDIATE else "recovery"
    if name == "recovery":
        world.send("recovery", world.roles.schedule(call))
        world.travel(world.now + WINDOWS.hard_end)
    token.send("setAnswer", False)
    world.refused(name, call, "TokenRefused", token=token.address)
    token.send("setAnswer", True)
    world.send(name, call)


def test_compliance_cannot_move_and_recovery_cannot_freeze(world, desk, token):
    for act in ACTS:
        name = "recovery" if act in IMMEDIATE else "compliance"
        caller = world.sender(name).address
        world.refused(name, acts(desk, token)[act][0], "AccessManagedUnauthorized", caller=caller)
    assert world.roles.has_role(COMPLIANCE, address("recovery")) == (False, 0)
