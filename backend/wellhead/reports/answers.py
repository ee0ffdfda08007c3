"""What a challenge is answered with and a fault proven with: built from the published readings alone.

Pure: bytes and dataclasses in, the structs of `IDisputes.sol` and `IFaults.sol` out. Source:
docs/protocol.md, "Disputes".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wellhead.chain.position_tree import PositionTree
from wellhead.errors import ReportError
from wellhead.registry.devices import Device, build_device_tree
from wellhead.reports.asset_report import AssetReport, build_asset_report
from wellhead.reports.evidence import Revision, tree_of
from wellhead.reports.sum_tree import Sums, SumTree
from wellhead.telemetry.reading import Reading, SignedReading
from wellhead.telemetry.receipts import Receipt


def times_of(sums: Sums) -> int:
    """up, down, excused, busy in one word, 40 bits each, as `SumTree.Node.times`."""
    up, down, excused, busy, _, _ = sums
    return up << 120 | down << 80 | excused << 40 | busy


def amounts_of(sums: Sums) -> int:
    """energy, work in one word, 56 bits each, as `SumTree.Node.amounts`."""
    return sums[4] << 56 | sums[5]


def reading_tuple(reading: Reading) -> tuple[object, ...]:
    """The struct `Reading`, fields in order."""
    return (
        reading.asset_id,
        reading.period,
        reading.device_index,
        reading.device_id,
        *reading.sums,
        reading.samples_hash,
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """`IDisputes.Shown`: an asset's report and its path in the period root."""

    report: AssetReport
    path: tuple[bytes, ...]

    def as_tuple(self) -> tuple[object, ...]:
        """Fields in the struct's order."""
        return self.report.as_tuple(), list(self.path)


@dataclass(frozen=True, slots=True)
class Opening:
    """`IDisputes.Opening`: the whole way from a signature to a period root."""

    shown: Shown
    signed: SignedReading
    sum_path: bytes
    device_path: tuple[bytes, ...]

    def as_tuple(self) -> tuple[object, ...]:
        """Fields in the struct's order."""
        return (
            self.shown.as_tuple(),
            reading_tuple(self.signed.reading),
            self.sum_path,
            self.signed.signature,
            list(self.device_path),
        )


@dataclass(frozen=True, slots=True)
class EmptyPlace:
    """What shows that nobody stands at a place."""

    shown: Shown
    sum_path: bytes


@dataclass(frozen=True, slots=True)
class Absent:
    """What shows that the asset has no report."""

    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Equivocated:
    """`IDisputes.Equivocation`: two signed readings of one device that neither supersedes."""

    first: SignedReading
    second: SignedReading
    device_path: tuple[bytes, ...]

    def as_tuple(self) -> tuple[object, ...]:
        """Fields in the struct's order."""
        return (
            reading_tuple(self.first.reading),
            reading_tuple(self.second.reading),
            self.first.signature,
            self.second.signature,
            list(self.device_path),
        )


@dataclass(frozen=True, slots=True)
class Leaf:
    """`IFaults.Leaf`: a leaf as it stands in a report, with the sums that it claims."""

    reading: Reading
    sums: Sums
    sum_path: bytes

    def as_tuple(self) -> tuple[object, ...]:
        """Fields in the struct's order."""
        return reading_tuple(self.reading), times_of(self.sums), amounts_of(self.sums), self.sum_path


@dataclass(frozen=True, slots=True)
class Listed:
    """`IFaults.Listed`: a device as the device root has it."""

    device: Device
    path: tuple[bytes, ...]

    def as_tuple(self) -> tuple[object, ...]:
        """Fields in the struct's order."""
        return self.device.device_index, self.device.device_id, self.device.agent_key, list(self.path)


@dataclass(frozen=True, slots=True)
class Received:
    """`IFaults.Received`: a signed reading and a member's receipt for it."""

    signed: SignedReading
    device_path: tuple[bytes, ...]
    receipt: Receipt
    member_place: int
    """The member's place in the ascending list."""

    def as_tuple(self) -> tuple[object, ...]:
        """Fields in the struct's order."""
        return (
            reading_tuple(self.signed.reading),
            self.signed.signature,
            list(self.device_path),
            self.receipt.received_at,
            self.receipt.signature,
            self.member_place,
        )


@dataclass(frozen=True, slots=True)
class Opened:
    """One asset's report with everything under it, rebuilt: every place of it can be shown."""

    shown: Shown
    tree: SumTree
    device_tree: PositionTree
    readings: Mapping[int, SignedReading]

    def answer(self, index: int) -> Opening | EmptyPlace:
        """What stands at a place; raises ReportError for one that does not exist."""
        sum_path = b"".join(self.tree.path(index))
        signed = self.readings.get(index)
        if signed is None:
            return EmptyPlace(self.shown, sum_path)
        return Opening(self.shown, signed, sum_path, self.device_tree.path(index))

    def leaf(self, index: int) -> Leaf:
        """A device's leaf, to be accused; raises ReportError for an empty one."""
        signed = self.readings.get(index)
        if signed is None:
            raise ReportError(f"asset {self.shown.report.asset_id}: no reading at place {index}")
        return Leaf(signed.reading, signed.reading.sums, b"".join(self.tree.path(index)))


def open_report(asset_id: int, revision: Revision, devices: Sequence[Device]) -> Opened | Absent:
    """The asset's report in a posted revision, rebuilt from its readings, or that it has none there.

    Raises ReportError where the readings do not give the posted report.
    """
    tree = tree_of(revision.proposal)
    leaves = revision.proposal.assets.get(asset_id)
    if leaves is None:
        return Absent(tree.path(asset_id) if asset_id < tree.count else ())
    period = revision.proposal.report.period
    by_index = {index: signed.reading for index, signed in leaves.readings.items()}
    report, sums = build_asset_report(asset_id, period, len(devices), by_index)
    if report != leaves.report:
        raise ReportError(
            f"asset {asset_id}, period {period}: posted {leaves.report}, readings give {report}"
        )
    shown = Shown(report, tree.path(asset_id))
    return Opened(shown, sums, build_device_tree(devices), leaves.readings)
