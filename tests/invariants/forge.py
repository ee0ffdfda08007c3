"""Running forge: where it is, a play of the invariants, and what came out of it."""

import json
import os
import platform
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CALLS_PER_PLAY = 500
SUITES = ("UsualCoins", "IssuersCoins", "HostileCoins")
ACTIONS = (
    "offer", "closeOffer", "depositBond", "withdrawBond", "announceTerms", "announceDevices",
    "announceMaintenance", "buy", "transferLease", "redeem", "transferShares", "claimRevenue", "depositSpot",
    "post", "close", "claim", "claimBatch", "freeze", "credential", "pause", "coinPower", "adversary",
    "passTime", "recognizeLoss", "startEpoch", "challenge", "resolve", "prove", "claimWei", "fallbackRoot",
    "missed", "reprice", "grant", "freezeTokens", "pushRevenue", "recover",
)  # fmt: skip
"""The actors' calls, in the order of `Stage.Action`."""
KEYS = (
    "none", "registrar", "compliance", "guardian", "admin", "attestor", "member", "deployer", "protocol",
    "nobody", "recovery",
)  # fmt: skip
"""What the adversary held, in the order of `Adversary.stolen`."""


class ForgeMissing(Exception):
    """There is no forge here."""


@dataclass
class Violation:
    """A promise that did not hold, and the calls that showed it."""

    suite: str
    reason: str
    calls: list[str]


@dataclass
class Figures:
    """What was played, summed over all plays."""

    seed: int
    calls: int = 0
    plays: int = 0
    reverts: int = 0
    refused: int = 0
    done: Counter[str] = field(default_factory=Counter)
    idle: Counter[str] = field(default_factory=Counter)
    stolen: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)


def forge_binary() -> Path:
    """The forge of `package.json`, or of WELLHEAD_FORGE. Raises ForgeMissing saying what to do."""
    named = os.environ.get("WELLHEAD_FORGE")
    binary = Path(named) if named else ROOT / "node_modules/.bin/forge"
    if binary.is_file():
        return binary
    machine = f"{platform.system()} {platform.machine()}"
    raise ForgeMissing(
        f"no forge at {binary}: `npm ci` installs it on Linux x86_64 (this is {machine}); elsewhere let "
        "WELLHEAD_FORGE name a forge 1.7"
    )


def plays_for(calls: int, suites: int) -> int:
    """Plays of each suite so that at least `calls` calls are made in all."""
    return -(-calls // (CALLS_PER_PLAY * suites))


def play(
    calls: int,
    seed: int,
    suites: tuple[str, ...] = SUITES,
    root: Path = ROOT,
    heard: Callable[[int], None] = lambda calls: None,
    shrinks: int = 2_000,
) -> Figures:
    """Plays at least `calls` calls; `heard` is told every few seconds how many were made.

    A violation is shown by its shortest sequence of calls that `shrinks` tries find.
    """
    folder = root / ".cache/forge"
    folder.mkdir(parents=True, exist_ok=True)
    figures_file = folder / f"figures-{os.getpid()}.jsonl"
    figures_file.write_text("")
    runs = plays_for(calls, len(suites))
    command = [str(forge_binary()), "test", "--json", "--fuzz-seed", str(seed)]
    command += ["--match-contract", f"^({'|'.join(suites)})$"]
    environment = os.environ | {
        "FOUNDRY_INVARIANT_RUNS": str(runs),
        "FOUNDRY_INVARIANT_DEPTH": str(CALLS_PER_PLAY),
        "FOUNDRY_INVARIANT_SHRINK_RUN_LIMIT": str(shrinks),
        "WELLHEAD_FIGURES": str(figures_file.relative_to(root)),
    }
    with (folder / "forge.log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
        )
        output = _wait(process, figures_file, heard)
    figures = Figures(seed)
    _count_plays(figures, figures_file)
    figures_file.unlink()
    _read_results(figures, output, suites, (folder / "forge.log").read_text())
    return figures


def _wait(process: "subprocess.Popen[str]", figures_file: Path, heard: Callable[[int], None]) -> str:
    while True:
        try:
            return process.communicate(timeout=5)[0]
        except subprocess.TimeoutExpired:
            heard(figures_file.read_text().count("\n") * CALLS_PER_PLAY)


def _count_plays(figures: Figures, figures_file: Path) -> None:
    # forge plays the last play of each suite again, and what failed in an earlier run before anything else
    for line in sorted(set(figures_file.read_text().splitlines())):
        each = json.loads(line)
        if each["turns"] != CALLS_PER_PLAY:
            continue
        figures.plays += 1
        figures.refused += each["refusals"]
        figures.done.update(dict(zip(ACTIONS, each["done"], strict=True)))
        figures.idle.update(dict(zip(ACTIONS, each["idle"], strict=True)))
        figures.stolen[KEYS[each["stolen"]]] += 1


def _read_results(figures: Figures, output: str, suites: tuple[str, ...], log: str) -> None:
    results = [json.loads(line) for line in output.splitlines() if line.startswith('{"tests/')]
    if not results:
        raise RuntimeError(f"forge gave no results:\n{output[-2000:]}\n{log[-4000:]}")
    by_suite = {path.split(":")[-1]: result for path, result in results[-1].items()}
    if sorted(by_suite) != sorted(suites):
        raise RuntimeError(f"forge ran {sorted(by_suite)}, not {sorted(suites)}")
    for suite, result in by_suite.items():
        for test in result["test_results"].values():
            _read_test(figures, suite, test)


def _read_test(figures: Figures, suite: str, test: dict[str, Any]) -> None:
    kind = test.get("kind", {}).get("Invariant", {})
    figures.calls += kind.get("calls", 0)
    figures.reverts += kind.get("reverts", 0)
    if test["status"] != "Success":
        sequence = (test.get("counterexample") or {}).get("Sequence") or [0, []]
        calls = [f"{call.get('signature', '?')} {call.get('args', '')}" for call in sequence[1]]
        figures.violations.append(Violation(suite, str(test.get("reason")), calls))


def cover(file: Path, plays: int = 8) -> None:
    """Writes the lines that the invariants execute to `file`, as lcov. Raises RuntimeError if forge fails."""
    command = [str(forge_binary()), "coverage", "--report", "lcov", "--report-file", str(file)]
    command += ["--no-match-coverage", "^(tests|node_modules|contracts/mocks)/", "--fuzz-seed", "1"]
    environment = os.environ | {"FOUNDRY_INVARIANT_RUNS": str(plays)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(
            f"forge coverage ended with {done.returncode}:\n{(done.stdout + done.stderr)[-4000:]}"
        )


if __name__ == "__main__":
    cover(Path(sys.argv[1]))
