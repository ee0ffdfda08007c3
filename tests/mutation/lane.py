"""One lane of a mutation run: compiles a mutant, forks a child that has everything imported, and lets it run
the tests that reach the fault until one fails.
"""

import json
import os
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
import tests.contracts.world  # noqa: F401  (imported once, for all children)
from tests.coverage.plugin import lift_limits
from tests.mutation.mutants import Mutant
from tests.mutation.reach import Reach, Reached
from tests.mutation.solc import ROOT, Build, Code

from wellhead.chain import artifacts

PYTEST_OPTIONS = ("-q", "-x", "-p", "no:cacheprovider", "--no-header", "--tb=no", "-W", "ignore")
SECONDS_MIN, MARGIN = 15, 3
"""A test that takes so many of the processor's seconds more, and so many times more, hangs by the mutant."""


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant: killed, survived, stillborn (does not compile) or equal (the same bytes)."""

    outcome: str
    by: str = ""


@dataclass(frozen=True)
class Failure:
    """The first test that failed ("timeout" if none came to its end), in which phase, and its last words."""

    nodeid: str
    phase: str = ""
    words: str = ""


class _Watch:
    """Keeps the chosen tests in their order, and remembers the first that fails."""

    def __init__(self, chosen: Sequence[Reached]) -> None:
        self.places = {each.nodeid: i for i, each in enumerate(chosen)}
        self.failure: Failure | None = None
        self.seconds = {each.nodeid: each.seconds for each in chosen}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.nodeid in self.places]
        items.sort(key=lambda item: self.places[item.nodeid])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        signal.setitimer(signal.ITIMER_PROF, SECONDS_MIN + MARGIN * self.seconds[item.nodeid])
        answer = yield
        signal.setitimer(signal.ITIMER_PROF, 0)
        return answer

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.failure:
            crash = getattr(report.longrepr, "reprcrash", None)
            self.failure = Failure(report.nodeid, report.when or "", crash.message if crash else "")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and not self.failure:
            self.failure = Failure(report.nodeid or "collection", "collect")


class Lane:
    """A compiler, a folder of artifacts, and the tests of one subject."""

    def __init__(self, build: Build, reach: Reach) -> None:
        self.build, self.reach = build, reach
        self.kills: Counter[tuple[str, str]] = Counter()
        self._folder = Path(mkdtemp(prefix="mutation-"))
        self._packaged = ROOT / artifacts.PACKAGE_FOLDER

    def verdict_on(self, mutant: Mutant) -> Verdict:
        """Compile the mutant and run the tests that reach it."""
        code = self.build.codes(mutant.source, mutant.applied_to(self.build.texts[mutant.source]))
        if code is None:
            return Verdict("stillborn")
        changed = {name: each for name, each in code.items() if each != self.build.true_code(name)}
        if not changed:
            return Verdict("equal")
        chosen = self._ordered(mutant)
        if not chosen:
            return Verdict("survived", "no test reaches it")
        failure = self.first_failure(changed, chosen)
        if not failure:
            return Verdict("survived", f"{len(chosen)} tests reach it")
        self.kills[mutant.source, _file_of(failure.nodeid)] += 1
        return Verdict("killed", failure.nodeid)

    def _ordered(self, mutant: Mutant) -> list[Reached]:
        """File by file, those that killed most of this source's mutants first; quick tests first."""
        chosen = self.reach.tests_of(mutant)
        quickest: dict[str, float] = {}
        for each in chosen:
            file = _file_of(each.nodeid)
            quickest[file] = min(each.seconds, quickest.get(file, each.seconds))

        def rank(each: Reached) -> tuple[int, float, str, float]:
            file = _file_of(each.nodeid)
            return -self.kills[mutant.source, file], quickest[file], file, each.seconds

        return sorted(chosen, key=rank)

    def close(self) -> None:
        """Removes the folder."""
        shutil.rmtree(self._folder)

    def first_failure(self, changed: Mapping[str, Code], chosen: Sequence[Reached]) -> Failure | None:
        """The first of these tests that fails with this code."""
        folder = self._overlay(changed)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            self._be_the_child(folder, writing, chosen)
        os.close(writing)
        os.waitpid(child, 0)
        with os.fdopen(reading, "r", encoding="utf-8") as pipe:
            answer = pipe.read()
        shutil.rmtree(folder)
        if not answer:
            return Failure("timeout")
        found = json.loads(answer)
        return Failure(*found) if found else None

    def _overlay(self, changed: Mapping[str, Code]) -> Path:
        folder = Path(mkdtemp(dir=self._folder))
        for file in self._packaged.glob("*.json"):
            if file.stem not in changed:
                (folder / file.name).symlink_to(file)
                continue
            fields: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            fields["bytecode"] = "0x" + changed[file.stem].creation
            fields["deployed_bytecode"] = "0x" + changed[file.stem].runtime
            fields["immutable_references"] = changed[file.stem].immutables
            (folder / file.name).write_text(json.dumps(fields), encoding="utf-8")
        return folder

    def _be_the_child(self, folder: Path, writing: int, chosen: Sequence[Reached]) -> None:
        status = 1
        try:
            quiet = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(quiet, stream)
            lift_limits()
            artifacts.PACKAGED = folder
            artifacts.load_artifact.cache_clear()
            watch = _Watch(chosen)
            files = dict.fromkeys(_file_of(each.nodeid) for each in chosen)
            code = pytest.main([*PYTEST_OPTIONS, *files], plugins=[watch])
            failure = watch.failure or (None if code == 0 else Failure(f"pytest ended with {int(code)}"))
            words = [failure.nodeid, failure.phase, failure.words[:2_000]] if failure else None
            os.write(writing, json.dumps(words).encode())
            status = 0
        finally:
            os._exit(status)


def _file_of(nodeid: str) -> str:
    return nodeid.split("::")[0]


def told(line: str) -> None:
    """Progress, away from the report."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
