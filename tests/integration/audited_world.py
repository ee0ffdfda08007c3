"""A small deployment with a history worth auditing: two assets, every kind of money event."""

from dataclasses import dataclass

from tests.contracts.world import MEMBERS, SUPPLY, WINDOWS, World, address, key_of

from wellhead.chain.client import Chain
from wellhead.chain.contracts.asset_registry import MAINTENANCE
from wellhead.chain.keccak import keccak256
from wellhead.chain.signatures import address_of
from wellhead.chain.system import System, bind
from wellhead.market.lease_id import encode_lease_id
from wellhead.market.service import buy_lease, offer_leases, transfer_shares
from wellhead.registry.devices import Device
from wellhead.registry.published import Excused
from wellhead.registry.service import OpenedAsset, open_asset
from wellhead.reports.evidence import Revision, build_evidence
from wellhead.reports.members import AssetFacts
from wellhead.reports.period_report import sign_report
from wellhead.reports.service import propose, submit_report
from wellhead.settlement.service import (
    claim_owed,
    claim_revenue,
    deposit_bond,
    deposit_spot,
    redeem,
    settle_period,
    skip_until,
    withdraw_bond,
)
from wellhead.telemetry.reading import Reading, SignedReading, sign_reading


@dataclass(frozen=True)
class Machine:
    """A device and the key of its agent."""

    device: Device
    key: bytes


def machines_of(name: str, count: int) -> list[Machine]:
    """`count` devices with their keys, ids in order."""
    pairs = sorted(
        (keccak256(b"%s %d" % (name.encode(), i)), keccak256(b"%s key %d" % (name.encode(), i)))
        for i in range(count)
    )
    return [Machine(Device(i, uuid, address_of(key)), key) for i, (uuid, key) in enumerate(pairs)]


class AuditedWorld:
    """A `World` with real devices, and the files that its members published."""

    def __init__(self, chain: Chain | None = None) -> None:
        self.world = World(chain=chain)
        self.system: System = bind(self.world.chain, self.world.deployment)
        self.files: dict[str, bytes] = {}
        self.assets: list[OpenedAsset] = []
        self.machines: list[list[Machine]] = []
        for name in ("owner", "other-owner", "tenant-a", "tenant-b"):
            self.world.send("issuer", self.world.coin.mint(address(name), 10**15))
        self.world.travel_to_next_period()

    def open(self, owner: str, count: int, **changes: object) -> OpenedAsset:
        """Open an asset with `count` bound devices and a bond."""
        machines = machines_of(f"{owner} {len(self.assets)}", count)
        asset = open_asset(
            self.system,
            self.world.sender(owner),
            self.world.sender("registrar"),
            self.world.terms(**changes),
            [m.device for m in machines],
            [m.key for m in machines],
        )
        deposit_bond(self.system, self.world.sender(owner), asset, 10**9)
        self.assets.append(asset)
        self.machines.append(machines)
        return asset

    def reading(self, asset_id: int, period: int, index: int, up: int) -> SignedReading:
        """A reading with `up` seconds, 50 down, 20 excused, the rest unknown."""
        machine = self.machines[asset_id][index]
        reading = Reading(
            asset_id,
            period,
            index,
            machine.device.device_id,
            up,
            50,
            20,
            up // 2,
            up * 600,
            0,
            keccak256(b"samples"),
        )
        return sign_reading(machine.key, self.world.oracle_domain, reading)

    def report(self, period: int, up: dict[int, list[int | None]], excused: list[Excused]) -> Revision:
        """Post the period's report over these assets: seconds up by device, None where it is absent."""
        self.world.travel(self.world.clock.end_of(period) + WINDOWS.post_from)
        facts = [AssetFacts(a.asset_id, a.terms, a.devices) for a in self.assets]
        held = {
            asset_id: {
                i: [self.reading(asset_id, period, i, s)] for i, s in enumerate(seconds) if s is not None
            }
            for asset_id, seconds in up.items()
        }
        bundled = propose(period, 0, facts, held, excused)
        self.files |= bundled.files
        signatures = [
            sign_report(self.world.oracle_domain, bundled.proposal.report, key_of(name))
            for name in MEMBERS[:2]
        ]
        mined, _ = submit_report(self.system, self.world.sender("outsider"), bundled.proposal, signatures)
        posted = self.system.oracle.posted_in(mined.transaction_hash)
        self.world.postings[period, 0] = posted
        return Revision(bundled.proposal, posted)

    def settle(self, asset: OpenedAsset, period: int, revision: Revision) -> None:
        """Settle once the report stands."""
        self.world.pass_dispute(period)
        settle_period(
            self.system, self.world.sender("outsider"), asset, build_evidence(asset.asset_id, [revision])
        )


def build_audited_world(chain: Chain | None = None) -> AuditedWorld:
    """Asset 0 has a settled, two skipped and an unreported period; asset 1 is reported and not settled."""
    audited = AuditedWorld(chain)
    world, system = audited.world, audited.system
    first, second = audited.open("owner", 3), audited.open("other-owner", 2)
    sender = world.sender
    opened_in = world.period
    announced = opened_in + 2
    world.send(
        "owner",
        system.registry.announce_excused(0, announced, announced, 30, MAINTENANCE, first.terms, b""),
    )
    sold = opened_in + 2
    cheap = offer_leases(system, sender("owner"), first, sold, sold + 3, 1_000_003)
    dear = offer_leases(system, sender("owner"), first, sold, sold, 2_000_007)
    lease = buy_lease(system, sender("tenant-a"), first, cheap, sold, 20)
    other = buy_lease(system, sender("tenant-b"), first, dear, sold, 7)
    buy_lease(system, sender("tenant-b"), first, cheap, sold + 3, 4)
    world.send(
        "tenant-a", system.leases.safe_transfer_from(address("tenant-a"), address("tenant-b"), lease, 5)
    )
    world.verify("alice")
    world.verify("bob")
    transfer_shares(system, sender("owner"), first, address("alice"), SUPPLY // 3, "a")
    world.travel(world.clock.start_of(sold) + 321)
    transfer_shares(system, sender("alice"), first, address("bob"), SUPPLY // 7, "b")
    for asset, owner in ((first, "owner"), (second, "other-owner")):
        deposit_spot(system, sender(owner), asset, sold, 12_345_679, keccak256(b"spot"))
    skip_at = world.clock.end_of(sold - 1) + WINDOWS.post_until + 1
    proposal = _skip_and_report(audited, skip_at, sold)
    audited.settle(first, sold, proposal)
    for holder, lease_id, units in (("tenant-a", lease, 15), ("tenant-b", lease, 5), ("tenant-b", other, 3)):
        redeem(system, sender(holder), address(holder), lease_id, units)
    claim_owed(system, sender("outsider"), first, [address(n) for n in ("owner", "protocol", "tenant-a")])
    claim_revenue(system, sender("outsider"), first, address("alice"))
    world.travel(world.clock.end_of(sold + 3) + WINDOWS.hard_end + 1)
    skip_until(system, sender("outsider"), first, sold + 3)
    world.send("outsider", system.settlement.settle_unreported(0, sold + 3, first.terms, []))
    redeem(system, sender("outsider"), address("tenant-b"), encode_lease_id(0, sold + 3, 1_000_003), 4)
    withdraw_bond(system, sender("owner"), first)
    claim_revenue(system, sender("outsider"), first, address("owner"))
    world.send("issuer", world.coin.mint(first.vault, 77))  # unasked: nobody's finding
    return audited


def _skip_and_report(audited: AuditedWorld, skip_at: int, sold: int) -> Revision:
    world = audited.world
    world.travel(skip_at)
    for asset in audited.assets:
        skip_until(audited.system, world.sender("outsider"), asset, sold)
    excused = [Excused(0, sold, 30, 0)]
    return audited.report(sold, {0: [700, None, 850], 1: [900, 10]}, excused)
