"""One asset's totals for one period: the sum tree over its readings, and the AssetReport with its root.

An asset without a single reading is reported all-unknown (totals zero, the root of an empty tree); an asset
without devices has no report. Source: docs/protocol.md, "Reports".
"""

from collections.abc import Mapping
from dataclasses import dataclass

from wellhead.chain.eip712 import StructType
from wellhead.errors import ReportError
from wellhead.registry.terms import Terms
from wellhead.reports.sum_tree import SumTree, build_sum_tree
from wellhead.telemetry.reading import Reading, struct_hash

ASSET_REPORT_TYPE = StructType(
    "AssetReport(uint32 assetId,uint32 period,uint32 devices,uint40 upSeconds,uint40 downSeconds,"
    "uint40 excusedSeconds,uint40 busySeconds,uint56 energyJoules,uint56 work,bytes32 telemetryRoot)"
)
"""EIP-712 type; its struct hash is the asset's leaf in the period root."""


@dataclass(frozen=True, slots=True)
class AssetReport:
    """As observed over the period, summed over the asset's devices: device-seconds, joules, work."""

    asset_id: int
    period: int
    devices: int
    up_seconds: int
    down_seconds: int
    excused_seconds: int
    busy_seconds: int
    energy_joules: int
    work: int
    telemetry_root: bytes

    def as_tuple(self) -> tuple[int | bytes, ...]:
        """The fields in the Solidity struct's order."""
        return (
            self.asset_id,
            self.period,
            self.devices,
            self.up_seconds,
            self.down_seconds,
            self.excused_seconds,
            self.busy_seconds,
            self.energy_joules,
            self.work,
            self.telemetry_root,
        )


def asset_report_hash(report: AssetReport) -> bytes:
    """32-byte EIP-712 struct hash; raises InputError for a field that does not fit its type."""
    names = (name for name, _ in ASSET_REPORT_TYPE.fields)
    return ASSET_REPORT_TYPE.hash(dict(zip(names, report.as_tuple(), strict=True)))


def build_asset_report(
    asset_id: int, period: int, devices: int, readings: Mapping[int, Reading]
) -> tuple[AssetReport, SumTree]:
    """The report and its tree from the latest reading of each device, by device index.

    `devices` comes from the registry; devices missing in `readings` are absent. Raises ReportError for no
    devices, for a reading of another asset, period or index, and for what the sum tree refuses.
    """
    if devices <= 0:
        raise ReportError(f"asset {asset_id} has {devices} devices in period {period}: no report")
    for index, reading in readings.items():
        found = (reading.asset_id, reading.period, reading.device_index)
        if found != (asset_id, period, index):
            raise ReportError(
                f"reading of asset {found[0]}, period {found[1]}, device {found[2]} "
                f"given for asset {asset_id}, period {period}, device {index}"
            )
    leaves = {index: (struct_hash(reading), reading.sums) for index, reading in readings.items()}
    tree = build_sum_tree(leaves, devices)
    return AssetReport(asset_id, period, devices, *tree.totals, tree.root), tree


def check_totals(report: AssetReport, terms: Terms, period_seconds: int) -> None:
    """Raise ReportError for totals that no valid readings can add up to, with both numbers.

    Rules: `up + down + excused ≤ C`, `busy ≤ up`, `energy ≤ maxWatts · C`, `work ≤ maxWorkPerSecond · up`
    with C = devices · L.
    """
    capacity = report.devices * period_seconds
    _check(
        report,
        "up + down + excused",
        report.up_seconds + report.down_seconds + report.excused_seconds,
        capacity,
    )
    _check(report, "busySeconds", report.busy_seconds, report.up_seconds)
    _check(report, "energyJoules", report.energy_joules, terms.max_watts * capacity)
    _check(report, "work", report.work, terms.max_work_per_second * report.up_seconds)


def _check(report: AssetReport, name: str, value: int, limit: int) -> None:
    if value > limit:
        raise ReportError(
            f"asset {report.asset_id}, period {report.period}: {name} = {value} is above {limit}"
        )
