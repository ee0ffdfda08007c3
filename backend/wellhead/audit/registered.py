"""Published device lists, terms and excuses against what the registry announced."""

from collections.abc import Iterable

from wellhead.audit.assets import Asset, Bindings, DeviceVersion, TermsVersion
from wellhead.audit.finding import Checklist
from wellhead.audit.published import PublishedFiles
from wellhead.registry.devices import build_device_tree
from wellhead.registry.published import devices_path, excused_path, terms_path
from wellhead.registry.terms import TERMS_TYPES, terms_hash


def check_asset(
    asset: Asset,
    bindings: Bindings,
    reported: Iterable[int],
    last: tuple[int, int],
    files: PublishedFiles,
    checklist: Checklist,
) -> None:
    """Codes TERMS_HASH, TERMS_FILE, DEVICE_COUNT, DEVICE_ROOT, DEVICE_UNBOUND, FILE_MISSING, FILE_MALFORMED.

    `reported` are the periods with a posted report since registration: what was in force in them must be
    published. `last` is a place after every event.
    """
    periods = list(reported)
    needed_terms = {asset.terms_at(p).version for p in periods}
    needed_lists = {asset.list_at(p).version for p in periods}
    with checklist.section("Terms", f"asset {asset.asset_id}"):
        for terms in asset.terms:
            _check_terms(asset.asset_id, terms, terms.version in needed_terms, files, checklist)
    with checklist.section("Device lists and bindings", f"asset {asset.asset_id}"):
        for listed in asset.lists:
            _check_devices(asset.asset_id, listed, listed.version in needed_lists, files, checklist)
            for device in files.devices(asset.asset_id, listed.version) or []:
                checklist.holds(
                    bindings.bound_by(device.device_id, asset.asset_id, device.agent_key, last),
                    "DEVICE_UNBOUND",
                    f"asset {asset.asset_id}, device {device.device_index}",
                    f"bound with key {device.agent_key}",
                    "no such binding",
                    devices_path(asset.asset_id, listed.version),
                )


def _check_terms(
    asset_id: int, announced: TermsVersion, needed: bool, files: PublishedFiles, checklist: Checklist
) -> None:
    path = terms_path(asset_id, announced.version)
    subject = f"asset {asset_id}, terms {announced.version}"
    checklist.same(
        "TERMS_HASH", subject, announced.announced_hash, terms_hash(announced.terms), announced.where
    )
    if needed:
        files.require(path)
    published = files.terms(asset_id, announced.version)
    if published is None:
        return
    pairs = zip(TERMS_TYPES, announced.terms.as_tuple(), published.as_tuple(), strict=True)
    for (name, _), expected, found in pairs:
        checklist.same("TERMS_FILE", f"{subject}, {name}", expected, found, path)


def _check_devices(
    asset_id: int, announced: DeviceVersion, needed: bool, files: PublishedFiles, checklist: Checklist
) -> None:
    path = devices_path(asset_id, announced.version)
    subject = f"asset {asset_id}, devices {announced.version}"
    if needed:
        files.require(path)
    devices = files.devices(asset_id, announced.version)
    if devices is None:
        return
    checklist.same("DEVICE_COUNT", subject, announced.devices, len(devices), path)
    checklist.same("DEVICE_ROOT", subject, announced.root, build_device_tree(devices).root, path)


def check_excuses(asset: Asset, period: int, files: PublishedFiles, checklist: Checklist) -> None:
    """Code EXCUSED_FILE; an asset and period without announcements needs no file."""
    path = excused_path(period, asset.asset_id)
    if asset.ceiling_at(period):
        files.require(path)
    published = files.excused(period, asset.asset_id)
    if published is None:
        return
    subject = f"asset {asset.asset_id}, period {period}"
    for name, expected, found in (
        ("maintenanceSeconds", asset.excused_at(period, False), published.maintenance_seconds),
        ("curtailmentSeconds", asset.excused_at(period, True), published.curtailment_seconds),
    ):
        checklist.same("EXCUSED_FILE", f"{subject}, {name}", expected, found, path)
