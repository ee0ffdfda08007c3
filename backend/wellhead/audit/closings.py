"""What an asset's period must have been closed with: by the accepted report, or by none at the hard end."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from wellhead.audit.books import ReplayedBook, ReplayedPeriod
from wellhead.audit.finding import Checklist
from wellhead.audit.history import OUTCOME_LINES, Event, History
from wellhead.audit.quorum import posted_by
from wellhead.chain.position_tree import REPORT_TAG, depth_of, fold_path
from wellhead.errors import InputError
from wellhead.reports.asset_report import AssetReport, asset_report_hash
from wellhead.reports.evidence import Evidence
from wellhead.settlement.waterfall import Outcome, PeriodBooks, Totals, settle, unreported

ATTRIBUTES = {"refundPool": "refund_pool", "creditPool": "credit_pool", "energyCost": "energy_cost"}
"""Lines of the waterfall whose name in Python differs."""

REPORT_FIELDS = {
    "devices": "devices",
    "up_seconds": "upSeconds",
    "down_seconds": "downSeconds",
    "excused_seconds": "excusedSeconds",
    "busy_seconds": "busySeconds",
    "energy_joules": "energyJoules",
    "work": "work",
    "telemetry_root": "telemetryRoot",
}


@dataclass(frozen=True, slots=True)
class Closings:
    """Checks closings against `rebuilt`: the reports that the published readings give."""

    history: History
    rebuilt: Mapping[tuple[int, int], AssetReport]
    checklist: Checklist

    def check(self, event: Event, book: ReplayedBook, p: ReplayedPeriod) -> Outcome:
        """Compare each line; returns the outcome as it has to be.

        Codes WATERFALL_<LINE>, SETTLE_OWNER, SETTLE_EARLY, EVIDENCE_ROOT, REPORT_TOTAL, REPORT_MISSING.
        """
        period, asset = event.args["period"], book.asset
        subject = f"asset {asset.asset_id}, period {period}"
        self.checklist.same("SETTLE_OWNER", subject, asset.owner, event.args["owner"], event.where)
        books = PeriodBooks(
            devices=asset.list_at(period).devices,
            period_seconds=self.history.clock.period_seconds,
            sold_units=p.sold_units,
            escrow=p.escrow,
            locked_credit=p.reserved,
            spot=p.spot,
            excuse_ceiling=asset.ceiling_at(period),
        )
        if event.name == "PeriodUnreported":
            self._check_hard_end(event, period, subject)
            outcome = unreported(books, book.terms(period))
        else:
            report = self._accepted(event, asset.asset_id, period, subject)
            if report is None:
                self.checklist.holds(
                    False, "REPORT_MISSING", subject, "readings or evidence", "neither", event.where
                )
                return _as_emitted(event, p)
            outcome = settle(_totals(report), books, book.terms(period))
        self._compare(event, outcome, subject)
        return outcome

    def _compare(self, event: Event, outcome: Outcome, subject: str) -> None:
        for line in OUTCOME_LINES:
            expected = getattr(outcome, ATTRIBUTES.get(line, line))
            code = "WATERFALL_" + ATTRIBUTES.get(line, line).upper()
            self.checklist.same(code, f"{subject}, {line}", expected, event.outcome[line], event.where)

    def _accepted(self, event: Event, asset_id: int, period: int, subject: str) -> AssetReport | None:
        """The report that settling used if it stands under the posted root; else what the readings give."""
        revision, rebuilt = event.args["revision"], self.rebuilt.get((asset_id, period))
        posted = self._posted(period, revision)
        if posted is None:
            self.checklist.holds(
                False, "REPORT_MISSING", subject, "a posted report", f"none of {revision}", event.where
            )
            return rebuilt
        earliest = posted_by(posted).disputable_until(self.history.windows)
        self.checklist.holds(
            event.timestamp >= earliest,
            "SETTLE_EARLY",
            subject,
            f"from {earliest}",
            event.timestamp,
            event.where,
        )
        evidence = self.history.evidences.get(event.transaction)
        if evidence is None or not self._stands(evidence, posted, subject, event.where):
            return rebuilt
        if rebuilt is not None:
            for attribute in fields(AssetReport):
                if attribute.name in REPORT_FIELDS:
                    self.checklist.same(
                        "REPORT_TOTAL",
                        f"{subject}, {REPORT_FIELDS[attribute.name]}",
                        getattr(evidence.report, attribute.name),
                        getattr(rebuilt, attribute.name),
                        event.where,
                    )
        return evidence.report

    def _stands(self, evidence: Evidence, posted: Event, subject: str, where: str) -> bool:
        report, count = evidence.report, posted.args["assetCount"]
        try:
            leaf = asset_report_hash(report)
            root = fold_path(REPORT_TAG, leaf, report.asset_id, evidence.path, depth_of(count))
        except InputError as error:
            return self.checklist.holds(False, "EVIDENCE_ROOT", subject, posted.args["root"], error, where)
        return self.checklist.same("EVIDENCE_ROOT", subject, posted.args["root"], root, where)

    def _posted(self, period: int, revision: int) -> Event | None:
        for event in self.history.of("ReportOracle", "ReportPosted"):
            if (event.args["period"], event.args["revision"]) == (period, revision):
                return event
        return None

    def _check_hard_end(self, event: Event, period: int, subject: str) -> None:
        hard_end = self.history.clock.end_of(period) + self.history.windows.hard_end
        self.checklist.holds(
            event.timestamp >= hard_end,
            "SETTLE_EARLY",
            subject,
            f"from {hard_end}",
            event.timestamp,
            event.where,
        )


def _totals(report: AssetReport) -> Totals:
    return Totals(
        report.up_seconds, report.down_seconds, report.excused_seconds, report.energy_joules, report.work
    )


def _as_emitted(event: Event, p: ReplayedPeriod) -> Outcome:
    """The outcome that the event claims, to go on with where nothing can be recomputed."""
    lines = {ATTRIBUTES.get(line, line): value for line, value in event.outcome.items()}
    return Outcome(unknown=0, forgiven=0, revenue=lines["charge"] + p.spot, **lines)
