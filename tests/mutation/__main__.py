"""`python -m tests.mutation [--seed S] [--count N] [CONTRACT…]`: how many small faults do the tests find?

A seeded sample of a contract's mutants is compiled and tested one by one. What does not compile, or compiles
to the same bytes, is replaced by the next of the sample. Prints the survivors as diffs, and the score.
"""

import argparse
import json
import multiprocessing
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from tests.mutation.lane import Lane, told
from tests.mutation.mutants import Mutant

TESTS: dict[str, tuple[str, ...]] = {
    "Settlement": (
        "tests/contracts/settlement/test_closing.py",
        "tests/contracts/settlement/test_payouts.py",
        "tests/contracts/settlement/test_sales_and_deposits.py",
        "tests/contracts/roles",
    ),
    "RevenueShare": ("tests/contracts/revenue_share",),
    "ReportOracle": ("tests/contracts/oracle", "tests/contracts/roles"),
    "LeaseToken": ("tests/contracts/lease_token", "tests/contracts/settlement/test_sales_and_deposits.py"),
}
"""The quick tests that answer for a contract."""

KILLED_PERCENT_MIN = 85
LANES = 2
VALID = ("killed", "survived")


def main(arguments: Sequence[str]) -> int:
    """Run; exit status 1 if a contract's score is too low."""
    parser = argparse.ArgumentParser(
        prog="./scripts/mutate", description="How many small faults do tests find?"
    )
    parser.add_argument(
        "contracts", nargs="*", metavar="CONTRACT", help=f"of {', '.join(TESTS)} (default: all)"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the sample (default 1)")
    parser.add_argument("--count", type=int, default=200, help="valid mutants of each contract (default 200)")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.contracts if name not in TESTS]
    if unknown:
        parser.error(f"no tests are named for {', '.join(unknown)}")
    reports = {name: run(name, options.seed, options.count) for name in options.contracts or TESTS}
    if options.json:
        sys.stdout.write(json.dumps({"seed": options.seed, "contracts": reports}) + "\n")
    else:
        for name, report in reports.items():
            show(name, report)
    return 1 if any(report["killed_percent"] < KILLED_PERCENT_MIN for report in reports.values()) else 0


def run(contract: str, seed: int, count: int) -> dict[str, Any]:
    """One contract's report."""
    started = time.monotonic()
    fork = multiprocessing.get_context("fork")
    place, results = fork.Value("i", 0), fork.Queue()
    lanes = [fork.Process(target=_drive, args=(contract, seed, count, place, results)) for _ in range(LANES)]
    for lane in lanes:
        lane.start()
    found: dict[int, dict[str, Any]] = {}
    for _ in lanes:
        found |= results.get()
    for lane in lanes:
        lane.join()
    return report_of(found, count, round(time.monotonic() - started))


def report_of(found: dict[int, dict[str, Any]], count: int, seconds: int) -> dict[str, Any]:
    """Counts over the first `count` valid mutants of the sample, whichever lane had them."""
    taken: list[dict[str, Any]] = []
    valid = 0
    for place in sorted(found):
        if valid == count:
            break
        taken.append(found[place])
        valid += found[place]["outcome"] in VALID
    counts = Counter(each["outcome"] for each in taken)
    return {
        **{outcome: counts[outcome] for outcome in (*VALID, "stillborn", "equal")},
        "killed_percent": round(100 * counts["killed"] / max(valid, 1), 1),
        "seconds": seconds,
        "survivors": [each["diff"] for each in taken if each["outcome"] == "survived"],
    }


def _drive(contract: str, seed: int, count: int, place: Any, results: Any) -> None:
    lane = Lane(contract, TESTS[contract])
    found: dict[int, dict[str, Any]] = {}
    try:
        sample = lane.mutants()
        random.Random(f"{seed}:{contract}").shuffle(sample)
        seconds = lane.check_tests()
        told(f"{contract}: {len(sample)} mutants, its tests take {seconds:.0f} s")
        valid = 0
        while valid < count:
            with place.get_lock():
                mine = place.value
                place.value += 1
            if mine >= len(sample):
                break
            found[mine] = _judged(lane, sample[mine])
            # the other lane does its half
            valid += LANES * (found[mine]["outcome"] in VALID)
            told(f"{contract} {mine}: {found[mine]['outcome']} {found[mine]['by']}")
    finally:
        lane.close()
        results.put(found)


def _judged(lane: Lane, mutant: Mutant) -> dict[str, Any]:
    verdict = lane.verdict_on(mutant)
    diff = mutant.diff(lane.build.texts[mutant.source])
    return {"outcome": verdict.outcome, "by": verdict.by, "diff": diff}


def show(contract: str, report: dict[str, Any]) -> None:
    """Survivors, then one line of counts."""
    for diff in report["survivors"]:
        sys.stdout.write(f"{diff}\n\n")
    r = report
    sys.stdout.write(
        f"{contract}: {r['killed_percent']} % killed ({r['killed']} killed, {r['survived']} survived; "
        f"{r['stillborn']} did not compile, {r['equal']} changed nothing) in {r['seconds']} s\n"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
