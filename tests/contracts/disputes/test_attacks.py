"""Attacks on the challenge game: each is one guard away from working."""

from dataclasses import replace

import pytest
from tests.contracts.disputes.game import ETHER, STAKES, leaves_of
from tests.contracts.world import MEMBERS, WINDOWS, address, key_of

from wellhead.chain.eip712 import Domain
from wellhead.chain.signatures import HALF_ORDER
from wellhead.errors import ContractReverted
from wellhead.reports.answers import EmptyPlace, Opening
from wellhead.reports.asset_report import AssetReport
from wellhead.reports.members import AssetLeaves
from wellhead.reports.sum_tree import EMPTY_NODE, build_sum_tree, encode_node, parent_of, sums_of
from wellhead.telemetry.reading import SignedReading, sign_reading, struct_hash

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def refused_answer(game, call, *errors):
    """The answer is refused by one of these."""
    with pytest.raises(ContractReverted) as caught:
        game.world.send("answerer", call)
    assert caught.value.name in errors, caught.value


def answer_reading(game, place, revision, opening):
    return game.world.disputes.answer_reading(place, revision.posted, opening)


@pytest.fixture
def challenged(game):
    """A report of five devices whose third place is challenged; the right answer."""
    of = game.metered()
    revision = game.posted(of, [900, 800, 700, 600, None])
    place = game.challenge(of, revision, 2)
    return of, revision, place, game.opened(of, revision)


def test_another_devices_reading_does_not_answer(game, challenged):
    _, revision, place, opened = challenged
    refused_answer(game, answer_reading(game, place, revision, opened.answer(1)), "WrongPlace")


def test_an_empty_leaf_does_not_answer_where_a_reading_stands(game, challenged):
    _, revision, place, opened = challenged
    right = opened.answer(2)
    call = game.world.disputes.answer_empty(place, revision.posted, right.shown, right.sum_path)
    refused_answer(game, call, "WrongRoot")


def test_short_long_and_swapped_sum_paths_are_refused(game, challenged):
    _, revision, place, opened = challenged
    right = opened.answer(2)
    path = right.sum_path
    nodes = [path[i : i + 66] for i in range(0, len(path), 66)]
    for wrong in (b"", path[:-66], path[:-1], path + b"\0", path + bytes(66)):
        call = answer_reading(game, place, revision, replace(right, sum_path=wrong))
        refused_answer(game, call, "WrongSumPathLength")
    swapped = b"".join([nodes[1], nodes[0], *nodes[2:]])
    refused_answer(game, answer_reading(game, place, revision, replace(right, sum_path=swapped)), "WrongRoot")


def test_short_long_and_swapped_paths_of_report_and_device_are_refused(game, challenged):
    _, revision, place, opened = challenged
    right = opened.answer(2)
    shown, device = right.shown, right.device_path
    wrong_shown = [shown.path[:-1], (*shown.path, bytes(32))] if shown.path else [(bytes(32),)]
    for path in wrong_shown:
        wrong = replace(right, shown=replace(shown, path=path))
        refused_answer(game, answer_reading(game, place, revision, wrong), "WrongPathLength")
    for path in (device[:-1], (*device, bytes(32))):
        wrong = replace(right, device_path=path)
        refused_answer(game, answer_reading(game, place, revision, wrong), "WrongPathLength")
    wrong = replace(right, device_path=device[::-1])
    refused_answer(game, answer_reading(game, place, revision, wrong), "WrongRoot")


def test_signatures_of_64_bytes_with_high_s_or_by_another_key_are_refused(game, challenged):
    of, revision, place, opened = challenged
    right = opened.answer(2)
    signed = right.signed

    def told(signature):
        return answer_reading(
            game, place, revision, replace(right, signed=SignedReading(signed.reading, signature))
        )

    s = ORDER - int.from_bytes(signed.signature[32:64], "big")
    assert s > HALF_ORDER
    mirrored = signed.signature[:32] + s.to_bytes(32, "big") + bytes([55 - signed.signature[64]])
    refused_answer(game, told(mirrored), "ECDSAInvalidSignatureS")
    for length in (0, 64, 66):
        refused_answer(game, told((signed.signature + b"\0")[:length]), "WrongSignaturesLength")
    refused_answer(game, told(signed.signature[:64] + b"\0"), "ECDSAInvalidSignature")
    foreign = sign_reading(key_of("stranger"), game.world.oracle_domain, signed.reading)
    refused_answer(game, told(foreign.signature), "WrongRoot")
    # a contract's word is no signature: ERC-1271 bytes are refused before anybody is asked
    refused_answer(game, told(bytes(96)), "WrongSignaturesLength")
    # nor is one for another chain or another contract
    other = Domain(game.world.chain.chain_id + 1, game.world.oracle.address)
    refused_answer(game, told(sign_reading(of.keys[2], other, signed.reading).signature), "WrongRoot")
    other = Domain(game.world.chain.chain_id, game.world.registry.address)
    refused_answer(game, told(sign_reading(of.keys[2], other, signed.reading).signature), "WrongRoot")


def test_an_answer_of_another_asset_does_not_answer(game):
    first, second = game.metered(), game.metered("other-owner")
    period = second.asset.opened_in
    held = {of.asset.id: game.readings(of, period, [900] * 5) for of in (first, second)}
    revision = game.post(game.proposal(period, held))
    place = game.challenge(first, revision, 2)
    other = game.opened(second, revision).answer(2)
    refused_answer(game, answer_reading(game, place, revision, other), "WrongPlace")
    own = game.opened(first, revision).answer(2)
    crossed = replace(own, shown=other.shown)
    refused_answer(game, answer_reading(game, place, revision, crossed), "WrongPlace")
    crossed = replace(own, shown=replace(own.shown, path=other.shown.path))
    refused_answer(game, answer_reading(game, place, revision, crossed), "WrongRoot")
    game.answer(first, revision, place)


def test_an_answer_of_another_period_or_revision_does_not_answer(game):
    of = game.metered()
    period = of.asset.opened_in
    earlier = game.posted(of, [900] * 5)
    held = {of.asset.id: game.readings(of, period + 1, [800] * 5)}
    later = game.post(game.proposal(period + 1, held))
    place = game.challenge(of, later, 2)
    old = game.opened(of, earlier).answer(2)
    refused_answer(game, answer_reading(game, place, later, old), "WrongPlace")
    refused_answer(game, answer_reading(game, place, earlier, old), "WrongPlace")
    # nor does the posting of another period pass for this one's
    right = game.opened(of, later).answer(2)
    told = replace(later.posted, root=earlier.posted.root)
    refused_answer(game, game.world.disputes.answer_reading(place, told, right), "WrongRoot", "NotPosted")


def hide(of, period, readings, place, sums):
    """Leaves whose sum tree carries `sums` at a place of the padding, and the report with them."""
    devices = len(of.devices)
    leaves = {i: (struct_hash(s.reading), s.reading.sums) for i, s in readings.items()}
    tree = build_sum_tree(leaves, devices)
    nodes = [tree.leaf(i) for i in range(1 << tree.depth)]
    nodes[place] = encode_node(b"\7" * 32, sums)
    while len(nodes) > 1:
        nodes = [parent_of(left, right) for left, right in zip(nodes[::2], nodes[1::2], strict=True)]
    report = AssetReport(of.asset.id, period, devices, *sums_of(nodes[0]), nodes[0][:32])
    return AssetLeaves(report, readings)


def test_mass_hidden_in_the_padding_cannot_be_answered(game):
    of = game.metered()
    period = of.asset.opened_in
    readings = game.readings(of, period, [900] * 5)
    leaves = hide(of, period, readings, 6, (400, 0, 0, 0, 0, 0))
    revision = game.post(game.over(period, {of.asset.id: leaves}))
    place = game.challenge(of, revision, 6)
    honest = leaves_of(period, of, readings)
    assert leaves.report.up_seconds == honest.report.up_seconds + 400
    # neither with the honest path, nor by claiming that nobody stands there
    shown = replace(
        game.opened(of, replace(revision, proposal=game.over(period, {of.asset.id: honest}))).shown
    )
    lie = replace(shown, report=leaves.report)
    tree = build_sum_tree({i: (struct_hash(s.reading), s.reading.sums) for i, s in readings.items()}, 5)
    call = game.world.disputes.answer_empty(place, revision.posted, lie, b"".join(tree.path(6)))
    refused_answer(game, call, "WrongRoot")
    # nor by a reading for a device that the list does not have
    signed = game.reading(of, period, 4, 400, device_index=6)
    opening = Opening(lie, signed, b"".join(tree.path(6)), tuple(bytes(32) for _ in range(3)))
    refused_answer(game, answer_reading(game, place, revision, opening), "IndexOutsideTree")
    game.expire(revision, place)
    assert game.is_void(of, revision)


def test_a_64_byte_leaf_is_no_node_of_any_tree(game, challenged):
    """An inner node shown as a leaf one level up: paths have the tree's length, nodes their tags."""
    _, revision, place, opened = challenged
    right = opened.answer(2)
    shorter = replace(right, sum_path=right.sum_path[66:])
    refused_answer(game, answer_reading(game, place, revision, shorter), "WrongSumPathLength")
    assert EMPTY_NODE not in (parent_of(EMPTY_NODE, EMPTY_NODE),)


def test_totals_other_than_the_carried_sums_cannot_be_answered(game):
    of = game.metered()
    period = of.asset.opened_in
    honest = leaves_of(period, of, game.readings(of, period, [900] * 5))
    inflated = AssetLeaves(replace(honest.report, up_seconds=honest.report.up_seconds + 1), honest.readings)
    revision = game.post(game.over(period, {of.asset.id: inflated}))
    place = game.challenge(of, revision, 0)
    own = game.opened(of, replace(revision, proposal=game.over(period, {of.asset.id: honest}))).answer(0)
    told = replace(own, shown=replace(own.shown, report=inflated.report))
    refused_answer(game, answer_reading(game, place, revision, told), "WrongTotals")


def test_other_devices_than_the_registrys_cannot_be_answered(game):
    of = game.metered()
    period = of.asset.opened_in
    honest = leaves_of(period, of, game.readings(of, period, [900] * 5))
    fewer = AssetLeaves(replace(honest.report, devices=4), honest.readings)
    revision = game.post(game.over(period, {of.asset.id: fewer}))
    own = game.opened(of, replace(revision, proposal=game.over(period, {of.asset.id: honest})))
    told = replace(own.answer(0), shown=replace(own.shown, report=fewer.report))
    call = answer_reading(game, game.challenge(of, revision, 0), revision, told)
    refused_answer(game, call, "WrongDevices")
    empty = own.answer(6)
    assert isinstance(empty, EmptyPlace)
    call = game.world.disputes.answer_empty(
        game.challenge(of, revision, 6), revision.posted, told.shown, empty.sum_path
    )
    refused_answer(game, call, "WrongDevices")


@pytest.mark.parametrize(
    "spoiled", [{"down_seconds": 81}, {"excused_seconds": 51}, {"busy_seconds": 901}], ids=str
)
def test_a_reading_that_breaks_a_rule_cannot_be_answered_with(game, spoiled):
    of = game.metered()
    period = of.asset.opened_in
    readings = game.readings(of, period, [900] * 5)
    readings[2] = game.reading(of, period, 2, 900, **spoiled)
    revision = game.post(game.over(period, {of.asset.id: leaves_of(period, of, readings)}))
    place = game.challenge(of, revision, 2)
    refused_answer(game, game.answer_call(of, revision, place), "InvalidReading")


def test_two_reports_of_one_asset_cannot_stand_under_one_root(game):
    """Shown at another asset's place, a second report of the same asset is not the leaf there."""
    first, second = game.metered(), game.metered("other-owner")
    period = second.asset.opened_in
    low = leaves_of(period, first, game.readings(first, period, [10] * 5))
    high = leaves_of(period, first, game.readings(first, period, [900] * 5))
    from wellhead.chain.keccak import keccak256
    from wellhead.chain.position_tree import REPORT_TAG, build_position_tree
    from wellhead.reports.asset_report import asset_report_hash
    from wellhead.reports.evidence import Evidence, Revision
    from wellhead.reports.members import Proposal
    from wellhead.reports.period_report import PeriodReport

    count = game.world.registry.asset_count_at(period)
    tree = build_position_tree(
        REPORT_TAG,
        {first.asset.id: asset_report_hash(low.report), second.asset.id: asset_report_hash(high.report)},
        count,
    )
    report = PeriodReport(period, 0, tree.root, count, 1, keccak256(b"b"))
    revision: Revision = game.post(Proposal(report, {}))
    game.world.travel(revision.posted.posted_at + WINDOWS.dispute)
    forged = Evidence(high.report, 0, revision.posted, tree.path(second.asset.id))
    with pytest.raises(ContractReverted, match="NotInReport"):
        game.require_accepted(forged)
    game.require_accepted(Evidence(low.report, 0, revision.posted, tree.path(first.asset.id)))


def test_a_member_who_challenges_his_own_report_loses_by_it(game):
    """He pays the penalty's share and gets at most half of the whole back; all members together lose half."""
    of = game.metered()
    revision = game.posted(of, [900] * 5, *MEMBERS)
    before = sum(game.stake(member) for member in MEMBERS)
    owed = game.owed("member-1")
    place = game.place(of, revision, 0)
    bond = game.bond()
    game.world.send("member-1", game.world.disputes.open(place, revision.posted, bond))
    game.expire(revision, place)
    lost = before - sum(game.stake(member) for member in MEMBERS)
    assert lost == STAKES.floor_wei
    assert game.owed("member-1") - owed == bond + lost // 2
    assert lost // 2 < lost, "the collusion of all signers pays half of the penalty to others"


def test_only_disputes_contests_and_only_faults_void_at_once(game, challenged):
    of, revision, place, _ = challenged
    outsider = address("outsider")
    oracle, disputes = game.world.oracle, game.world.disputes
    posted = revision.posted.as_tuple()
    numbers = (of.asset.id, place.period, 0, posted)
    for function, last in (("openChallenge", False), ("closeChallenge", False), ("voidReport", 7)):
        game.world.refused(
            "outsider", oracle.prepare(function, *numbers, last), "NotDisputes", caller=outsider
        )
    call = disputes.prepare("voidProven", place.as_tuple(), posted, outsider, 7)
    game.world.refused("outsider", call, "NotFaults", caller=outsider)
    call = disputes.prepare("openByReceipt", place.as_tuple(), posted, outsider, 1)
    game.world.refused("outsider", call, "NotFaults", caller=outsider)


def test_nobody_but_the_oracle_sends_disputes_coins(game):
    from wellhead.chain.contract import ContractCall

    call = ContractCall(game.world.disputes.address, b"", "gift", ETHER)
    game.world.refused("outsider", call, "NotOracle", caller=address("outsider"))
