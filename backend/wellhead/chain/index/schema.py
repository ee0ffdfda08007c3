"""Which row each event becomes: columns by ABI type, read from the compiled contracts.

Structs and arrays of fixed length are flattened into columns; arrays of any length are one column of JSON. An
event's words stand in topics (indexed) and data, topics first; where every type has a fixed length the place
of each column is known before any log is seen.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from textwrap import fill
from typing import Any

from wellhead.chain.artifacts import load_artifact
from wellhead.chain.keccak import keccak256
from wellhead.chain.reverts import canonical_type
from wellhead.errors import ArtifactError

KINDS = (
    "AssetRegistry",
    "CoinRegistry",
    "Disputes",
    "IdentityRegistry",
    "LeaseOffers",
    "LeaseToken",
    "ReportOracle",
    "RevenueShare",
    "Roles",
    "Settlement",
    "ShareOffering",
    "TransferAgent",
)
"""Kinds of contracts that write events, by the name of their artifact."""

KIND_BY_CONTRACT = {kind: kind for kind in KINDS} | {"ShareAgency": "RevenueShare"}
"""Kind of each contract of a deployment; the agency is code that shares run as their own."""

INTEGER_BITS_MAX = 63
"""Wider integers are decimal text: databases have no exact number for them."""


class Storage(StrEnum):
    """How a column is stored."""

    INTEGER = "integer"
    BOOLEAN = "boolean"
    AMOUNT = "amount"
    """Decimal text."""
    BYTES = "bytes"
    """As many bytes as the ABI type has."""
    TEXT = "text"
    JSON = "json"
    BLOB = "blob"


@dataclass(frozen=True)
class Column:
    """One value of an event."""

    name: str
    abi_type: str
    storage: Storage
    indexed: bool

    @property
    def width(self) -> int:
        """Bytes of a `BYTES` column; 20 for an address."""
        found = re.fullmatch(r"bytes(\d+)", self.abi_type)
        return int(found[1]) if found else 20


@dataclass(frozen=True)
class EventSchema:
    """One event of one kind of contract."""

    kind: str
    event: str
    topic: str
    """First topic as 0x-hex."""
    table: str
    columns: tuple[Column, ...]
    """In the order of their words: indexed ones first."""
    data_types: tuple[str, ...]
    """ABI types of what is not indexed, structs in brackets."""

    @property
    def is_static(self) -> bool:
        """Whether every value has a fixed place."""
        return all(c.storage not in (Storage.TEXT, Storage.JSON, Storage.BLOB) for c in self.columns)

    @property
    def is_numbered(self) -> bool:
        """Whether it carries the contract's sequence number."""
        return any(column.name == "sequence" for column in self.columns)


@cache
def event_schemas() -> tuple[EventSchema, ...]:
    """Every event of every kind, by table name."""
    found = [
        _schema(kind, entry)
        for kind in KINDS
        for entry in load_artifact(kind).abi
        if entry["type"] == "event"
    ]
    return tuple(sorted(found, key=lambda schema: schema.table))


@cache
def schemas_by_topic(kind: str) -> dict[str, EventSchema]:
    """The events of one kind of contract by their first topic."""
    return {schema.topic: schema for schema in event_schemas() if schema.kind == kind}


@cache
def schema_of(kind: str, event: str) -> EventSchema:
    """The event of that name."""
    return next(s for s in event_schemas() if (s.kind, s.event) == (kind, event))


def written_schema() -> str:
    """All tables as a migration freezes them: `table: column type, …`, long lines going on after a space."""
    listed = (
        f"{s.table}: " + ", ".join(f"{c.name} {c.abi_type}" for c in s.columns) for s in event_schemas()
    )
    return "".join(fill(line, 110, subsequent_indent=" ") + "\n" for line in listed)


def storage_of(name: str, abi_type: str) -> Storage:
    """How a value of that type is stored; raises ArtifactError for a type that no event has."""
    if abi_type.endswith("[]"):
        return Storage.JSON
    if abi_type in ("bool", "string", "bytes", "address"):
        kept = {"bool": Storage.BOOLEAN, "string": Storage.TEXT, "bytes": Storage.BLOB}
        return kept.get(abi_type, Storage.BYTES)
    if re.fullmatch(r"bytes\d+", abi_type):
        return Storage.BYTES
    if match := re.fullmatch(r"uint(\d+)", abi_type):
        small = int(match[1]) <= INTEGER_BITS_MAX or name == "sequence"
        return Storage.INTEGER if small else Storage.AMOUNT
    raise ArtifactError(f"{name}: no column for the ABI type {abi_type}")


def _schema(kind: str, entry: dict[str, Any]) -> EventSchema:
    if entry["anonymous"]:
        raise ArtifactError(f"{kind}.{entry['name']} is anonymous: nothing tells its logs apart")
    inputs = entry["inputs"]
    indexed, plain = ([i for i in inputs if i["indexed"] is wanted] for wanted in (True, False))
    columns = [
        _column(name, abi_type if _is_word(abi_type) else "bytes32", True)
        for i in indexed
        for name, abi_type in [(snake(i["name"]), i["type"])]
    ]
    columns += [_column(name, abi_type, False) for i in plain for name, abi_type in _leaves("", i)]
    signature = f"{entry['name']}({','.join(canonical_type(i) for i in inputs)})"
    return EventSchema(
        kind,
        entry["name"],
        "0x" + keccak256(signature.encode()).hex(),
        f"event_{snake(kind)}_{snake(entry['name'])}",
        tuple(columns),
        tuple(canonical_type(i) for i in plain),
    )


def _column(name: str, abi_type: str, indexed: bool) -> Column:
    return Column(name, abi_type, storage_of(name, abi_type), indexed)


def _leaves(prefix: str, entry: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Columns of one value: a struct's fields, a fixed array's elements, or itself."""
    name = prefix + snake(entry["name"])
    abi_type = entry["type"]
    if abi_type == "tuple":
        for component in entry["components"]:
            yield from _leaves(f"{name}_", component)
    elif match := re.fullmatch(r"(\w+)\[(\d+)\]", abi_type):
        yield from ((f"{name}_{index}", match[1]) for index in range(int(match[2])))
    else:
        yield name, abi_type


def _is_word(abi_type: str) -> bool:
    """Whether an indexed value of the type stands in its topic as it is, and not as a hash."""
    return abi_type not in ("string", "bytes", "tuple") and not abi_type.endswith("]")


def snake(name: str) -> str:
    """`fromPeriod` as `from_period`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name.strip("_")).lower()
