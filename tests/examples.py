"""How many examples a property is tried on: few in CI, as many as required in `./scripts/soak properties`.

@settings(max_examples=examples(300))
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence

VARIABLE = "WELLHEAD_EXAMPLES"

PROPERTIES = {
    "R1": "tests/unit/reports/test_committee.py::test_the_order_of_readings_changes_no_byte_of_the_proposal",
    "R1, by members": (
        "tests/unit/reports/test_committee.py::test_members_who_exchanged_what_they_lack_build_the_same_report"
    ),
    "R9": "tests/unit/reports/test_committee.py::test_no_changed_reading_of_a_peer_is_taken",
}
"""Requirement → the property that shows it."""


def examples(in_ci: int) -> int:
    """What `WELLHEAD_EXAMPLES` says, or the few of CI."""
    return int(os.environ.get(VARIABLE, in_ci))


def main(arguments: Sequence[str]) -> int:
    """Try each property on `--count` examples drawn from `--seed`; exit status 1 if one is broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.examples")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=10_000, help="examples of each (default 10,000)")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    options = parser.parse_args(arguments)
    found = {name: _broken(test, options.seed, options.count) for name, test in PROPERTIES.items()}
    figures = {"seed": options.seed, "count": options.count, "broken": found}
    sys.stdout.write(json.dumps(figures) + "\n" if options.json else f"{figures}\n")
    return 1 if any(found.values()) else 0


def _broken(test: str, seed: int, count: int) -> bool:
    started = time.monotonic()
    # a seed is of no use to a derandomized profile
    environment = os.environ | {VARIABLE: str(count), "HYPOTHESIS_PROFILE": "explore"}
    command = [sys.executable, "-m", "pytest", "-q", f"--hypothesis-seed={seed}", test]
    done = subprocess.run(command, env=environment, stdout=sys.stderr, check=False)
    sys.stderr.write(f"{test}: {count:,} examples in {time.monotonic() - started:.0f} s\n")
    return done.returncode != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
