"""A signed reading as a published row: the Reading's field names as they stand, plus `signature`.

Hashes and signatures are 0x-hex text, numbers JSON integers (the largest, uint56, needs a reader with
64-bit integers). A row has exactly these keys; anything else is refused.
"""

from collections.abc import Mapping

from wellhead.errors import ReadingError
from wellhead.telemetry.reading import READING_TYPE, Reading, SignedReading

FIELDS: dict[str, str] = {
    "assetId": "asset_id",
    "period": "period",
    "deviceIndex": "device_index",
    "deviceId": "device_id",
    "upSeconds": "up_seconds",
    "downSeconds": "down_seconds",
    "excusedSeconds": "excused_seconds",
    "busySeconds": "busy_seconds",
    "energyJoules": "energy_joules",
    "work": "work",
    "samplesHash": "samples_hash",
}
"""Published name → attribute, in the struct's order."""

_BYTE_SIZES = {"deviceId": 32, "samplesHash": 32, "signature": 65}

if tuple(FIELDS) != tuple(name for name, _ in READING_TYPE.fields):
    raise AssertionError("published names differ from the EIP-712 struct")


def row_from(signed: SignedReading) -> dict[str, int | str]:
    """The published row of a signed reading, keys in the struct's order."""
    row: dict[str, int | str] = {}
    for name, attribute in FIELDS.items():
        value: int | bytes = getattr(signed.reading, attribute)
        row[name] = "0x" + value.hex() if isinstance(value, bytes) else value
    row["signature"] = "0x" + signed.signature.hex()
    return row


def signed_reading_from(row: Mapping[str, object]) -> SignedReading:
    """The signed reading of a published row; raises ReadingError naming the field that is wrong."""
    expected, found = {*FIELDS, "signature"}, set(row)
    if found != expected:
        missing, foreign = sorted(expected - found), sorted(map(str, found - expected))
        raise ReadingError(f"published row: missing {missing}, not known {foreign}")
    values = {name: _bytes(name, row[name]) for name in _BYTE_SIZES}
    numbers = {attribute: row[name] for name, attribute in FIELDS.items() if name not in values}
    reading = Reading(
        device_id=values["deviceId"],
        samples_hash=values["samplesHash"],
        **numbers,  # type: ignore[arg-type]  # Reading itself refuses what is not an int in range
    )
    return SignedReading(reading, values["signature"])


def _bytes(name: str, value: object) -> bytes:
    size = _BYTE_SIZES[name]
    try:
        if not isinstance(value, str) or value[:2] != "0x" or len(value) != 2 + 2 * size:
            raise ValueError
        return bytes.fromhex(value[2:])
    except ValueError:
        raise ReadingError(f"published row: {name} = {value!r} is not 0x and {2 * size} hex digits") from None
