"""Canonical JSON rows: one object has exactly one spelling, so a hash over a file means its content.

A row is the compact JSON object of the fields in their declared order, by Solidity name and type: unsigned
integers up to uint56 are JSON integers, wider ones decimal strings; bytesN and addresses are `0x` and
lower-case hex. A reader accepts nothing else. Source: docs/protocol.md, "Published form".
"""

import json
from collections.abc import Mapping, Sequence

from eth_utils.address import to_checksum_address

from wellhead.errors import InputError

Fields = Sequence[tuple[str, str]]
"""(name, Solidity type) in order; `bytesN` of any N."""

Value = int | bytes | str
"""An unsigned integer, bytes, or an address as checksummed hex."""

MAX_ROW_BYTES = 4096
"""No row is longer, its line end included."""

LARGEST_NUMBER_BITS = 56
"""Wider integers are written as decimal strings."""


def encode_value(name: str, kind: str, value: Value) -> int | str:
    """The JSON value of a field; raises InputError if it does not fit its type."""
    if kind.startswith("uint"):
        bits = int(kind[4:])
        if type(value) is not int or not 0 <= value < 1 << bits:
            raise InputError(f"{name} = {value!r} does not fit {kind}")
        return value if bits <= LARGEST_NUMBER_BITS else str(value)
    if kind == "address":
        if not isinstance(value, str) or len(value) != 42:
            raise InputError(f"{name} = {value!r} is not an address")
        return value.lower()
    if not isinstance(value, bytes) or len(value) != int(kind[5:]):
        raise InputError(f"{name} = {value!r} is not {kind}")
    return "0x" + value.hex()


def decode_value(name: str, kind: str, value: object, place: str) -> Value:
    """The field that `encode_value` gave; raises InputError naming `place` for any other spelling."""
    decoded: Value | None = None
    if kind.startswith("uint"):
        if type(value) is int:
            decoded = value
        elif isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 78:
            decoded = int(value)
    elif isinstance(value, str) and value.startswith("0x"):
        try:
            raw = bytes.fromhex(value[2:])
        except ValueError:
            raw = b""
        decoded = raw if kind != "address" else to_checksum_address(raw) if len(raw) == 20 else None
    if decoded is None:
        raise InputError(f"{place}: {name} = {value!r} is not {kind}")
    try:
        spelling = encode_value(name, kind, decoded)
    except InputError as error:
        raise InputError(f"{place}: {error}") from error
    if type(spelling) is not type(value) or spelling != value:
        raise InputError(f"{place}: {name} = {value!r} is written {spelling!r}")
    return decoded


def encode_row(fields: Fields, values: Mapping[str, Value]) -> bytes:
    """One line of canonical JSON, line end included; raises InputError for a value that does not fit."""
    row = {name: encode_value(name, kind, values[name]) for name, kind in fields}
    return json.dumps(row, separators=(",", ":")).encode() + b"\n"


def parse_row(fields: Fields, line: bytes, place: str) -> dict[str, Value]:
    """The values of one line; raises InputError naming `place` unless `encode_row` writes these bytes."""
    row = parse_object(line, place)
    names = [name for name, _ in fields]
    if list(row) != names:
        raise InputError(f"{place}: fields {list(row)}, should be {names}")
    values = {name: decode_value(name, kind, row[name], place) for name, kind in fields}
    if encode_row(fields, values) != line:
        raise InputError(f"{place}: not the canonical spelling of its row")
    return values


def parse_object(line: bytes, place: str) -> dict[str, object]:
    """The JSON object in one line; raises InputError naming `place` for a long line and anything else."""
    if len(line) > MAX_ROW_BYTES:
        raise InputError(f"{place}: {len(line)} bytes, a row has at most {MAX_ROW_BYTES}")
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{place}: not JSON: {error}") from error
    if not isinstance(row, dict):
        raise InputError(f"{place}: not an object")
    return row


def split_rows(content: bytes, path: str, max_rows: int) -> list[bytes]:
    """The lines of a file, line ends kept; raises InputError for a cut-off last line and too many rows."""
    if content and not content.endswith(b"\n"):
        raise InputError(f"{path}: the last row is cut off (no line end)")
    count = content.count(b"\n")
    if count > max_rows:
        raise InputError(f"{path}: {count} rows, at most {max_rows}")
    return [line + b"\n" for line in content.split(b"\n")[:-1]]
