"""The fallback root: anyone's, bonded, where members post nothing."""

from dataclasses import replace

import pytest
from tests.contracts.disputes.game import STAKES, Game
from tests.contracts.world import MEMBERS, WINDOWS, address

from wellhead.errors import ContractReverted
from wellhead.reports.evidence import Revision


@pytest.fixture(scope="module")
def game():
    """Members with stakes, and an outsider who would post for them."""
    return Game()


def fallback(game, of, ups=(900,) * 5, who="stand-in"):
    """The asset's first period by a fallback root, right after the post window."""
    world, period = game.world, of.asset.opened_in
    world.travel(world.clock.end_of(period) + WINDOWS.post_until + 1)
    proposal = game.proposal(period, {of.asset.id: game.readings(of, period, list(ups))})
    call = world.oracle.submit_fallback(proposal.report, STAKES.fallback_bond)
    mined = world.send(who, call)
    return Revision(proposal, world.oracle.posted_in(mined.transaction_hash))


def test_anyone_posts_where_no_member_did_and_the_dispute_takes_three_times_as_long(game):
    of = game.metered()
    revision = fallback(game, of)
    assert revision.posted.is_fallback
    assert revision.posted.signers == 0
    until = revision.posted.posted_at + 3 * WINDOWS.dispute
    assert revision.posted.disputable_until(WINDOWS) == until
    evidence = game.accepted(of, revision)
    game.world.travel(until - 1)
    game.world.reading_refused(lambda: game.require_accepted(evidence), "DisputeOpen", until=until)
    game.world.travel(until)
    game.world.settle(of.asset, evidence)


def test_a_fallback_waits_for_the_members_window_and_ends_with_the_revision_window(game):
    of = game.metered()
    world, period = game.world, of.asset.opened_in
    proposal = game.proposal(period, {of.asset.id: game.readings(of, period, [900] * 5)})
    call = world.oracle.submit_fallback(proposal.report, STAKES.fallback_bond)
    first = world.clock.end_of(period) + WINDOWS.post_until + 1
    last = first + WINDOWS.revision - 1
    window = {"from": first, "until": last}
    for now in (first - 1, last + 1):
        world.travel(now)
        world.refused("outsider", call, "OutsidePostWindow", period=period, timestamp=now, **window)


def test_a_fallback_where_members_posted_is_refused(game):
    of = game.metered()
    world, period = game.world, of.asset.opened_in
    revision = game.posted(of, [900] * 5)
    world.travel(world.clock.end_of(period) + WINDOWS.post_until + 1)
    call = world.oracle.submit_fallback(revision.proposal.report, STAKES.fallback_bond)
    world.refused("outsider", call, "AlreadyPosted", period=period, revision=0)


def test_a_second_fallback_and_a_members_first_revision_after_one_are_refused(game):
    of = game.metered()
    world, period = game.world, of.asset.opened_in
    revision = fallback(game, of)
    call = world.oracle.submit_fallback(revision.proposal.report, STAKES.fallback_bond)
    world.refused("outsider", call, "AlreadyPosted", period=period, revision=0)
    with pytest.raises(ContractReverted, match="OutsidePostWindow"):
        game.post(revision.proposal)


@pytest.mark.parametrize("wrong", [-1, 1])
def test_another_bond_than_the_deployments_is_refused(game, wrong):
    of = game.metered()
    world, period = game.world, of.asset.opened_in
    world.travel(world.clock.end_of(period) + WINDOWS.post_until + 1)
    proposal = game.proposal(period, {of.asset.id: game.readings(of, period, [900] * 5)})
    bond = STAKES.fallback_bond
    call = world.oracle.submit_fallback(proposal.report, bond + wrong)
    world.refused("outsider", call, "WrongFallbackBond", given=bond + wrong, needed=bond)
    later = world.oracle.submit_fallback(replace(proposal.report, revision=1), bond)
    world.refused("outsider", later, "TooManyRevisions", revision=1, limit=0)


def test_a_void_fallback_costs_its_poster_and_no_member_and_members_may_revise(game):
    of = game.metered()
    revision = fallback(game, of)
    stakes = [game.stake(member) for member in MEMBERS]
    reward = game.owed("finder")
    place = game.place(of, revision, 0)
    bond = game.bond()
    game.world.send("finder", game.world.disputes.open(place, revision.posted, bond))
    game.expire(revision, place)
    assert [game.stake(member) for member in MEMBERS] == stakes
    penalty = STAKES.floor_wei
    left = game.world.oracle.read("fallbackOf", of.asset.opened_in)
    assert left == (address("stand-in"), STAKES.fallback_bond - penalty)
    assert game.owed("finder") - reward == bond + penalty // 2
    period = of.asset.opened_in
    held = {of.asset.id: game.readings(of, period, [800] * 5)}
    second = game.post(game.proposal(period, held, 1), previous=revision.posted)
    game.world.travel(second.posted.disputable_until(WINDOWS))
    game.world.settle(of.asset, game.accepted(of, replace(revision, void=frozenset({of.asset.id})), second))


def test_a_fallbacks_bond_goes_back_when_nobody_can_contest_it_any_more(game):
    of = game.metered()
    fallback(game, of, who="honest")
    world, period = game.world, of.asset.opened_in
    call = world.oracle.release_fallback(period)
    until = world.oracle.hard_end_of(period) + WINDOWS.answer + WINDOWS.post_from
    with pytest.raises(ContractReverted, match="DisputeOpen"):
        world.send("outsider", call)
    world.travel(until)
    world.send("outsider", call)
    assert world.oracle.owed_wei(address("honest")) == STAKES.fallback_bond
    world.refused("outsider", call, "NoFallback", period=period)


def test_members_who_left_it_to_a_fallback_still_missed(game):
    of = game.metered()
    fallback(game, of)
    before = [game.stake(member) for member in MEMBERS]
    version = game.world.oracle.members().version
    game.world.send("outsider", game.world.oracle.charge_miss(of.asset.opened_in, version))
    paid = [b - game.stake(member) for b, member in zip(before, MEMBERS, strict=True)]
    assert paid == [STAKES.miss_fee] * 3
