"""The published form of a period's readings, and the hash over a whole bundle.

Readings stand in `readings/<period>/<assetId>.jsonl` (canonical rows) for assets of up to 10,000 devices,
above that in `.parquet` with the same columns and values. Source: docs/protocol.md, "Published form".
"""

import json
import re
from collections.abc import Iterable, Mapping

from wellhead.chain.keccak import keccak256
from wellhead.errors import InputError, ReadingError
from wellhead.registry.canonical import Fields, parse_object, split_rows
from wellhead.reports.parquet import encode_parquet, parse_parquet
from wellhead.telemetry.published import row_from, signed_reading_from
from wellhead.telemetry.reading import READING_TYPE, SignedReading

READING_FIELDS: Fields = (*READING_TYPE.fields, ("signature", "bytes65"))
"""Columns: the Reading's fields as they stand, then the signature."""

MAX_JSONL_DEVICES = 10_000
"""Assets with more devices are published as Parquet."""

NUMBER = "(?:0|[1-9][0-9]{0,9})"
PATHS = re.compile(
    rf"readings/{NUMBER}/{NUMBER}\.(?:jsonl|parquet)|devices/{NUMBER}-{NUMBER}\.jsonl"
    rf"|terms/{NUMBER}-{NUMBER}\.json|excused/{NUMBER}/{NUMBER}\.json"
)
"""Every path that a bundle may hold."""


def readings_path(period: int, asset_id: int, devices: int) -> str:
    """Where an asset's readings stand in the bundle; the ending depends on its number of devices."""
    return f"readings/{period}/{asset_id}." + ("jsonl" if devices <= MAX_JSONL_DEVICES else "parquet")


def encode_readings(readings: Mapping[int, SignedReading], devices: int) -> bytes:
    """The file of one asset and period: a row for each device that has a reading, in index order.

    JSON lines are the same bytes everywhere; Parquet's are the same for one version of DuckDB, and what
    counts is the proposer's file. Raises InputError for a value that does not fit its type.
    """
    lines = (_line(readings[index]) for index in sorted(readings))
    if devices <= MAX_JSONL_DEVICES:
        return b"".join(lines)
    return encode_parquet(READING_FIELDS, lines)


def parse_readings(path: str, content: bytes, devices: int) -> dict[int, SignedReading]:
    """The readings in a file, by device index.

    Raises InputError naming file and row for another form than `devices` asks for, a row that is malformed,
    belongs to another asset or period, or is not above the one before, and an index that does not exist.
    """
    matched = re.fullmatch(rf"readings/({NUMBER})/({NUMBER})\.(?:jsonl|parquet)", path)
    if not matched or path != readings_path(int(matched[1]), int(matched[2]), devices):
        raise InputError(f"{path}: not the place of readings of an asset with {devices} devices")
    if path.endswith(".parquet"):
        rows = parse_parquet(READING_FIELDS, path, content, devices)
        signed = (_signed_of(row, f"{path}, row {number}") for number, row in enumerate(rows))
    else:
        lines = split_rows(content, path, devices)
        signed = (_signed_line(line, f"{path}, row {number}") for number, line in enumerate(lines))
    return _by_index(path, signed, int(matched[1]), int(matched[2]), devices)


def bundle_hash(files: Mapping[str, bytes]) -> bytes:
    r"""keccak256 over the sorted lines `<keccak256 of the file, 64 hex digits> <path>\n`.

    Raises InputError for no files and for a path that a bundle cannot hold.
    """
    if not files:
        raise InputError("a bundle without files")
    for path in files:
        if not PATHS.fullmatch(path):
            raise InputError(f"{path!r} is no path of a bundle")
    return keccak256(b"".join(sorted(f"{keccak256(files[p]).hex()} {p}\n".encode() for p in files)))


def _line(signed: SignedReading) -> bytes:
    return json.dumps(row_from(signed), separators=(",", ":")).encode() + b"\n"


def _signed_of(row: Mapping[str, object], place: str) -> SignedReading:
    try:
        signed = signed_reading_from(row)
    except ReadingError as error:
        raise InputError(f"{place}: {error}") from error
    canonical = row_from(signed)
    if canonical != row:
        name = next(name for name in canonical if canonical[name] != row[name])
        raise InputError(f"{place}: {name} = {row[name]!r} is written {canonical[name]!r}")
    return signed


def _signed_line(line: bytes, place: str) -> SignedReading:
    signed = _signed_of(parse_object(line, place), place)
    if _line(signed) != line:
        raise InputError(f"{place}: not the canonical spelling of its row")
    return signed


def _by_index(
    path: str, signed: Iterable[SignedReading], period: int, asset_id: int, devices: int
) -> dict[int, SignedReading]:
    readings: dict[int, SignedReading] = {}
    above = 0
    for number, row in enumerate(signed):
        reading = row.reading
        if (reading.period, reading.asset_id) != (period, asset_id):
            raise InputError(f"{path}, row {number}: asset {reading.asset_id}, period {reading.period}")
        if not above <= reading.device_index < devices:
            raise InputError(
                f"{path}, row {number}: device {reading.device_index}, should be {above} … {devices - 1}"
            )
        readings[reading.device_index] = row
        above = reading.device_index + 1
    return readings
