"""Attacks on holders and subscribers that cost the attacker gas, dust or patience and nothing else."""

import itertools

import pytest
from tests.contracts.revenue_share.stage import Share, Stage
from tests.contracts.world import SUPPLY, WINDOWS, L, World, address

from wellhead.chain.contract import ContractCall
from wellhead.chain.contracts.share_offering import OfferingPlan, ShareOfferingContract
from wellhead.errors import ContractReverted
from wellhead.registry.transfer_policy import Policy

SHARE, COIN = 10**18, 10**6
CASE = b"\7" * 32
NO_COUNTRIES = (0, 0, 0, 0)


class Raise:
    """An asset of the owner's and one offering of its shares: 100 to 1,000 coins at a coin a share."""

    def __init__(self, world: World) -> None:
        self.world, self.asset = world, world.asset()
        self.offerings = ShareOfferingContract(world.chain, world.deployment.contracts["ShareOffering"])
        self.share = self.asset.share
        self._cases = itertools.count(1)

    def recovery(self, call: ContractCall) -> None:
        """Recovery announces an act and does it when its delay has passed."""
        self.world.sender("recovery")
        self.world.send("recovery", self.world.roles.schedule(call))
        self.world.travel(self.world.now + WINDOWS.hard_end)
        self.world.send("recovery", call)

    def rule(self, **rules: int) -> None:
        """The share gets rules of its own."""
        policy = Policy(**rules)
        self.recovery(self.world.agent.set_policy(self.share.address, policy, NO_COUNTRIES, CASE))

    def open(self, **changes: int) -> int:
        """The offering's id."""
        values = {
            "asset_id": self.asset.id, "coin": self.world.coin.address, "price": COIN,
            "soft_cap": 100 * COIN, "hard_cap": 1_000 * COIN, "min_ticket": COIN, "opens_at": self.world.now,
            "closes_at": self.world.now + L // 2, "evidence": 1, "milestone_units": 100,
            "min_unit_price": 0, "vesting_periods": 90,
        }  # fmt: skip
        self.world.send("owner", self.offerings.open(OfferingPlan(**(values | changes))))
        return self.offerings.count() - 1

    def subscribe(self, offering_id: int, name: str, shares: int) -> None:
        """The subscriber pays."""
        self.world.send("issuer", self.world.coin.mint(address(name), 10**12))
        self.world.send(name, self.world.coin.approve(self.offerings.address, 2**256 - 1))
        self.world.send(name, self.offerings.subscribe(offering_id, shares))

    def close(self, offering_id: int) -> None:
        """The window is over."""
        self.world.travel(self.offerings.offering_of(offering_id).closes_at)

    def collect(self, offering_id: int, name: str) -> None:
        """Anybody moves his shares to the subscriber."""
        self.world.send("outsider", self.offerings.collect(offering_id, address(name)))


@pytest.fixture(scope="module")
def prepared(world: World) -> World:
    for name in ("alice", "bob", "mallory", "heir"):
        world.verify(name, seconds=10**10)
    return world


@pytest.fixture
def raising(prepared: World) -> Raise:
    return Raise(prepared)


@pytest.fixture(scope="module")
def stage(world: World) -> Stage:
    return Stage(world)


@pytest.fixture
def share(stage: Stage) -> Share:
    return stage.share()


def test_dust_in_the_last_seats_keeps_no_subscriber_from_the_shares_that_he_paid_for(raising):
    """Mallory gives a base unit each to strangers, until the share has all the holders it may."""
    raising.rule(max_holders=3)
    raising.world.send("owner", raising.share.transfer(address("mallory"), 10))
    offering_id = raising.open()
    raising.subscribe(offering_id, "alice", 100 * SHARE)
    raising.world.send("mallory", raising.share.transfer(address("bob"), 1))
    raising.close(offering_id)
    raising.collect(offering_id, "alice")
    assert raising.share.balance_of(address("alice")) == 100 * SHARE


def test_what_a_subscriber_may_pay_for_he_may_collect(raising):
    """A limit on one account's shares is told to him when he pays, or does not bind what he paid for."""
    raising.rule(max_balance=50 * SHARE)
    offering_id = raising.open()
    if not raising.offerings.can_subscribe(offering_id, address("alice"), 100 * SHARE):
        return
    raising.subscribe(offering_id, "alice", 100 * SHARE)
    raising.close(offering_id)
    raising.collect(offering_id, "alice")


def test_a_lock_up_does_not_bind_what_a_recovered_owner_sold(raising):
    """The lock-up spares the issuer, and the shares that he sold are his heir's now."""
    raising.rule(locked_until=raising.world.now + 10**7)
    offering_id = raising.open()
    raising.subscribe(offering_id, "alice", 100 * SHARE)
    raising.recovery(
        raising.world.agent.recover(raising.share.address, address("owner"), address("heir"), CASE)
    )
    raising.collect(offering_id, "alice")


def test_no_subscriber_can_make_the_soft_cap_unreachable(raising):
    """He leaves less than a ticket below the hard cap, and has his own money back when the offering fails."""
    offering_id = raising.open(soft_cap=1_000 * COIN, min_ticket=100 * COIN)
    raising.subscribe(offering_id, "alice", 850 * SHARE)
    raising.subscribe(offering_id, "mallory", 101 * SHARE)
    assert raising.offerings.can_subscribe(offering_id, address("bob"), 49 * SHARE)
    raising.subscribe(offering_id, "bob", 49 * SHARE)
    assert raising.offerings.offering_of(offering_id).raised == 1_000 * COIN


def test_no_owner_puts_his_shares_out_of_a_courts_reach_by_an_offering_that_never_opens(raising):
    """A lien binds the agent too, and only the owner can end an offering before its window closes."""
    everything = {"hard_cap": 1_000_000 * COIN, "opens_at": 2**40 - 2, "closes_at": 2**40 - 1}
    with pytest.raises(ContractReverted):
        raising.open(**everything)


def test_nobody_pays_for_shares_of_an_owner_who_is_frozen(raising):
    offering_id = raising.open()
    world = raising.world
    world.send("compliance", world.identities.set_frozen(address("owner"), True))
    try:
        assert not raising.offerings.can_subscribe(offering_id, address("alice"), 100 * SHARE)
        with pytest.raises(ContractReverted):
            raising.subscribe(offering_id, "alice", 100 * SHARE)
        with pytest.raises(ContractReverted):
            raising.open()
    finally:
        world.send("compliance", world.identities.set_frozen(address("owner"), False))


def test_no_owner_keeps_what_he_did_not_earn_for_longer_than_the_hardware_lives(raising):
    """With a last period in a thousand years nobody would ever have the unearned rest back."""
    with pytest.raises(ContractReverted):
        raising.open(vesting_periods=365_000)


def lose_key(raising: Raise, name: str) -> None:
    """Recovery orders that the actor's payments go to his heir, and the share's own delay passes too."""
    order = raising.world.agent.order_redirect(raising.share.address, address(name), address("heir"), CASE)
    raising.recovery(order)
    raising.world.travel(raising.world.now + 7 * 86_400)


def test_whoever_has_the_key_that_a_subscriber_lost_gets_none_of_his_refund(raising):
    world = raising.world
    offering_id = raising.open()
    raising.subscribe(offering_id, "alice", 50 * SHARE)
    raising.close(offering_id)
    lose_key(raising, "alice")
    before = world.coins("alice"), world.coins("heir")
    assign = raising.offerings.assign(offering_id, address("alice"), address("mallory"))
    world.refused("alice", assign, "NotPayee", caller=address("alice"), payee=address("heir"))
    world.send("mallory", raising.offerings.refund(offering_id, address("alice")))
    assert (world.coins("alice"), world.coins("heir")) == (before[0], before[1] + 50 * COIN)


def test_a_frozen_subscriber_cannot_pass_his_refund_on_to_a_friend(raising):
    world = raising.world
    offering_id = raising.open()
    raising.subscribe(offering_id, "alice", 50 * SHARE)
    world.send("compliance", world.identities.set_frozen(address("alice"), True))
    try:
        assign = raising.offerings.assign(offering_id, address("alice"), address("mallory"))
        world.refused("alice", assign, "AccountFrozen", account=address("alice"))
    finally:
        world.send("compliance", world.identities.set_frozen(address("alice"), False))


@pytest.mark.parametrize("verb", ["claim", "claimBatch"])
def test_a_stranger_cannot_spend_claims_on_an_empty_vault(share, verb):
    """The issuer takes everything and later gives it back: who was not asked has lost nothing by it."""
    world, holder = share.world, address("alice")
    share.move("owner", "alice", SUPPLY)
    share.at(2)
    share.settle(0)
    share.settle(1_000, funded=False)
    share.by_settlement("impair", 0, 0, 1_000)
    call = share.token.prepare("claim", holder, 9)
    if verb == "claimBatch":
        call = share.token.prepare("claimBatch", [holder], 9)
    try:
        world.send("outsider", call)
    except ContractReverted:
        assert verb == "claim"
    assert share.token.outstanding_of(0) == 1_000
    world.send("issuer", share.coin.mint(share.vault, 1_000))
    share.by_settlement("impair", 0, 1, 1)
    assert share.claim("alice") == 1_000


@pytest.mark.parametrize("verb", ["claim", "claimBatch", "claimEpoch"])
def test_a_stranger_cannot_make_a_passing_loss_final_for_a_holder(stage, share, verb):
    """The issuer takes nine tenths and later gives them back: who waited for them is paid in full."""
    world, holder = share.world, address("alice")
    share.move("owner", "alice", SUPPLY)
    share.at(3)
    share.settle(0)
    share.settle(1_000)
    if verb == "claimEpoch":
        share.by_settlement("startEpoch", share.first + 2, share.new_vault(share.coin), share.coin.address)
        share.settle(0)
    share.by_settlement("impair", 0, 100, 1_000)
    arguments = {"claim": (holder, 9), "claimBatch": ([holder], 9), "claimEpoch": (holder, 0, 9)}[verb]
    try:
        world.send("outsider", share.token.prepare(verb, *arguments))
    except ContractReverted:
        assert verb != "claimBatch"
    share.by_settlement("impair", 0, 1, 1)
    before = share.coins("alice")
    world.send(
        "alice",
        share.token.prepare(
            "claimEpoch" if verb == "claimEpoch" else "claim",
            holder,
            *((0, 9) if verb == "claimEpoch" else (9,)),
        ),
    )
    assert share.coins("alice") - before == 1_000
