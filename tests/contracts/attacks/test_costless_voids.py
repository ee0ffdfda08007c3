"""A void that costs nobody: whom it would shield, and whom it would rob."""

from dataclasses import replace

import pytest
from tests.contracts.attacks.test_binding_attacks import proof
from tests.contracts.disputes.game import STAKES, Game, leaves_of
from tests.contracts.disputes.test_faults import bind, stolen_leaf, with_foreign_device
from tests.contracts.world import MEMBERS, address

from wellhead.chain.contracts.disputes import BY_RECEIPT
from wellhead.errors import ContractReverted
from wellhead.reports.answers import Leaf
from wellhead.reports.evidence import build_evidence
from wellhead.reports.members import build_leaves
from wellhead.settlement.waterfall import Totals


@pytest.fixture(scope="module")
def game() -> Game:
    """A world whose members have stakes."""
    return Game()


def forged(game, of, period):
    """The quorum signs a report with a reading that its device never signed: it cannot be opened."""
    readings = game.readings(of, period, [100] * 5)
    false = game.reading(of, period, 0, 930)
    readings[0] = replace(false, signature=game.reading(of, period, 1, 930).signature)
    return game.post(game.proposal(period, {of.asset.id: readings}))


@pytest.mark.parametrize("proven_first", [False, True])
def test_who_signed_what_cannot_be_opened_pays_although_a_foreign_binding_is_proven_first(game, proven_first):
    first = game.metered()
    bind(game, first, 2)
    of = with_foreign_device(game, first)
    revision = forged(game, of, of.asset.opened_in)
    before = sum(map(game.stake, MEMBERS))
    place = game.challenge(of, revision, 0, "watcher")
    rewarded = "other-owner" if proven_first else "watcher"
    reward = game.owed(rewarded)
    if proven_first:
        game.world.send("other-owner", proof(game, of, revision))
    else:
        game.expire(revision, place)
    assert game.is_void(of, revision)
    assert before - sum(map(game.stake, MEMBERS)) == STAKES.floor_wei, "the signers pay"
    assert game.owed(rewarded) - reward >= STAKES.floor_wei // 2, "who showed it is paid"


class BadPeriod:
    """An owner lists a device that his other asset has bound; a period is sold, and nothing is delivered."""

    def __init__(self, game):
        world = self.world = game.world
        self.game = game
        first = game.metered()
        bind(game, first, 2)
        of = self.of = with_foreign_device(game, first)
        self.owner, self.sold = of.asset.owner, of.asset.opened_in + 1
        world.give_coins(self.owner, of.asset)
        world.send(self.owner, world.settlement.deposit_bond(of.asset.id, 10**10))
        self.lease = world.buy(of.asset, "tenant-a", self.sold, 1, 10**9)
        world.travel(world.clock.end_of(self.sold))
        self.readings = game.readings(of, self.sold, [0] * 5)
        foreign = replace(of.facts, bound_elsewhere={2: first.asset.id})
        held = {index: [signed] for index, signed in self.readings.items()}
        self.honest = build_leaves(self.sold, foreign, held)

    def posted(self, leaves):
        return self.game.post(self.game.over(self.sold, {self.of.asset.id: leaves}))

    def redeemed(self, settle):
        """What the tenant gets once the period is settled."""
        world, of = self.world, self.of
        world.send("outsider", world.skip(of.asset.id, self.sold - of.asset.opened_in))
        world.send("outsider", settle)
        world.send("tenant-a", world.settlement.redeem(address("tenant-a"), self.lease, 1))
        return world.owed(of.asset, "tenant-a")


def test_an_owner_does_not_save_his_tenants_credit_by_voiding_his_own_report(game):
    """Honest members leave the leaf empty: there is nothing to prove, and the device's time is unknown."""
    bad = BadPeriod(game)
    world, of = game.world, bad.of
    assert sorted(bad.honest.readings) == [0, 1, 3, 4]
    wanted = world.expected(of.asset, bad.sold, Totals(0, 50 * 4, 20 * 4, 0, 0))
    assert wanted.credit_pool > 0
    revision = bad.posted(bad.honest)
    reading, answer = bad.readings[2], game.opened(of, revision).answer(2)
    place = game.place(of, revision, 2)
    leaf = Leaf(reading.reading, reading.reading.sums, answer.sum_path)
    call = world.faults.prove_reading(place, revision.posted, answer.shown, leaf, of.asset.terms)
    with pytest.raises(ContractReverted, match=r"WrongTotals|WrongRoot"):
        world.send(bad.owner, call)
    received = game.received(of, revision, reading, "member-1")
    call = world.faults.challenge_by_receipt(
        game.place(of, revision, BY_RECEIPT + 2),
        revision.posted,
        answer.shown,
        answer.sum_path,
        received,
        of.asset.terms,
        game.bond(),
    )
    world.refused(bad.owner, call, "NoFault")
    world.pass_dispute(bad.sold)
    evidence = build_evidence(of.asset.id, [revision])
    got = bad.redeemed(world.settlement.settle(of.asset.id, of.asset.terms, evidence))
    assert got == 10**9 + wanted.credit_pool


def test_members_who_sign_what_an_owner_can_void_pay_his_tenants(game):
    """They saw that the device was another asset's, and counted it all the same."""
    bad = BadPeriod(game)
    world, of = game.world, bad.of
    revision = bad.posted(leaves_of(bad.sold, of, bad.readings))
    before, pot = sum(map(game.stake, MEMBERS)), world.disputes.pot_of(of.asset.id, bad.sold)
    penalty = max(STAKES.floor_wei, 10**9 * STAKES.wei_per_base_unit // 50)
    world.send(bad.owner, proof(game, of, revision))
    assert game.is_void(of, revision)
    assert before - sum(map(game.stake, MEMBERS)) == penalty, "the signers pay"
    assert world.disputes.pot_of(of.asset.id, bad.sold) - pot == penalty - penalty // 2


def test_a_receipt_of_a_member_who_did_not_sign_shields_nobody_whose_report_is_challenged(game):
    """The quorum lies; the third member dates a receipt back for a larger reading of the owner's device."""
    of = game.metered()
    period = of.asset.opened_in
    revision = forged(game, of, period)
    before = sum(map(game.stake, MEMBERS))
    place = game.challenge(of, revision, 0, "watcher")
    leaf, shown = stolen_leaf(game, of, revision)
    received = game.received(of, revision, game.reading(of, period, 2, 101), "member-3")
    call = game.world.faults.prove_receipt(
        game.place(of, revision, 2), revision.posted, shown, leaf, received, of.asset.terms
    )
    game.world.refused(
        "owner", call, "ChallengesOpen", assetId=of.asset.id, period=period, revision=0, open=1
    )
    game.expire(revision, place)
    assert before - sum(map(game.stake, MEMBERS)) == STAKES.floor_wei, "the signers pay"
