"""`python -m tests.mutation [--seed S] [--count N] [CONTRACT…]`: how many small faults do the tests find?

A seeded sample of a contract's mutants is tested one by one, each by the tests that reach it. What does not
compile, compiles to the same bytes or is listed as equivalent is replaced by the next of the sample. Prints
survivors as diffs, and the score.
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
from tests.mutation.reach import Reach, reach_of
from tests.mutation.solc import Build, Solc
from tests.mutation.subjects import EQUIVALENT, SUBJECTS
from tests.mutation.verdicts import Verdicts

KILLED_PERCENT_MIN = 85
LANES = 2
VALID = ("killed", "survived")


def main(arguments: Sequence[str]) -> int:
    """Run; exit status 1 if a contract's score is too low."""
    parser = argparse.ArgumentParser(
        prog="./scripts/mutate", description="How many small faults do tests find?"
    )
    parser.add_argument(
        "contracts", nargs="*", metavar="CONTRACT", help=f"of {', '.join(SUBJECTS)} (default: all)"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the sample (default 1)")
    parser.add_argument("--count", type=int, default=200, help="valid mutants of each contract (default 200)")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.contracts if name not in SUBJECTS]
    if unknown:
        parser.error(f"no tests are named for {', '.join(unknown)}")
    reports = {name: run(name, options.seed, options.count) for name in options.contracts or SUBJECTS}
    if options.json:
        sys.stdout.write(json.dumps({"seed": options.seed, "contracts": reports}) + "\n")
    else:
        for name, report in reports.items():
            show(name, report)
    return 1 if any(report["killed_percent"] < KILLED_PERCENT_MIN for report in reports.values()) else 0


def run(subject: str, seed: int, count: int) -> dict[str, Any]:
    """One subject's report."""
    solc = Solc()
    build = Build(solc)
    sample = build.mutants(SUBJECTS[subject].contracts)
    solc.close()
    require_no_vain_reasons(build, sample)
    reach = reach_of(SUBJECTS[subject].tests, frozenset(mutant.source for mutant in sample))
    random.Random(f"{seed}:{subject}").shuffle(sample)
    started = time.monotonic()
    fork = multiprocessing.get_context("fork")
    place, results = fork.Value("i", 0), fork.Queue()
    work = (subject, build, reach, sample, count, place, results)
    lanes = [fork.Process(target=_drive, args=work) for _ in range(LANES)]
    for lane in lanes:
        lane.start()
    found: dict[int, dict[str, Any]] = {}
    for _ in lanes:
        found |= results.get()
    for lane in lanes:
        lane.join()
    return report_of(found, count, round(time.monotonic() - started))


def equivalence_of(mutant: Mutant, text: str) -> tuple[str, str, str]:
    """What `EQUIVALENT` knows a mutant by: its source and the line before and after."""
    pairs = zip(text.splitlines(), mutant.applied_to(text).splitlines(), strict=False)
    before, after = next((a, b) for a, b in pairs if a != b)
    return mutant.source, before.strip(), after.strip()


def require_no_vain_reasons(build: Build, sample: Sequence[Mutant]) -> None:
    """Raises ValueError for a reason that speaks of no mutant of these sources."""
    sources = {mutant.source for mutant in sample}
    made = {equivalence_of(mutant, build.texts[mutant.source]) for mutant in sample}
    vain = [key for key in EQUIVALENT if key[0] in sources and key not in made]
    if vain:
        raise ValueError(f"no such mutants are made: {vain}")


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
        **{outcome: counts[outcome] for outcome in (*VALID, "stillborn", "equal", "equivalent")},
        "killed_percent": round(100 * counts["killed"] / max(valid, 1), 1),
        "seconds": seconds,
        "survivors": [
            f"{each['diff']}\n{each['by']}".strip() for each in taken if each["outcome"] == "survived"
        ],
    }


def _drive(
    subject: str, build: Build, reach: Reach, sample: list[Mutant], count: int, place: Any, results: Any
) -> None:
    build.solc = Solc()
    lane, verdicts = Lane(build, reach), Verdicts(subject, SUBJECTS[subject].tests)
    found: dict[int, dict[str, Any]] = {}
    valid = 0
    try:
        while valid < count:
            with place.get_lock():
                mine = place.value
                place.value += 1
            if mine >= len(sample):
                break
            found[mine] = _judged(lane, verdicts, sample[mine])
            # the other lane does its half
            valid += LANES * (found[mine]["outcome"] in VALID)
            told(f"{subject} {mine}: {found[mine]['outcome']} {found[mine]['by']}")
    finally:
        lane.close()
        build.solc.close()
        results.put(found)


def _judged(lane: Lane, verdicts: Verdicts, mutant: Mutant) -> dict[str, Any]:
    text = lane.build.texts[mutant.source]
    if equivalence_of(mutant, text) in EQUIVALENT:
        return {"outcome": "equivalent", "by": "", "diff": ""}
    known = verdicts.of(mutant)
    if known is None:
        verdict = lane.verdict_on(mutant)
        known = verdict.outcome, verdict.by
        verdicts.add(mutant, *known)
    return {"outcome": known[0], "by": known[1], "diff": mutant.diff(text)}


def show(contract: str, report: dict[str, Any]) -> None:
    """Survivors, then one line of counts."""
    for diff in report["survivors"]:
        sys.stdout.write(f"{diff}\n\n")
    r = report
    sys.stdout.write(
        f"{contract}: {r['killed_percent']} % killed ({r['killed']} killed, {r['survived']} survived; "
        f"{r['stillborn']} did not compile, {r['equal']} changed nothing, {r['equivalent']} equivalent) "
        f"in {r['seconds']} s\n"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
