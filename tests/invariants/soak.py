"""`./scripts/soak invariants`: a million calls by all actors; a seed plays the same again."""

import argparse
import json
import secrets
import sys
import time
from dataclasses import asdict

from tests.differential.__main__ import run
from tests.invariants.forge import SUITES, Figures, ForgeMissing, play, plays_for


def main(arguments: list[str]) -> int:
    """Plays, tells how far it is, and prints what came out; 1 if a promise did not hold."""
    options = _options(arguments)
    seed = secrets.randbits(63) if options.seed is None else options.seed
    suites = tuple(options.suite or SUITES)
    print(f"soak: seed {seed}; the same again: ./scripts/soak invariants --seed {seed}", file=sys.stderr)
    started = time.monotonic()

    def heard(calls: int) -> None:
        passed = time.monotonic() - started
        print(f"soak: {calls:,} of {options.calls:,} calls, {passed:.0f} s", file=sys.stderr)

    try:
        figures = play(options.calls, seed, suites, heard=heard)
    except ForgeMissing as error:
        print(error, file=sys.stderr)
        return 2
    seconds = time.monotonic() - started
    differing = _differing(seed, options.scenarios)
    if options.json:
        more = {"seconds": round(seconds, 1), "scenarios": options.scenarios, "differing": differing}
        told = [asdict(violation) for violation in figures.violations]
        counted = {name: dict(getattr(figures, name)) for name in ("done", "idle", "stolen")}
        print(json.dumps(vars(figures) | counted | {"violations": told} | more, indent=1))
    else:
        _show(figures, seconds)
        print(f"{options.scenarios:,} scenarios of each kind compared three ways, {len(differing)} differ")
        print("".join(f"    {line}\n" for line in differing), end="")
    short = figures.calls < plays_for(options.calls, len(suites))
    return 1 if figures.violations or differing or short else 0


def _differing(seed: int, scenarios: int) -> list[str]:
    if not scenarios:
        return []
    found = run(seed, scenarios, lambda line: print(f"soak: {line}", file=sys.stderr))
    return [line for lines in found.values() for line in lines]


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./scripts/soak invariants", description=__doc__)
    parser.add_argument("--calls", type=int, default=1_000_000, help="calls in all (default 1,000,000)")
    parser.add_argument("--seed", type=int, help="play what was played with this seed")
    parser.add_argument("--suite", action="append", choices=SUITES, help="only this suite (repeatable)")
    scenarios = "scenarios of each kind, compared three ways (default 10,000; 0: none)"
    parser.add_argument("--scenarios", type=int, default=10_000, help=scenarios)
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    return parser.parse_args(arguments)


def _show(figures: Figures, seconds: float) -> None:
    print(
        f"{figures.calls:,} calls in {figures.plays:,} plays and {seconds:.0f} s, {figures.refused:,} calls "
        f"refused as they must be, {figures.reverts} reverts, {len(figures.violations)} violations; "
        f"seed {figures.seed}"
    )
    print(f"{'call':20} {'did':>10} {'found nothing':>15}")
    for action, count in figures.done.items():
        print(f"{action:20} {count:>10,} {figures.idle[action]:>15,}")
    print("stolen key: " + ", ".join(f"{key} {count}" for key, count in sorted(figures.stolen.items())))
    for violation in figures.violations:
        print(f"VIOLATION in {violation.suite}: {violation.reason}")
        for call in violation.calls:
            print(f"    {call}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
