"""Every limit of time: the second before it, the second itself, the second after."""

import pytest
from tests.contracts.disputes.game import STAKES, Game
from tests.contracts.disputes.test_faults import spoiled_totals, totals_call
from tests.contracts.disputes.test_receipts import receipt_call
from tests.contracts.oracle.test_fallback import fallback
from tests.contracts.oracle.test_submit import changed, submit
from tests.contracts.world import MEMBERS, WINDOWS, address

from wellhead.chain.contracts.disputes import SUMMONS
from wellhead.chain.reverts import REFUSALS, as_reverted
from wellhead.reports.evidence import build_absences

GOES, TWO = "goes", ("member-1", "member-2")


@pytest.fixture(scope="module")
def game() -> Game:
    """A world whose members have stakes."""
    return Game()


def outcome(game, call, who=""):
    """What the call would come to in a block of this very second: the error's name, or that it goes."""
    request = {
        "from": address(who) if who else game.world.chain.caller,
        "to": call.to,
        "data": call.data,
        "value": call.value,
    }
    try:
        game.world.chain.web3.eth.call(request)
    except REFUSALS as error:
        return as_reverted(error, call.action).name
    return GOES


def around(game, limit, call, who=""):
    """What it comes to the second before the limit, at it and after it."""
    found = []
    for second in (limit - 1, limit, limit + 1):
        game.world.travel(second)
        assert game.world.now == second
        found.append(outcome(game, call, who))
    return found


def test_a_report_is_posted_from_the_first_second_of_its_window_to_the_last(game):
    of = game.metered()
    period = of.asset.opened_in
    end = game.world.clock.end_of(period)
    proposal = game.proposal(period, {of.asset.id: game.readings(of, period, [900] * 5)})
    call = submit(game.world, proposal.report, *TWO)
    assert around(game, end + WINDOWS.post_from, call) == ["OutsidePostWindow", GOES, GOES]
    assert around(game, end + WINDOWS.post_until, call) == [GOES, GOES, "OutsidePostWindow"]


def test_a_fallback_is_posted_when_members_cannot_any_more(game):
    of = game.metered()
    period = of.asset.opened_in
    proposal = game.proposal(period, {of.asset.id: game.readings(of, period, [900] * 5)})
    call = game.world.oracle.submit_fallback(proposal.report, STAKES.fallback_bond)
    members_last = game.world.clock.end_of(period) + WINDOWS.post_until
    assert around(game, members_last, call) == ["OutsidePostWindow", "OutsidePostWindow", GOES]
    assert around(game, members_last + WINDOWS.revision, call) == [GOES, GOES, "OutsidePostWindow"]


def test_a_period_is_skipped_and_missed_when_members_cannot_post_any_more(game):
    of = game.metered()
    period = of.asset.opened_in
    last = game.world.clock.end_of(period) + WINDOWS.post_until
    skip = game.world.settlement.skip(of.asset.id, period, 1)
    assert around(game, last, skip) == ["TooEarly", "TooEarly", GOES]
    again = game.metered()
    last = game.world.clock.end_of(again.asset.opened_in) + WINDOWS.post_until
    miss = game.world.oracle.charge_miss(again.asset.opened_in, game.world.oracle.members().version)
    assert around(game, last, miss) == ["BeforePostDeadline", "BeforePostDeadline", GOES]


def test_a_revision_is_posted_as_long_as_its_window_says(game):
    of = game.metered()
    revision = game.posted(of, [900] * 5)
    again = changed(revision.proposal.report, revision=1)
    call = submit(game.world, again, *TWO, previous=revision.posted)
    until = revision.posted.posted_at + WINDOWS.dispute + WINDOWS.answer + WINDOWS.revision
    assert around(game, until, call) == [GOES, GOES, "OutsidePostWindow"]


@pytest.mark.parametrize("fallen_back", [False, True])
def test_what_cannot_be_disputed_any_more_is_accepted_in_the_same_second(game, fallen_back):
    """One second earlier it is the other way round, so no second is without either."""
    of = game.metered()
    revision = fallback(game, of) if fallen_back else game.posted(of, [900] * 5)
    until = revision.posted.posted_at + WINDOWS.dispute * (3 if fallen_back else 1)
    opening = game.world.disputes.open(game.place(of, revision, 0), revision.posted, game.bond())
    settling = game.world.settlement.settle(of.asset.id, of.asset.terms, game.accepted(of, revision))
    game.world.travel(until - 1)
    assert (outcome(game, opening), outcome(game, settling)) == (GOES, "DisputeOpen")
    game.world.travel(until)
    assert (outcome(game, opening), outcome(game, settling)) == ("DisputeOver", GOES)
    game.world.travel(until + 1)
    assert (outcome(game, opening), outcome(game, settling)) == ("DisputeOver", GOES)


def test_a_fault_is_proven_to_the_last_second_in_which_the_report_is_not_accepted(game):
    of = game.metered()
    revision, shown = spoiled_totals(game, of, busy_seconds=4_501)
    call = totals_call(game, of, revision, shown)
    until = revision.posted.posted_at + WINDOWS.dispute
    assert around(game, until, call) == [GOES, "DisputeOver", "DisputeOver"]


def test_a_challenge_is_answered_to_the_last_second_and_expires_after_it(game):
    of = game.metered()
    revision = game.posted(of, [900] * 5)
    place = game.challenge(of, revision, 2)
    limit = game.world.disputes.challenge_of(place).opened_at + WINDOWS.answer
    answer = game.answer_call(of, revision, place)
    expiry = game.world.disputes.expire(place, revision.posted)
    for second, wanted in (
        (limit - 1, (GOES, "AnswerPending")),
        (limit, (GOES, "AnswerPending")),
        (limit + 1, ("AnswerTooLate", GOES)),
    ):
        game.world.travel(second)
        assert (outcome(game, answer), outcome(game, expiry)) == wanted, second - limit


def test_a_report_lapses_after_the_last_second_in_which_any_challenge_can_be_answered(game):
    of = game.metered()
    revision = game.posted(of, [900] * 5)
    game.challenge(of, revision, 2)
    limit = revision.posted.posted_at + WINDOWS.dispute + WINDOWS.answer
    found = []
    for second in (limit - 1, limit, limit + 1):
        game.world.travel(second)
        found.append(game.is_void(of, revision))
    assert found == [False, False, True]


def test_the_hard_end_closes_what_has_no_report_and_summons_what_has(game):
    of, other = game.metered(), game.metered()
    period = other.asset.opened_in
    revision = game.posted(other, [900] * 5)
    hard_end = game.world.oracle.hard_end_of(period)
    summons = game.world.disputes.open(game.place(other, revision, SUMMONS), revision.posted, game.bond())
    absences = build_absences(of.asset.id, [revision])
    game.world.travel(game.world.oracle.hard_end_of(of.asset.opened_in))
    empty = game.world.settle_unreported(of.asset.id, of.asset.terms, [])
    game.world.send("outsider", empty)
    closing = game.world.settle_unreported(of.asset.id, of.asset.terms, absences)
    for second, wanted in (
        (hard_end - 1, ("BeforeHardEnd", "BeforeHardEnd")),
        (hard_end, (GOES, GOES)),
        (hard_end + 1, (GOES, GOES)),
    ):
        game.world.travel(second)
        assert (outcome(game, summons), outcome(game, closing)) == wanted, second - hard_end


def test_a_summons_is_answered_to_the_last_second_and_the_report_is_void_after_it(game):
    of = game.metered()
    revision = game.posted(of, [900] * 5)
    shown = game.opened(of, revision).shown
    game.world.travel(game.world.oracle.hard_end_of(of.asset.opened_in))
    place = game.challenge(of, revision, SUMMONS)
    limit = game.world.now + WINDOWS.answer
    answer = game.world.disputes.answer_report(place, revision.posted, shown)
    expiry = game.world.disputes.expire(place, revision.posted)
    for second, wanted in (
        (limit - 1, (GOES, "AnswerPending", False)),
        (limit, (GOES, "AnswerPending", False)),
        (limit + 1, ("AnswerTooLate", GOES, True)),
    ):
        game.world.travel(second)
        assert (outcome(game, answer), outcome(game, expiry), game.is_void(of, revision)) == wanted


@pytest.mark.parametrize(("late", "wanted"), [(0, GOES), (1, "ReceivedTooLate"), (2, "ReceivedTooLate")])
def test_a_receipt_counts_if_it_is_older_than_the_first_second_of_posting(game, late, wanted):
    """Whoever posts in that second cannot have what came in it."""
    of = game.metered()
    revision = game.posted(of, [800] * 5)
    larger = game.reading(of, of.asset.opened_in, 2, 801)
    received = game.received(of, revision, larger, "member-1", late)
    first = game.world.clock.end_of(of.asset.opened_in) + WINDOWS.post_from
    assert received.receipt.received_at == first - 1 + late
    assert outcome(game, receipt_call(game, of, revision, received)) == wanted


def test_a_fallbacks_bond_is_free_after_everything_that_could_take_it(game):
    of = game.metered()
    fallback(game, of)
    call = game.world.oracle.release_fallback(of.asset.opened_in)
    limit = game.world.oracle.hard_end_of(of.asset.opened_in) + WINDOWS.answer + WINDOWS.post_from
    assert around(game, limit, call) == ["DisputeOpen", GOES, GOES]


def test_a_stake_is_free_thirty_days_after_its_member_left(game):
    game.world.send(MEMBERS[2], game.world.oracle.leave_members())
    free_at = game.world.now + 30 * 86_400
    call = game.world.oracle.withdraw_stake()
    assert around(game, free_at, call, MEMBERS[2]) == ["StillBound", GOES, GOES]
