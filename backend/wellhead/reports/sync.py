"""What the chain says of a period: its assets' facts, checked against its own state, and its reports."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from wellhead.chain.follow import Follower
from wellhead.chain.posted import Posted, posted_from
from wellhead.chain.system import System
from wellhead.errors import ReportError, TermsError
from wellhead.registry.devices import Device, build_device_tree
from wellhead.registry.facts import RegisteredAsset
from wellhead.registry.published import Excused
from wellhead.registry.sync import bound_elsewhere, read_assets, read_assets_bound
from wellhead.registry.terms import RULES_VERSION, terms_hash
from wellhead.reports.members import AssetFacts
from wellhead.reports.period_report import PeriodReport, period_report_hash

ListLookup = Callable[[int, int], Sequence[Device] | None]
"""(asset id, version) → the device list as published, unchecked; None where nobody has it."""


@dataclass(frozen=True, slots=True)
class PeriodFacts:
    """All that the chain fixes for a period's report."""

    period: int
    asset_count: int
    """Assets registered before the period's end."""
    assets: Mapping[int, AssetFacts]
    """Those that are open in the period and whose facts are certain."""
    excused: Mapping[int, Excused]
    """Announced excuses, where there are any."""
    withheld: Mapping[int, str] = field(default_factory=dict)
    """Open assets whose facts are not certain: nothing is said about them, and why."""


@dataclass(frozen=True, slots=True)
class PostedReport:
    """A posted revision."""

    report: PeriodReport
    posted: Posted
    block: int

    @property
    def digest(self) -> bytes:
        """Struct hash: by it members know the proposal."""
        return period_report_hash(self.report)


def read_period_facts(system: System, follower: Follower, period: int, list_of: ListLookup) -> PeriodFacts:
    """The facts of a period that is over, as they stand now; what the chain's state denies is withheld."""
    count = system.registry.asset_count_at(period)
    bound = read_assets_bound(system, follower)
    assets: dict[int, AssetFacts] = {}
    excused: dict[int, Excused] = {}
    withheld: dict[int, str] = {}
    for asset in read_assets(system, follower)[:count]:
        if not asset.is_open_in(period):
            continue
        try:
            facts = certain_facts(system, asset, period, list_of)
            foreign = bound_elsewhere(system, asset.asset_id, facts.devices, period, bound)
            assets[asset.asset_id] = replace(facts, bound_elsewhere=foreign)
            told = asset.excused_in(period)
            ceiling = system.registry.excuse_ceiling_of(asset.asset_id, period)
            if told.ceiling != ceiling:
                raise ReportError(f"excuses of {told.ceiling} s announced, the registry allows {ceiling} s")
            if ceiling:
                excused[asset.asset_id] = told
        except (ReportError, TermsError) as error:
            assets.pop(asset.asset_id, None)
            withheld[asset.asset_id] = str(error)
    return PeriodFacts(period, count, assets, excused, withheld)


def read_posted(system: System, follower: Follower) -> dict[int, list[PostedReport]]:
    """Posted revisions by period, in order."""
    posted: dict[int, list[PostedReport]] = {}
    for event in follower.events(system.oracle, "ReportPosted"):
        args = event.args
        report = PeriodReport(
            args["period"],
            args["revision"],
            args["root"],
            args["assetCount"],
            args["rulesVersion"],
            args["bundle"],
        )
        stands = PostedReport(report, posted_from(args, follower.timestamp_of(event.block)), event.block)
        posted.setdefault(report.period, []).append(stands)
    return posted


def voids_of(system: System, asset_id: int, posted: Sequence[PostedReport]) -> frozenset[int]:
    """Which of a period's posted revisions are void for the asset, marked or not."""
    return frozenset(
        place
        for place, stands in enumerate(posted)
        if asset_id < stands.report.asset_count
        and system.oracle.is_void(asset_id, stands.report.period, place, stands.posted)
    )


def voids_by_silence(system: System, follower: Follower) -> frozenset[tuple[int, int, int]]:
    """(asset, period, revision) of every report with a place that was challenged and not answered.

    The challenge may still wait: whether the report is void already, `isVoid` says.
    """
    events = follower.events(system.disputes, "ChallengeOpened", "ChallengeAnswered")
    unanswered: set[tuple[int, int, int, int]] = set()
    for event in events:
        place = tuple(event.args[name] for name in ("assetId", "period", "revision", "index"))
        if event.name == "ChallengeOpened":
            unanswered.add(place)
        else:
            unanswered.discard(place)
    return frozenset(place[:3] for place in unanswered)


def certain_facts(system: System, asset: RegisteredAsset, period: int, list_of: ListLookup) -> AssetFacts:
    """An asset's terms and devices in a period; raises ReportError unless the chain keeps their hashes.

    Whose the devices were is not asked here.
    """
    terms, listed = asset.terms_at(period), asset.list_at(period)
    if terms is None or listed is None:
        raise ReportError("no terms or device list announced")
    if terms.terms.rules_version != RULES_VERSION:
        raise ReportError(f"rules version {terms.terms.rules_version}, known is {RULES_VERSION}")
    if terms_hash(terms.terms) != system.registry.terms_hash_at(asset.asset_id, period):
        raise ReportError(f"terms {terms.version} are not those in force")
    if (listed.devices, listed.root) != system.registry.devices_at(asset.asset_id, period):
        raise ReportError(f"device list {listed.version} is not the one in force")
    devices = list_of(asset.asset_id, listed.version)
    if devices is None:
        raise ReportError(f"device list {listed.version} is nowhere published")
    root = build_device_tree(devices).root
    if (len(devices), root) != (listed.devices, listed.root):
        raise ReportError(
            f"device list {listed.version}: {len(devices)} devices, root 0x{root.hex()}; "
            f"announced {listed.devices}, 0x{listed.root.hex()}"
        )
    return AssetFacts(asset.asset_id, terms.terms, tuple(devices), terms.version, listed.version)
