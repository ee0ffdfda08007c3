"""Each period's reports rebuilt from the published readings, up to the root and bundle that were posted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from wellhead.audit.assets import Asset, Bindings
from wellhead.audit.finding import Checklist
from wellhead.audit.history import Event, History
from wellhead.audit.published import PublishedFiles
from wellhead.audit.quorum import check_quorum, is_fallback, posted_by
from wellhead.audit.readings import check_readings
from wellhead.audit.registered import check_excuses
from wellhead.registry.published import devices_path, excused_path, terms_path
from wellhead.reports.asset_report import AssetReport
from wellhead.reports.period_report import build_report_tree
from wellhead.reports.publish import bundle_hash, readings_path

MAX_PLACEMENTS = 4096
"""Ways to spread unsettled assets over several revisions that are tried."""


@dataclass(frozen=True, slots=True)
class Reporting:
    """What all periods are checked with."""

    history: History
    assets: Mapping[int, Asset]
    bindings: Bindings
    files: PublishedFiles
    checklist: Checklist

    def posted(self) -> dict[int, list[Event]]:
        """ReportPosted events by period, revisions in order."""
        posted: dict[int, list[Event]] = {}
        for event in self.history.of("ReportOracle", "ReportPosted"):
            posted.setdefault(event.args["period"], []).append(event)
        return posted

    def settled_revision(self, asset_id: int, period: int) -> int | None:
        """The revision by which the asset's period was settled; None if it was not."""
        for event in self.history.of("Settlement", "PeriodSettled"):
            if (event.args["assetId"], event.args["period"]) == (asset_id, period):
                return int(event.args["revision"])
        return None


def check_period(reporting: Reporting, period: int, posted: list[Event]) -> dict[int, AssetReport]:
    """All checks of a period with posted reports; returns the rebuilt report of each asset that has one.

    Codes: those of quorum, readings and excuses, and ASSET_COUNT, POST_WINDOW, REVISION, PERIOD_ROOT, BUNDLE.
    """
    checklist, history = reporting.checklist, reporting.history
    with checklist.section("Posted by a quorum, in time", f"period {period}"):
        for revision, event in enumerate(posted):
            checklist.same("REVISION", f"period {period}", revision, event.args["revision"], event.where)
            check_quorum(history, event, checklist)
            _check_time(history, period, posted, revision, checklist)
    registered = [a for a in reporting.assets.values() if a.registered_in <= period]
    reports: dict[int, AssetReport] = {}
    missing = []
    for asset in registered:
        devices = asset.list_at(period).devices
        if not reporting.files.has(readings_path(period, asset.asset_id, devices)):
            missing.append(asset)
            continue
        report = check_readings(
            history, asset, reporting.bindings, period, posted[-1].place, reporting.files, checklist
        )
        if report is not None:
            reports[asset.asset_id] = report
    with checklist.section("Roots, totals and bundle", f"period {period}"):
        for asset in registered:
            check_excuses(asset, period, reporting.files, checklist)
        _check_roots(reporting, period, posted, registered, reports, missing)
    return reports


def _check_time(
    history: History, period: int, posted: list[Event], revision: int, checklist: Checklist
) -> None:
    windows, end = history.windows, history.clock.end_of(period)
    event = posted[revision]
    first, last = end + windows.post_from, end + windows.post_until
    if is_fallback(event):
        first, last = last + 1, last + windows.revision
    if revision:
        before = posted[revision - 1]
        first = before.timestamp
        last = posted_by(before).disputable_until(windows) + windows.answer + windows.revision
    subject = f"period {period}, revision {revision}"
    in_time = first <= event.timestamp <= last
    checklist.holds(in_time, "POST_WINDOW", subject, f"{first} … {last}", event.timestamp, event.where)


def _check_roots(
    reporting: Reporting,
    period: int,
    posted: list[Event],
    registered: list[Asset],
    reports: Mapping[int, AssetReport],
    missing: list[Asset],
) -> None:
    checklist = reporting.checklist
    placed = _placed(reporting, period, posted, reports, len(registered))
    differs = False
    for revision, event in enumerate(posted):
        subject = f"period {period}, revision {revision}"
        checklist.same("ASSET_COUNT", subject, len(registered), event.args["assetCount"], event.where)
        inside = [report for report in reports.values() if placed[report.asset_id] == revision]
        root = build_report_tree(inside, len(registered)).root
        if root != event.args["root"] and _any_void(reporting, period, revision):
            checklist.note("A report of it was void, so what stood there is not published", subject)
            continue
        differs |= not checklist.same("PERIOD_ROOT", subject, event.args["root"], root, event.where)
        bundles = list(_bundles(period, registered, {r.asset_id for r in inside}, reporting.files))
        checklist.holds(
            event.args["bundle"] in bundles,
            "BUNDLE",
            subject,
            event.args["bundle"],
            bundles[0] if bundles else "no files",
            event.where,
        )
    for asset in missing:
        # An asset left out of a report has no readings there; only a root that needs them misses the file.
        if differs or reporting.settled_revision(asset.asset_id, period) is not None:
            reporting.files.require(readings_path(period, asset.asset_id, asset.list_at(period).devices))


def _any_void(reporting: Reporting, period: int, revision: int) -> bool:
    return any(
        (event.args["period"], event.args["revision"]) == (period, revision)
        for event in reporting.history.of("ReportOracle", "ReportVoided")
    )


def _placed(
    reporting: Reporting, period: int, posted: list[Event], reports: Mapping[int, AssetReport], count: int
) -> dict[int, int]:
    """Which revision each report stands in: known where settled, else the placement that gives the roots."""
    known = {a: reporting.settled_revision(a, period) for a in reports}
    free = [a for a, revision in known.items() if revision is None]
    placed = {a: revision or 0 for a, revision in known.items()}
    if len(posted) == 1 or len(posted) ** len(free) > MAX_PLACEMENTS:
        return placed
    for choice in product(range(len(posted)), repeat=len(free)):
        trial = placed | dict(zip(free, choice, strict=True))
        roots = [
            build_report_tree([r for a, r in reports.items() if trial[a] == revision], count).root
            for revision in range(len(posted))
        ]
        if roots == [event.args["root"] for event in posted]:
            return trial
    return placed


def _bundles(
    period: int, registered: list[Asset], reported: set[int], files: PublishedFiles
) -> Iterator[bytes]:
    """The bundle's hash over the files of all registered assets, and over those of the reported ones."""
    for chosen in (registered, [asset for asset in registered if asset.asset_id in reported]):
        paths = [path for asset in chosen for path in _paths(period, asset)]
        inside = {path: files.files[path] for path in paths if files.has(path)}
        if inside:
            yield bundle_hash(inside)


def _paths(period: int, asset: Asset) -> tuple[str, ...]:
    listed = asset.list_at(period)
    return (
        readings_path(period, asset.asset_id, listed.devices),
        devices_path(asset.asset_id, listed.version),
        terms_path(asset.asset_id, asset.terms_at(period).version),
        excused_path(period, asset.asset_id),
    )
