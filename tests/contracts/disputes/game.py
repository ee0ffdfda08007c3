"""The challenge game's pieces: assets with real device lists, signed readings, posted revisions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tests.contracts.world import MEMBERS, WINDOWS, Asset, World, address, key_of

from wellhead.chain.contracts.disputes import BY_RECEIPT, Place
from wellhead.chain.contracts.revenue_share import RevenueShareContract
from wellhead.chain.keccak import keccak256
from wellhead.chain.posted import NOT_POSTED, Posted
from wellhead.chain.service import Mined
from wellhead.chain.stakes import Stakes
from wellhead.registry.devices import Device, build_device_tree
from wellhead.reports.answers import Absent, EmptyPlace, Opened, Opening, Received, open_report
from wellhead.reports.asset_report import AssetReport
from wellhead.reports.evidence import Evidence, Revision, build_absences, build_evidence
from wellhead.reports.members import AssetFacts, AssetLeaves, Proposal
from wellhead.reports.period_report import build_period_report, order_signatures, sign_report
from wellhead.reports.service import propose
from wellhead.telemetry.reading import Reading, SignedReading, sign_reading, struct_hash
from wellhead.telemetry.receipts import sign_receipt

ETHER = 10**18
STAKES = Stakes(
    min_stake=ETHER,
    floor_wei=9 * 10**16,
    wei_per_base_unit=10**9,
    miss_fee=10**16,
    fallback_bond=10**17,
    treasury=address("protocol"),
)


@dataclass(frozen=True)
class Metered:
    """An asset whose devices are known, with their keys."""

    asset: Asset
    devices: tuple[Device, ...]
    keys: tuple[bytes, ...]

    @property
    def facts(self) -> AssetFacts:
        return AssetFacts(self.asset.id, self.asset.terms, self.devices)


def devices_named(name: str, count: int) -> tuple[tuple[Device, ...], tuple[bytes, ...]]:
    """Devices by ascending id, and their keys."""
    made = []
    for i in range(count):
        key = key_of(f"agent of {name} {i}")
        made.append((keccak256(f"{name} {i}".encode()), key))
    made.sort()
    keys = tuple(key for _, key in made)
    devices = (Device(i, device_id, address_of_key(key)) for i, (device_id, key) in enumerate(made))
    return tuple(devices), keys


def address_of_key(key: bytes) -> str:
    from wellhead.chain.signatures import address_of

    return address_of(key)


@dataclass
class Game:
    """A world whose members have stakes, and verbs of the game."""

    world: World = field(default_factory=lambda: World(stakes=STAKES))
    known: dict[int, Metered] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in MEMBERS:
            self.world.send(name, self.world.oracle.deposit_stake(10 * ETHER))

    # --- assets and readings ---------------------------------------------------------------------------

    def metered(self, owner: str = "owner", count: int = 5, order: Callable[..., object] = tuple) -> Metered:
        """A fresh asset in the period that begins now; `order` may spoil its device list."""
        world = self.world
        world.travel_to_next_period()
        asset_id = world.registry.asset_count()
        devices, keys = devices_named(f"{owner} {asset_id}", count)
        devices, keys = order((devices, keys))  # type: ignore[misc]
        terms = world.terms()
        root = build_device_root(devices)
        world.send(owner, world.registry.register(terms, count, root))
        world.send("registrar", world.registry.activate(asset_id))
        world.send("outsider", world.settlement.open_asset(asset_id, terms))
        book = world.book(asset_id)
        share = RevenueShareContract(world.chain, book.share)
        asset = Asset(asset_id, owner, terms, count, book.vault, share, book.next_period)
        self.known[asset_id] = Metered(asset, devices, keys)
        return self.known[asset_id]

    def reading(self, of: Metered, period: int, index: int, up: int, /, **changes: object) -> SignedReading:
        """A valid reading of `up` seconds by the device's key; `changes` spoil it before it is signed."""
        device = of.devices[index]
        reading = Reading(
            of.asset.id, period, index, device.device_id, up, 50, 20, up // 2, up * 600, 0, keccak256(b"s")
        )
        return sign_reading(of.keys[index], self.world.oracle_domain, replace(reading, **changes))  # type: ignore[arg-type]

    def readings(self, of: Metered, period: int, ups: Sequence[int | None]) -> dict[int, SignedReading]:
        """Readings of those seconds; None: absent."""
        return {i: self.reading(of, period, i, up) for i, up in enumerate(ups) if up is not None}

    # --- posting ---------------------------------------------------------------------------------------

    def proposal(
        self, period: int, held: Mapping[int, Mapping[int, SignedReading]], revision: int = 0
    ) -> Proposal:
        """A proposal over exactly these assets."""
        facts = [self.known[asset_id].facts for asset_id in held]
        assets = {
            asset_id: leaves_of(period, self.known[asset_id], readings) for asset_id, readings in held.items()
        }
        return self.over(period, assets, revision) if facts else self.over(period, {}, revision)

    def over(self, period: int, assets: Mapping[int, AssetLeaves], revision: int = 0) -> Proposal:
        """A proposal over leaves as they are given, valid or not."""
        reports = [leaves.report for leaves in assets.values()]
        count = self.world.registry.asset_count_at(period)
        report, _ = build_period_report(period, revision, reports, count, keccak256(b"bundle"))
        return Proposal(report, dict(assets))

    def post(self, proposal: Proposal, *members: str, previous: Posted = NOT_POSTED) -> Revision:
        """Posted with those members' signatures, the first two if none is named."""
        world, report = self.world, proposal.report
        world.travel(world.clock.end_of(report.period) + WINDOWS.post_from)
        names = members or MEMBERS[:2]
        signed = [sign_report(world.oracle_domain, report, key_of(name)) for name in names]
        ordered = order_signatures(world.oracle_domain, report, signed)
        mined = world.send("outsider", world.oracle.submit(report, ordered, previous))
        return Revision(proposal, world.oracle.posted_in(mined.transaction_hash))

    def posted(self, of: Metered, ups: Sequence[int | None], *members: str) -> Revision:
        """The asset's first period, reported with those seconds up."""
        period = of.asset.opened_in
        return self.post(self.proposal(period, {of.asset.id: self.readings(of, period, ups)}), *members)

    # --- the game --------------------------------------------------------------------------------------

    def place(self, of: Metered, revision: Revision, index: int) -> Place:
        report = revision.proposal.report
        return Place(of.asset.id, report.period, report.revision, index)

    def bond(self, open_challenges: int = 0) -> int:
        """The next challenge's bond in the next block, and something for a rising base fee."""
        return int(self.world.disputes.read("bondOf", open_challenges)) * 2

    def challenge(self, of: Metered, revision: Revision, index: int, who: str = "watcher") -> Place:
        """A place is challenged."""
        place = self.place(of, revision, index)
        self.world.send(who, self.world.disputes.open(place, revision.posted, self.bond()))
        return place

    def opened(self, of: Metered, revision: Revision) -> Opened:
        found = open_report(of.asset.id, revision, of.devices)
        assert isinstance(found, Opened)
        return found

    def answer_call(self, of: Metered, revision: Revision, place: Place):  # type: ignore[no-untyped-def]
        """The right answer's call, whatever it is."""
        disputes = self.world.disputes
        found = open_report(of.asset.id, revision, of.devices)
        if isinstance(found, Absent):
            return disputes.answer_absent(place, revision.posted, found.path)
        answer = found.answer(place.index)
        if isinstance(answer, EmptyPlace):
            return disputes.answer_empty(place, revision.posted, answer.shown, answer.sum_path)
        assert isinstance(answer, Opening)
        return disputes.answer_reading(place, revision.posted, answer)

    def answer(self, of: Metered, revision: Revision, place: Place, who: str = "answerer") -> Mined:
        return self.world.send(who, self.answer_call(of, revision, place))

    def expire(self, revision: Revision, place: Place) -> Mined:
        """The answer window passes without an answer."""
        opened = self.world.disputes.challenge_of(place).opened_at
        self.world.travel(opened + WINDOWS.answer + 1)
        return self.world.send("outsider", self.world.disputes.expire(place, revision.posted))

    def received(
        self, of: Metered, revision: Revision, signed: SignedReading, member: str, late: int = 0
    ) -> Received:
        """A member's receipt for a reading, given in the last second that counts or `late` seconds after."""
        world = self.world
        index = signed.reading.device_index
        at = world.clock.end_of(signed.reading.period) + WINDOWS.post_from - 1 + late
        receipt = sign_receipt(key_of(member), world.oracle_domain, struct_hash(signed.reading), at)
        ordered = sorted(MEMBERS, key=lambda name: int(address(name), 16))
        path = build_device_tree(of.devices).path(index)
        return Received(signed, path, receipt, ordered.index(member))

    # --- looking ---------------------------------------------------------------------------------------

    def is_void(self, of: Metered, revision: Revision) -> bool:
        report = revision.proposal.report
        return self.world.oracle.is_void(of.asset.id, report.period, report.revision, revision.posted)

    def stake(self, member: str) -> int:
        return self.world.oracle.stake_of(address(member)).amount

    def owed(self, name: str) -> int:
        return self.world.disputes.owed_wei(address(name))

    def pot(self, of: Metered) -> int:
        return self.world.disputes.pot_of(of.asset.id, of.asset.opened_in)

    def balance(self, contract: str) -> int:
        at = self.world.deployment.contracts[contract]
        return int(self.world.chain.web3.eth.get_balance(at))  # type: ignore[arg-type]

    def accepted(self, of: Metered, *revisions: Revision) -> Evidence:
        return build_evidence(of.asset.id, revisions)

    def require_accepted(self, evidence: Evidence) -> None:
        self.world.oracle.read("requireAccepted", evidence.as_tuple())

    def require_unreported(self, of: Metered, *revisions: Revision) -> None:
        absences = build_absences(of.asset.id, revisions)
        self.world.oracle.read(
            "requireUnreported", of.asset.id, of.asset.opened_in, [a.as_tuple() for a in absences]
        )


def leaves_of(period: int, of: Metered, readings: Mapping[int, SignedReading]) -> AssetLeaves:
    """The asset's leaves from readings, whatever they say."""
    from wellhead.reports.asset_report import build_asset_report

    by_index = {index: signed.reading for index, signed in readings.items()}
    report, _ = build_asset_report(of.asset.id, period, len(of.devices), by_index)
    return AssetLeaves(report, readings)


def build_device_root(devices: Sequence[Device]) -> bytes:
    """Root over a list in whatever order it is."""
    from wellhead.chain.position_tree import DEVICE_TAG, build_position_tree
    from wellhead.registry.devices import device_hash

    leaves = {i: device_hash(device) for i, device in enumerate(devices)}
    return build_position_tree(DEVICE_TAG, leaves, len(devices)).root


__all__ = ["BY_RECEIPT", "ETHER", "STAKES", "AssetReport", "Game", "Metered", "leaves_of", "propose"]
