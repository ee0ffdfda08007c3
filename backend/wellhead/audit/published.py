"""The published files, parsed once each; one that is missing or malformed is a finding, never a crash."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from wellhead.audit.finding import Checklist
from wellhead.errors import InputError
from wellhead.registry.devices import Device
from wellhead.registry.published import (
    Excused,
    devices_path,
    excused_path,
    parse_devices,
    parse_excused,
    parse_terms,
    terms_path,
)
from wellhead.registry.terms import Terms
from wellhead.reports.publish import parse_readings, readings_path
from wellhead.telemetry.reading import SignedReading

Parsed = TypeVar("Parsed")


class PublishedFiles:
    """Files by their path in the bundle; `checklist` hears of those that cannot be read."""

    def __init__(self, files: Mapping[str, bytes], checklist: Checklist) -> None:
        """Keep the bytes; nothing is parsed yet."""
        self.files = files
        self._checklist = checklist
        self._parsed: dict[str, object] = {}

    def has(self, path: str) -> bool:
        """Whether the file was published."""
        return path in self.files

    def require(self, path: str) -> bool:
        """Finding FILE_MISSING unless the file was published."""
        return self._checklist.holds(self.has(path), "FILE_MISSING", path, "a file", "none", path)

    def devices(self, asset_id: int, version: int) -> list[Device] | None:
        """A device list, or None."""
        path = devices_path(asset_id, version)
        return self._once(path, lambda content: parse_devices(path, content))

    def terms(self, asset_id: int, version: int) -> Terms | None:
        """Terms, or None."""
        path = terms_path(asset_id, version)
        return self._once(path, lambda content: parse_terms(path, content))

    def excused(self, period: int, asset_id: int) -> Excused | None:
        """A period's excuses, or None."""
        path = excused_path(period, asset_id)
        return self._once(path, lambda content: parse_excused(path, content))

    def readings(self, period: int, asset_id: int, devices: int) -> dict[int, SignedReading] | None:
        """A period's readings by device index, or None."""
        path = readings_path(period, asset_id, devices)
        return self._once(path, lambda content: parse_readings(path, content, devices))

    def _once(self, path: str, parse: Callable[[bytes], Parsed]) -> Parsed | None:
        if path not in self._parsed:
            self._parsed[path] = self._parse(path, parse) if self.has(path) else None
        return self._parsed[path]  # type: ignore[return-value]  # a path is always parsed by one parser

    def _parse(self, path: str, parse: Callable[[bytes], Parsed]) -> Parsed | None:
        try:
            parsed = parse(self.files[path])
        except InputError as error:
            self._checklist.holds(False, "FILE_MALFORMED", path, "the canonical form", error, path)
            return None
        self._checklist.holds(True, "FILE_MALFORMED", path, "", "", path)
        return parsed
