"""What settling an asset's period takes: its report, where it stands, and where it does not."""

from collections.abc import Sequence
from dataclasses import dataclass

from wellhead.chain.position_tree import PositionTree
from wellhead.errors import ReportError
from wellhead.reports.asset_report import AssetReport
from wellhead.reports.members import Proposal
from wellhead.reports.period_report import build_report_tree


@dataclass(frozen=True, slots=True)
class Evidence:
    """`IReportOracle.Evidence`: the path of the report in its revision, of the empty leaf in earlier ones."""

    report: AssetReport
    revision: int
    path: tuple[bytes, ...]
    absences: tuple[tuple[bytes, ...], ...] = ()

    def as_tuple(self) -> tuple[object, ...]:
        """Fields in the struct's order."""
        return (
            self.report.as_tuple(),
            self.revision,
            list(self.path),
            [list(path) for path in self.absences],
        )


def build_evidence(asset_id: int, revisions: Sequence[Proposal]) -> Evidence:
    """Evidence from all posted revisions of a period, in order; ReportError if none holds the asset."""
    absences: list[tuple[bytes, ...]] = []
    for revision, proposal in enumerate(revisions):
        tree = tree_of(proposal)
        if asset_id in proposal.assets:
            report = proposal.assets[asset_id].report
            return Evidence(report, revision, tree.path(asset_id), tuple(absences))
        absences.append(tree.path(asset_id))
    raise ReportError(f"asset {asset_id} is in none of {len(revisions)} revisions")


def tree_of(proposal: Proposal) -> PositionTree:
    """The report tree of a proposal."""
    reports = (leaves.report for leaves in proposal.assets.values())
    return build_report_tree(reports, proposal.report.asset_count)
