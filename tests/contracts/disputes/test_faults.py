"""Proofs of fault: each voids at once, and none works on an honest report."""

from dataclasses import replace

import pytest
from tests.contracts.disputes.game import STAKES, leaves_of
from tests.contracts.disputes.test_attacks import hide
from tests.contracts.world import MEMBERS, WINDOWS, L, address

from wellhead.chain.keccak import keccak256
from wellhead.chain.position_tree import DEVICE_TAG, build_position_tree
from wellhead.errors import ContractReverted
from wellhead.registry.devices import Binding, Device, device_hash, sign_binding
from wellhead.reports.answers import Leaf, Listed, Shown
from wellhead.reports.asset_report import AssetReport
from wellhead.reports.evidence import tree_of
from wellhead.reports.members import AssetLeaves, Proposal
from wellhead.reports.period_report import PeriodReport, build_report_tree
from wellhead.reports.sum_tree import EMPTY_NODE, build_sum_tree, encode_node, parent_of, sums_of
from wellhead.telemetry.reading import struct_hash


def spoiled_totals(game, of, **changes):
    """The asset's honest leaves under totals that say something else."""
    period = of.asset.opened_in
    honest = leaves_of(period, of, game.readings(of, period, [900] * 5))
    leaves = AssetLeaves(replace(honest.report, **changes), honest.readings)
    revision = game.post(game.over(period, {of.asset.id: leaves}))
    return revision, Shown(leaves.report, tree_of(revision.proposal).path(of.asset.id))


def totals_call(game, of, revision, shown):
    place = game.place(of, revision, 0)
    return game.world.faults.prove_totals(place, revision.posted, shown, of.asset.terms)


@pytest.mark.parametrize(
    "changes",
    [
        {"devices": 6},
        {"up_seconds": 5 * L - 350 + 1, "down_seconds": 250, "excused_seconds": 100},
        {"busy_seconds": 4_501},
        {"energy_joules": 5 * L * 1_000 + 1},
        {"work": 4_500 * 1_000 + 1},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_totals_that_break_a_rule_void_at_once(game, changes):
    of = game.metered()
    revision, shown = spoiled_totals(game, of, **changes)
    before, reward = sum(map(game.stake, MEMBERS)), game.owed("prover")
    game.world.send("prover", totals_call(game, of, revision, shown))
    assert game.is_void(of, revision)
    assert before - sum(map(game.stake, MEMBERS)) == STAKES.floor_wei
    assert game.owed("prover") - reward == STAKES.floor_wei // 2
    with pytest.raises(ContractReverted, match="Void"):
        game.world.send("prover", totals_call(game, of, revision, shown))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"up_seconds": 5 * L - 350},
        {"busy_seconds": 4_500},
        {"energy_joules": 5 * L * 1_000},
        {"work": 4_500 * 1_000},
    ],
    ids=lambda changes: next(iter(changes), "honest"),
)
def test_totals_up_to_the_rules_are_no_fault(game, changes):
    of = game.metered()
    revision, shown = spoiled_totals(game, of, **changes)
    game.world.refused("prover", totals_call(game, of, revision, shown), "NoFault")


def test_a_report_of_another_period_at_the_assets_place_voids_at_once(game):
    of = game.metered()
    period = of.asset.opened_in
    from tests.contracts.disputes.game import Game

    from wellhead.chain.keccak import keccak256
    from wellhead.reports.members import Proposal
    from wellhead.reports.period_report import PeriodReport, build_report_tree

    assert isinstance(game, Game)
    old = leaves_of(period - 1, of, {})
    tree = build_report_tree([old.report], game.world.registry.asset_count_at(period))
    report = PeriodReport(period, 0, tree.root, tree.count, 1, keccak256(b"b"))
    revision = game.post(Proposal(report, {}))
    shown = Shown(old.report, tree.path(of.asset.id))
    game.world.send("prover", totals_call(game, of, revision, shown))
    assert game.is_void(of, revision)


@pytest.mark.parametrize("more", [-1, 1])
def test_another_count_of_assets_than_the_registrys_voids_at_once(game, more):
    of, other = game.metered(), game.metered("other-owner")
    period = other.asset.opened_in
    count = game.world.registry.asset_count_at(period)
    leaves = leaves_of(period, of, game.readings(of, period, [900] * 5))
    tree = build_report_tree([leaves.report], count + more)
    report = PeriodReport(period, 0, tree.root, count + more, 1, keccak256(b"b"))
    revision = game.post(Proposal(report, {of.asset.id: leaves}))
    shown = Shown(leaves.report, tree.path(of.asset.id))
    game.world.send("prover", totals_call(game, of, revision, shown))
    assert game.is_void(of, revision)
    if more < 0:
        # who has no position there has no report, and there is nothing to ask of it
        place = game.place(other, revision, 0)
        call = game.world.disputes.open(place, revision.posted, game.bond())
        where = {"assetId": other.asset.id, "assetCount": count - 1}
        game.world.refused("watcher", call, "NoPlaceInReport", **where)


def test_other_terms_than_those_in_force_prove_nothing(game):
    of = game.metered()
    revision, shown = spoiled_totals(game, of)
    place = game.place(of, revision, 0)
    tight = replace(of.asset.terms, max_watts=1)
    call = game.world.faults.prove_totals(place, revision.posted, shown, tight)
    with pytest.raises(ContractReverted, match="WrongTerms"):
        game.world.send("prover", call)


def one_spoiled(game, of, index=2, **changes):
    """A report with one reading spoiled before its key signed it, and that leaf."""
    period = of.asset.opened_in
    readings = game.readings(of, period, [900] * 5)
    readings[index] = game.reading(of, period, index, 900, **changes)
    by_index = {i: (struct_hash(s.reading), s.reading.sums) for i, s in readings.items()}
    tree = build_sum_tree(by_index, 5)
    report = AssetReport(of.asset.id, period, 5, *tree.totals, tree.root)
    revision = game.post(game.over(period, {of.asset.id: AssetLeaves(report, readings)}))
    shown = Shown(report, tree_of(revision.proposal).path(of.asset.id))
    leaf = Leaf(readings[index].reading, readings[index].reading.sums, b"".join(tree.path(index)))
    return revision, shown, leaf


def reading_call(game, of, revision, shown, leaf, index=2):
    place = game.place(of, revision, index)
    return game.world.faults.prove_reading(place, revision.posted, shown, leaf, of.asset.terms)


@pytest.mark.parametrize(
    "changes",
    [
        {"down_seconds": 81},
        {"busy_seconds": 901},
        {"energy_joules": 1_000 * L + 1},
        {"work": 900 * 1_000 + 1},
        {"asset_id": 1 << 20},
        {"period": 1 << 20},
        {"device_index": 3},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_leaf_that_breaks_a_readings_rule_voids_at_once(game, changes):
    of = game.metered()
    revision, shown, leaf = one_spoiled(game, of, **changes)
    game.world.send("prover", reading_call(game, of, revision, shown, leaf))
    assert game.is_void(of, revision)


@pytest.mark.parametrize(
    "changes",
    [{}, {"down_seconds": 80}, {"busy_seconds": 900}, {"energy_joules": 1_000 * L}, {"work": 900 * 1_000}],
    ids=lambda changes: next(iter(changes), "honest"),
)
def test_a_leaf_up_to_the_rules_is_no_fault(game, changes):
    of = game.metered()
    revision, shown, leaf = one_spoiled(game, of, **changes)
    game.world.refused("prover", reading_call(game, of, revision, shown, leaf), "NoFault")


def test_a_leaf_with_other_sums_than_its_reading_voids_at_once(game):
    of = game.metered(count=1)
    period = of.asset.opened_in
    readings = game.readings(of, period, [900])
    honest = leaves_of(period, of, readings)
    claimed = replace(honest.report, up_seconds=901)
    revision = game.post(game.over(period, {of.asset.id: AssetLeaves(claimed, readings)}))
    shown = Shown(claimed, tree_of(revision.proposal).path(of.asset.id))
    reading = readings[0].reading
    true = Leaf(reading, reading.sums, b"")
    up, down, excused, busy, energy, work = reading.sums
    amounts, rest = energy << 56 | work, down << 80 | excused << 40 | busy
    found = {"times": up << 120 | rest, "amounts": amounts}
    told = {"reportedTimes": 901 << 120 | rest, "reportedAmounts": amounts}
    call = reading_call(game, of, revision, shown, true, 0)
    game.world.refused("prover", call, "WrongTotals", **found, **told)
    lying = Leaf(reading, (901, *reading.sums[1:]), b"")
    game.world.send("prover", reading_call(game, of, revision, shown, lying, 0))
    assert game.is_void(of, revision)


def test_a_leaf_beyond_the_devices_voids_at_once(game):
    of = game.metered()
    period = of.asset.opened_in
    readings = game.readings(of, period, [900] * 5)
    ghost = game.reading(of, period, 4, 400, device_index=6)
    leaves = hide(of, period, readings, 6, ghost.reading.sums)
    real = encode_node(struct_hash(ghost.reading), ghost.reading.sums)
    leaves = with_leaf(of, period, readings, 6, real)
    revision = game.post(game.over(period, {of.asset.id: leaves[0]}))
    shown = Shown(leaves[0].report, tree_of(revision.proposal).path(of.asset.id))
    leaf = Leaf(ghost.reading, ghost.reading.sums, leaves[1])
    game.world.send("prover", reading_call(game, of, revision, shown, leaf, 6))
    assert game.is_void(of, revision)
    assert parent_of(EMPTY_NODE, EMPTY_NODE) != EMPTY_NODE


def with_leaf(of, period, readings, place, node):
    """Leaves with any node at a place of the padding, and that place's path."""
    tree = build_sum_tree({i: (struct_hash(s.reading), s.reading.sums) for i, s in readings.items()}, 5)
    nodes, path, index = [tree.leaf(i) for i in range(8)], [], place
    nodes[place] = node
    while len(nodes) > 1:
        path.append(nodes[index ^ 1])
        index >>= 1
        nodes = [parent_of(left, right) for left, right in zip(nodes[::2], nodes[1::2], strict=True)]
    report = AssetReport(of.asset.id, period, 5, *sums_of(nodes[0]), nodes[0][:32])
    return AssetLeaves(report, readings), b"".join(path)


def test_a_leaf_of_another_device_than_the_list_has_voids_at_once(game):
    of = game.metered()
    revision, shown, leaf = one_spoiled(game, of, device_id=b"\1" * 32)
    place = game.place(of, revision, 2)
    tree = build_position_tree(DEVICE_TAG, {i: device_hash(d) for i, d in enumerate(of.devices)}, 5)
    listed = Listed(of.devices[2], tree.path(2))
    call = game.world.faults.prove_device(place, revision.posted, shown, leaf, listed)
    wrong = game.world.faults.prove_device(
        place, revision.posted, shown, leaf, Listed(of.devices[3], tree.path(3))
    )
    where = {"assetId": of.asset.id, "period": of.asset.opened_in, "index": 3}
    game.world.refused("prover", wrong, "WrongPlace", **where)
    game.world.send("prover", call)
    assert game.is_void(of, revision)


def test_a_leaf_of_the_listed_device_is_no_fault(game):
    of = game.metered()
    revision, shown, leaf = one_spoiled(game, of)
    tree = build_position_tree(DEVICE_TAG, {i: device_hash(d) for i, d in enumerate(of.devices)}, 5)
    listed = Listed(of.devices[2], tree.path(2))
    call = game.world.faults.prove_device(game.place(of, revision, 2), revision.posted, shown, leaf, listed)
    game.world.refused("prover", call, "NoFault")


@pytest.mark.parametrize(("how", "ups"), [("swapped", 900), ("doubled", 900), ("swapped", None)])
def test_a_list_whose_ids_do_not_increase_voids_and_costs_who_signed_readings_under_it(game, how, ups):
    def spoil(made):
        devices, keys = list(made[0]), list(made[1])
        if how == "swapped":
            devices[1], devices[2] = (
                Device(1, devices[2].device_id, devices[2].agent_key),
                Device(2, devices[1].device_id, devices[1].agent_key),
            )
            keys[1], keys[2] = keys[2], keys[1]
        else:
            devices[2] = Device(2, devices[1].device_id, devices[1].agent_key)
            keys[2] = keys[1]
        return tuple(devices), tuple(keys)

    of = game.metered(order=spoil)
    revision = game.posted(of, [ups] * 5)
    report = revision.proposal.assets[of.asset.id].report
    shown = Shown(report, tree_of(revision.proposal).path(of.asset.id))
    tree = build_position_tree(DEVICE_TAG, {i: device_hash(d) for i, d in enumerate(of.devices)}, 5)
    pair = [Listed(of.devices[i], tree.path(i)) for i in (1, 2)]
    ordered = [Listed(of.devices[i], tree.path(i)) for i in (3, 4)]
    call = game.world.faults.prove_order(game.place(of, revision, 3), revision.posted, shown, *ordered)
    game.world.refused("prover", call, "NoFault")
    place = game.place(of, revision, 1)
    backwards = game.world.faults.prove_order(place, revision.posted, shown, *reversed(pair))
    game.world.refused("prover", backwards, "NoFault")
    call = game.world.faults.prove_order(place, revision.posted, shown, *pair)
    before, reward = sum(map(game.stake, MEMBERS)), game.owed("prover")
    game.world.send("prover", call)
    assert game.is_void(of, revision)
    # without readings nobody had to know the list, and nothing is to be earned by it
    penalty = STAKES.floor_wei if ups else 0
    assert before - sum(map(game.stake, MEMBERS)) == penalty
    assert game.owed("prover") - reward == penalty // 2


def bind(game, of, index):
    """The owner binds a device, by its key's signature."""
    device = of.devices[index]
    binding = Binding(device.device_id, address(of.asset.owner), of.asset.id)
    signature = sign_binding(game.world.registry_domain, binding, of.keys[index])
    call = game.world.registry.bind_devices(of.asset.id, [device.device_id], [device.agent_key], [signature])
    game.world.send(of.asset.owner, call)


def with_foreign_device(game, victim):
    """An asset whose list, in order, has a device of the victim's in it; the others' ids are next to it."""

    def steal(made):
        stolen = int.from_bytes(victim.devices[2].device_id, "big")
        ids = [(stolen + i - 2).to_bytes(32, "big") for i in range(5)]
        return tuple(Device(i, ids[i], device.agent_key) for i, device in enumerate(made[0])), made[1]

    return game.metered("other-owner", order=steal)


def test_a_device_that_was_bound_to_another_asset_before_voids_the_later_claim_only(game):
    victim = game.metered()
    bind(game, victim, 2)
    thief = with_foreign_device(game, victim)
    period = thief.asset.opened_in
    held = {of.asset.id: game.readings(of, period, [900] * 5) for of in (victim, thief)}
    revision = game.post(game.proposal(period, held))
    for of, is_fault in ((victim, False), (thief, True)):
        opened = game.opened(of, revision) if of is victim else None
        leaf, shown = stolen_leaf(game, of, revision) if opened is None else (opened.leaf(2), opened.shown)
        call = game.world.faults.prove_reading(
            game.place(of, revision, 2), revision.posted, shown, leaf, of.asset.terms
        )
        if is_fault:
            game.world.send("prover", call)
        else:
            game.world.refused("prover", call, "NoFault")
    assert not game.is_void(victim, revision)
    assert game.is_void(thief, revision)


def stolen_leaf(game, of, revision):
    leaves = revision.proposal.assets[of.asset.id]
    sums = {i: (struct_hash(s.reading), s.reading.sums) for i, s in leaves.readings.items()}
    tree = build_sum_tree(sums, 5)
    reading = leaves.readings[2].reading
    shown = Shown(leaves.report, tree_of(revision.proposal).path(of.asset.id))
    return Leaf(reading, reading.sums, b"".join(tree.path(2))), shown


def test_a_binding_made_after_the_period_began_proves_nothing(game):
    victim = game.metered()
    thief = with_foreign_device(game, victim)
    period = thief.asset.opened_in
    bind(game, victim, 2)
    revision = game.post(game.proposal(period, {thief.asset.id: game.readings(thief, period, [900] * 5)}))
    leaf, shown = stolen_leaf(game, thief, revision)
    call = game.world.faults.prove_reading(
        game.place(thief, revision, 2), revision.posted, shown, leaf, thief.asset.terms
    )
    game.world.refused("prover", call, "NoFault")


def test_faults_are_proven_until_the_report_is_accepted_and_not_after(game):
    of = game.metered()
    revision, shown = spoiled_totals(game, of, busy_seconds=4_501)
    until = revision.posted.posted_at + WINDOWS.dispute
    call = totals_call(game, of, revision, shown)
    game.world.travel(until)
    game.world.refused("prover", call, "DisputeOver", period=of.asset.opened_in, timestamp=until, until=until)


def test_what_a_late_answer_shows_can_still_be_held_against_the_report(game):
    """In the last second in which a place can be answered, and the last in which that can be looked at."""
    of = game.metered()
    for name in ("answerer", "prover"):
        game.world.sender(name)  # is given coins here, not in a block between the seconds below
    revision, shown, leaf = one_spoiled(game, of, energy_joules=1_000 * L + 1)
    game.world.travel(revision.posted.posted_at + WINDOWS.dispute - 20)
    place = game.challenge(of, revision, 2)
    opened = game.world.disputes.challenge_of(place).opened_at
    game.world.travel(opened + WINDOWS.answer - 1)
    game.answer(of, revision, place)
    answered = game.world.now
    assert answered == opened + WINDOWS.answer > revision.posted.posted_at + WINDOWS.dispute
    call = reading_call(game, of, revision, shown, leaf)
    accepted = game.accepted(of, revision)
    game.world.travel(answered + WINDOWS.post_from - 2)
    with pytest.raises(ContractReverted, match="DisputeOpen"):
        game.require_accepted(accepted)
    game.world.send("prover", call)
    assert game.world.now == answered + WINDOWS.post_from - 1
    assert game.is_void(of, revision)


def test_what_an_answer_shows_is_accepted_once_it_could_be_looked_at(game):
    of = game.metered()
    game.world.sender("answerer")
    revision, shown, leaf = one_spoiled(game, of, energy_joules=1_000 * L + 1)
    game.world.travel(revision.posted.posted_at + WINDOWS.dispute - 20)
    place = game.challenge(of, revision, 2)
    game.world.travel(game.world.now + WINDOWS.answer - 1)
    game.answer(of, revision, place)
    until = game.world.now + WINDOWS.post_from
    call = reading_call(game, of, revision, shown, leaf)
    game.world.travel(until)
    game.world.refused("prover", call, "DisputeOver", period=of.asset.opened_in, timestamp=until, until=until)
    game.require_accepted(game.accepted(of, revision))
