"""Replay of a recorded trace: power and reachability of many nodes, about once a minute.

CSV, plain or gzip: `ts_utc,node,bmc_reachable,sys_power_w,psu_in_w,n_sensors,n_ok,n_ns,n_other`. A node's
UUID is its name. A minute in which a node's controller answered is a sample: up, with its power; below
`off_below_watts`, where given, the host was switched off: down. A minute without an answer is no sample:
nobody saw the node, so the time is unknown, not down.

Fields are never quoted, so lines are split at commas: a stray quote spoils one line and not all after it.
"""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from wellhead.errors import SampleError
from wellhead.telemetry.reading import device_id
from wellhead.telemetry.samples import Sample, State, power_to_mw

HEADER = "ts_utc,node,bmc_reachable,sys_power_w,psu_in_w,n_sensors,n_ok,n_ns,n_other"
COLUMNS = HEADER.count(",") + 1


@dataclass(frozen=True, slots=True)
class TraceProblem:
    """A line that was not used: number (the header is 1), its text, and why."""

    line: int
    text: str
    reason: str

    def __str__(self) -> str:
        """For messages."""
        return f"trace line {self.line}: {self.reason}: {self.text[:160]!r}"


@dataclass(frozen=True, slots=True)
class Trace:
    """A recorded trace: every node named in it, in order of device id, its samples, and the lines dropped."""

    devices: tuple[str, ...]
    samples: dict[str, list[Sample]]
    problems: tuple[TraceProblem, ...]
    first_ms: int
    """Earliest instant in the file, shifted as the samples are; nodes that did not answer included."""
    last_ms: int
    """Latest instant in the file, likewise."""


@dataclass(slots=True)
class _Reader:
    shift_ms: int
    off_below_mw: int | None
    max_watts: int
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    newest_ms: dict[str, int] = field(default_factory=dict)
    oldest_ms: int | None = None
    instants: dict[str, int] = field(default_factory=dict)

    def take(self, line: str) -> None:
        """Add one line; raises SampleError with the reason if it cannot be used."""
        fields = line.split(",")
        if len(fields) != COLUMNS:
            raise SampleError(f"{len(fields)} columns, not {COLUMNS}")
        stamp, node, reachable, power, _, *counts = fields
        at_ms = self._instant_ms(stamp)
        if not node or not node.isascii() or not node.isprintable() or " " in node:
            raise SampleError(f"node {node!r} is not a name")
        if reachable not in ("0", "1"):
            raise SampleError(f"bmc_reachable {reachable!r} is neither 0 nor 1")
        if not all(count.isdecimal() for count in counts):
            raise SampleError(f"sensor counts {counts} are not all whole numbers")
        power_mw = power_to_mw(power, "W", self.max_watts)
        if power and power_mw is None:
            raise SampleError(f"power {power!r} is not a measurement")
        if reachable == "0" and power_mw is not None:
            raise SampleError(f"unreachable, yet with a power of {power} W")
        self._check_order(node, at_ms)
        node_samples = self.samples.setdefault(node, [])
        self.newest_ms[node] = at_ms
        self.oldest_ms = at_ms if self.oldest_ms is None else min(self.oldest_ms, at_ms)
        if reachable == "1":
            node_samples.append(Sample(at_ms, self._state(power_mw), power_mw))

    def _check_order(self, node: str, at_ms: int) -> None:
        newest_ms = self.newest_ms.get(node)
        if newest_ms is not None and at_ms <= newest_ms:
            fault = "duplicate" if at_ms == newest_ms else f"out of order by {newest_ms - at_ms} ms"
            raise SampleError(f"{fault}: node {node} was already read at this instant or a later one")

    def _state(self, power_mw: int | None) -> State:
        if self.off_below_mw is not None and power_mw is not None and power_mw < self.off_below_mw:
            return State.DOWN
        return State.UP

    def _instant_ms(self, stamp: str) -> int:
        at_ms = self.instants.get(stamp)
        if at_ms is None:
            try:
                instant = datetime.fromisoformat(stamp)
            except ValueError:
                raise SampleError(f"time {stamp!r} is not ISO 8601") from None
            if instant.tzinfo is None:
                raise SampleError(f"time {stamp!r} names no zone")
            at_ms = round(instant.timestamp() * 1_000) + self.shift_ms
            if at_ms < 0:
                raise SampleError(f"time {stamp!r} shifted by {self.shift_ms} ms lies before 1970")
            self.instants[stamp] = at_ms
        return at_ms


def read_trace(
    path: Path,
    strict: bool = True,
    shift_seconds: int = 0,
    off_below_watts: int | None = None,
    max_watts: int = 100_000,
) -> Trace:
    """Read a whole trace; `shift_seconds` is added to every time.

    A line that cannot be used raises SampleError with its number, text and reason when `strict`; otherwise it
    is dropped and kept in `problems`. A file that is missing, damaged or has another header, or holds
    no usable line, always raises SampleError.
    """
    reader = _Reader(
        shift_seconds * 1_000, None if off_below_watts is None else off_below_watts * 1_000, max_watts
    )
    problems = []
    for number, line in _lines(path):
        try:
            reader.take(line)
        except SampleError as error:
            problem = TraceProblem(number, line, str(error))
            if strict:
                raise SampleError(str(problem)) from error
            problems.append(problem)
    if reader.oldest_ms is None:
        raise SampleError(f"trace {path.name} holds no usable line ({len(problems)} problems)")
    devices = tuple(sorted(reader.samples, key=device_id))
    return Trace(
        devices,
        {node: reader.samples[node] for node in devices},
        tuple(problems),
        reader.oldest_ms,
        max(reader.newest_ms.values()),
    )


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines after the header with their numbers; raises SampleError for a damaged file."""
    number = 0
    try:
        with path.open("rb") as raw:
            is_gzip = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            with gzip.open(raw) if is_gzip else raw as file:
                for number, content in enumerate(file, start=1):
                    line = content.decode("utf-8", errors="replace").rstrip("\r\n")
                    if number == 1:
                        if line != HEADER:
                            raise SampleError(
                                f"trace {path.name} begins with {line[:160]!r}, not with {HEADER!r}"
                            )
                    elif line:
                        yield number, line
    except (OSError, EOFError, zlib.error) as error:
        raise SampleError(f"trace {path.name} is damaged after line {number}: {error}") from error
    if number == 0:
        raise SampleError(f"trace {path.name} is empty: no header")
