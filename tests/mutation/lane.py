"""One lane of a mutation run: compiles a mutant, forks a child that has everything imported, and lets it run
the contract's tests on the mutated code until one fails.
"""

import json
import os
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
import tests.contracts.world  # noqa: F401  (imported once, for all children)
from tests.mutation.mutants import Mutant
from tests.mutation.solc import ROOT, Build, Code, Solc

from wellhead.chain import artifacts

PYTEST_OPTIONS = ("-q", "-x", "-p", "no:cacheprovider", "--no-header", "--tb=no", "-W", "ignore")
FULL_MARGIN = 4
"""A child that takes so many times longer than the tests on the true code hangs because of the mutant."""


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant: killed, survived, stillborn (does not compile) or equal (the same bytes)."""

    outcome: str
    by: str = ""


class _Watch:
    """Puts the files whose tests killed most first, and remembers the first test that fails."""

    def __init__(self, kills: Counter[str]) -> None:
        self.kills, self.failed = kills, ""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: -self.kills[_file_of(item.nodeid)])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid or "collection"


class Lane:
    """A compiler, a folder of artifacts, and the tests of one contract."""

    def __init__(self, contract: str, tests: Sequence[str]) -> None:
        self.solc = Solc()
        self.build = Build(self.solc)
        self.contract, self.tests = contract, tuple(tests)
        self.kills: Counter[str] = Counter()
        self._folder = Path(mkdtemp(prefix="mutation-"))
        self._packaged = ROOT / artifacts.PACKAGE_FOLDER
        self.limit_seconds = 600.0

    def mutants(self) -> list[Mutant]:
        """All mutants of the contract."""
        return self.build.mutants(self.contract)

    def check_tests(self) -> float:
        """Seconds that the tests take on the true code; they must pass there."""
        started = time.monotonic()
        failed = self._run_tests({})
        if failed:
            raise RuntimeError(f"{self.contract}: {failed} fails without any mutant")
        self.limit_seconds = 30 + FULL_MARGIN * (time.monotonic() - started)
        return time.monotonic() - started

    def verdict_on(self, mutant: Mutant) -> Verdict:
        """Compile the mutant and run the tests on it."""
        true_code = self.build.codes(mutant.source)
        code = self.build.codes(mutant.source, mutant.applied_to(self.build.texts[mutant.source]))
        if code is None:
            return Verdict("stillborn")
        assert true_code is not None
        changed = {name: each for name, each in code.items() if each != true_code[name]}
        if not changed:
            return Verdict("equal")
        killer = self._run_tests(changed)
        if not killer:
            return Verdict("survived")
        self.kills[_file_of(killer)] += 1
        return Verdict("killed", killer)

    def close(self) -> None:
        """Ends the compiler and removes the folder."""
        self.solc.close()
        shutil.rmtree(self._folder)

    def _run_tests(self, changed: dict[str, Code]) -> str:
        """The first test that fails with this code, "timeout", or nothing."""
        folder = self._overlay(changed)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            self._be_the_child(folder, writing)
        os.close(writing)
        ended = self._wait(child)
        with os.fdopen(reading, "r", encoding="utf-8") as pipe:
            answer = pipe.read()
        shutil.rmtree(folder)
        if not ended:
            return "timeout"
        return answer[1:] if answer.startswith("+") else "crash"

    def _overlay(self, changed: dict[str, Code]) -> Path:
        folder = Path(mkdtemp(dir=self._folder))
        for file in self._packaged.glob("*.json"):
            if file.stem not in changed:
                (folder / file.name).symlink_to(file)
                continue
            fields: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            fields["bytecode"] = "0x" + changed[file.stem].creation
            fields["deployed_bytecode"] = "0x" + changed[file.stem].runtime
            (folder / file.name).write_text(json.dumps(fields), encoding="utf-8")
        return folder

    def _be_the_child(self, folder: Path, writing: int) -> None:
        status = 1
        try:
            quiet = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(quiet, stream)
            artifacts.PACKAGED = folder
            artifacts.load_artifact.cache_clear()
            watch = _Watch(self.kills)
            code = pytest.main([*PYTEST_OPTIONS, *self.tests], plugins=[watch])
            failed = watch.failed or ("" if code == 0 else f"pytest ended with {int(code)}")
            os.write(writing, f"+{failed}".encode())
            status = 0
        finally:
            os._exit(status)

    def _wait(self, child: int) -> bool:
        deadline = time.monotonic() + self.limit_seconds
        while time.monotonic() < deadline:
            if os.waitpid(child, os.WNOHANG)[0]:
                return True
            time.sleep(0.02)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return False


def _file_of(nodeid: str) -> str:
    return nodeid.split("::")[0]


def told(line: str) -> None:
    """Progress, away from the report."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
