"""Opening, answering and expiring challenges, after the requirements in IDisputes.sol."""

from dataclasses import replace

import pytest
from tests.contracts.disputes.game import ETHER, STAKES
from tests.contracts.world import MEMBERS, WINDOWS, address

from wellhead.chain.contracts.disputes import SUMMONS
from wellhead.reports.answers import Shown
from wellhead.reports.evidence import Absence


def test_every_place_below_the_power_of_two_is_opened_by_what_stands_there(game):
    of = game.metered(count=5)
    revision = game.posted(of, [900, None, 700, 650, 10])
    for index in range(8):
        place = game.challenge(of, revision, index)
        assert game.world.oracle.contest_of(of.asset.id, of.asset.opened_in).rounds[0].open == 1
        game.answer(of, revision, place)
    assert game.world.oracle.contest_of(of.asset.id, of.asset.opened_in).rounds[0].open == 0


def test_one_device_is_its_own_root_and_can_be_opened(game):
    of = game.metered(count=1)
    revision = game.posted(of, [900])
    game.answer(of, revision, game.challenge(of, revision, 0))
    empty = game.metered(count=1)
    revision = game.posted(empty, [None])
    game.answer(empty, revision, game.challenge(empty, revision, 0))


def test_the_answerer_earns_the_bond_and_can_take_it(game):
    of = game.metered()
    revision = game.posted(of, [900] * 5)
    place = game.challenge(of, revision, 2)
    bond = game.world.disputes.challenge_of(place).bond
    game.answer(of, revision, place, "helper")
    assert game.owed("helper") == bond
    before = game.balance("Disputes")
    game.world.send("outsider", game.world.disputes.claim_wei(address("helper")))
    assert (game.owed("helper"), before - game.balance("Disputes")) == (0, bond)
    refused = game.world.disputes.claim_wei(address("helper"))
    game.world.refused("outsider", refused, "NoWeiOwed", payee=address("helper"))


def test_what_a_challenger_sends_beyond_the_bond_is_owed_back_to_him(game):
    of = game.metered()
    revision = game.posted(of, [900] * 5)
    place = game.place(of, revision, 0)
    game.world.send("generous", game.world.disputes.open(place, revision.posted, ETHER))
    assert game.owed("generous") + game.world.disputes.challenge_of(place).bond == ETHER


def test_a_bond_below_the_answers_cost_is_refused(game):
    of = game.metered()
    revision = game.posted(of, [900] * 5)
    call = game.world.disputes.open(game.place(of, revision, 0), revision.posted, 2 * 150_000 * 10**9 - 1)
    game.world.refused(
        "watcher", call, "BondTooSmall", given=2 * 150_000 * 10**9 - 1, needed=2 * 150_000 * 10**9
    )


def test_bonds_double_with_every_sixty_four_challenges_open(game):
    plain = 2 * 150_000 * 10**9
    bonds = [game.world.disputes.read("bondOf", n) for n in (0, 63, 64, 127, 128, 640)]
    assert bonds == [plain, plain, 2 * plain, 2 * plain, 4 * plain, 1024 * plain]
    assert game.world.disputes.read("bondOf", 1 << 24) >= plain << 56


def test_spamming_a_report_with_challenges_costs_twice_as_much_after_sixty_four(game):
    of = game.metered(count=65)
    revision = game.posted(of, [900] * 65)
    for index in range(64):
        game.world.send(
            "watcher", game.world.disputes.open(game.place(of, revision, index), revision.posted, ETHER)
        )
    plain = 2 * 150_000 * 10**9
    call = game.world.disputes.open(game.place(of, revision, 64), revision.posted, plain)
    game.world.refused("watcher", call, "BondTooSmall", given=plain, needed=2 * plain)


def test_a_place_beyond_the_tree_does_not_exist(game):
    of = game.metered(count=5)
    revision = game.posted(of, [900] * 5)
    for index in (8, (1 << 32) - 1, 1 << 32):
        call = game.world.disputes.open(game.place(of, revision, index), revision.posted, game.bond())
        game.world.refused("watcher", call, "NoSuchPlace", index=index, places=8)


def test_a_place_is_challenged_once_and_one_answer_closes_it_for_good(game):
    of = game.metered()
    revision = game.posted(of, [900] * 5)
    place = game.challenge(of, revision, 1)
    where = {"assetId": of.asset.id, "period": place.period, "revision": 0, "index": 1}
    again = game.world.disputes.open(place, revision.posted, game.bond())
    game.world.refused("watcher", again, "AlreadyChallenged", **where)
    game.answer(of, revision, place)
    game.world.refused("watcher", again, "AlreadyChallenged", **where)
    game.world.refused("answerer", game.answer_call(of, revision, place), "NotChallenged", **where)


def test_a_place_that_nobody_challenged_has_no_answer(game):
    of = game.metered()
    revision = game.posted(of, [900] * 5)
    place = game.place(of, revision, 3)
    call = game.answer_call(of, revision, place)
    where = {"assetId": of.asset.id, "period": place.period, "revision": 0, "index": 3}
    game.world.refused("answerer", call, "NotChallenged", **where)


def test_challenges_end_with_the_dispute_window(game):
    of = game.metered()
    revision = game.posted(of, [900] * 5)
    until = revision.posted.posted_at + WINDOWS.dispute
    call = game.world.disputes.open(game.place(of, revision, 0), revision.posted, game.bond())
    game.world.travel(until)
    game.world.refused(
        "watcher", call, "DisputeOver", period=of.asset.opened_in, timestamp=until, until=until
    )


def test_a_challenge_of_what_was_not_posted_is_refused(game):
    of = game.metered()
    revision = game.posted(of, [900] * 5)
    told = replace(revision.posted, posted_at=revision.posted.posted_at + 1)
    call = game.world.disputes.open(game.place(of, revision, 0), told, game.bond())
    with pytest.raises(Exception, match="NotPosted"):
        game.world.send("watcher", call)


def test_an_open_challenge_holds_settling_and_an_answer_in_time_frees_it(game):
    of = game.metered()
    revision = game.posted(of, [900] * 5)
    game.world.travel(revision.posted.posted_at + WINDOWS.dispute - 50)
    place = game.challenge(of, revision, 4)
    evidence = game.accepted(of, revision)
    game.world.travel(revision.posted.posted_at + WINDOWS.dispute)
    game.world.reading_refused(
        lambda: game.require_accepted(evidence),
        "Challenged",
        assetId=of.asset.id,
        period=of.asset.opened_in,
        revision=0,
        open=1,
    )
    game.answer(of, revision, place)
    checked_until = game.world.now + WINDOWS.post_from
    game.world.reading_refused(lambda: game.require_accepted(evidence), "DisputeOpen", until=checked_until)
    game.world.travel(checked_until)
    game.require_accepted(evidence)
    game.world.settle(of.asset, evidence)


def test_an_answer_early_in_the_dispute_window_delays_nothing(game):
    of = game.metered()
    revision = game.posted(of, [900] * 5)
    game.answer(of, revision, game.challenge(of, revision, 0))
    game.world.travel(revision.posted.posted_at + WINDOWS.dispute)
    game.require_accepted(game.accepted(of, revision))


def test_a_late_answer_is_refused_and_the_last_second_is_not_late(game):
    of = game.metered()
    revision = game.posted(of, [900] * 5)
    first, second = game.challenge(of, revision, 0), game.challenge(of, revision, 1)
    deadline = game.world.disputes.challenge_of(first).opened_at + WINDOWS.answer
    game.world.travel(deadline - 1)
    game.answer(of, revision, first)
    late = game.world.disputes.challenge_of(second).opened_at + WINDOWS.answer
    game.world.travel(late + 1)
    call = game.answer_call(of, revision, second)
    game.world.refused("answerer", call, "AnswerTooLate", timestamp=late + 1, deadline=late)


def test_without_an_answer_the_report_is_void_and_signers_pay(game):
    of = game.metered()
    revision = game.posted(of, [900] * 5, "member-1", "member-3")
    place = game.challenge(of, revision, 4, "lucky")
    bond = game.world.disputes.challenge_of(place).bond
    stakes = [game.stake(member) for member in MEMBERS]
    deadline = game.world.disputes.challenge_of(place).opened_at + WINDOWS.answer
    call = game.world.disputes.expire(place, revision.posted)
    game.world.travel(deadline)
    game.world.refused("outsider", call, "AnswerPending", timestamp=deadline, deadline=deadline)
    excess, treasury = game.owed("lucky"), game.owed("protocol")
    game.expire(revision, place)
    half = STAKES.floor_wei // 2
    paid = [before - game.stake(member) for before, member in zip(stakes, MEMBERS, strict=True)]
    assert paid == [half, 0, half]
    assert game.owed("lucky") - excess == bond + half
    assert game.owed("protocol") - treasury == half, "no tenant, so the other half is the treasury's"
    assert game.is_void(of, revision)
    where = {"assetId": of.asset.id, "period": of.asset.opened_in, "revision": 0}
    game.world.reading_refused(lambda: game.require_accepted(game.accepted(of, revision)), "Void", **where)


def test_a_report_is_void_without_anybodys_call_once_no_answer_can_come(game):
    of = game.metered()
    revision = game.posted(of, [900] * 5)
    game.challenge(of, revision, 4)
    last = revision.posted.posted_at + WINDOWS.dispute + WINDOWS.answer
    game.world.travel(last)
    assert not game.is_void(of, revision)
    game.world.travel(last + 1)
    assert game.is_void(of, revision)
    with pytest.raises(Exception, match="Void"):
        game.require_accepted(game.accepted(of, revision))


def test_the_penalty_grows_with_escrow_and_half_of_it_is_the_tenants(game):
    world, of = game.world, game.metered()
    sold = world.travel_to_next_period() + 1
    world.give_coins("owner", of.asset)
    world.send("owner", world.settlement.deposit_bond(of.asset.id, 10**10))
    lease = world.buy(of.asset, "tenant-a", sold, 10, 10**9)
    assert world.period_book(of.asset, sold).escrow == 10**10
    world.travel(world.clock.end_of(sold))
    revision = game.post(game.proposal(sold, {of.asset.id: game.readings(of, sold, [900] * 5)}))
    game.expire(revision, game.challenge(of, revision, 0, "finder"))
    penalty = 10**10 * STAKES.wei_per_base_unit // 50
    assert penalty > STAKES.floor_wei
    pot = world.disputes.pot_of(of.asset.id, sold)
    assert pot == penalty // 2
    assert lease == of.asset.lease(sold, 10**9)
    settlement = world.deployment.contracts["Settlement"]
    pay = world.disputes.prepare("payPot", of.asset.id, sold, address("tenant-a"), 4, 10)
    world.refused("outsider", pay, "NotSettlement", caller=address("outsider"))
    assert settlement != address("outsider")


def test_a_second_cause_returns_bonds_and_costs_nothing_more(game):
    of = game.metered()
    revision = game.posted(of, [900] * 5)
    first = game.challenge(of, revision, 0, "first")
    second = game.challenge(of, revision, 1, "second")
    where = {"assetId": of.asset.id, "period": of.asset.opened_in, "revision": 0}
    early = game.world.disputes.reclaim(second)
    game.world.refused("outsider", early, "NotVoid", **where)
    game.expire(revision, first)
    stakes = [game.stake(member) for member in MEMBERS]
    again = game.world.disputes.expire(second, revision.posted)
    game.world.travel(game.world.disputes.challenge_of(second).opened_at + WINDOWS.answer + 1)
    game.world.refused("outsider", again, "Void", **where)
    excess, bond = game.owed("second"), game.world.disputes.challenge_of(second).bond
    game.world.send("outsider", game.world.disputes.reclaim(second))
    assert game.owed("second") == excess + bond
    assert [game.stake(member) for member in MEMBERS] == stakes
    game.world.refused("outsider", game.world.disputes.reclaim(second), "NotChallenged", **where, index=1)


def test_an_asset_that_is_not_in_the_revision_is_answered_by_its_absence(game):
    of, other = game.metered(), game.metered("other-owner")
    period = other.asset.opened_in
    revision = game.post(game.proposal(period, {other.asset.id: game.readings(other, period, [5] * 5)}))
    place = game.challenge(of, revision, 3)
    wrong = game.world.disputes.answer_absent(
        game.challenge(other, revision, 0), revision.posted, game.opened(other, revision).shown.path
    )
    with pytest.raises(Exception, match="WrongRoot"):
        game.world.send("answerer", wrong)
    game.answer(of, revision, place)
    assert not game.world.disputes.challenge_of(place).is_open


def test_after_a_void_a_revision_settles_without_a_proof_of_absence(game):
    of = game.metered()
    period = of.asset.opened_in
    first = game.posted(of, [900] * 5)
    game.expire(first, game.challenge(of, first, 0))
    held = {of.asset.id: game.readings(of, period, [800] * 5)}
    second = game.post(game.proposal(period, held, 1), previous=first.posted)
    game.world.travel(second.posted.posted_at + WINDOWS.dispute)
    evidence = game.accepted(of, replace(first, void=frozenset({of.asset.id})), second)
    assert evidence.absences == (Absence(first.posted),)
    game.world.settle(of.asset, evidence)
    assert game.world.oracle.read("wasVoided", of.asset.id, period)


def test_a_revision_cannot_settle_while_the_report_before_it_may_still_stand(game):
    of = game.metered()
    period = of.asset.opened_in
    first = game.posted(of, [900] * 5)
    held = {of.asset.id: game.readings(of, period, [800] * 5)}
    second = game.post(game.proposal(period, held, 1), previous=first.posted)
    game.world.travel(first.posted.posted_at + WINDOWS.dispute - 50)
    place = game.challenge(of, first, 0)
    game.world.travel(second.posted.posted_at + WINDOWS.dispute)
    evidence = replace(
        game.accepted(of, second),
        revision=1,
        absences=(Absence(first.posted, game.opened(of, first).shown.path),),
    )
    with pytest.raises(Exception, match="StillPresent"):
        game.require_accepted(evidence)
    game.world.travel(game.world.disputes.challenge_of(place).opened_at + WINDOWS.answer + 1)
    game.world.send("outsider", game.world.disputes.expire(place, first.posted))
    game.require_accepted(evidence)


def test_a_root_that_nobody_can_open_is_summoned_after_the_hard_end(game):
    of = game.metered()
    revision = game.posted(of, [900] * 5)
    period = of.asset.opened_in
    place = game.place(of, revision, SUMMONS)
    call = game.world.disputes.open(place, revision.posted, game.bond())
    hard_end = game.world.oracle.hard_end_of(period)
    with pytest.raises(Exception, match="BeforeHardEnd"):
        game.world.send("watcher", call)
    game.world.travel(hard_end)
    game.world.send("watcher", call)
    game.require_accepted(game.accepted(of, revision))  # asking holds nothing up
    game.world.travel(game.world.disputes.challenge_of(place).opened_at + WINDOWS.answer + 1)
    assert game.is_void(of, revision)
    assert game.world.oracle.read("wasVoided", of.asset.id, period)
    passed = replace(revision, void=frozenset({of.asset.id}))
    where = {"assetId": of.asset.id, "period": period, "revision": 0}
    game.world.reading_refused(lambda: game.require_unreported(of, passed), "NotExpired", **where)
    game.expire(revision, place)
    game.require_unreported(of, passed)
    assert game.world.oracle.contest_of(of.asset.id, period).rounds[0].voided
    assert game.world.oracle.contest_of(of.asset.id, period).summoned_until == 0


def test_a_summons_is_answered_with_the_report_and_not_asked_again(game):
    of = game.metered()
    revision = game.posted(of, [900] * 5)
    game.world.travel(game.world.oracle.hard_end_of(of.asset.opened_in))
    place = game.challenge(of, revision, SUMMONS)
    shown = game.opened(of, revision).shown
    wrong = replace(shown, report=replace(shown.report, up_seconds=1))
    call = game.world.disputes.answer_report(place, revision.posted, wrong)
    with pytest.raises(Exception, match="WrongRoot"):
        game.world.send("answerer", call)
    game.world.send("answerer", game.world.disputes.answer_report(place, revision.posted, shown))
    game.world.travel(game.world.now + WINDOWS.answer + 1)
    assert not game.is_void(of, revision)
    with pytest.raises(Exception, match="AlreadyChallenged"):
        game.challenge(of, revision, SUMMONS)


def test_a_device_challenge_is_not_answered_by_the_report_alone(game):
    of = game.metered()
    revision = game.posted(of, [900] * 5)
    place = game.challenge(of, revision, 0)
    shown: Shown = game.opened(of, revision).shown
    call = game.world.disputes.answer_report(place, revision.posted, shown)
    game.world.refused("answerer", call, "WrongAnswer", index=0)


def test_bonds_rewards_and_pots_are_all_that_disputes_holds(game):
    of = game.metered()
    revision = game.posted(of, [900] * 5)
    held = game.balance("Disputes")
    place = game.challenge(of, revision, 0, "single")
    assert (
        game.balance("Disputes") - held == game.owed("single") + game.world.disputes.challenge_of(place).bond
    )
    stakes = sum(game.stake(member) for member in MEMBERS)
    oracle, disputes = game.balance("ReportOracle"), game.balance("Disputes")
    game.expire(revision, place)
    taken = stakes - sum(game.stake(member) for member in MEMBERS)
    assert oracle - game.balance("ReportOracle") == taken == game.balance("Disputes") - disputes
