"""Members bring their readings together, sign what is theirs too, and say what is not."""

from collections import Counter

import pytest
from tests.contracts.attacks.test_binding_attacks import rebind, release
from tests.contracts.disputes.test_faults import bind, with_foreign_device
from tests.integration.committee.conftest import Committee

from wellhead.errors import ReportError
from wellhead.reports.members import WHOLE_ASSET
from wellhead.reports.period_report import period_report_hash
from wellhead.reports.wire import encode_proposal


def test_members_with_different_readings_build_the_same_root_and_sign(committee: Committee) -> None:
    of = committee.metered(4)
    period, game = of.asset.opened_in, committee.game
    small, large = (game.reading(of, period, 0, up) for up in (300, 500))
    committee.give(0, [small, game.reading(of, period, 1, 700)])
    committee.give(1, [large, game.reading(of, period, 2, 400)])
    committee.give(2, [game.reading(of, period, 1, 600)])
    committee.close(period)
    roots, heard = set(), Counter[tuple[str, bool]]()
    for place in range(3):
        due = committee.members[place].due(period)
        assert due is not None
        gatherer = committee.gatherer(place, on_member=lambda *said: heard.update([said]))
        gathered = gatherer.gather(due)
        assert gathered.bundled is not None
        assert len(gathered.signatures) == 3
        assert gathered.statements == ()
        assert gathered.rebuilds == 0
        roots.add(gathered.bundled.proposal.report)
        leaves = gathered.bundled.proposal.assets[of.asset.id].readings
        assert {i: s.reading.up_seconds for i, s in leaves.items()} == {0: 500, 1: 700, 2: 400}
    assert len(roots) == 1
    assert heard == {(member.signer.address, True): 3 for member in committee.members}


def test_what_a_peer_was_brought_after_the_first_exchange_is_rebuilt_once(committee: Committee) -> None:
    of = committee.metered(2)
    period, game = of.asset.opened_in, committee.game
    committee.give(0, [game.reading(of, period, 0, 300)])
    committee.close(period)
    due = committee.members[0].due(period)
    assert due is not None
    gatherer = committee.gatherer(0)
    calls = []
    exchange = gatherer.exchange

    def exchange_then_more(asked: int) -> int:
        answered = exchange(asked)
        if not calls:
            committee.give(2, [game.reading(of, period, 0, 400)])
        calls.append(asked)
        return answered

    gatherer.exchange = exchange_then_more  # type: ignore[method-assign]
    gathered = gatherer.gather(due)
    assert gathered.rebuilds == 1
    assert gathered.bundled is not None
    assert gathered.bundled.proposal.assets[of.asset.id].readings[0].reading.up_seconds == 400
    assert len(gathered.signatures) == 3
    assert gathered.left_out == frozenset()


def test_a_member_that_holds_more_names_the_device_the_sum_and_both_numbers(committee: Committee) -> None:
    of = committee.metered(3)
    period, game = of.asset.opened_in, committee.game
    committee.give(0, [game.reading(of, period, 1, 300)])
    committee.give(1, [game.reading(of, period, 1, 450)])
    committee.close(period)
    due = committee.members[0].due(period)
    assert due is not None
    bundled = committee.members[0].build(due)
    [peer, *_] = committee.peers_of(0)
    verdict = peer.judge(encode_proposal(bundled.proposal))
    assert verdict.signature is None
    [statement] = verdict.statements
    assert (statement.asset_id, statement.device_index) == (of.asset.id, 1)
    assert (statement.total, statement.proposed, statement.held) == ("up_seconds", 300, 450)
    assert statement.member == committee.members[1].signer.address
    assert str(statement).endswith("device 1: up_seconds proposed 300, held 450")
    assert peer.statements(period, 0) == [statement]


def test_a_reading_received_too_late_counts_for_nobody(committee: Committee) -> None:
    of = committee.metered(2)
    period, game = of.asset.opened_in, committee.game
    committee.give(0, [game.reading(of, period, 0, 300)])
    committee.give(1, [game.reading(of, period, 0, 400)], late=1)
    committee.close(period)
    due = committee.members[0].due(period)
    assert due is not None
    gathered = committee.gatherer(0).gather(due)
    assert len(gathered.signatures) == 3
    assert gathered.bundled is not None
    assert gathered.bundled.proposal.assets[of.asset.id].readings[0].reading.up_seconds == 300


def test_two_histories_of_one_device_in_two_stores_leave_its_leaf_empty(committee: Committee) -> None:
    of = committee.metered(2)
    period, game = of.asset.opened_in, committee.game
    committee.give(0, [game.reading(of, period, 0, 300, down_seconds=100)])
    committee.give(1, [game.reading(of, period, 0, 200, down_seconds=200)])
    committee.give(2, [game.reading(of, period, 1, 200)])
    committee.close(period)
    reports = set()
    for place in (2, 0):
        due = committee.members[place].due(period)
        assert due is not None
        gathered = committee.gatherer(place).gather(due)
        assert gathered.bundled is not None
        assert len(gathered.signatures) == 3
        leaves = gathered.bundled.proposal.assets[of.asset.id]
        assert set(leaves.readings) == {1}
        assert set(leaves.conflicts) == {0}
        reports.add(gathered.bundled.proposal.report)
    assert len(reports) == 1


def test_a_device_that_was_another_assets_when_the_period_began_is_left_empty_by_all(
    committee: Committee,
) -> None:
    """Its binding ends in the period, and counts in it all the same; a binding made in it does not."""
    game = committee.game
    first = committee.metered(4)
    bind(game, first, 2)
    second = with_foreign_device(game, first)
    committee.publish(second)
    period, device = second.asset.opened_in, first.devices[2].device_id
    release(game, first, device)
    rebind(game, second, device, second.keys[2])
    rebind(game, first, second.devices[3].device_id, first.keys[3])
    for place in range(3):
        committee.give(place, [game.reading(second, period, i, 300) for i in (2, 3)])
    committee.close(period)
    due = committee.members[0].due(period)
    assert due is not None
    assert due.facts.assets[second.asset.id].bound_elsewhere == {2: first.asset.id}
    assert due.facts.assets[first.asset.id].bound_elsewhere == {}
    gathered = committee.gatherer(0).gather(due)
    assert gathered.bundled is not None
    assert len(gathered.signatures) == 3
    assert gathered.rebuilds == 0
    assert set(gathered.bundled.proposal.assets[second.asset.id].readings) == {3}
    after = committee.members[1].facts_of(period + 1).assets[second.asset.id]
    assert after.bound_elsewhere == {3: first.asset.id}


def test_with_too_few_members_at_hand_nothing_is_proposed(committee: Committee) -> None:
    of = committee.metered(2)
    period = of.asset.opened_in
    committee.close(period)
    committee.down = {1, 2}
    due = committee.members[0].due(period)
    assert due is not None
    gathered = committee.gatherer(0).gather(due)
    assert gathered.bundled is None
    assert "1 of 3 members' stores at hand, 2 needed" in gathered.withheld[of.asset.id]


def test_one_member_that_is_down_stops_nobody(committee: Committee) -> None:
    of = committee.metered(2)
    period, game = of.asset.opened_in, committee.game
    committee.give(0, [game.reading(of, period, 0, 300)])
    committee.close(period)
    committee.down = {2}
    due = committee.members[0].due(period)
    assert due is not None
    assert len(committee.gatherer(0).gather(due).signatures) == 2


def test_an_asset_whose_device_list_nobody_has_is_withheld_and_the_others_are_reported(
    committee: Committee,
) -> None:
    hidden = committee.game.metered(count=2)
    of = committee.metered(2)
    period = of.asset.opened_in
    committee.close(period)
    due = committee.members[0].due(period)
    assert due is not None
    gathered = committee.gatherer(0).gather(due)
    assert "nowhere published" in gathered.withheld[hidden.asset.id]
    assert gathered.bundled is not None
    assert of.asset.id in gathered.bundled.proposal.assets
    assert hidden.asset.id not in gathered.bundled.proposal.assets
    assert len(gathered.signatures) == 3


def test_a_device_list_that_only_a_peer_has_is_fetched_and_checked_by_its_root(committee: Committee) -> None:
    of = committee.metered(3)
    period, first, second = of.asset.opened_in, committee.members[0], committee.members[1]
    for member in (first, second):
        member.published.folder.joinpath(f"devices/{of.asset.id}-0.jsonl").unlink()
    committee.close(period)
    first.find_list = committee.gatherer(0).find_list
    assert of.asset.id in first.facts_of(period).assets
    second.find_list = lambda asset_id, version: of.devices[:2]
    assert "2 devices, root" in second.facts_of(period).withheld[of.asset.id]


def test_an_asset_may_not_be_left_out_without_enough_disagreement_on_its_own_leaf(
    committee: Committee,
) -> None:
    of, other = committee.metered(2), committee.metered(2)
    period, game = other.asset.opened_in, committee.game
    committee.give(1, [game.reading(of, period, 0, 300)])
    committee.close(period)
    proposer, judge = committee.members[0], committee.members[1]
    due = proposer.due(period)
    assert due is not None
    # a leaf that is too small draws a statement, which then is shown as the reason to leave the asset out
    bad = proposer.build(due)
    bait = judge.consider(encode_proposal(bad.proposal)).statements
    assert [s.asset_id for s in bait] == [of.asset.id]
    without = proposer.build(due, [of.asset.id])
    verdict = judge.consider(encode_proposal(without.proposal, bait))
    assert verdict.signature is None
    assert [(s.asset_id, s.device_index) for s in verdict.statements] == [(of.asset.id, WHOLE_ASSET)]


def test_an_asset_that_no_quorum_would_sign_is_left_out(committee: Committee) -> None:
    of, other = committee.metered(2), committee.metered(2)
    period, game = other.asset.opened_in, committee.game
    committee.give(0, [game.reading(of, period, 0, 300)])
    committee.close(period)
    for place in (1, 2):
        # these two cannot verify the list any more: it is not what the registry has
        member = committee.members[place]
        facts = member.facts_of(period)
        withheld = {of.asset.id: "its terms are in doubt"}
        kept = {a: f for a, f in facts.assets.items() if a != of.asset.id}
        from dataclasses import replace

        member._facts[period] = replace(facts, assets=kept, withheld=withheld)
    due = committee.members[0].due(period)
    assert due is not None
    gathered = committee.gatherer(0).gather(due)
    assert gathered.left_out == {of.asset.id}
    assert len(gathered.signatures) == 3
    assert gathered.bundled is not None
    assert other.asset.id in gathered.bundled.proposal.assets


def test_a_signature_is_stored_before_it_leaves_and_given_again(committee: Committee) -> None:
    from wellhead.reports import repository

    of = committee.metered(2)
    committee.close(of.asset.opened_in)
    member = committee.members[0]
    due = member.due(of.asset.opened_in)
    assert due is not None
    body = encode_proposal(member.build(due).proposal)
    first = member.consider(body)
    with member.sessions() as session:
        stored = repository.signatures_of(session, first.digest)
    assert stored == {member.signer.address: first.signature}
    assert member.consider(body) == first


def test_a_member_signs_nothing_smaller_than_what_it_signed_before(committee: Committee) -> None:
    of = committee.metered(2)
    period, game = of.asset.opened_in, committee.game
    committee.give(0, [game.reading(of, period, 0, 300)])
    committee.close(period)
    first, second, third = committee.members
    larger, smaller = first.due(period), second.due(period)
    assert larger is not None
    assert smaller is not None
    assert third.consider(encode_proposal(first.build(larger).proposal)).signature is not None
    verdict = third.consider(encode_proposal(second.build(smaller).proposal))
    assert verdict.signature is None
    [statement] = verdict.statements
    assert (statement.device_index, statement.proposed, statement.held) == (0, 0, 300)


def test_a_proposal_with_another_root_bundle_or_count_is_refused(committee: Committee) -> None:
    from dataclasses import replace

    of = committee.metered(2)
    period = of.asset.opened_in
    committee.close(period)
    member = committee.members[0]
    due = member.due(period)
    assert due is not None
    proposal = member.build(due).proposal
    for change, said in (
        ({"root": bytes(31) + b"1"}, "root"),
        ({"bundle": bytes(32)}, "bundle"),
        ({"asset_count": proposal.report.asset_count + 1}, "assetCount"),
        ({"rules_version": 2}, "rulesVersion"),
        ({"revision": 1}, "revision 0 is due, not revision 1"),
    ):
        spoiled = replace(proposal, report=replace(proposal.report, **change))
        verdict = member.consider(encode_proposal(spoiled))
        assert verdict.signature is None
        assert said in verdict.refusal
    assert member.consider(b"not a proposal").refusal.startswith("proposal: malformed")


def test_nothing_is_signed_while_readings_may_still_come(committee: Committee) -> None:
    of = committee.metered(2)
    period = of.asset.opened_in
    world = committee.game.world
    world.travel(world.clock.end_of(period) + 50)
    member = committee.members[0]
    due = member.due(period)
    assert due is not None
    assert (
        "is open for readings until" in member.consider(encode_proposal(member.build(due).proposal)).refusal
    )


def test_a_posted_proposal_is_fetched_from_a_peer_and_checked(committee: Committee) -> None:
    of = committee.metered(2)
    period, game = of.asset.opened_in, committee.game
    committee.give(0, [game.reading(of, period, 0, 300)])
    committee.close(period)
    due = committee.members[0].due(period)
    assert due is not None
    committee.down = {2}
    gathered = committee.gatherer(0).gather(due)
    assert gathered.bundled is not None
    committee.down = set()
    digest = period_report_hash(gathered.bundled.proposal.report)
    assert committee.gatherer(2).fetch(digest) == gathered.bundled.proposal
    with pytest.raises(ReportError, match="in no member's store"):
        committee.gatherer(2).fetch(bytes(32))
