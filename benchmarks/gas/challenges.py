"""The largest asset that challenges are priced for: 2¹⁷ devices, all with a reading, in trees built in full.

All but one of the devices and readings are stand-ins, hashes without anything behind them; that one is listed
with a key of its own, and its reading is signed.
"""

from dataclasses import dataclass

from tests.contracts.world import WINDOWS, key_of

from benchmarks.gas.stage import Done, Stage
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


def sum_tree(signed: SignedReading) -> SumTree:
    """All devices' readings."""
    leaves = {i: (keccak256(b"reading %d" % i), SUMS) for i in range(DEVICES)}
    leaves[INDEX] = (struct_hash(signed.reading), signed.reading.sums)
    return build_sum_tree(leaves, DEVICES)


class Fleet:
    """The asset, whose periods are reported among all the others."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._tree = device_tree()
        self._asset = stage.asset(devices=DEVICES, bond=0, root=self._tree.root)

    def reported(self, periods: int) -> Challenged:
        """Its period that many after its first."""
        period = self._asset.opened_in + periods
        reading = Reading(self._asset.id, period, INDEX, keccak256(b"gpu"), *SUMS, keccak256(b"samples"))
        signed = sign_reading(key_of("agent"), self.stage.oracle_domain, reading)
        sums = sum_tree(signed)
        report = AssetReport(self._asset.id, period, DEVICES, *sums.totals, sums.root)
        posted = self.stage.post_among_others(period, report)
        shown = Shown(report, posted.tree.path(self._asset.id))
        opening = Opening(shown, signed, b"".join(sums.path(INDEX)), self._tree.path(INDEX))
        return Challenged(Place(self._asset.id, period, 0, INDEX), posted.posted, opening)

    def challenge(self, found: Challenged) -> Done:
        """Late in the dispute window, for exactly the bond."""
        self.stage.travel(found.posted.disputable_until(WINDOWS) - WINDOWS.answer // 2)
        bond = int(self.stage.disputes.read("bondOf", 0))
        return self.stage.do("watcher", self.stage.disputes.open(found.place, found.posted, bond))

    def answer(self, found: Challenged) -> Done:
        """So late that the report stays open to dispute for it."""
        call = self.stage.disputes.answer_reading(found.place, found.posted, found.opening)
        return self.stage.do("answerer", call)


__all__ = ["Challenged", "Fleet"]
