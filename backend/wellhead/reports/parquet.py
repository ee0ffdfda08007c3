"""Canonical rows as a Parquet file and back, by DuckDB.

Columns carry the rows' JSON values: UINTEGER and UBIGINT for integers, VARCHAR for `0x` hex. DuckDB reads
and writes files, so a private temporary folder holds them for the length of a call.
"""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from wellhead.errors import InputError
from wellhead.registry.canonical import Fields

MAX_PARQUET_BYTES = 1 << 30
"""A larger file is refused unread."""

ROW_GROUP_ROWS = 122_880
"""Fixed, because it shapes the bytes."""


def encode_parquet(fields: Fields, lines: Iterable[bytes]) -> bytes:
    """The Parquet file of canonical JSON lines; the same bytes for one version of DuckDB."""
    columns = {name: _column_type(kind) for name, kind in fields}
    with _database() as (database, folder):
        with (folder / "rows.jsonl").open("wb") as rows:
            rows.writelines(lines)
        source = str(folder / "rows.jsonl")
        table = database.read_json(source, columns=columns, format="newline_delimited")
        table.write_parquet(str(folder / "rows.parquet"), compression="zstd", row_group_size=ROW_GROUP_ROWS)
        return (folder / "rows.parquet").read_bytes()


def parse_parquet(fields: Fields, path: str, content: bytes, max_rows: int) -> list[dict[str, object]]:
    """The rows of a Parquet file in its order, values as they stand.

    Raises InputError naming the file for one too large or unreadable, other columns or types, and too many
    rows.
    """
    if len(content) > MAX_PARQUET_BYTES:
        raise InputError(f"{path}: {len(content)} bytes, at most {MAX_PARQUET_BYTES}")
    with _database() as (database, folder):
        (folder / "rows.parquet").write_bytes(content)
        try:
            table = database.read_parquet(str(folder / "rows.parquet"))
            _check_columns(fields, path, list(zip(table.columns, map(str, table.types), strict=True)))
            if len(table) > max_rows:
                raise InputError(f"{path}: {len(table)} rows, at most {max_rows}")
            rows = table.fetchall()
        except duckdb.Error as error:
            raise InputError(f"{path}: not a readable Parquet file: {error}") from error
    names = [name for name, _ in fields]
    return [dict(zip(names, row, strict=True)) for row in rows]


def _column_type(kind: str) -> str:
    if kind == "uint32":
        return "UINTEGER"
    return "UBIGINT" if kind in ("uint40", "uint56") else "VARCHAR"


def _check_columns(fields: Fields, path: str, columns: list[tuple[str, str]]) -> None:
    wanted = [(name, _column_type(kind)) for name, kind in fields]
    if columns != wanted:
        raise InputError(f"{path}: columns {columns}, should be {wanted}")


@contextmanager
def _database() -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    # One thread keeps the order of rows and so the bytes; extensions would be fetched from outside.
    settings: dict[str, str | bool | int | float | list[str]] = {
        "threads": 1,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    with tempfile.TemporaryDirectory(prefix="wellhead-") as name, duckdb.connect(config=settings) as database:
        yield database, Path(name)
