"""`pytest -p tests.coverage.plugin --contract-coverage FILE`: runs tests on unoptimised contracts.

Writes down which instructions the in-process chain executed and which way its jumps went.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth.vm.code_stream import CodeStream
from tests.coverage.unoptimised import build, swapped

import wellhead.chain.artifacts as artifacts

JUMPI, STOP = 0x57, 0x00
CODE_BYTES_MAX = 1 << 20
LIMITS = {"EIP170_CODE_SIZE_LIMIT": CODE_BYTES_MAX, "MAX_INITCODE_SIZE": 2 * CODE_BYTES_MAX}


class Trace:
    """What was executed of one code: program counters, and where conditional jumps went from there."""

    def __init__(self) -> None:
        self.executed: set[int] = set()
        self.jumps: set[tuple[int, int]] = set()


class Recorder:
    """Stands in for py-evm's walk over a code."""

    def __init__(self) -> None:
        self.traces: dict[bytes, Trace] = {}

    def walk(self, stream: CodeStream) -> Iterator[int]:
        """What `CodeStream.__iter__` does, with notes."""
        code: bytes = stream._raw_code_bytes
        trace = self.traces.setdefault(code, Trace())
        executed, jumps, jumped_from = trace.executed, trace.jumps, -1
        while (at := stream.program_counter) < len(code):
            opcode = code[at]
            if jumped_from >= 0:
                jumps.add((jumped_from, at))
            jumped_from = at if opcode == JUMPI else -1
            executed.add(at)
            stream.program_counter = at + 1
            yield opcode
        yield STOP

    def write(self, file: Path) -> None:
        """By index of the code in `build().codes`: what was executed."""
        found: dict[int, Trace] = {}
        for code, trace in self.traces.items():
            for index, each in enumerate(build().codes):
                if each.runs_as(code):
                    into = found.setdefault(index, Trace())
                    into.executed |= trace.executed
                    into.jumps |= trace.jumps
        lines = {
            index: {"executed": sorted(trace.executed), "jumps": sorted(trace.jumps)}
            for index, trace in sorted(found.items())
        }
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(lines))


RECORDER = Recorder()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option that turns it on."""
    parser.addoption("--contract-coverage", metavar="FILE", help="write what the contracts executed to FILE")


def pytest_configure(config: pytest.Config) -> None:
    """Begins, if it is wanted."""
    if config.getoption("--contract-coverage"):
        begin()


def begin() -> None:
    """Swaps code and limits, and begins to record."""
    compiled = {code.contract for code in build().codes}
    decode = artifacts.decode_artifact

    def decode_unoptimised(name: str, text: str) -> artifacts.Artifact:
        artifact = decode(name, text)
        return swapped(artifact) if artifact.contract in compiled else artifact

    artifacts.decode_artifact = decode_unoptimised
    CodeStream.__iter__ = lambda stream: RECORDER.walk(stream)  # type: ignore[method-assign]
    lift_limits()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Writes what was recorded."""
    file: Any = session.config.getoption("--contract-coverage")
    if file:
        RECORDER.write(Path(file))


def lift_limits() -> None:
    """Unoptimised code may be larger than a chain allows."""
    import eth_tester  # noqa: F401  (its forks have to be loaded)

    for name, module in list(sys.modules.items()):
        if name.startswith("eth."):
            for limit, value in LIMITS.items():
                if hasattr(module, limit):
                    setattr(module, limit, value)
