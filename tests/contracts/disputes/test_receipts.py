"""Receipts: what a member had in its hands, and what it is no proof of."""

from dataclasses import replace

import pytest
from tests.contracts.disputes.game import ETHER, STAKES
from tests.contracts.disputes.test_faults import bind, with_foreign_device
from tests.contracts.world import MEMBERS, WINDOWS, L

from wellhead.chain.contracts.disputes import BY_RECEIPT
from wellhead.errors import ContractReverted
from wellhead.reports.answers import Equivocated


def receipt_call(game, of, revision, received, index=2):
    opened = game.opened(of, revision)
    place = game.place(of, revision, index)
    faults = game.world.faults
    return faults.prove_receipt(
        place, revision.posted, opened.shown, opened.leaf(index), received, of.asset.terms
    )


def prove_receipt(game, of, revision, received):
    game.world.send("prover", receipt_call(game, of, revision, received))


def test_a_receipt_for_a_larger_reading_voids_at_once_and_its_giver_pays_alone(game):
    of = game.metered()
    revision = game.posted(of, [800] * 5)
    larger = game.reading(of, of.asset.opened_in, 2, 801)
    stakes = [game.stake(member) for member in MEMBERS]
    reward = game.owed("prover")
    received = game.received(of, revision, larger, "member-2")
    game.world.send("prover", receipt_call(game, of, revision, received))
    assert game.is_void(of, revision)
    paid = [before - game.stake(member) for before, member in zip(stakes, MEMBERS, strict=True)]
    assert paid == [0, STAKES.floor_wei, 0]
    assert game.owed("prover") - reward == STAKES.floor_wei // 2


def test_a_receipt_of_a_member_who_did_not_sign_voids_and_costs_nobody(game):
    """Else one member and one agent could take the others' stakes with a receipt that nobody was shown."""
    of = game.metered()
    revision = game.posted(of, [800] * 5)
    larger = game.reading(of, of.asset.opened_in, 2, 801)
    stakes, reward = [game.stake(member) for member in MEMBERS], game.owed("prover")
    received = game.received(of, revision, larger, "member-3")
    game.world.send("prover", receipt_call(game, of, revision, received))
    assert game.is_void(of, revision)
    assert [game.stake(member) for member in MEMBERS] == stakes
    assert game.owed("prover") == reward


def test_receipts_that_prove_nothing_are_refused(game):
    of = game.metered()
    revision = game.posted(of, [800] * 5)
    period = of.asset.opened_in

    def refused(received, error, **numbers):
        call = receipt_call(game, of, revision, received)
        if numbers:
            game.world.refused("prover", call, error, **numbers)
            return
        with pytest.raises(ContractReverted, match=error):
            game.world.send("prover", call)

    for same in (800, 799):
        signed = game.reading(of, period, 2, same)
        refused(game.received(of, revision, signed, "member-1"), "NotLarger")
    equivocation = game.reading(of, period, 2, 900, down_seconds=1)
    refused(game.received(of, revision, equivocation, "member-1"), "NotLarger")
    larger = game.reading(of, period, 2, 801)
    late = game.received(of, revision, larger, "member-1", late=1)
    deadline = game.world.clock.end_of(period) + WINDOWS.post_from
    refused(late, "ReceivedTooLate", receivedAt=deadline, deadline=deadline)
    late = game.received(of, revision, larger, "member-1", late=2)
    refused(late, "ReceivedTooLate", receivedAt=deadline + 1, deadline=deadline)
    good = game.received(of, revision, larger, "member-1")
    refused(replace(good, member_place=(good.member_place + 1) % 3), "NotTheMember")
    refused(replace(good, member_place=9), "NotTheMember")
    refused(replace(good, receipt=replace(good.receipt, received_at=deadline - 5)), "NotTheMember")
    greedy = game.reading(of, period, 2, 801, energy_joules=1_000 * L + 1)
    refused(game.received(of, revision, greedy, "member-1"), "NoFault")
    foreign = replace(larger, signature=game.reading(of, period, 3, 801).signature)
    refused(game.received(of, revision, foreign, "member-1"), "WrongRoot")
    other = game.reading(of, period, 3, 801)
    refused(game.received(of, revision, other, "member-1"), "WrongPlace")


def challenge_by_receipt(game, of, revision, received, index=2):
    answer = game.opened(of, revision).answer(index)
    place = game.place(of, revision, BY_RECEIPT + index)
    call = game.world.faults.challenge_by_receipt(
        place, revision.posted, answer.shown, answer.sum_path, received, of.asset.terms, game.bond()
    )
    game.world.send("watcher", call)
    return place


def test_a_receipt_for_a_device_that_was_left_out_voids_if_nobody_shows_why(game):
    of = game.metered()
    revision = game.posted(of, [800, 800, None, 800, 800])
    signed = game.reading(of, of.asset.opened_in, 2, 500)
    place = challenge_by_receipt(game, of, revision, game.received(of, revision, signed, "member-1"))
    # that the place is empty is no answer: that is what it is about
    answer = game.opened(of, revision).answer(2)
    call = game.world.disputes.answer_empty(place, revision.posted, answer.shown, answer.sum_path)
    game.world.refused("answerer", call, "WrongAnswer", index=BY_RECEIPT + 2)
    # nor is the reading of a place, for what is asked is why there is none
    opening = game.opened(of, revision).answer(1)
    call = game.world.disputes.answer_reading(place, revision.posted, opening)
    game.world.refused("answerer", call, "WrongAnswer", index=BY_RECEIPT + 2)
    game.expire(revision, place)
    assert game.is_void(of, revision)


@pytest.mark.parametrize("left_empty", [False, True])
def test_a_receipt_for_a_device_that_was_another_assets_proves_nothing(game, left_empty):
    """Members rightly leave it out: its reading, valid and received in time, has no place in the report."""
    victim = game.metered()
    bind(game, victim, 2)
    of = with_foreign_device(game, victim)
    ups = [800, 800, None if left_empty else 700, 800, 800]
    revision = game.posted(of, ups)
    signed = game.reading(of, of.asset.opened_in, 2, 800)
    received = game.received(of, revision, signed, "member-1")
    tried = challenge_by_receipt if left_empty else prove_receipt
    with pytest.raises(ContractReverted, match="NoFault"):
        tried(game, of, revision, received)
    assert not game.is_void(of, revision)


def test_a_device_whose_key_signed_two_histories_was_rightly_left_out(game):
    of = game.metered()
    revision = game.posted(of, [800, 800, None, 800, 800])
    period = of.asset.opened_in
    first = game.reading(of, period, 2, 500)
    second = game.reading(of, period, 2, 400, down_seconds=90)
    larger = game.reading(of, period, 2, 600)
    received = game.received(of, revision, first, "member-1")
    place = challenge_by_receipt(game, of, revision, received)

    def told(a, b):
        both = Equivocated(a, b, received.device_path)
        return game.world.disputes.answer_equivocation(place, revision.posted, both)

    with pytest.raises(ContractReverted, match="ReadingsOrdered"):
        game.world.send("answerer", told(first, larger))
    later = game.reading(of, period, 2, 400, down_seconds=90, period=period + 1)
    endless = game.reading(of, period, 2, 400, down_seconds=L)
    for not_of_here, error in ((later, "WrongPlace"), (endless, "InvalidReading")):
        for pair in ((first, not_of_here), (not_of_here, first)):
            with pytest.raises(ContractReverted, match=error):
                game.world.send("answerer", told(*pair))
    forged = replace(second, signature=game.reading(of, period, 3, 1).signature)
    with pytest.raises(ContractReverted, match="WrongRoot"):
        game.world.send("answerer", told(first, forged))
    game.world.send("answerer", told(first, second))
    assert not game.world.disputes.challenge_of(place).is_open
    assert not game.is_void(of, revision)


def test_a_receipt_challenge_needs_an_empty_leaf(game):
    of = game.metered()
    revision = game.posted(of, [800] * 5)
    signed = game.reading(of, of.asset.opened_in, 2, 900)
    opened = game.opened(of, revision)
    place = game.place(of, revision, BY_RECEIPT + 2)
    leaf = opened.leaf(2)
    received = game.received(of, revision, signed, "member-1")
    call = game.world.faults.challenge_by_receipt(
        place, revision.posted, opened.shown, leaf.sum_path, received, of.asset.terms, ETHER
    )
    with pytest.raises(ContractReverted, match="WrongRoot"):
        game.world.send("watcher", call)
    at_device = replace(place, index=2)
    call = game.world.faults.challenge_by_receipt(
        at_device, revision.posted, opened.shown, leaf.sum_path, received, of.asset.terms, ETHER
    )
    game.world.refused("watcher", call, "WrongAnswer", index=2)
