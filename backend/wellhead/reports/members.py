"""A member's rule: when it signs a proposed period report, and how members bring their readings together.

A member signs only if every leaf is valid, none is of a device that was another asset's when the period
began, and it holds no larger reading. What it holds more it sends, and the proposer rebuilds
once. Source: docs/protocol.md, "Reports".
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from wellhead.chain.eip712 import Domain
from wellhead.errors import ReportError
from wellhead.registry.devices import Device
from wellhead.registry.terms import RULES_VERSION, Terms
from wellhead.reports.asset_report import AssetReport, build_asset_report, check_totals
from wellhead.reports.leaf import Conflict, check_leaf, first_larger, latest_of
from wellhead.reports.period_report import PeriodReport, build_report_tree
from wellhead.telemetry.reading import Reading, SignedReading, struct_hash

WHOLE_ASSET = 1 << 32
"""In place of a device's index: the difference is not in one device."""


class Difference(ReportError):
    """What a member disagrees with in one asset: device, sum, both numbers."""

    def __init__(
        self,
        message: str,
        asset_id: int,
        device_index: int = WHOLE_ASSET,
        total: str = "",
        proposed: int = 0,
        held: int = 0,
    ) -> None:
        super().__init__(message)
        self.asset_id, self.device_index = asset_id, device_index
        self.total, self.proposed, self.held = total, proposed, held


Held = Mapping[int, Mapping[int, Sequence[SignedReading]]]
"""Readings by asset id and device index: every one that moved the state, in any order."""


@dataclass(frozen=True, slots=True)
class AssetFacts:
    """What the registry says of one asset for one period."""

    asset_id: int
    terms: Terms
    devices: Sequence[Device]
    terms_version: int = 0
    """Place of the terms among the asset's own, counted from 0."""
    devices_version: int = 0
    """The device list's version, as the registry announced it."""
    bound_elsewhere: Mapping[int, int] = field(default_factory=dict)
    """Devices, by index, that were another asset's when the period began, and whose: they have no leaf."""


@dataclass(frozen=True, slots=True)
class AssetLeaves:
    """One asset as it is proposed: its report, the readings under it, and why leaves stay empty."""

    report: AssetReport
    readings: Mapping[int, SignedReading]
    conflicts: Mapping[int, Conflict] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A period report with everything under it, assets by id."""

    report: PeriodReport
    assets: Mapping[int, AssetLeaves]


def merge(mine: Held, theirs: Held) -> dict[int, dict[int, tuple[SignedReading, ...]]]:
    """All readings that either holds, each once; the order of merging does not matter."""
    merged: dict[int, dict[int, set[SignedReading]]] = {}
    for held in (mine, theirs):
        for asset_id, devices in held.items():
            for index, readings in devices.items():
                merged.setdefault(asset_id, {}).setdefault(index, set()).update(readings)
    return {
        asset_id: {
            index: tuple(
                sorted(readings, key=lambda s: (s.reading.sums, s.reading.samples_hash, s.signature))
            )
            for index, readings in sorted(devices.items())
        }
        for asset_id, devices in sorted(merged.items())
    }


def build_leaves(period: int, facts: AssetFacts, held: Mapping[int, Sequence[SignedReading]]) -> AssetLeaves:
    """One asset's report from all readings held: the latest of each device.

    Leaves of devices that equivocated, or were another asset's when the period began, stay empty.
    Raises ReportError for no devices and for readings that are another asset's or period's.
    """
    readings, conflicts = {}, {}
    for index, signed in held.items():
        if index in facts.bound_elsewhere:
            continue
        latest, conflict = latest_of(signed)
        if conflict:
            conflicts[index] = conflict
        elif latest:
            readings[index] = latest
    by_index = {index: signed.reading for index, signed in readings.items()}
    report, _ = build_asset_report(facts.asset_id, period, len(facts.devices), by_index)
    return AssetLeaves(report, readings, conflicts)


def agree(
    oracle: Domain,
    proposal: Proposal,
    own: Held,
    facts: Sequence[AssetFacts] | Mapping[int, AssetFacts],
    expected: Collection[int],
    period_seconds: int,
    bundle: bytes,
    asset_count: int | None = None,
) -> None:
    """Return if a member that holds `own` may sign; raise ReportError saying what it disagrees with.

    `facts` are the assets by id, all registered ones unless `asset_count` says how many these are; `expected`
    the assets that this report has to hold: for revision 0 all that have devices, less those left out as
    disputed; later, the void or absent ones that are settled among members. `bundle` is the hash
    of the published files as the member computed it.
    """
    check_frame(proposal, expected, bundle, len(facts) if asset_count is None else asset_count)
    for difference in differences(oracle, proposal, own, facts, period_seconds):
        raise difference
    check_root(proposal)


def check_frame(proposal: Proposal, expected: Collection[int], bundle: bytes, asset_count: int) -> None:
    """Raise ReportError unless the report is under known rules, over the expected assets and files."""
    report = proposal.report
    for name, value, wanted in (
        ("rulesVersion", report.rules_version, RULES_VERSION),
        ("assetCount", report.asset_count, asset_count),
        ("assets", sorted(proposal.assets), sorted(expected)),
        ("bundle", report.bundle.hex(), bundle.hex()),
    ):
        if value != wanted:
            raise ReportError(f"period {report.period}: {name} {value}, should be {wanted}")


def check_root(proposal: Proposal) -> None:
    """Raise ReportError unless the root is that of the proposed asset reports."""
    report = proposal.report
    tree = build_report_tree((leaves.report for leaves in proposal.assets.values()), report.asset_count)
    if tree.root != report.root:
        raise ReportError(f"period {report.period}: root 0x{report.root.hex()}, rebuilt 0x{tree.root.hex()}")


def differences(
    oracle: Domain,
    proposal: Proposal,
    own: Held,
    facts: Sequence[AssetFacts] | Mapping[int, AssetFacts],
    period_seconds: int,
) -> Iterator[Difference]:
    """The first difference of each asset that a member which holds `own` disagrees with, by asset id."""
    for asset_id, leaves in sorted(proposal.assets.items()):
        try:
            held = own.get(asset_id, {})
            _agree_on_asset(oracle, proposal.report.period, leaves, held, facts[asset_id], period_seconds)
        except Difference as difference:
            yield difference
        except ReportError as error:
            yield Difference(str(error), asset_id)


def _agree_on_asset(
    oracle: Domain,
    period: int,
    leaves: AssetLeaves,
    own: Mapping[int, Sequence[SignedReading]],
    facts: AssetFacts,
    period_seconds: int,
) -> None:
    _check_all(oracle, leaves.readings.values(), facts, period_seconds)
    for index in sorted(leaves.conflicts):
        _check_conflict(oracle, index, leaves.conflicts[index], facts, period_seconds)
    by_index = {index: signed.reading for index, signed in leaves.readings.items()}
    rebuilt, _ = build_asset_report(facts.asset_id, period, len(facts.devices), by_index)
    if rebuilt != leaves.report:
        raise ReportError(f"asset {facts.asset_id}: proposed {leaves.report}, its readings give {rebuilt}")
    check_totals(rebuilt, facts.terms, period_seconds)
    for index in sorted(own.keys() - facts.bound_elsewhere.keys()):
        _compare(facts.asset_id, index, leaves, own[index])


def _check_all(
    oracle: Domain, readings: Iterable[SignedReading], facts: AssetFacts, period_seconds: int
) -> None:
    for signed in readings:
        index = signed.reading.device_index
        if index >= len(facts.devices):
            raise ReportError(f"asset {facts.asset_id}: device {index}, there are {len(facts.devices)}")
        _check_not_elsewhere(signed.reading, facts)
        check_leaf(oracle, signed, facts.devices[index], facts.terms, period_seconds)


def _check_not_elsewhere(reading: Reading, facts: AssetFacts) -> None:
    """Raise Difference for a reading of a device that was another asset's when the period began."""
    index, up = reading.device_index, reading.up_seconds
    if index in facts.bound_elsewhere:
        text = (
            f"asset {facts.asset_id}, device {index}: was asset {facts.bound_elsewhere[index]}'s when period "
            f"{reading.period} began; its leaf has to be empty, shown with {up} s up"
        )
        raise Difference(text, facts.asset_id, index, "up_seconds", up)


def _check_conflict(
    oracle: Domain, index: int, conflict: Conflict, facts: AssetFacts, period_seconds: int
) -> None:
    _check_all(oracle, conflict, facts, period_seconds)
    places = [(s.reading.asset_id, s.reading.period, s.reading.device_index) for s in conflict]
    if places[0] != places[1] or places[0][2] != index or latest_of(conflict)[1] is None:
        raise ReportError(
            f"asset {facts.asset_id}, device {index}: the two readings shown are no equivocation"
        )


def _compare(asset_id: int, index: int, leaves: AssetLeaves, own: Sequence[SignedReading]) -> None:
    """Raise Difference if what the member holds of this device is more than its proposed leaf."""
    place = f"asset {asset_id}, device {index}"
    proposed = leaves.readings.get(index)
    if index in leaves.conflicts:
        if proposed:
            up = proposed.reading.up_seconds
            text = f"{place}: a leaf of {up} s up beside its equivocation"
            raise Difference(text, asset_id, index, "up_seconds", up)
        return
    latest, conflict = latest_of([*own, proposed] if proposed else own)
    if conflict and proposed is None:
        return
    if conflict:
        name, left, right = first_larger(conflict[0].reading, conflict[1].reading) or ("total", 0, 0)
        text = f"{place}: equivocation, {name} {left} and {right} are not ordered with the rest"
        raise Difference(text, asset_id, index, name, right, left)
    if latest is None:
        return
    if proposed is None:
        up = latest.reading.up_seconds
        text = f"{place}: proposed as absent, held with {up} s up"
        raise Difference(text, asset_id, index, "up_seconds", 0, up)
    larger = first_larger(latest.reading, proposed.reading)
    if larger:
        name, held, given = larger
        raise Difference(f"{place}: {name} proposed {given}, held {held}", asset_id, index, name, given, held)
    if latest.reading != proposed.reading:
        hashes = (
            f"0x{struct_hash(proposed.reading).hex()} proposed, 0x{struct_hash(latest.reading).hex()} held"
        )
        text = f"{place}: equal totals, the lower struct hash counts: {hashes}"
        raise Difference(text, asset_id, index, "struct_hash")
