"""`python -m tests.mutation.guards [--json] [NAME…]`: does each attack's test fail without its guard?

The tests run first on the contracts as they are, compiled as the mutants are. Then each guard is taken out in
turn and its one test runs: it must fail there, and not before, in what it sets up.
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from tests.mutation.attacks import GUARDS, Guard
from tests.mutation.lane import Failure, Lane, told
from tests.mutation.reach import Reach, Reached
from tests.mutation.solc import Build, Refused, Solc

KILLED, SURVIVED, BROKEN = "KILLED", "SURVIVED", "BROKEN"
SECONDS = 30.0
"""What a test needs of the processor, its world's deployment included; a lane allows several times that."""


@dataclass(frozen=True)
class Finding:
    """What became of an attack without its guard, and the test's last words."""

    name: str
    attack: str
    keeps: str
    test: str
    outcome: str
    words: str
    seconds: float


def main(arguments: Sequence[str]) -> int:
    """Run; exit status 1 unless every attack is stopped by its guard."""
    parser = argparse.ArgumentParser(
        prog="./scripts/mutate --guards", description="Does each attack's test fail without its guard?"
    )
    known = {guard.name: guard for guard in GUARDS}
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(known)} (default: all)")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in known]
    if unknown:
        parser.error(f"no guard is named {', '.join(unknown)}")
    findings = run([known[name] for name in options.names] or list(GUARDS))
    if options.json:
        sys.stdout.write(json.dumps({"guards": [asdict(finding) for finding in findings]}) + "\n")
    else:
        for finding in findings:
            show(finding)
    return 0 if all(finding.outcome == KILLED for finding in findings) else 1


def run(guards: Sequence[Guard]) -> list[Finding]:
    """One finding for each guard; or one alone, if a test fails with every guard in place."""
    lane = Lane(Build(Solc()), Reach([], {}, {}))
    try:
        return _failing_as_it_is(lane, guards) or [_told(_judged(lane, guard)) for guard in guards]
    finally:
        lane.close()
        lane.build.solc.close()


def without(guard: Guard, texts: Mapping[str, str]) -> dict[str, str]:
    """The sources that the guard stands in, without it."""
    changed: dict[str, str] = {}
    for edit in guard.edits:
        text = changed.get(edit.source, texts[edit.source])
        if text.count(edit.text) != 1:
            raise ValueError(f"{guard.name}: {edit.source} has it {text.count(edit.text)} times: {edit.text}")
        changed[edit.source] = text.replace(edit.text, edit.without)
    return changed


def verdict_on(failure: Failure | None) -> tuple[str, str]:
    """A test that fails in its own words is one that the attack got through to."""
    if failure is None:
        return SURVIVED, "the test passes without the guard"
    if failure.phase != "call":
        return BROKEN, f"{failure.nodeid} {failure.phase} {failure.words}".strip()
    return KILLED, failure.words


def show(finding: Finding) -> None:
    """Two lines."""
    words = " ".join(finding.words.split())
    sys.stdout.write(f"{finding.outcome:8} {finding.name:16} {finding.attack}: {finding.keeps}\n")
    sys.stdout.write(f"         {finding.test.split('::')[1]}: {words[:160]}\n")


def _failing_as_it_is(lane: Lane, guards: Sequence[Guard]) -> list[Finding]:
    """Without the optimizer too, a test that is about to judge has to pass; at most one is found."""
    started = time.monotonic()
    sources = {edit.source: lane.build.texts[edit.source] for guard in guards for edit in guard.edits}
    # by file: what a file's tests share is made once
    tests = sorted({guard.test for guard in guards})
    told(f"{len(tests)} tests run on the contracts as they are")
    failure = lane.first_failure(lane.build.codes_with(sources), [_whole(test) for test in tests])
    told(f"{'one fails' if failure else 'all pass'} in {time.monotonic() - started:.0f} s")
    if failure is None:
        return []
    words = f"fails with every guard in place: {failure.nodeid} {failure.phase} {failure.words}"
    guard = next((each for each in guards if each.test == failure.nodeid), guards[0])
    return [_finding(guard, BROKEN, words, started)]


def _judged(lane: Lane, guard: Guard) -> Finding:
    started = time.monotonic()
    try:
        codes = lane.build.codes_with(without(guard, lane.build.texts))
    except Refused as refused:
        return _finding(guard, BROKEN, f"does not compile without it: {refused}", started)
    changed = {name: code for name, code in codes.items() if code != lane.build.true_code(name)}
    return _finding(guard, *verdict_on(lane.first_failure(changed, [_whole(guard.test)])), started)


def _finding(guard: Guard, outcome: str, words: str, started: float) -> Finding:
    seconds = round(time.monotonic() - started, 1)
    return Finding(guard.name, guard.attack, guard.keeps, guard.test, outcome, words, seconds)


def _whole(test: str) -> Reached:
    return Reached(test, SECONDS, {})


def _told(finding: Finding) -> Finding:
    told(f"{finding.outcome} {finding.name} in {finding.seconds} s: {' '.join(finding.words.split())[:200]}")
    return finding


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
