"""Structs that tests send: credentials, and a posted report with the tree of its proofs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wellhead.chain.eip712 import StructType
from wellhead.chain.position_tree import PositionTree
from wellhead.chain.posted import NOT_POSTED, Posted
from wellhead.reports.asset_report import AssetReport
from wellhead.reports.evidence import Absence, Evidence
from wellhead.reports.period_report import PeriodReport

CREDENTIAL_TYPE = StructType(
    "Credential(address account,uint16 country,uint8 investorClass,uint40 issuedAt,uint40 expiresAt)"
)


@dataclass(frozen=True)
class Credential:
    """The struct of `IIdentityRegistry.sol`."""

    account: str
    country: int
    investor_class: int
    issued_at: int
    expires_at: int

    def as_tuple(self) -> tuple[Any, ...]:
        return self.account, self.country, self.investor_class, self.issued_at, self.expires_at


@dataclass(frozen=True)
class PostedReport:
    """A revision as it was posted, with the tree that its proofs come from."""

    report: PeriodReport
    tree: PositionTree
    assets: Mapping[int, AssetReport]
    posted: Posted = NOT_POSTED

    def absence(self, asset_id: int) -> Absence:
        """That the asset is not in this revision."""
        return Absence(self.posted, self.tree.path(asset_id))

    def evidence(self, asset_id: int, *earlier: "PostedReport") -> Evidence:
        """That the asset stands in this revision and in none of the earlier ones."""
        return Evidence(
            self.assets[asset_id],
            self.report.revision,
            self.posted,
            self.tree.path(asset_id),
            absences_of(asset_id, *earlier),
        )


def absences_of(asset_id: int, *revisions: PostedReport) -> tuple[Absence, ...]:
    """The paths of the asset's empty leaf in these revisions."""
    return tuple(Absence(revision.posted, revision.tree.path(asset_id)) for revision in revisions)
