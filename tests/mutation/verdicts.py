"""Verdicts that were found before, so that a long run can be cut short and gone on with.

A verdict holds as long as the contracts, the tests' helpers and the tests that it rests on are the same: for
a killed mutant those of the killer's file, otherwise all. They lie in `.cache/mutation`, one to a line.
"""

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from tests.mutation.mutants import Mutant
from tests.mutation.solc import ROOT

from wellhead.chain.sources import contract_names, read_sources

NOTES = ROOT / ".cache/mutation"


@cache
def foundation() -> str:
    """Digest of all contracts and of what all tests are made of."""
    helpers = [p for p in sorted((ROOT / "tests/contracts").rglob("*.py")) if not p.name.startswith("test_")]
    texts = read_sources(ROOT, contract_names(ROOT))
    return _digest([p.read_bytes() for p in helpers] + [texts[name].encode() for name in sorted(texts)])


@cache
def basis(files: tuple[str, ...]) -> str:
    """Digest of the foundation and of these test files."""
    return _digest([foundation().encode(), *(path.read_bytes() for file in files for path in files_of(file))])


def files_of(name: str) -> list[Path]:
    """The test files that a path in the repository names."""
    path = ROOT / name
    return [path] if path.suffix == ".py" else sorted(path.glob("test_*.py"))


class Verdicts:
    """What is known of a subject's mutants."""

    def __init__(self, subject: str, tests: Sequence[str]) -> None:
        self._file, self._tests = NOTES / f"verdicts-{subject}.jsonl", tuple(tests)
        self._known: dict[str, dict[str, Any]] = {}
        if self._file.exists():
            for line in self._file.read_text(encoding="utf-8").splitlines():
                found = json.loads(line)
                if found["basis"] == self._basis_of(found["by"]):
                    self._known[found["mutant"]] = found

    def of(self, mutant: Mutant) -> tuple[str, str] | None:
        """Outcome and killer, if they are known."""
        found = self._known.get(str(mutant))
        return (found["outcome"], found["by"]) if found else None

    def add(self, mutant: Mutant, outcome: str, by: str) -> None:
        """One more."""
        found = {"mutant": str(mutant), "outcome": outcome, "by": by, "basis": self._basis_of(by)}
        NOTES.mkdir(parents=True, exist_ok=True)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(found) + "\n")

    def _basis_of(self, by: str) -> str:
        killer = by.split("::")[0]
        return basis((killer,) if "::" in by and (ROOT / killer).exists() else self._tests)


def _digest(parts: list[bytes]) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]
