"""What stands as accepted or as unreported: requireAccepted and requireUnreported, through settling."""

from dataclasses import replace

import pytest
from tests.contracts.world import WINDOWS, up

from wellhead.chain.keccak import keccak256
from wellhead.chain.posted import NOT_POSTED
from wellhead.reports.asset_report import asset_report_hash
from wellhead.reports.evidence import Evidence


@pytest.fixture
def pair(world):
    """Two assets in one period that is reported for both; the first one is looked at."""
    second = world.asset(owner="other-owner", bond=0)
    first = world.asset(bond=0)
    return first, second


def test_an_asset_settles_by_its_leaf_in_the_root(world, pair):
    first, second = pair
    period = first.opened_in
    posted = world.post(period, {first: up(4_000), second: up(1)})
    world.pass_dispute(period)
    world.settle(first, posted.evidence(first.id))
    assert world.book(first).next_period == period + 1


def test_settling_before_the_dispute_window_ends_is_refused(world, pair):
    first, _ = pair
    period = first.opened_in
    posted = world.post(period, {first: up(4_000)})
    until = world.now + WINDOWS.dispute
    call = world.settlement.settle(first.id, first.terms, posted.evidence(first.id))
    world.refused("outsider", call, "DisputeOpen", period=period, timestamp=world.now, until=until)
    world.travel(until - 1)
    world.refused("outsider", call, "DisputeOpen", period=period, timestamp=until - 1, until=until)
    world.travel(until)
    world.send("outsider", call)


def test_settling_by_what_was_never_posted_is_refused(world, pair):
    first, _ = pair
    period = first.opened_in
    built = world.build(period, {first: up(4_000)})
    call = world.settlement.settle(first.id, first.terms, built.evidence(first.id))
    given = hash_of(NOT_POSTED)
    world.refused("outsider", call, "NotPosted", period=period, revision=0, given=given, known=bytes(32))
    posted = world.post(period, {first: up(4_000)})
    world.pass_dispute(period)
    call = world.settlement.settle(first.id, first.terms, replace(posted.evidence(first.id), revision=1))
    given = hash_of(posted.posted)
    world.refused("outsider", call, "NotPosted", period=period, revision=1, given=given, known=bytes(32))


@pytest.mark.parametrize("field", ["root", "posted_at", "asset_count", "signers", "members_version"])
def test_a_posted_revision_told_differently_is_refused(world, pair, field):
    first, _ = pair
    posted = world.post(first.opened_in, {first: up(4_000)})
    world.pass_dispute(first.opened_in)
    changed = bytes(32) if field == "root" else getattr(posted.posted, field) - 1
    told = replace(posted.posted, **{field: changed})
    call = world.settlement.settle(first.id, first.terms, replace(posted.evidence(first.id), posted=told))
    numbers = {
        "period": first.opened_in,
        "revision": 0,
        "given": hash_of(told),
        "known": hash_of(posted.posted),
    }
    world.refused("outsider", call, "NotPosted", **numbers)


def hash_of(posted):
    root, *numbers = posted.as_tuple()
    return keccak256(root + b"".join(number.to_bytes(32, "big") for number in numbers))


@pytest.mark.parametrize("field", ["up_seconds", "energy_joules", "devices"])
def test_other_totals_than_the_posted_are_refused(world, pair, field):
    first, second = pair
    period = first.opened_in
    posted = world.post(period, {first: up(3_000), second: up(4)})
    world.pass_dispute(period)
    evidence = posted.evidence(first.id)
    forged = replace(evidence, report=replace(evidence.report, **{field: 5}))
    call = world.settlement.settle(first.id, first.terms, forged)
    computed = root_of(forged.report, forged.path, posted.report.asset_count)
    world.refused(
        "outsider",
        call,
        "NotInReport",
        assetId=first.id,
        period=period,
        revision=0,
        computed=computed,
        root=posted.tree.root,
    )


def root_of(report, path, count):
    from wellhead.chain.position_tree import REPORT_TAG, depth_of, fold_path

    return fold_path(REPORT_TAG, asset_report_hash(report), report.asset_id, path, depth_of(count))


def test_another_assets_path_and_another_assets_leaf_are_refused(world, pair):
    first, second = pair
    period = first.opened_in
    posted = world.post(period, {first: up(3_000), second: up(4)})
    world.pass_dispute(period)
    right, others = posted.evidence(first.id), posted.evidence(second.id)
    crossed = replace(right, path=others.path)
    world.refused(
        "outsider",
        world.settlement.settle(first.id, first.terms, crossed),
        "NotInReport",
        assetId=first.id,
        period=period,
        revision=0,
        computed=root_of(crossed.report, crossed.path, posted.report.asset_count),
        root=posted.tree.root,
    )
    call = world.settlement.settle(first.id, first.terms, others)
    world.refused("outsider", call, "OutOfOrder", assetId=second.id, period=period, next=period)


def test_a_path_of_another_length_is_refused(world, pair):
    first, _ = pair
    period = first.opened_in
    posted = world.post(period, {first: up(3_000)})
    world.pass_dispute(period)
    evidence, depth = posted.evidence(first.id), posted.tree.depth
    for path in (evidence.path[:-1], (*evidence.path, bytes(32))):
        call = world.settlement.settle(first.id, first.terms, replace(evidence, path=path))
        world.refused("outsider", call, "WrongPathLength", length=len(path), depth=depth)


def test_a_report_of_another_period_is_refused(world, pair):
    first, _ = pair
    period = first.opened_in
    posted = world.post(period + 1, {first: up(3_000)})
    world.pass_dispute(period + 1)
    call = world.settlement.settle(first.id, first.terms, posted.evidence(first.id))
    world.refused("outsider", call, "OutOfOrder", assetId=first.id, period=period + 1, next=period)


def test_an_asset_left_out_settles_by_the_next_revision_with_its_absence(world, pair):
    first, second = pair
    period = first.opened_in
    original = world.post(period, {second: up(4)})
    revised = world.post(period, {first: up(2_000)}, revision=1)
    world.pass_dispute(period, 1)
    bare = world.settlement.settle(first.id, first.terms, revised.evidence(first.id))
    world.refused("outsider", bare, "AbsenceProofsMissing", given=0, needed=1)
    world.settle(first, revised.evidence(first.id, original))
    assert world.book(first).next_period == period + 1
    world.settle(replace(second, terms=second.terms), skip_to(world, second, period, original))


def skip_to(world, asset, period, posted) -> Evidence:
    """Passes the asset's empty periods before `period`."""
    world.travel(world.clock.end_of(period - 1) + WINDOWS.post_until + 1)
    count = period - world.book(asset).next_period
    world.send("outsider", world.skip(asset.id, count))
    return posted.evidence(asset.id)


def test_a_revision_cannot_replace_a_leaf_that_stands(world, pair):
    first, second = pair
    period = first.opened_in
    original = world.post(period, {first: up(4_000), second: up(4)})
    revised = world.post(period, {first: up(0)}, revision=1)
    world.pass_dispute(period, 1)
    call = world.settlement.settle(first.id, first.terms, revised.evidence(first.id, original))
    world.refused("outsider", call, "StillPresent", assetId=first.id, period=period, revision=0)
    world.settle(first, original.evidence(first.id))


def test_a_proof_of_absence_too_many_is_refused(world, pair):
    first, _ = pair
    period = first.opened_in
    posted = world.post(period, {first: up(4_000)})
    world.pass_dispute(period)
    call = world.settlement.settle(first.id, first.terms, posted.evidence(first.id, posted))
    world.refused("outsider", call, "AbsenceProofsMissing", given=1, needed=0)


def test_an_asset_registered_after_the_period_has_no_place_in_its_report(world, pair):
    first, _ = pair
    period = first.opened_in
    posted = world.post(period, {first: up(4_000)})
    late = world.asset(bond=0)
    report = replace(posted.assets[first.id], asset_id=late.id)
    stray = Evidence(report, 0, posted.posted, posted.tree.path(first.id))
    world.pass_dispute(period)
    count = posted.report.asset_count
    with pytest.raises(Exception, match="IndexOutsideTree") as caught:
        world.oracle.read("requireAccepted", stray.as_tuple())
    assert caught.value.args_by_name == {"index": late.id, "count": count}
