"""What every step works with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wellhead.chain.follow import Follower
from wellhead.chain.system import System
from wellhead.daemon.actions import Actions
from wellhead.daemon.gather import Gatherer
from wellhead.daemon.member import Member
from wellhead.errors import ReportError
from wellhead.registry.facts import RegisteredAsset
from wellhead.registry.sync import read_assets
from wellhead.reports.committee import whose_turn
from wellhead.reports.evidence import Revision
from wellhead.reports.sync import PostedReport, read_posted, voids_of


@dataclass(frozen=True)
class Duties:
    """What a daemon does beside reporting; and how eagerly."""

    turn_seconds: int = 30
    """How long one member is first in line before the next may act too."""
    head_seconds_max: int = 300
    """Age of the newest block above which nothing is done."""
    settle: bool = True
    answer: bool = True
    expire: bool = True
    reprice: bool = True
    release_fallbacks: bool = True
    charge_misses: bool = False
    redeem: bool = True
    claim: bool = True
    claim_revenue: bool = True
    claim_units_min: int = 1
    """Base units below which nobody's claim is pushed."""
    batch: int = 50
    """Payees in one transaction."""


@dataclass
class Context:
    """One daemon's world; `member` and `gatherer` are None for a keeper that signs no reports."""

    system: System
    follower: Follower
    actions: Actions
    duties: Duties
    clock: Callable[[], int]
    member: Member | None = None
    gatherer: Gatherer | None = None

    def assets(self) -> list[RegisteredAsset]:
        """All registered assets."""
        return read_assets(self.system, self.follower)

    def posted(self) -> dict[int, list[PostedReport]]:
        """Posted revisions by period."""
        return read_posted(self.system, self.follower)

    def is_my_turn(self, period: int, since: int) -> bool:
        """Whether this daemon acts first now; one that is no member always does."""
        members = self.system.oracle.members().members
        me = self.member.signer.address if self.member else None
        if me not in members:
            return True
        return whose_turn(members, period, self.clock() - since, self.duties.turn_seconds) == me

    def revisions(self, asset_id: int, posted: Sequence[PostedReport]) -> list[Revision]:
        """A period's posted revisions with what stands under them; raises ReportError where it is not to be had."""
        if self.gatherer is None:
            raise ReportError("this daemon is no member: it has no proposals")
        void = voids_of(self.system, asset_id, posted)
        return [
            Revision(
                self.gatherer.fetch(stands.digest),
                stands.posted,
                frozenset({asset_id}) if place in void else frozenset(),
            )
            for place, stands in enumerate(posted)
        ]
