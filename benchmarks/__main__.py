"""`python -m benchmarks NAME [--json]`: measure one benchmark and print its figures."""

import argparse
import json
import sys
from collections.abc import Sequence
from importlib import import_module

from rich.console import Console

from benchmarks.figures import Measured, record, show

BENCHES = {"gas": "benchmarks.gas.measure", "index": "benchmarks.index.measure"}
"""Module that offers `measure` by the benchmark's name."""

TABLE_WIDTH = 150


def main(arguments: Sequence[str]) -> int:
    """Measure; exit status 1 if a figure does not keep its bound and nothing says why."""
    parser = argparse.ArgumentParser(prog="./scripts/bench", description="Measure, and print the figures.")
    parser.add_argument("name", choices=sorted(BENCHES))
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.add_argument("--record", action="store_true", help="make these the figures that CI expects")
    options = parser.parse_args(arguments)
    told = Console(stderr=True)
    measured: Measured = import_module(BENCHES[options.name]).measure(
        lambda line: told.print(f"[dim]· {line}[/]", highlight=False)
    )
    if options.record:
        told.print(f"recorded in {record(options.name, measured).as_posix()}", highlight=False)
    if options.json:
        sys.stdout.write(json.dumps(measured.as_json()) + "\n")
    else:
        show(Console(width=TABLE_WIDTH), measured)
    unexplained = [key for key, figure in measured.figures.items() if not figure.accounted_for]
    if unexplained:
        told.print(f"[bold red]bound and reason disagree:[/] {', '.join(unexplained)}", highlight=False)
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
