"""A posted revision: the chain keeps its hash, and whoever needs it brings it along."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wellhead.chain.windows import Windows


@dataclass(frozen=True, slots=True)
class Posted:
    """`IReportOracle.Posted`: a revision as the chain keeps its hash; brought along by whoever needs it."""

    root: bytes
    asset_count: int
    posted_at: int
    signers: int
    """Bitmap over the list of members of that version."""
    members_version: int
    """0: a fallback root, which nobody signed."""

    def as_tuple(self) -> tuple[bytes, int, int, int, int]:
        """Fields in the struct's order."""
        return self.root, self.asset_count, self.posted_at, self.signers, self.members_version

    @property
    def is_fallback(self) -> bool:
        """Whether anyone posted it because no member did."""
        return self.members_version == 0

    def disputable_until(self, windows: Windows) -> int:
        """The end of its dispute window, Unix seconds."""
        return self.posted_at + windows.dispute * (3 if self.is_fallback else 1)


NOT_POSTED = Posted(bytes(32), 0, 0, 0, 0)


def posted_from(args: Mapping[str, Any], timestamp: int) -> Posted:
    """The struct that a ReportPosted event of a block with that time tells of."""
    return Posted(args["root"], args["assetCount"], timestamp, args["signers"], args["membersVersion"])
