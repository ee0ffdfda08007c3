"""Small faults in Solidity, found by the compiler's syntax tree: each mutant is one replacement of bytes."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

Node = Mapping[str, Any]

COMPARISONS = {
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "==": ("!=",),
    "!=": ("==",),
}
ARITHMETIC = {"+": ("-",), "-": ("+",), "*": ("/",), "/": ("*",), "%": ("*",), "**": ("*",)}
BITS = {"&": ("|",), "|": ("&",), "^": ("&",), "<<": (">>",), ">>": ("<<",), "&&": ("||",), "||": ("&&",)}
ASSIGNMENTS = {"+=": ("-=", "="), "-=": ("+=", "="), "*=": ("/=",), "/=": ("*=",), "%=": ("=",), "|=": ("=",)}
STEPS = {"++": "--", "--": "++"}


@dataclass(frozen=True, order=True)
class Mutant:
    """`length` bytes of `source` from `start` on, replaced."""

    source: str
    start: int
    length: int
    replacement: str
    operator: str

    def applied_to(self, text: str) -> str:
        """The faulty source."""
        raw = text.encode()
        return (raw[: self.start] + self.replacement.encode() + raw[self.start + self.length :]).decode()

    def diff(self, text: str) -> str:
        """The fault as a reviewer would see it."""
        before, after = text.splitlines(), self.applied_to(text).splitlines()
        return "\n".join(unified_diff(before, after, self.source, self.operator, lineterm="", n=1))


def mutants_of(source: str, text: str, tree: Node, contracts: frozenset[str]) -> list[Mutant]:
    """Every mutant of these contracts in a source, in the order of their places."""
    finder = _Finder(source, text.encode())
    definitions = [
        n for n in tree["nodes"] if n["nodeType"] == "ContractDefinition" and n["name"] in contracts
    ]
    found = {mutant for definition in definitions for mutant in finder.below(definition)}
    # arguments that are the same swap places in vain
    return sorted(mutant for mutant in found if mutant.applied_to(text) != text)


class _Finder:
    """Walks a syntax tree; every `_on_…` gives the mutants of one kind of node."""

    def __init__(self, source: str, raw: bytes) -> None:
        self.source, self.raw = source, raw

    def below(self, node: Any) -> Iterator[Mutant]:
        if isinstance(node, list):
            for each in node:
                yield from self.below(each)
        elif isinstance(node, dict):
            kind = node.get("nodeType")
            if kind in ("InlineAssembly", "StructuredDocumentation", "EventDefinition", "ErrorDefinition"):
                return
            visit = getattr(self, f"_on_{kind}", None)
            if visit is not None:
                yield from visit(node)
            for key, value in node.items():
                if key not in ("typeName", "baseContracts", "documentation"):
                    yield from self.below(value)

    def _on_BinaryOperation(self, node: Node) -> Iterator[Mutant]:  # noqa: N802
        operator = node["operator"]
        for table, name in ((COMPARISONS, "comparison"), (ARITHMETIC, "arithmetic"), (BITS, "bits")):
            for other in table.get(operator, ()):
                yield self._between(node["leftExpression"], node["rightExpression"], operator, other, name)

    def _on_Assignment(self, node: Node) -> Iterator[Mutant]:  # noqa: N802
        operator = node["operator"]
        for other in ASSIGNMENTS.get(operator, ()):
            yield self._between(node["leftHandSide"], node["rightHandSide"], operator, other, "assignment")

    def _on_UnaryOperation(self, node: Node) -> Iterator[Mutant]:  # noqa: N802
        start, length = _place(node)
        inner, inner_length = _place(node["subExpression"])
        operand = self.raw[inner : inner + inner_length].decode()
        if node["operator"] == "!":
            yield Mutant(self.source, start, length, operand, "negation")
        elif other := STEPS.get(node["operator"]):
            text = f"{other}{operand}" if node["prefix"] else f"{operand}{other}"
            yield Mutant(self.source, start, length, text, "step")

    def _on_Literal(self, node: Node) -> Iterator[Mutant]:  # noqa: N802
        start, length = _place(node)
        if node["kind"] == "bool":
            other = "false" if node["value"] == "true" else "true"
            yield Mutant(self.source, start, length, other, "constant")
            return
        value = str(node["value"]).replace("_", "")
        if node["kind"] != "number" or not value.isdecimal():
            return
        unit = f" {node['subdenomination']}" if node.get("subdenomination") else ""
        for other_value in (int(value) + 1, int(value) - 1):
            if other_value >= 0:
                yield Mutant(self.source, start, length, f"{other_value}{unit}", "constant")

    def _on_IfStatement(self, node: Node) -> Iterator[Mutant]:  # noqa: N802
        yield self._negated(node["condition"])

    def _on_Conditional(self, node: Node) -> Iterator[Mutant]:  # noqa: N802
        yield self._negated(node["condition"])

    def _on_ExpressionStatement(self, node: Node) -> Iterator[Mutant]:  # noqa: N802
        expression = node["expression"]
        called = (
            expression.get("expression", {}).get("name") if expression["nodeType"] == "FunctionCall" else None
        )
        yield self._deleted(node, "requirement" if called == "require" else "statement")
        if called == "require":
            yield self._negated(expression["arguments"][0])

    def _on_EmitStatement(self, node: Node) -> Iterator[Mutant]:  # noqa: N802
        yield self._deleted(node, "event")

    def _on_Continue(self, node: Node) -> Iterator[Mutant]:  # noqa: N802
        yield self._deleted(node, "statement")

    def _on_Break(self, node: Node) -> Iterator[Mutant]:  # noqa: N802
        yield self._deleted(node, "statement")

    def _on_ModifierInvocation(self, node: Node) -> Iterator[Mutant]:  # noqa: N802
        if node.get("kind") == "modifierInvocation":
            start, length = _place(node)
            yield Mutant(self.source, start, length, "", "modifier")

    def _on_FunctionCall(self, node: Node) -> Iterator[Mutant]:  # noqa: N802
        if node["kind"] == "typeConversion":
            return
        given = node["arguments"]
        for left, right in itertools.pairwise(given):
            if left["typeDescriptions"]["typeString"] == right["typeDescriptions"]["typeString"]:
                yield self._swapped(left, right)

    def _swapped(self, left: Node, right: Node) -> Mutant:
        (a, a_length), (b, b_length) = _place(left), _place(right)
        first, gap = self.raw[a : a + a_length], self.raw[a + a_length : b]
        second = self.raw[b : b + b_length]
        return Mutant(self.source, a, b + b_length - a, (second + gap + first).decode(), "swap")

    def _negated(self, node: Node) -> Mutant:
        start, length = _place(node)
        text = self.raw[start : start + length].decode()
        return Mutant(self.source, start, length, f"!({text})", "condition")

    def _deleted(self, node: Node, operator: str) -> Mutant:
        start, length = _place(node)
        end = start + length
        if self.raw[end : end + 1] == b";":
            end += 1
        return Mutant(self.source, start, end - start, "{}", operator)

    def _between(self, left: Node, right: Node, operator: str, other: str, name: str) -> Mutant:
        (a, a_length), (b, _) = _place(left), _place(right)
        at = self.raw.index(operator.encode(), a + a_length, b)
        return Mutant(self.source, at, len(operator), other, name)


def _place(node: Node) -> tuple[int, int]:
    start, length, _ = node["src"].split(":")
    return int(start), int(length)
