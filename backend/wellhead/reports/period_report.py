"""The period report: one root over all assets' reports, and the quorum of members that signs it.

The domain is the ReportOracle's. Sources: docs/protocol.md, "Reports"; `ReportOracle.sol`.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from wellhead.chain.eip712 import Domain, StructType
from wellhead.chain.position_tree import (
    EMPTY_LEAF,
    REPORT_TAG,
    PositionTree,
    build_position_tree,
    verify_path,
)
from wellhead.chain.signatures import recover, sign
from wellhead.errors import InputError, ReportError
from wellhead.registry.terms import RULES_VERSION
from wellhead.reports.asset_report import AssetReport, asset_report_hash

PERIOD_REPORT_TYPE = StructType(
    "PeriodReport(uint32 period,uint32 revision,bytes32 root,uint32 assetCount,"
    "uint32 rulesVersion,bytes32 bundle)"
)
"""EIP-712 type of what members sign."""

MAX_REVISION = 2
"""Revisions count from 0; at most two follow the first report."""


@dataclass(frozen=True, slots=True)
class PeriodReport:
    """A period's root over `asset_count` positions, and the content hash of the published bundle."""

    period: int
    revision: int
    root: bytes
    asset_count: int
    rules_version: int
    bundle: bytes

    def as_tuple(self) -> tuple[int | bytes, ...]:
        """The fields in the Solidity struct's order."""
        return self.period, self.revision, self.root, self.asset_count, self.rules_version, self.bundle


def period_report_hash(report: PeriodReport) -> bytes:
    """32-byte EIP-712 struct hash; raises InputError for a field that does not fit its type."""
    names = (name for name, _ in PERIOD_REPORT_TYPE.fields)
    return PERIOD_REPORT_TYPE.hash(dict(zip(names, report.as_tuple(), strict=True)))


def build_report_tree(reports: Iterable[AssetReport], asset_count: int) -> PositionTree:
    """Tree (tag 0x02) with each asset's report at its id; the other positions are empty.

    Raises ReportError for an asset given twice, InputError for one at or above `asset_count`.
    """
    leaves: dict[int, bytes] = {}
    for report in reports:
        if report.asset_id in leaves:
            raise ReportError(f"asset {report.asset_id} is reported twice in period {report.period}")
        leaves[report.asset_id] = asset_report_hash(report)
    return build_position_tree(REPORT_TAG, leaves, asset_count)


def build_period_report(
    period: int, revision: int, reports: Sequence[AssetReport], asset_count: int, bundle: bytes
) -> tuple[PeriodReport, PositionTree]:
    """The report under this code's rules version, and its tree.

    Raises ReportError for no reports at all, a report of another period, and a revision above 2.
    """
    if not 0 <= revision <= MAX_REVISION:
        raise ReportError(f"revision {revision} lies outside 0 … {MAX_REVISION}")
    if not reports:
        raise ReportError(f"period {period}: no asset is reported, so there is nothing to post")
    for report in reports:
        if report.period != period:
            raise ReportError(f"asset {report.asset_id}: report of period {report.period} given for {period}")
    tree = build_report_tree(reports, asset_count)
    return PeriodReport(period, revision, tree.root, asset_count, RULES_VERSION, bundle), tree


def verify_report(
    period_report: PeriodReport, report: AssetReport, path: Sequence[bytes], depth: int
) -> bool:
    """Whether the asset's report is its leaf in the period's root; raises InputError for a malformed path."""
    leaf = asset_report_hash(report)
    return report.period == period_report.period and verify_path(
        REPORT_TAG, period_report.root, leaf, report.asset_id, path, depth
    )


def verify_absence(period_report: PeriodReport, asset_id: int, path: Sequence[bytes], depth: int) -> bool:
    """Whether the asset has no report in the period's root; raises InputError for a malformed path."""
    return verify_path(REPORT_TAG, period_report.root, EMPTY_LEAF, asset_id, path, depth)


def sign_report(oracle: Domain, report: PeriodReport, member_key: bytes) -> bytes:
    """A member's 65-byte signature."""
    return sign(member_key, oracle.digest(period_report_hash(report)))


def signers_of(oracle: Domain, report: PeriodReport, signatures: Sequence[bytes]) -> list[str]:
    """Addresses that signed, as given; raises ReportError naming a malformed signature by its place."""
    digest = oracle.digest(period_report_hash(report))
    signers = []
    for place, signature in enumerate(signatures):
        try:
            signers.append(recover(digest, signature))
        except InputError as error:
            raise ReportError(f"signature {place} of {len(signatures)}: {error}") from error
    return signers


def order_signatures(oracle: Domain, report: PeriodReport, signatures: Sequence[bytes]) -> list[bytes]:
    """The signatures by ascending signer, as the contract takes them; raises ReportError as `signers_of`."""
    signers = signers_of(oracle, report, signatures)
    return [signature for _, signature in sorted(zip(map(_number, signers), signatures, strict=True))]


def check_quorum(
    oracle: Domain, report: PeriodReport, signatures: Sequence[bytes], members: Collection[str], quorum: int
) -> list[str]:
    """The members who signed, if the contract would accept them.

    Raises ReportError for a quorum that is not more than half of the members, and for too few, too many,
    malformed, foreign, duplicate or wrongly ordered signatures.
    """
    known = {_number(member) for member in members}
    if not len(known) < 2 * quorum <= 2 * len(known):
        raise ReportError(f"quorum {quorum} of {len(known)} members: must be more than half of them")
    if len(signatures) < quorum:
        raise ReportError(f"{len(signatures)} signatures, the quorum is {quorum} of {len(known)}")
    if len(signatures) > len(known):
        raise ReportError(f"{len(signatures)} signatures, there are {len(known)} members")
    signers = signers_of(oracle, report, signatures)
    for place, signer in enumerate(signers):
        if _number(signer) not in known:
            raise ReportError(f"signature {place}: {signer} is not one of the {len(known)} members")
        if signer in signers[:place]:
            raise ReportError(f"signature {place}: {signer} signed already as number {signers.index(signer)}")
        if place and _number(signer) < _number(signers[place - 1]):
            raise ReportError(
                f"signature {place}: {signer} comes after {signers[place - 1]}, a higher address"
            )
    return signers


def _number(address: str) -> int:
    return int(address, 16)
