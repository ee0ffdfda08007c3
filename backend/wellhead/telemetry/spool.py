"""An agent's disk record: one JSON line per signed reading, appended and synced before anything is pushed.

A crash can leave only a torn last line; it is cut off on opening. A broken line before the last means
that the file was damaged otherwise: ReadingError, and the file is left as it is for a person to look at.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wellhead.errors import ReadingError
from wellhead.telemetry.published import row_from, signed_reading_from
from wellhead.telemetry.reading import SignedReading


@dataclass(frozen=True, slots=True)
class SpoolRecord:
    """A device's newest signed reading of a period, and its integrator's state at that instant."""

    uuid: str
    signed: SignedReading
    checkpoint: dict[str, Any]


class Spool:
    """The append-only file at `path`; its folder must exist."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> list[SpoolRecord]:
        """All records, oldest first; cuts off a torn last line. Raises ReadingError for other damage."""
        if not self._path.exists():
            return []
        content = self._path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            with self._path.open("r+b") as file:
                file.truncate(whole)
                os.fsync(file.fileno())
        return [_record(line, number) for number, line in enumerate(content[:whole].splitlines(), start=1)]

    def append(self, records: Iterable[SpoolRecord]) -> None:
        """Write records and wait until they are on disk."""
        lines = b"".join(_line(record) for record in records)
        if lines:
            with self._path.open("ab") as file:
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())

    def replace(self, records: Iterable[SpoolRecord]) -> None:
        """Leave only `records`; written beside and moved over it: a crash leaves one or the other."""
        beside = self._path.with_name(self._path.name + ".new")
        with beside.open("wb") as file:
            file.write(b"".join(_line(record) for record in records))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _line(record: SpoolRecord) -> bytes:
    entry = {"uuid": record.uuid, "reading": row_from(record.signed), "checkpoint": record.checkpoint}
    return json.dumps(entry, separators=(",", ":")).encode() + b"\n"


def _record(line: bytes, number: int) -> SpoolRecord:
    try:
        entry = json.loads(line)
        return SpoolRecord(entry["uuid"], signed_reading_from(entry["reading"]), entry["checkpoint"])
    except (ValueError, KeyError, TypeError, AttributeError, ReadingError) as error:
        raise ReadingError(f"spool line {number} is damaged: {error!r} in {line[:120]!r}") from error
