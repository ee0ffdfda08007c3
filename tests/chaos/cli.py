"""`python -m tests.chaos.NAME [--seed S] [--count N] [--json]`: the same options and shape for every rig."""

import argparse
import json
import secrets
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

Told = Callable[[str], None]
Run = Callable[[int, int, Told], dict[str, Any]]
"""`run(seed, count, told)`: figures; what must be zero is named in `faults`, an int each."""


def silent(_: str) -> None:
    """Nobody listens."""


def main(name: str, run: Run, count: int, what: str, arguments: Sequence[str] | None = None) -> int:
    """Run, tell how far it is, print the figures; 1 if a fault is not zero."""
    parser = argparse.ArgumentParser(prog=f"python -m tests.chaos.{name}")
    parser.add_argument("--seed", type=int, help="play what was played with this seed")
    parser.add_argument("--count", type=int, default=count, help=f"{what} (default {count:,})")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    options = parser.parse_args(arguments)
    seed = secrets.randbits(32) if options.seed is None else options.seed
    sys.stderr.write(f"{name}: seed {seed}, {options.count:,} {what}\n")
    started = time.monotonic()
    figures = run(seed, options.count, lambda line: _tell(f"{name}: {line}"))
    figures = {
        "seed": seed,
        "count": options.count,
        "seconds": round(time.monotonic() - started, 1),
    } | figures
    if options.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        sys.stdout.write("".join(f"{key}: {value}\n" for key, value in figures.items()))
    return 1 if any(figures["faults"].values()) else 0


def _tell(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
