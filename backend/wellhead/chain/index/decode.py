"""From a log as JSON-RPC gives it to a row, and from a row to PostgreSQL's binary COPY.

The decoder of an event is made once: where all types have a fixed length it is one `struct` that cuts the
words, and a row for COPY is one template that they are put into. Only events with strings or lists go through
eth_abi. A row is (block, log index, contract, transaction hash, *values) with values as databases store them:
integers, decimal text, bytes.
"""

import json
from collections.abc import Callable, Sequence
from functools import cache
from struct import Struct
from typing import Any

from eth_abi.abi import decode as abi_decode
from eth_utils.address import to_checksum_address

from wellhead.chain.index.schema import Column, EventSchema, Storage

Log = dict[str, Any]
Row = tuple[Any, ...]

COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_TRAILER = b"\xff\xff"

_LENGTH = [length.to_bytes(4, "big") for length in range(80)]
_CUTS = {Storage.INTEGER: "24x8s", Storage.BOOLEAN: "31x1s", Storage.AMOUNT: "32s"}


@cache
def row_decoder(schema: EventSchema) -> Callable[[Log], Row]:
    """Makes a log of that event a row."""
    read = _static_values(schema) if schema.is_static else _dynamic_values(schema)

    def decode(log: Log) -> Row:
        place = int(log["blockNumber"], 16), int(log["logIndex"], 16)
        origin = bytes.fromhex(log["address"][2:]), bytes.fromhex(log["transactionHash"][2:])
        return (*place, *origin, *read(log))

    return decode


@cache
def copy_encoder(schema: EventSchema) -> Callable[[Log], bytes]:
    """Makes a log of that event a row of binary COPY."""
    columns = schema.columns
    if not schema.is_static:
        decode = row_decoder(schema)
        return lambda log: encode_row(schema, decode(log))
    words = _words(columns)
    amounts = [place for place, column in enumerate(columns) if column.storage is Storage.AMOUNT]
    template = _template(columns)

    def encode(log: Log) -> bytes:
        topics, data = log["topics"], log["data"]
        cut = list(words.unpack(bytes.fromhex("".join([t[2:] for t in topics[1:]]) + data[2:])))
        for place in amounts:
            text = b"%d" % int.from_bytes(cut[place])
            cut[place] = _LENGTH[len(text)] + text
        return template % (
            int(log["blockNumber"], 16).to_bytes(8),
            int(log["logIndex"], 16).to_bytes(8),
            bytes.fromhex(log["address"][2:]),
            bytes.fromhex(log["transactionHash"][2:]),
            *cut,
        )

    return encode


def encode_row(schema: EventSchema, row: Row) -> bytes:
    """A row as binary COPY wants it, whatever its values are."""
    parts = [(len(row)).to_bytes(2)]
    stored = (Storage.INTEGER, Storage.INTEGER, Storage.BYTES, Storage.BYTES)
    for value, storage in zip(row, (*stored, *(c.storage for c in schema.columns)), strict=True):
        if storage is Storage.INTEGER:
            coded = value.to_bytes(8)
        elif storage is Storage.BOOLEAN:
            coded = value.to_bytes(1)
        else:
            coded = value.encode() if isinstance(value, str) else value
        parts += (len(coded).to_bytes(4), coded)
    return b"".join(parts)


def _words(columns: Sequence[Column]) -> Struct:
    """Cuts what is stored out of every word."""
    return Struct("".join(_CUTS.get(column.storage) or _cut_of(column) for column in columns))


def _cut_of(column: Column) -> str:
    if column.abi_type == "address":
        return "12x20s"
    return f"{column.width}s{32 - column.width}x"


def _template(columns: Sequence[Column]) -> bytes:
    """A COPY row with holes; amounts bring their own length."""
    constant = (4 + len(columns)).to_bytes(2) + b"".join(
        _LENGTH[length] + b"\0hole" for length in (8, 8, 20, 32)
    )
    width = {Storage.INTEGER: 8, Storage.BOOLEAN: 1}
    for column in columns:
        known = column.storage is not Storage.AMOUNT
        constant += (_LENGTH[width.get(column.storage) or column.width] if known else b"") + b"\0hole"
    return constant.replace(b"%", b"%%").replace(b"\0hole", b"%b")


def _static_values(schema: EventSchema) -> Callable[[Log], Sequence[Any]]:
    words = _words(schema.columns)
    stored = [column.storage for column in schema.columns]

    def read(log: Log) -> Sequence[Any]:
        raw = bytes.fromhex("".join(topic[2:] for topic in log["topics"][1:]) + log["data"][2:])
        return [_stored(cut, storage) for cut, storage in zip(words.unpack(raw), stored, strict=True)]

    return read


def _stored(cut: bytes, storage: Storage) -> int | str | bytes:
    if storage is Storage.BYTES:
        return cut
    number = int.from_bytes(cut)
    return str(number) if storage is Storage.AMOUNT else number


def _dynamic_values(schema: EventSchema) -> Callable[[Log], Sequence[Any]]:
    """By eth_abi; strings as bytes first, for nothing makes a contract write valid UTF-8."""
    types = [abi_type.replace("string", "bytes") for abi_type in schema.data_types]
    indexed = [column for column in schema.columns if column.indexed]
    plain = [column for column in schema.columns if not column.indexed]
    words = _words(indexed)

    def read(log: Log) -> Sequence[Any]:
        cuts = words.unpack(bytes.fromhex("".join(topic[2:] for topic in log["topics"][1:])))
        values = [_stored(cut, column.storage) for cut, column in zip(cuts, indexed, strict=True)]
        leaves = _flat(schema.data_types, abi_decode(types, bytes.fromhex(log["data"][2:])))
        return values + [_kept(value, column) for value, column in zip(leaves, plain, strict=True)]

    return read


def _flat(types: Sequence[str], values: Sequence[Any]) -> list[Any]:
    """Leaves in order; a list of any length is one leaf."""
    leaves: list[Any] = []
    for abi_type, value in zip(types, values, strict=True):
        if isinstance(value, tuple) and not abi_type.endswith("[]"):
            leaves += _flat([""] * len(value), value)
        else:
            leaves.append(value)
    return leaves


def _kept(value: Any, column: Column) -> int | str | bytes:
    if column.storage is Storage.JSON:
        return json.dumps([_plain(each) for each in value], separators=(",", ":"))
    if column.storage is Storage.TEXT:
        return bytes(value).decode("utf-8", "backslashreplace").replace("\0", "\\x00")
    if column.abi_type == "address":
        return bytes.fromhex(value[2:])
    if column.storage is Storage.AMOUNT:
        return str(value)
    return int(value) if column.storage in (Storage.INTEGER, Storage.BOOLEAN) else bytes(value)


def _plain(value: Any) -> object:
    """In JSON: numbers as decimal strings, bytes as hex, addresses checksummed."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, str):
        return to_checksum_address(value)
    return [_plain(each) for each in value] if isinstance(value, tuple) else str(value)
