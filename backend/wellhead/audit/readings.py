"""Each published reading against the device list, the rules and the registered key; then their sum tree."""

from collections.abc import Mapping, Sequence

from wellhead.audit.assets import Asset, Bindings
from wellhead.audit.finding import Checklist
from wellhead.audit.history import History
from wellhead.audit.published import PublishedFiles
from wellhead.chain.eip712 import Domain
from wellhead.errors import InputError, ReadingError, ReportError
from wellhead.registry.devices import Device
from wellhead.registry.terms import Terms
from wellhead.reports.asset_report import AssetReport, build_asset_report, check_totals
from wellhead.reports.publish import readings_path
from wellhead.telemetry.reading import ReadingLimits, SignedReading, check_reading, signer_of


def check_readings(
    history: History,
    asset: Asset,
    bindings: Bindings,
    period: int,
    posted: tuple[int, int],
    files: PublishedFiles,
    checklist: Checklist,
) -> AssetReport | None:
    """Codes READING_DEVICE, READING_RULE, READING_SIGNATURE, READING_UNBOUND, REPORT_RULE, FILE_MALFORMED.

    And READING_BOUND_ELSEWHERE, by who had the device when the period began.
    Returns the asset's report rebuilt from the file, or None where the file cannot be read. `posted` is the
    place of the period's last report: a device must have been bound before it.
    """
    listed = asset.list_at(period)
    terms = asset.terms_at(period).terms
    where = readings_path(period, asset.asset_id, listed.devices)
    with checklist.section("Readings", f"asset {asset.asset_id}, period {period}"):
        signed = files.readings(period, asset.asset_id, listed.devices)
        devices = files.devices(asset.asset_id, listed.version)
        if signed is None:
            return None
        if devices is not None:
            oracle = Domain(history.chain_id, history.contracts["ReportOracle"])
            _check_each(oracle, signed, devices, terms, history.clock.period_seconds, where, checklist)
            for index in signed:
                if index < len(devices):
                    _check_bound(asset, devices[index], bindings, posted, where, checklist)
                    bound_to = bindings.asset_at(devices[index].device_id, history.clock.start_of(period))
                    _check_not_elsewhere(asset, devices[index], bound_to, where, checklist)
        try:
            by_index = {index: row.reading for index, row in signed.items()}
            report, _ = build_asset_report(asset.asset_id, period, listed.devices, by_index)
            check_totals(report, terms, history.clock.period_seconds)
        except ReportError as error:
            subject = f"asset {asset.asset_id}, period {period}"
            checklist.holds(False, "REPORT_RULE", subject, "totals within the rules", error, where)
            return None
        return report


def _check_each(
    oracle: Domain,
    signed: Mapping[int, SignedReading],
    devices: Sequence[Device],
    terms: Terms,
    period_seconds: int,
    where: str,
    checklist: Checklist,
) -> None:
    limits = ReadingLimits(period_seconds, terms.max_watts, terms.max_work_per_second)
    for index, row in signed.items():
        subject = row.reading.label
        if index >= len(devices):
            checklist.holds(False, "READING_DEVICE", subject, f"{len(devices)} devices", index, where)
            continue
        device = devices[index]
        checklist.same("READING_DEVICE", subject, device.device_id, row.reading.device_id, where)
        try:
            check_reading(row.reading, limits)
        except ReadingError as error:
            checklist.holds(False, "READING_RULE", subject, "a valid reading", error, where)
        try:
            signer = signer_of(oracle, row)
        except InputError as error:
            checklist.holds(False, "READING_SIGNATURE", subject, device.agent_key, error, where)
        else:
            checklist.same("READING_SIGNATURE", subject, device.agent_key, signer, where)


def _check_bound(
    asset: Asset,
    device: Device,
    bindings: Bindings,
    posted: tuple[int, int],
    where: str,
    checklist: Checklist,
) -> None:
    checklist.holds(
        bindings.bound_by(device.device_id, asset.asset_id, device.agent_key, posted),
        "READING_UNBOUND",
        f"asset {asset.asset_id}, device {device.device_index}",
        f"bound with key {device.agent_key} before the report",
        "no such binding",
        where,
    )


def _check_not_elsewhere(
    asset: Asset, device: Device, bound_to: int | None, where: str, checklist: Checklist
) -> None:
    checklist.holds(
        bound_to in (None, asset.asset_id),
        "READING_BOUND_ELSEWHERE",
        f"asset {asset.asset_id}, device {device.device_index}",
        "bound to no other asset when the period began",
        f"bound to asset {bound_to}",
        where,
    )
