"""The largest asset that challenges are priced for: 2¹⁷ devices, every one with a reading, in trees built in full.

All but one of the devices and readings are stand-ins, hashes without anything behind them; that one is listed with
a key of its own, and its reading is signed.
"""

from dataclasses import dataclass

from tests.contracts.world import Asset, key_of

from benchmarks.gas.stage import Stage
from wellhead.chain.contracts.disputes import Place
from wellhead.chain.keccak import keccak256
from wellhead.chain.position_tree import DEVICE_TAG, PositionTree, build_position_tree
from wellhead.chain.posted import Posted
from wellhead.chain.signatures import address_of
from wellhead.registry.devices import Device, device_hash
from wellhead.reports.answers import Opening, Shown
from wellhead.reports.asset_report import AssetReport
from wellhead.reports.sum_tree import SumTree, build_sum_tree
from wellhead.telemetry.reading import Reading, SignedReading, sign_reading, struct_hash

DEVICES = 2**17
INDEX = 0x1_5AA5
"""The device that is asked for: on its way up it stands on either side."""

SUMS = (850, 50, 20, 425, 510_000, 12_345)
"""Of every stand-in's reading: up, down, excused, busy, energy, work."""


@dataclass(frozen=True)
class Challenged:
    """A reported asset, and the right answer for one of its devices."""

    place: Place
    posted: Posted
    opening: Opening


def device_tree() -> PositionTree:
    """The device list, the one real device among stand-ins."""
    leaves = {i: keccak256(b"device %d" % i) for i in range(DEVICES)}
    key = address_of(key_of("agent"))
    leaves[INDEX] = device_hash(Device(INDEX, keccak256(b"gpu"), key))
    return build_position_tree(DEVICE_TAG, leaves, DEVICES)


def signed_reading(stage: Stage, asset: Asset, period: int) -> SignedReading:
    """The real device's."""
    reading = Reading(asset.id, period, INDEX, keccak256(b"gpu"), *SUMS, keccak256(b"samples"))
    return sign_reading(key_of("agent"), stage.oracle_domain, reading)


def sum_tree(signed: SignedReading) -> SumTree:
    """All devices' readings."""
    leaves = {i: (keccak256(b"reading %d" % i), SUMS) for i in range(DEVICES)}
    leaves[INDEX] = (struct_hash(signed.reading), signed.reading.sums)
    return build_sum_tree(leaves, DEVICES)


def reported(stage: Stage) -> Challenged:
    """A fresh asset's first period is reported, among all the others."""
    devices = device_tree()
    asset = stage.asset(devices=DEVICES, bond=0, root=devices.root)
    period = asset.opened_in
    signed = signed_reading(stage, asset, period)
    sums = sum_tree(signed)
    up, down, excused, busy, energy, work = sums.totals
    report = AssetReport(
        asset.id, period, DEVICES, up, down, excused, busy, energy, work, sums.root
    )
    posted = stage.post_among_others(period, report)
    shown = Shown(report, posted.tree.path(asset.id))
    opening = Opening(shown, signed, b"".join(sums.path(INDEX)), devices.path(INDEX))
    return Challenged(Place(asset.id, period, 0, INDEX), posted.posted, opening)


__all__ = ["Challenged", "reported"]
