"""Offerings on a stage of their own: a harness is asset, settlement, share and coin registry in one."""

import itertools
from dataclasses import replace

import pytest
from eth_abi.abi import encode
from tests.contracts.world import L, address, key_of

from wellhead.chain.artifacts import read_artifact
from wellhead.chain.contract import CALL_GAS, ContractCall, creation
from wellhead.chain.contracts.settlement import PeriodState
from wellhead.chain.contracts.share_offering import OfferingPlan, ShareOfferingContract
from wellhead.chain.eip712 import Domain
from wellhead.chain.keccak import keccak256
from wellhead.chain.reverts import REFUSALS, as_reverted
from wellhead.market.subscriptions import SubscriptionOrder, sign_payment
from wellhead.registry.terms import terms_hash

COIN = 10**6
SHARE = 10**18
SUPPLY = 10**24
UNIT = 100
"""Seconds of a lease unit, as in the world's plain terms."""


def harness_error(signature, *values):
    """How an error that only the harness knows is read: its selector and its data."""
    kinds = signature.partition("(")[2].rstrip(")").split(",")
    selector = "0x" + keccak256(signature.encode())[:4].hex()
    return selector, {"data": "0x" + encode(kinds, values).hex()}


def not_enough(account, amount, has):
    """The share's answer to who asks for more than is free, or under his lien."""
    return harness_error("NotEnough(address,uint256,uint256)", account, amount, has)


class Stage:
    """What an offering stands on, set as a test likes, and verbs for its actors."""

    def __init__(self, world, repo_root):
        self.world = world
        self.artifacts = repo_root / "tests/artifacts"
        self.harness = self.create("OfferingHarness")
        at, genesis = self.harness.address, world.deployment.genesis
        arguments = [world.identities.address, at, at, at, genesis, L]
        made = world.send("bank", creation("ShareOffering", arguments, world.chain))
        self.offerings = ShareOfferingContract(world.chain, made.contract_address)
        self.coin = world.coin
        self.set("setStatus", self.coin.address, 1)
        self._assets = itertools.count()

    def create(self, name):
        artifact = read_artifact(self.artifacts / f"{name}.json")
        made = self.world.send("bank", ContractCall(None, artifact.bytecode, f"create {name}"))
        return self.world.chain.web3.eth.contract(made.contract_address, abi=artifact.abi)

    def call_of(self, contract, function, *args):
        data = bytes.fromhex(contract.encode_abi(function, list(args))[2:])
        return ContractCall(contract.address, data, function)

    def set(self, function, *args, by="outsider"):
        return self.world.send(by, self.call_of(self.harness, function, *args))

    def ask(self, function, *args):
        try:
            return self.harness.functions[function](*args).call(
                {"from": self.world.chain.caller, "gas": CALL_GAS}
            )
        except REFUSALS as error:
            raise as_reverted(error, function) from error

    def plan(self, **changes):
        """An asset of the owner's with its whole supply, and a plan to raise 100 to 1,000 coins by it."""
        asset_id = next(self._assets)
        self.set("setOwner", asset_id, address("owner"), True)
        self.set("issue", address("owner"), SUPPLY)
        now = self.world.now
        plain = OfferingPlan(
            asset_id, self.coin.address, COIN, 100 * COIN, 1_000 * COIN, COIN, now, now + 500, 2, 1_000, 0, 90
        )
        return replace(plain, **changes)

    def open(self, **changes):
        """An open offering's id."""
        call = self.offerings.open(self.plan(**changes))
        self.world.send("owner", call)
        return self.offerings.count() - 1

    def welcome(self, *names, coins=10**9 * COIN):
        """They may hold the share and have coins, which the contract may take."""
        for name in names:
            self.set("setReceiver", address(name), True)
            self.world.send("issuer", self.coin.mint(address(name), coins))
            self.world.send(name, self.coin.approve(self.offerings.address, 2**256 - 1))

    def subscribe(self, offering_id, name, shares):
        self.world.send(name, self.offerings.subscribe(offering_id, shares))

    def payment(self, order, name, cost, split=False):
        """The signature of `name` over the price of the order."""
        domain = Domain(self.world.chain.chain_id, self.coin.address, "Test USD Coin", "2")
        return sign_payment(domain, self.offerings.address, order, cost, 2**40, key_of(name), split)

    def signed(self, order, name, cost, split=False, **changes):
        """The order, paid by `name`'s signature."""
        payment = replace(self.payment(order, name, cost, split), **changes)
        return self.offerings.subscribe_signed(order, payment)

    def close(self, offering_id):
        self.world.travel(self.offerings.offering_of(offering_id).closes_at)

    def succeed(self, *names, shares=100 * SHARE, **changes):
        """A closed offering in which each of them bought so many shares; its id."""
        offering_id = self.open(**changes)
        for name in names:
            self.subscribe(offering_id, name, shares)
        self.close(offering_id)
        return offering_id

    def deliver(
        self, offering_id, period, units, terms, *, sold=None, escrow=None, state=PeriodState.SETTLED
    ):
        """The period is closed with so many units delivered of those sold."""
        sold = units if sold is None else sold
        escrow = sold * COIN if escrow is None else escrow
        o = self.offerings.offering_of(offering_id)
        missing = (sold - units) * UNIT
        self.set("close", o.asset_id, period, state, escrow, sold * UNIT, missing, terms_hash(terms))

    def run_out(self, offering_id, terms):
        """All periods left close without a sale, and are counted."""
        o = self.offerings.offering_of(offering_id)
        count = o.last_period + 1 - o.next_period
        self.set("skip", o.asset_id, o.next_period, count)
        self.world.send("outsider", self.offerings.vest(offering_id, count, terms))

    def coins(self, name):
        return self.coin.balance_of(address(name))

    def shares(self, name):
        return self.ask("balanceOf", address(name))

    def lien(self, name="owner"):
        return self.ask("lienOf", self.offerings.address, address(name))

    def order(self, offering_id, name, shares, salt=0):
        return SubscriptionOrder(offering_id, address(name), shares, salt)


@pytest.fixture(scope="module")
def stage(world, repo_root):
    stage = Stage(world, repo_root)
    stage.welcome("owner", "ada", "ben", "cleo")
    return stage


@pytest.fixture(scope="module")
def terms(world):
    """Terms of evidence level 2."""
    return world.terms(evidence=2)
