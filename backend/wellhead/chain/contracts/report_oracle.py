"""ReportOracle: members, windows, posted revisions."""

from collections.abc import Sequence
from dataclasses import dataclass

from wellhead.chain.contract import AbiStruct, ContractCall, ContractWrapper
from wellhead.chain.windows import Windows


@dataclass(frozen=True, slots=True)
class Posted:
    """A posted revision; all zero if there is none."""

    root: bytes
    asset_count: int
    posted_at: int


class ReportOracleContract(ContractWrapper):
    """Period reports."""

    artifact_name = "ReportOracle"

    def submit(self, report: AbiStruct, signatures: Sequence[bytes]) -> ContractCall:
        """Post a period's root with a quorum's signatures, by ascending signer (anyone)."""
        return self.prepare("submit", report.as_tuple(), list(signatures))

    def posted_of(self, period: int, revision: int, block: int | str = "latest") -> Posted:
        """A posted revision."""
        root, asset_count, posted_at = self.read("postedOf", period, revision, block=block)
        return Posted(bytes(root), int(asset_count), int(posted_at))

    def revisions_of(self, period: int, block: int | str = "latest") -> int:
        """Revisions posted for the period."""
        return int(self.read("revisionsOf", period, block=block))

    def members(self, block: int | str = "latest") -> tuple[list[str], int]:
        """The members and how many must agree."""
        members, quorum = self.read("members", block=block)
        return [str(member) for member in members], int(quorum)

    def windows(self) -> Windows:
        """The deployment's windows."""
        return Windows(*self.read("windows"))

    def hard_end_of(self, period: int) -> int:
        """When a period without report can be closed, Unix seconds."""
        return int(self.read("hardEndOf", period))

    def domain_separator(self) -> bytes:
        """EIP-712 domain separator of readings, receipts and period reports."""
        return bytes(self.read("domainSeparator"))
