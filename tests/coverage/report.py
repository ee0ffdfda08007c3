"""Which statements and branches of `contracts/` the tests executed, from what `plugin` wrote down.

A statement counts by the line it begins on. A branch is one of the two ways out of an `if`, a `require`, a
conditional expression, `&&`, `||`, a `try` or a loop's condition; the same source compiled into several
contracts counts once.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.coverage.unoptimised import build

MOCKS = "contracts/mocks/"
LINES_GOAL, BRANCHES_GOAL = 100.0, 95.0
STATEMENTS = {
    "ExpressionStatement", "VariableDeclarationStatement", "IfStatement", "Return", "EmitStatement",
    "RevertStatement", "ForStatement", "WhileStatement", "DoWhileStatement", "Break", "Continue",
    "TryStatement", "InlineAssembly",
}  # fmt: skip
LOOPS = {"ForStatement", "WhileStatement", "DoWhileStatement"}

Span = tuple[int, int]
"""Start and length in bytes."""


@dataclass
class Source:
    """One source: its statements and branching expressions, and what was executed of them."""

    name: str
    text: bytes
    statements: list[Span] = field(default_factory=list)
    branching: dict[Span, bool] = field(default_factory=dict)
    """With the way that is taken where the compiled code jumps: it jumps over what follows an `if`."""
    executed: set[Span] = field(default_factory=set)
    ways: dict[Span, set[bool]] = field(default_factory=lambda: defaultdict(set))

    def line_of(self, start: int) -> int:
        """Number of the line, from 1."""
        return self.text.count(b"\n", 0, start) + 1

    def innermost(self, start: int) -> Span | None:
        """The smallest statement around that byte."""
        around = [span for span in self.statements if span[0] <= start < span[0] + span[1]]
        return min(around, key=lambda span: span[1], default=None)

    @property
    def missed_lines(self) -> list[int]:
        """Lines with a statement that was not executed."""
        return sorted({self.line_of(span[0]) for span in self.statements if span not in self.executed})

    @property
    def lines(self) -> set[int]:
        """Lines on which a statement begins."""
        return {self.line_of(start) for start, _ in self.statements}

    @property
    def missed_branches(self) -> list[str]:
        """Each as its line and the way that nothing went."""
        return [
            f"{self.line_of(span[0])}:{'true' if way else 'false'}"
            for span in sorted(self.branching)
            for way in (True, False)
            if way not in self.ways[span]
        ]


def sources() -> dict[str, Source]:
    """All our own sources, nothing executed yet. Interfaces and what only tests use are left out."""
    found = {}
    for name, tree in build().syntax_trees.items():
        if name.startswith(MOCKS):
            continue
        source = Source(name, build().texts[name])
        for node in _nodes(tree):
            span = _span(node)
            if node["nodeType"] in STATEMENTS:
                source.statements.append(span)
            if (jumps := _jumps(node)) is not None:
                source.branching[span] = jumps
        source.statements.sort()
        if source.statements:
            found[name] = source
    return found


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        if "nodeType" in tree:
            yield tree
        if tree.get("nodeType") == "InlineAssembly":
            return
        tree = list(tree.values())
    if isinstance(tree, list):
        for each in tree:
            yield from _nodes(each)


def _span(node: dict[str, Any]) -> Span:
    start, length, _ = node["src"].split(":")
    return int(start), int(length)


def _jumps(node: dict[str, Any]) -> bool | None:
    """For what branches: is it true or false where the compiled code jumps? None for everything else."""
    kind = node["nodeType"]
    if kind == "IfStatement" or kind in LOOPS:
        return False
    if kind in {"Conditional", "TryStatement"}:
        return True
    if kind == "BinaryOperation" and node["operator"] in {"&&", "||"}:
        return bool(node["operator"] == "||")
    if kind == "FunctionCall" and node["expression"].get("name") == "require":
        return True
    return None


def record(found: dict[str, Source], hits: dict[str, Any]) -> None:
    """Adds what one run executed."""
    names = build().source_names
    for index, trace in hits.items():
        code = build().codes[int(index)]
        places = code.places
        for start, _, file in {places[at] for at in trace["executed"] if at in places}:
            source = found.get(names.get(file, ""))
            if source and (span := source.innermost(start)):
                source.executed.add(span)
        for at, to in trace["jumps"]:
            start, length, file = places[at]
            source = found.get(names.get(file, ""))
            if source and (start, length) in source.branching:
                source.ways[start, length].add(source.branching[start, length] is (to != at + 1))


def record_lcov(found: dict[str, Source], text: str) -> None:
    """Adds the lines that forge's invariants executed; its branches are counted in another way."""
    source: Source | None = None
    for entry in text.splitlines():
        if entry.startswith("SF:"):
            source = found.get(entry[3:])
        elif entry.startswith("DA:") and source:
            line, count = entry[3:].split(",")[:2]
            begin = {span for span in source.statements if source.line_of(span[0]) == int(line)}
            source.executed |= begin if int(count) else set()


@dataclass(frozen=True)
class Figures:
    """Of one source, or of all together."""

    lines: int
    missed_lines: int
    branches: int
    missed_branches: int

    @property
    def lines_percent(self) -> float:
        """Of lines with a statement."""
        return 100 * (self.lines - self.missed_lines) / (self.lines or 1)

    @property
    def branches_percent(self) -> float:
        """100 where nothing branches."""
        return 100 * (self.branches - self.missed_branches) / self.branches if self.branches else 100.0


def figures_of(source: Source) -> Figures:
    """What was executed of a source."""
    missed = len(source.missed_lines), len(source.missed_branches)
    return Figures(len(source.lines), missed[0], 2 * len(source.branching), missed[1])


def main(arguments: list[str]) -> int:
    """Prints the table; 1 if a goal is missed."""
    parser = argparse.ArgumentParser(
        prog="./scripts/coverage", description=__doc__.split("\n", maxsplit=1)[0]
    )
    parser.add_argument("hits", type=Path, nargs="+", help="what the plugin wrote, or forge's lcov (*.info)")
    parser.add_argument("--missed", action="store_true", help="name every line and branch that was missed")
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    options = parser.parse_args(arguments)
    found = sources()
    for file in options.hits:
        if file.suffix == ".info":
            record_lcov(found, file.read_text())
        else:
            record(found, json.loads(file.read_text()))
    figures = {name: figures_of(source) for name, source in found.items()}
    total = Figures(*(sum(column) for column in zip(*map(_numbers, figures.values()), strict=True)))
    if options.json:
        every = figures | {"total": total}
        print(json.dumps({name: asdict(each) for name, each in every.items()}, indent=1))
    else:
        _show(figures | {"total": total}, found if options.missed else {})
    return 0 if total.lines_percent >= LINES_GOAL and total.branches_percent >= BRANCHES_GOAL else 1


def _numbers(figures: Figures) -> tuple[int, int, int, int]:
    return figures.lines, figures.missed_lines, figures.branches, figures.missed_branches


def _show(figures: dict[str, Figures], missed: dict[str, Source]) -> None:
    print(f"{'contract':45} {'lines':>18} {'branches':>18}")
    for name, each in figures.items():
        lines = f"{each.lines - each.missed_lines}/{each.lines} {each.lines_percent:5.1f} %"
        branches = f"{each.branches - each.missed_branches}/{each.branches} {each.branches_percent:5.1f} %"
        print(f"{name:45} {lines:>18} {branches:>18}")
        if name in missed and (each.missed_lines or each.missed_branches):
            print(f"    lines: {', '.join(map(str, missed[name].missed_lines)) or 'all'}")
            print(f"    branches: {', '.join(missed[name].missed_branches) or 'all'}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
