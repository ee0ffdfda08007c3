"""When a member signs: every leaf valid, none of its own readings larger, the root rebuilt."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellhead.chain.eip712 import Domain
from wellhead.chain.keccak import keccak256
from wellhead.errors import ReportError
from wellhead.registry.devices import Device
from wellhead.registry.terms import Terms
from wellhead.reports.leaf import check_leaf, latest_of
from wellhead.reports.members import AssetFacts, Difference, Held, Proposal, agree, build_leaves, merge
from wellhead.reports.period_report import build_period_report
from wellhead.telemetry.reading import Reading, SignedReading, struct_hash

DAY = 86_400
BUNDLE = keccak256(b"bundle")
Sign = Callable[..., SignedReading]
Check = Callable[..., None]


@pytest.fixture
def facts(terms: Terms, devices: list[Device]) -> list[AssetFacts]:
    return [AssetFacts(0, terms, devices), AssetFacts(1, terms, devices), AssetFacts(2, terms, [])]


def proposal_from(held: Held, facts: list[AssetFacts]) -> Proposal:
    assets = {f.asset_id: build_leaves(5, f, held.get(f.asset_id, {})) for f in facts if f.devices}
    report, _ = build_period_report(5, 0, [a.report for a in assets.values()], len(facts), BUNDLE)
    return Proposal(report, assets)


@pytest.fixture
def check(oracle: Domain, facts: list[AssetFacts]) -> Check:
    def agreed(proposal: Proposal, own: Held) -> None:
        agree(oracle, proposal, own, facts, [0, 1], DAY, BUNDLE)

    return agreed


def test_a_member_signs_what_its_own_readings_give(sign: Sign, facts: list[AssetFacts], check: Check) -> None:
    held = {0: {0: [sign(0)], 3: [sign(3, up=5)]}}
    check(proposal_from(held, facts), held)


def test_a_member_that_holds_less_or_nothing_signs(sign: Sign, facts: list[AssetFacts], check: Check) -> None:
    proposal = proposal_from({0: {0: [sign(0, up=500)], 1: [sign(1)]}}, facts)
    check(proposal, {0: {0: [sign(0, up=499)]}})
    check(proposal, {})


def test_a_larger_reading_is_named_with_device_and_both_numbers(
    sign: Sign, facts: list[AssetFacts], check: Check
) -> None:
    proposal = proposal_from({0: {1: [sign(1, up=500)]}}, facts)
    with pytest.raises(ReportError, match="asset 0, device 1: up_seconds proposed 500, held 501"):
        check(proposal, {0: {1: [sign(1, up=501)]}})


def test_a_device_left_out_is_named(sign: Sign, facts: list[AssetFacts], check: Check) -> None:
    with pytest.raises(ReportError, match="asset 0, device 2: proposed as absent, held with 80000 s up"):
        check(proposal_from({}, facts), {0: {2: [sign(2)]}})


def test_of_equal_totals_the_lower_struct_hash_counts(
    sign: Sign, facts: list[AssetFacts], check: Check
) -> None:
    low, high = sorted((sign(0, samples=1), sign(0, samples=2)), key=lambda s: struct_hash(s.reading))
    check(proposal_from({0: {0: [low]}}, facts), {0: {0: [high]}})
    with pytest.raises(ReportError, match="device 0: equal totals, the lower struct hash counts"):
        check(proposal_from({0: {0: [high]}}, facts), {0: {0: [low]}})


def test_equivocation_empties_the_leaf_and_is_shown(
    sign: Sign, facts: list[AssetFacts], check: Check
) -> None:
    held = {0: {0: [sign(0, up=10, down=5), sign(0, up=11, down=4)], 1: [sign(1)]}}
    proposal = proposal_from(held, facts)
    assert set(proposal.assets[0].readings) == {1}
    check(proposal, held)
    check(
        proposal, {0: {0: [sign(0, up=9, down=4)]}}
    )  # told by the proof, though it knew of one reading only


def test_a_leaf_whose_key_equivocated_is_refused(sign: Sign, facts: list[AssetFacts], check: Check) -> None:
    proposal = proposal_from({0: {0: [sign(0, up=10, down=5)]}}, facts)
    with pytest.raises(ReportError, match="asset 0, device 0: equivocation, down_seconds 5 and 4"):
        check(proposal, {0: {0: [sign(0, up=11, down=4)]}})


def test_a_proof_of_equivocation_that_proves_nothing_is_refused(
    sign: Sign, facts: list[AssetFacts], check: Check
) -> None:
    proposal = proposal_from({}, facts)
    leaves = replace(proposal.assets[0], conflicts={0: (sign(0, up=1), sign(0, up=2))})
    with pytest.raises(ReportError, match="asset 0, device 0: the two readings shown are no equivocation"):
        check(replace(proposal, assets={**proposal.assets, 0: leaves}), {})


def test_an_invalid_leaf_is_refused(sign: Sign, facts: list[AssetFacts], check: Check) -> None:
    for leaf, message in (
        (sign(0, up=DAY, down=1), f"up + down + excused ≤ period is broken: {DAY + 1} > {DAY}"),
        (sign(0, busy=80_001), "busy ≤ up is broken: 80001 > 80000"),
        (sign(0, energy=1000 * DAY + 1), "energy ≤ maxWatts × period is broken"),
        (sign(0, work=80_000_001), "work ≤ maxWorkPerSecond × up is broken: 80000001 > 80000000"),
        (sign(0, key=keccak256(b"thief")), "registered key is"),
        (SignedReading(sign(0).reading, b"\0" * 64), "signature of 64 bytes"),
    ):
        with pytest.raises(ReportError, match=re.escape(message)):
            check(proposal_from({0: {0: [leaf]}}, facts), {})


def test_a_reading_with_another_device_id_is_refused(
    sign: Sign, oracle: Domain, devices: list[Device], terms: Terms
) -> None:
    with pytest.raises(ReportError, match="registered is device 1"):
        check_leaf(oracle, sign(0), devices[1], terms, DAY)


def test_a_changed_total_or_root_is_refused(sign: Sign, facts: list[AssetFacts], check: Check) -> None:
    proposal = proposal_from({0: {0: [sign(0)]}}, facts)
    leaves = replace(proposal.assets[0], report=replace(proposal.assets[0].report, up_seconds=80_001))
    with pytest.raises(ReportError, match=r"asset 0: proposed .*up_seconds=80001.*up_seconds=80000"):
        check(replace(proposal, assets={**proposal.assets, 0: leaves}), {})
    with pytest.raises(ReportError, match="root 0x"):
        check(replace(proposal, report=replace(proposal.report, root=bytes(32))), {})


def test_a_missing_asset_another_bundle_and_other_rules_are_refused(
    facts: list[AssetFacts], check: Check
) -> None:
    proposal = proposal_from({}, facts)
    with pytest.raises(ReportError, match=re.escape("assets [0], should be [0, 1]")):
        check(replace(proposal, assets={0: proposal.assets[0]}), {})
    for change, message in (
        ({"bundle": bytes(32)}, "bundle 0000"),
        ({"rules_version": 2}, "rulesVersion 2, should be 1"),
        ({"asset_count": 4}, "assetCount 4, should be 3"),
    ):
        with pytest.raises(ReportError, match=message):
            check(replace(proposal, report=replace(proposal.report, **change)), {})


def test_a_device_that_was_another_assets_when_the_period_began_has_no_leaf(
    sign: Sign, oracle: Domain, facts: list[AssetFacts]
) -> None:
    facts = [replace(facts[0], bound_elsewhere={1: 7, 2: 8}), *facts[1:]]
    held = {0: {0: [sign(0)], 1: [sign(1)], 2: [sign(2, up=10, down=5), sign(2, up=11, down=4)]}}
    proposal = proposal_from(held, facts)
    assert set(proposal.assets[0].readings) == {0}
    assert proposal.assets[0].conflicts == {}
    assert proposal.assets[0].report.up_seconds == 80_000
    agree(oracle, proposal, held, facts, [0, 1], DAY, BUNDLE)


@pytest.mark.parametrize("shown", ["leaf", "conflict"])
def test_a_leaf_of_a_device_that_was_another_assets_is_refused_and_both_assets_are_named(
    sign: Sign, oracle: Domain, facts: list[AssetFacts], shown: str
) -> None:
    signed = [sign(1, up=500, down=5)] + [sign(1, up=500, down=4, energy=1_001)] * (shown == "conflict")
    proposal = proposal_from({0: {1: signed}}, facts)
    assert len(proposal.assets[0].readings if shown == "leaf" else proposal.assets[0].conflicts) == 1
    facts = [replace(facts[0], bound_elsewhere={1: 7}), *facts[1:]]
    message = "asset 0, device 1: was asset 7's when period 5 began; its leaf has to be empty, shown with 500"
    with pytest.raises(Difference, match=message) as refused:
        agree(oracle, proposal, {}, facts, [0, 1], DAY, BUNDLE)
    difference = refused.value
    assert (difference.asset_id, difference.device_index) == (0, 1)
    assert (difference.total, difference.proposed, difference.held) == ("up_seconds", 500, 0)


small = st.integers(0, 3)
plain = st.builds(
    lambda up, down, samples, signature: SignedReading(
        Reading(0, 5, 0, bytes(32), up, down, 0, 0, 0, 0, bytes([samples]) * 32), bytes([signature]) * 65
    ),
    *(small for _ in range(4)),
)
holdings = st.dictionaries(st.integers(0, 1), st.lists(plain, max_size=3), max_size=2).map(lambda d: {0: d})


@settings(deadline=None)
@given(holdings, holdings, holdings)
def test_merging_is_the_same_in_any_order(a: Held, b: Held, c: Held) -> None:
    assert merge(a, b) == merge(b, a)
    assert merge(merge(a, b), c) == merge(a, merge(b, c))
    assert merge(merge(a, b), b) == merge(a, b)


@settings(deadline=None)
@given(st.lists(plain, max_size=5))
def test_the_latest_reading_is_larger_than_all_or_there_is_a_conflict(readings: list[SignedReading]) -> None:
    latest, conflict = latest_of(readings)
    sums = [(s.reading.up_seconds, s.reading.down_seconds) for s in readings]
    unordered = any((a[0] - b[0]) * (a[1] - b[1]) < 0 for a in sums for b in sums)
    assert (conflict is not None) == unordered
    assert (latest is None) == (unordered or not readings)
    if latest:
        top = [s.reading for s in readings if s.reading.sums == latest.reading.sums]
        assert latest.reading.sums == tuple(map(max, zip(*(s.reading.sums for s in readings), strict=True)))
        assert struct_hash(latest.reading) == min(map(struct_hash, top))


def test_after_one_exchange_both_members_rebuild_the_same_report(
    sign: Sign, facts: list[AssetFacts], check: Check
) -> None:
    mine = {0: {0: [sign(0, up=10)], 1: [sign(1, up=7)]}, 1: {}}
    theirs = {0: {0: [sign(0, up=12)], 2: [sign(2)]}}
    with pytest.raises(ReportError, match="device 0: up_seconds proposed 10, held 12"):
        check(proposal_from(mine, facts), theirs)
    rebuilt = proposal_from(merge(mine, theirs), facts)
    assert rebuilt == proposal_from(merge(theirs, mine), facts)
    check(rebuilt, mine)
    check(rebuilt, theirs)
