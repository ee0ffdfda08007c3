"""The registry's part of a bundle: device lists, terms and excuses as canonical files.

Paths: `devices/<assetId>-<version>.jsonl`, `terms/<assetId>-<version>.json` and
`excused/<period>/<assetId>.json`. A version is the place of the announcing event among the asset's own,
from 0. Source: docs/protocol.md, "Published form".
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from wellhead.errors import InputError, TermsError
from wellhead.registry.canonical import Fields, Value, encode_row, parse_row, split_rows
from wellhead.registry.devices import Device, check_devices
from wellhead.registry.terms import TERMS_TYPES, Terms

DEVICE_FIELDS: Fields = (("deviceIndex", "uint32"), ("deviceId", "bytes32"), ("agentKey", "address"))
EXCUSED_FIELDS: Fields = (
    ("assetId", "uint32"),
    ("period", "uint32"),
    ("maintenanceSeconds", "uint40"),
    ("curtailmentSeconds", "uint40"),
)
MAX_DEVICES = 1 << 20
"""Rows of a device list at most."""


def devices_path(asset_id: int, version: int) -> str:
    """Where a device list stands in the bundle."""
    return f"devices/{asset_id}-{version}.jsonl"


def terms_path(asset_id: int, version: int) -> str:
    """Where terms stand in the bundle."""
    return f"terms/{asset_id}-{version}.json"


def excused_path(period: int, asset_id: int) -> str:
    """Where a period's excuses stand in the bundle."""
    return f"excused/{period}/{asset_id}.json"


def encode_devices(devices: Sequence[Device]) -> bytes:
    """The device list, one row each in index order; raises TermsError for a list out of order."""
    check_devices(devices)
    return b"".join(
        encode_row(
            DEVICE_FIELDS,
            {"deviceIndex": d.device_index, "deviceId": d.device_id, "agentKey": d.agent_key},
        )
        for d in devices
    )


def parse_devices(path: str, content: bytes) -> list[Device]:
    """The device list in a file; raises InputError naming file and row."""
    devices = []
    for number, line in enumerate(split_rows(content, path, MAX_DEVICES)):
        row = parse_row(DEVICE_FIELDS, line, f"{path}, row {number}")
        devices.append(Device(*row.values()))  # type: ignore[arg-type]  # decoded by DEVICE_FIELDS' types
    try:
        check_devices(devices)
    except TermsError as error:
        raise InputError(f"{path}: {error}") from error
    return devices


def encode_terms(terms: Terms) -> bytes:
    """The terms as one row: names and order of the Solidity struct, uint64 as decimal strings."""
    values: tuple[Value, ...] = terms.as_tuple()
    return encode_row(TERMS_TYPES, dict(zip((name for name, _ in TERMS_TYPES), values, strict=True)))


def parse_terms(path: str, content: bytes) -> Terms:
    """The terms in a file; raises InputError naming the file."""
    row = parse_row(TERMS_TYPES, content, path)
    names = (field.name for field in fields(Terms))
    return Terms(**dict(zip(names, row.values(), strict=True)))  # type: ignore[arg-type]  # by TERMS_TYPES


@dataclass(frozen=True, slots=True)
class Excused:
    """Device-seconds of one asset and period announced as excused, by kind; their sum is the ceiling."""

    asset_id: int
    period: int
    maintenance_seconds: int
    curtailment_seconds: int

    @property
    def ceiling(self) -> int:
        """`excuseCeilingOf(assetId, period)` of the registry."""
        return self.maintenance_seconds + self.curtailment_seconds


def encode_excused(excused: Excused) -> bytes:
    """The excuses as one row; raises InputError for a value that does not fit."""
    return encode_row(
        EXCUSED_FIELDS,
        {
            "assetId": excused.asset_id,
            "period": excused.period,
            "maintenanceSeconds": excused.maintenance_seconds,
            "curtailmentSeconds": excused.curtailment_seconds,
        },
    )


def parse_excused(path: str, content: bytes) -> Excused:
    """The excuses in a file; raises InputError naming the file, also if its path names another place."""
    row = parse_row(EXCUSED_FIELDS, content, path)
    excused = Excused(*row.values())  # type: ignore[arg-type]  # decoded by EXCUSED_FIELDS' types
    if path != excused_path(excused.period, excused.asset_id):
        raise InputError(f"{path}: holds asset {excused.asset_id}, period {excused.period}")
    return excused
