"""One lane of a mutation run: compiles a mutant, forks a child that has everything imported, and lets it run
the tests that reach the fault until one fails.
"""

import json
import os
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
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


class _Watch:
    """Keeps the chosen tests in their order, and remembers the first that fails."""

    def __init__(self, chosen: Sequence[Reached]) -> None:
        self.places, self.failed = {each.nodeid: i for i, each in enumerate(chosen)}, ""
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
        if report.failed and not self.failed:
            self.failed = report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid or "collection"


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
        killer = self._run_tests(changed, chosen)
        if not killer:
            return Verdict("survived", f"{len(chosen)} tests reach it")
        self.kills[mutant.source, _file_of(killer)] += 1
        return Verdict("killed", killer)

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

    def _run_tests(self, changed: dict[str, Code], chosen: Sequence[Reached]) -> str:
        """The first test that fails with this code, "timeout", or nothing."""
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
        return answer[1:] if answer.startswith("+") else "timeout"

    def _overlay(self, changed: dict[str, Code]) -> Path:
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
            failed = watch.failed or ("" if code == 0 else f"pytest ended with {int(code)}")
            os.write(writing, f"+{failed}".encode())
            status = 0
        finally:
            os._exit(status)


def _file_of(nodeid: str) -> str:
    return nodeid.split("::")[0]


def told(line: str) -> None:
    """Progress, away from the report."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
