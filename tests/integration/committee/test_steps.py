"""The daemon's steps on a chain: reported, challenged, answered, voided, revised, settled, once each."""

import threading
from collections.abc import Callable

import pytest
from tests.contracts.world import MEMBERS, WINDOWS, address
from tests.integration.committee.conftest import Committee

from wellhead.chain.contracts.disputes import SUMMONS, Place
from wellhead.chain.contracts.lease_offers import Ask, PriceKind, Run
from wellhead.chain.contracts.settlement import PeriodState
from wellhead.chain.posted import Posted
from wellhead.daemon.actions import Actions, StepResult
from wellhead.daemon.steps.claims import push_claims
from wellhead.daemon.steps.context import Context, Duties
from wellhead.daemon.steps.disputes import answer_challenges, expire_challenges
from wellhead.daemon.steps.report import post_reports, publish
from wellhead.daemon.steps.settle import settle_periods
from wellhead.daemon.steps.upkeep import keep_house, reprice_offers

Step = Callable[[Context, StepResult], None]


class Round:
    """All three members' daemons; each step is done by all of them, in turn."""

    def __init__(self, committee: Committee) -> None:
        self.committee, self.world = committee, committee.game.world
        self.contexts = []
        for place, name in enumerate(sorted(MEMBERS)):
            member = committee.members[place]
            actions = Actions(self.world.sender(name), None, threading.Event())
            gatherer = committee.gatherer(place)
            duties = Duties(turn_seconds=10**12)
            self.contexts.append(
                Context(member.system, member.follower, actions, duties, member.clock, member, gatherer)
            )

    def do(self, step: Step) -> list[StepResult]:
        """Every member does the step; it is the turn of one of them."""
        results = []
        for context in self.contexts:
            results.append(StepResult(step.__name__))
            step(context, results[-1])
        return results

    def done(self, step: Step) -> list[str]:
        """Keys that were sent by anyone."""
        return [key.split(":", 1)[1] for result in self.do(step) for key in result.done]

    def posted(self, period: int, revision: int = 0) -> Posted:
        return self.contexts[0].posted()[period][revision].posted


@pytest.fixture
def rounds(committee: Committee) -> Round:
    return Round(committee)


def test_a_period_is_reported_challenged_answered_settled_and_claimed(rounds: Round) -> None:
    committee, world = rounds.committee, rounds.world
    of = committee.metered(3)
    asset, game = of.asset, committee.game
    world.give_coins("owner", asset)
    world.send("owner", world.settlement.deposit_bond(asset.id, 10**9))
    world.give_coins("tenant-a", asset)
    sold = asset.opened_in + 1
    lease = world.buy(asset, "tenant-a", sold, 5, 1_000)
    world.travel(world.clock.start_of(sold) + 5)
    for place, index in ((0, 0), (1, 0), (1, 2)):
        committee.give(place, [game.reading(of, sold, index, 600)])
    committee.close(sold)
    [first] = [key for key in rounds.done(post_reports) if key.startswith(f"report:{sold}:0")]
    assert first
    assert not [key for key in rounds.done(post_reports) if key.startswith(f"report:{sold}:")]
    assert f"{sold}:0" in rounds.done(publish)
    assert rounds.done(publish) == []
    places = [Place(asset.id, sold, 0, index) for index in (0, 1, 3)]
    for place in places:
        world.send("outsider", world.disputes.open(place, rounds.posted(sold), 10**18))
    answered = rounds.done(answer_challenges)
    assert sorted(answered) == [f"answer:{asset.id}:{sold}:0:{index}" for index in (0, 1, 3)]
    assert rounds.done(answer_challenges) == []
    assert not any(world.disputes.challenge_of(place).is_open for place in places)
    early = rounds.done(settle_periods)
    assert f"settle:{asset.id}:{sold}" not in early
    world.travel(rounds.posted(sold).disputable_until(WINDOWS) + WINDOWS.post_from + 1)
    world.travel(world.clock.end_of(sold) + WINDOWS.post_until + 1)
    settled = rounds.done(settle_periods)
    assert f"skip:{asset.id}:{asset.opened_in}" in early + settled
    assert settled.count(f"settle:{asset.id}:{sold}") == 1
    claimed = rounds.done(push_claims)
    assert any(key.startswith(f"redeem:{address('tenant-a')}:{lease}") for key in claimed)
    assert any(key.startswith(f"claim:{asset.id}:0:") for key in claimed)
    owed = [
        world.settlement.owed(asset.vault, world.coin.address, address(name))
        for name in ("owner", "protocol")
    ]
    assert owed == [0, 0]
    assert world.leases.total_supply(lease) == 0
    assert not [key for key in rounds.done(push_claims) if key.startswith(f"claim:{asset.id}")]


def test_what_nobody_answered_is_void_and_reported_again(rounds: Round) -> None:
    committee, world = rounds.committee, rounds.world
    of = committee.metered(2)
    period, asset = of.asset.opened_in, of.asset
    world.travel(world.clock.start_of(period) + 5)
    world.spot(asset, period, 10**6)
    committee.give(0, [committee.game.reading(of, period, 0, 600)])
    committee.close(period)
    rounds.do(post_reports)
    place = Place(asset.id, period, 0, 0)
    world.send("outsider", world.disputes.open(place, rounds.posted(period), 10**18))
    opened = world.disputes.challenge_of(place).opened_at
    world.travel(opened + WINDOWS.answer + 1)
    assert rounds.done(answer_challenges) == []
    assert f"expire:{asset.id}:{period}:0:0" in rounds.done(expire_challenges)
    assert world.oracle.contest_of(asset.id, period).rounds[0].voided
    assert any(key.startswith(f"report:{period}:1") for key in rounds.done(post_reports))
    assert rounds.done(post_reports) == []
    world.travel(rounds.posted(period, 1).disputable_until(WINDOWS) + 1)
    assert f"settle:{asset.id}:{period}" in rounds.done(settle_periods)
    assert world.settlement.period_of(asset.id, period).state is PeriodState.SETTLED


def test_a_period_without_report_is_closed_after_its_hard_end(rounds: Round) -> None:
    committee, world = rounds.committee, rounds.world
    of = committee.metered(2)
    period, asset = of.asset.opened_in, of.asset
    world.travel(world.clock.start_of(period) + 5)
    world.spot(asset, period, 10**6)
    world.travel(world.clock.end_of(period) + WINDOWS.post_until + 1)
    missed = [alarm.code for result in rounds.do(post_reports) for alarm in result.alarms]
    assert "report_missed" in missed
    assert f"unreported:{asset.id}:{period}" not in rounds.done(settle_periods)
    world.travel(world.oracle.hard_end_of(period) + 1)
    assert f"unreported:{asset.id}:{period}" in rounds.done(settle_periods)


def test_a_summons_is_answered_with_the_report(rounds: Round) -> None:
    committee, world = rounds.committee, rounds.world
    of = committee.metered(2)
    period, asset = of.asset.opened_in, of.asset
    world.travel(world.clock.start_of(period) + 5)
    world.spot(asset, period, 10**6)
    committee.close(period)
    rounds.do(post_reports)
    world.travel(world.oracle.hard_end_of(period) + 1)
    place = Place(asset.id, period, 0, SUMMONS)
    world.send("outsider", world.disputes.open(place, rounds.posted(period), 10**18))
    assert rounds.done(answer_challenges) == [f"answer:{asset.id}:{period}:0:{SUMMONS}"]


def test_a_utilization_price_follows_its_closed_periods_once(rounds: Round) -> None:
    committee, world = rounds.committee, rounds.world
    of = committee.metered(2)
    asset = of.asset
    ask = Ask(1_000, PriceKind.UTILIZATION, 500, 2_000, target_units=5)
    run = Run(asset.id, asset.opened_in + 1, asset.opened_in + 3)
    world.send("owner", world.lease_offers.offer(run, ask, asset.terms))
    offer = world.lease_offers.offer_count() - 1
    assert rounds.done(reprice_offers) == []
    world.travel(world.clock.end_of(asset.opened_in + 1) + WINDOWS.post_until + 1)
    rounds.do(settle_periods)
    assert rounds.done(reprice_offers) == [f"reprice:{offer}:{asset.opened_in + 1}"]
    assert world.lease_offers.offer_of(offer).price == 875
    assert rounds.done(reprice_offers) == []


def test_nothing_is_settled_or_paid_while_money_may_not_move(rounds: Round) -> None:
    for context in rounds.contexts:
        context.money_may_move = lambda: False
    for step in (settle_periods, push_claims):
        results = rounds.do(step)
        assert {alarm.code for result in results for alarm in result.alarms} == {"money_stopped"}
        assert not any(result.done or result.waiting for result in results)


def test_house_is_kept_without_anything_to_do(rounds: Round) -> None:
    assert rounds.done(keep_house) == []
