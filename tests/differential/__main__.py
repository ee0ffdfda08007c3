"""`python -m tests.differential [--seed S] [--count N]`: Solidity, twin and exact fractions must agree.

`run` is the same for other programs (`./scripts/soak`). Scenario n of a seed is always the same one.
"""

import argparse
import json
import secrets
import sys
import time
from collections.abc import Callable, Sequence
from random import Random
from types import ModuleType

from tests.differential import pricing, shares, trees, waterfall
from tests.differential.chain import Libraries

KINDS: dict[str, ModuleType] = {
    "waterfall": waterfall, "shares": shares, "pricing": pricing, "trees": trees
}  # fmt: skip
SHOWN_MAX = 5


def differences(
    kind: str, seed: int, count: int, libraries: Libraries, told: Callable[[str], None]
) -> list[str]:
    """Every scenario on which the three do not agree to the unit, with what each says."""
    module, found = KINDS[kind], []
    for first in range(0, count, module.AT_ONCE):
        places = range(first, min(first + module.AT_ONCE, count))
        scenarios = [module.draw(Random(f"{seed}:{kind}:{place}")) for place in places]
        for place, scenario, chain in zip(
            places, scenarios, module.on_chain(libraries, scenarios), strict=True
        ):
            twin, exact = module.of_twin(scenario), module.exactly(scenario)
            if not chain == twin == exact:
                found.append(f"{kind} {place} of seed {seed}: {scenario}\n  {chain=}\n  {twin=}\n  {exact=}")
        if places.stop % 1_000 == 0:
            told(f"{kind}: {places.stop} of {count}, {len(found)} differ")
    return found


def run(seed: int, count: int, told: Callable[[str], None] = lambda _: None) -> dict[str, list[str]]:
    """`count` scenarios of every kind; what differs, by kind."""
    libraries = Libraries()
    return {kind: differences(kind, seed, count, libraries, told) for kind in KINDS}


def main(arguments: Sequence[str]) -> int:
    """Run; exit status 1 if anything differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 32), help="default: a new one")
    parser.add_argument("--count", type=int, default=10_000, help="scenarios of each kind (default 10,000)")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    options = parser.parse_args(arguments)
    started = time.monotonic()
    found = run(options.seed, options.count, lambda line: print(line, file=sys.stderr))  # noqa: T201
    counts = {kind: len(each) for kind, each in found.items()}
    report = {
        "seed": options.seed, "scenarios_of_each_kind": options.count, "differences": counts,
        "seconds": round(time.monotonic() - started),
    }  # fmt: skip
    if options.json:
        sys.stdout.write(json.dumps(report) + "\n")
    else:
        for each in [line for lines in found.values() for line in lines[:SHOWN_MAX]]:
            sys.stdout.write(f"{each}\n")
        sys.stdout.write(
            f"seed {options.seed}: {options.count} scenarios of each kind, differences {counts}\n"
        )
    return 1 if any(counts.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
