"""What settling an asset's period takes: its report, where it stands, and where it does not."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from wellhead.chain.position_tree import PositionTree
from wellhead.chain.posted import Posted
from wellhead.errors import ReportError
from wellhead.reports.asset_report import AssetReport
from wellhead.reports.members import Proposal
from wellhead.reports.period_report import build_report_tree


@dataclass(frozen=True, slots=True)
class Revision:
    """A posted proposal; `void` names the assets whose report in it is void."""

    proposal: Proposal
    posted: Posted
    void: frozenset[int] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Absence:
    """`IReportOracle.Absence`: the path of the empty leaf; no path where the revision is void."""

    posted: Posted
    path: tuple[bytes, ...] = ()

    def as_tuple(self) -> tuple[object, ...]:
        """Fields in the struct's order."""
        return self.posted.as_tuple(), list(self.path)


@dataclass(frozen=True, slots=True)
class Evidence:
    """`IReportOracle.Evidence`: the path of the report in its revision, its absence from earlier ones."""

    report: AssetReport
    revision: int
    posted: Posted
    path: tuple[bytes, ...]
    absences: tuple[Absence, ...] = ()

    def as_tuple(self) -> tuple[object, ...]:
        """Fields in the struct's order."""
        return (
            self.report.as_tuple(),
            self.revision,
            self.posted.as_tuple(),
            list(self.path),
            [absence.as_tuple() for absence in self.absences],
        )


def build_evidence(asset_id: int, revisions: Sequence[Revision]) -> Evidence:
    """Evidence from all posted revisions of a period, in order.

    Raises ReportError if none holds the asset, or only void ones do.
    """
    for number, revision in enumerate(revisions):
        leaves = revision.proposal.assets.get(asset_id)
        if leaves is not None and asset_id not in revision.void:
            path = tree_of(revision.proposal).path(asset_id)
            absences = build_absences(asset_id, revisions[:number])
            return Evidence(leaves.report, number, revision.posted, path, absences)
    raise ReportError(f"asset {asset_id} stands in none of {len(revisions)} revisions")


def build_absences(asset_id: int, revisions: Sequence[Revision]) -> tuple[Absence, ...]:
    """That the asset has no report in any of these; raises ReportError where one stands."""
    absences = []
    for number, revision in enumerate(revisions):
        if asset_id in revision.void:
            absences.append(Absence(revision.posted))
        elif asset_id in revision.proposal.assets:
            raise ReportError(f"asset {asset_id} stands in revision {number}")
        else:
            tree = tree_of(revision.proposal)
            absences.append(Absence(revision.posted, tree.path(asset_id) if asset_id < tree.count else ()))
    return tuple(absences)


def tree_of(proposal: Proposal) -> PositionTree:
    """The report tree of a proposal."""
    reports = (leaves.report for leaves in proposal.assets.values())
    return build_report_tree(reports, proposal.report.asset_count)
