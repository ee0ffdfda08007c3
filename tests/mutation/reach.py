"""Which test runs which line: every test once, on unoptimised code, with notes of what the chain executed.

A fault is then judged by the tests that reach it and no others. Tests of what the optimizer makes
(gas, sizes) fail there and judge nothing. What was noted of a test file holds until it, its helpers
or a contract changes.
"""

import json
import multiprocessing
import os
import time
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.coverage import plugin as coverage
from tests.coverage.unoptimised import Code
from tests.mutation.mutants import Mutant
from tests.mutation.solc import ROOT
from tests.mutation.verdicts import NOTES, basis, files_of

from wellhead.chain import artifacts

PYTEST_OPTIONS = ("-q", "-p", "no:cacheprovider", "--no-header", "--tb=no", "-W", "ignore")
Span = tuple[int, int]
"""Start and length in bytes of a source."""


@dataclass(frozen=True)
class Reached:
    """A test, the processor's seconds that it took, and the spans of sources that it ran."""

    nodeid: str
    seconds: float
    spans: Mapping[str, frozenset[Span]]


class Reach:
    """For each fault, the tests that reach it."""

    def __init__(
        self,
        tests: Sequence[Reached],
        known: Mapping[str, Iterable[Span]],
        created: Mapping[str, Iterable[Span]],
    ) -> None:
        """`known`: all spans of a source that have code; `created`: those that only a constructor runs."""
        self.tests = list(tests)
        self._known = {source: sorted(spans) for source, spans in known.items()}
        self._created = {source: frozenset(spans) for source, spans in created.items()}

    def tests_of(self, mutant: Mutant) -> list[Reached]:
        """Tests that run the smallest piece of code around the fault.

        All, where there is no such code, or where it runs when a contract is created: tests share contracts.
        """
        span = self.span_of(mutant)
        if span is None or span in self._created.get(mutant.source, ()):
            return self.tests
        return [each for each in self.tests if span in each.spans.get(mutant.source, ())]

    def span_of(self, mutant: Mutant) -> Span | None:
        """The smallest piece of code in which the fault lies."""
        spans = self._known.get(mutant.source, [])
        before = spans[: bisect_right(spans, (mutant.start, 1 << 40))]
        around = [span for span in before if span[0] + span[1] > mutant.start]
        within = [s for s in spans if mutant.start <= s[0] and s[0] + s[1] <= mutant.start + mutant.length]
        # of a statement that goes away, any piece; else the smallest around the place
        return max(within, key=lambda s: s[1]) if within else min(around, key=lambda s: s[1], default=None)


def reach_of(tests: Sequence[str], sources: frozenset[str]) -> Reach:
    """What the tests in these files reach of those sources; files without notes are run."""
    files = sorted({file for each in tests for file in files_of(each)})
    missing = [file for file in files if not _notes(file).exists()]
    if missing:
        worker = multiprocessing.get_context("fork").Process(target=_trace, args=(missing,))
        worker.start()
        worker.join()
    found: list[Reached] = []
    for file in files:
        if not _notes(file).exists():
            raise RuntimeError(f"{file.relative_to(ROOT)}: no test of it could be run")
        for each in json.loads(_notes(file).read_text(encoding="utf-8")):
            spans = {s: frozenset((a, b) for a, b in p) for s, p in each["spans"].items() if s in sources}
            found.append(Reached(each["nodeid"], each["seconds"], spans))
    creation, runtime = (_spans_of(coverage.build().codes[half::2]) for half in (0, 1))
    known = {source: creation.get(source, set()) | runtime.get(source, set()) for source in sources}
    created = {source: known[source] - runtime.get(source, set()) for source in sources}
    return Reach(found, known, created)


def _notes(file: Path) -> Path:
    """Where a test file's notes are, named for all that they follow from."""
    name = str(file.relative_to(ROOT))
    return NOTES / f"{file.parent.name}-{file.stem}-{basis((name,))}.json"


def _trace(files: Sequence[Path]) -> None:
    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(quiet, stream)
    artifacts.load_artifact.cache_clear()
    coverage.begin()
    NOTES.mkdir(parents=True, exist_ok=True)
    for file in files:
        notes = _Notes()
        pytest.main([*PYTEST_OPTIONS, str(file.relative_to(ROOT))], plugins=[notes])
        passed = [each for each in notes.tests if each["nodeid"] not in notes.failed]
        if passed:
            _notes(file).write_text(json.dumps(passed), encoding="utf-8")


class _Notes:
    """Notes what each test runs, its fixtures included."""

    def __init__(self) -> None:
        self.tests: list[dict[str, Any]] = []
        self.failed: set[str] = set()
        self._index: dict[bytes, int | None] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        coverage.RECORDER.traces.clear()
        started = time.process_time()
        answer = yield
        seconds = round(time.process_time() - started, 3)
        self.tests.append({"nodeid": item.nodeid, "seconds": seconds, "spans": self._spans()})
        return answer

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.add(report.nodeid)

    def _spans(self) -> dict[str, list[Span]]:
        spans: dict[str, set[Span]] = {}
        for code, trace in coverage.RECORDER.traces.items():
            if code not in self._index:
                self._index[code] = _index_of(code)
            index = self._index[code]
            if index is not None:
                for at in trace.executed:
                    _add(spans, coverage.build().codes[index].places.get(at))
        return {source: sorted(each) for source, each in spans.items()}


def _index_of(code: bytes) -> int | None:
    return next((i for i, each in enumerate(coverage.build().codes) if each.runs_as(code)), None)


def _add(spans: dict[str, set[Span]], place: tuple[int, int, int] | None) -> None:
    if place is None:
        return
    start, length, index = place
    source = coverage.build().source_names.get(index, "")
    if start >= 0 and source.startswith("contracts/"):
        spans.setdefault(source, set()).add((start, length))


def _spans_of(codes: Sequence[Code]) -> dict[str, set[Span]]:
    spans: dict[str, set[Span]] = {}
    for code in codes:
        for place in code.places.values():
            _add(spans, place)
    return spans
