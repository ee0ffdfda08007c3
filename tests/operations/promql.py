"""As much of PromQL as `operations/alerts.yml` uses, over samples taken at known times.

Written from Prometheus' documentation, and held against `promtool` wherever that is installed: the tests give
both the same samples and want the same alerts.

    query      = join { "or" join }            join   = comparison { "and" comparison }
    comparison = sum [ op sum ]                sum    = value { ("+" | "-") value }
    value      = number | "time()" | function "(" query ")" | selector [ "[" range "]" ]
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import eq, ge, gt, le, lt, ne

Labels = frozenset[tuple[str, str]]
Vector = dict[Labels, float]
Value = float | Vector
Sample = tuple[float, float]
"""Time and value."""

SCRAPE_SECONDS = 10
"""A series that the newest scrape lacks is stale: it has no value any more."""
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    ">=": ge, "<=": le, "==": eq, "!=": ne, ">": gt, "<": lt,
}  # fmt: skip
UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?(?:e\d+)?)|(?P<name>[a-zA-Z_:][\w:]*)|(?P<text>"[^"]*")"""
    r"""|(?P<sign>>=|<=|==|!=|[-+<>=(){}\[\],]))"""
)


class Unreadable(Exception):
    """The expression is not of the forms above."""


@dataclass
class Series:
    """Samples of every metric, by name and labels."""

    samples: dict[str, dict[Labels, list[Sample]]] = field(default_factory=dict)
    ranges_are_closed: bool = False
    """Whether a range holds the sample at its very beginning: before Prometheus 3 it does."""

    def add(self, name: str, labels: Mapping[str, str], at: float, value: float) -> None:
        """One more sample, later than those before."""
        own = self.samples.setdefault(name, {}).setdefault(frozenset(labels.items()), [])
        own.append((at, value))

    def within(self, name: str, since: float, until: float) -> dict[Labels, list[Sample]]:
        """Samples after `since` and not after `until`."""
        found = {
            labels: [sample for sample in samples if since < sample[0] <= until]
            for labels, samples in self.samples.get(name, {}).items()
        }
        return {labels: samples for labels, samples in found.items() if samples}


def evaluate(expression: str, series: Series, at: float) -> Vector:
    """The vector that `expression` gives at that time; what fires is what it holds."""
    parser = _Parser(list(_tokens(expression)), series, at)
    result = parser.query()
    if parser.place != len(parser.tokens):
        raise Unreadable(f"{expression!r} goes on with {parser.tokens[parser.place]}")
    if not isinstance(result, dict):
        raise Unreadable(f"{expression!r} is a number: no alert")
    return result


def _tokens(expression: str) -> Iterator[tuple[str, str]]:
    place = 0
    while place < len(expression.rstrip()):
        found = TOKEN.match(expression, place)
        if not found or found.lastgroup is None:
            raise Unreadable(f"{expression!r} at {place}")
        yield found.lastgroup, found[found.lastgroup]
        place = found.end()


class _Parser:
    """Reads and evaluates in one go."""

    def __init__(self, tokens: Sequence[tuple[str, str]], series: Series, at: float) -> None:
        self.tokens, self.series, self.at, self.place = tokens, series, at, 0

    def query(self) -> Value:
        """Either side's elements, the left side's first."""
        result = self.join()
        while self._take("or"):
            more = _vector(self.join())
            result = {**more, **_vector(result)}
        return result

    def join(self) -> Value:
        """The left side's elements that the right side has too."""
        result = self.comparison()
        while self._take("and"):
            other = _vector(self.comparison())
            result = {labels: value for labels, value in _vector(result).items() if labels in other}
        return result

    def comparison(self) -> Value:
        """The vector's elements for which it holds."""
        left = self.sum()
        sign = self._next()
        if sign not in COMPARISONS:
            return left
        self.place += 1
        return _pairwise(left, self.sum(), COMPARISONS[sign], filters=True)

    def sum(self) -> Value:
        """Element by element, by equal labels, which lose the metric's name."""
        result = self.value()
        while (sign := self._next()) in ("+", "-"):
            self.place += 1
            factor = 1 if sign == "+" else -1
            result = _pairwise(result, self.value(), lambda a, b, f=factor: a + f * b, filters=False)
        return result

    def value(self) -> Value:
        """A number, a function's answer, or the newest samples."""
        kind, text = self._pop()
        if kind == "number":
            return float(text)
        if kind != "name":
            raise Unreadable(f"{text!r} is no value")
        if self._take("("):
            return self._function(text)
        name, matchers = text, self._matchers()
        samples = self.series.within(name, self.at - SCRAPE_SECONDS, self.at)
        return {labels: each[-1][1] for labels, each in samples.items() if _fits(labels, matchers)}

    def _function(self, name: str) -> Value:
        if name == "time":
            self._expect(")")
            return self.at
        if name in ("increase", "max_over_time"):
            return self._over_time(name)
        if name not in ("abs", "absent"):
            raise Unreadable(f"function {name}")
        result = _vector(self.query())
        self._expect(")")
        if name == "abs":
            return {labels: abs(value) for labels, value in result.items()}
        return {} if result else {frozenset(): 1.0}

    def _over_time(self, name: str) -> Vector:
        _, metric = self._pop()
        matchers = self._matchers()
        self._expect("[")
        length = float(self._pop()[1]) * UNITS[self._pop()[1]]
        self._expect("]")
        self._expect(")")
        since = self.at - length - (1 if self.series.ranges_are_closed else 0)
        ranges = self.series.within(metric, since, self.at)
        chosen = {labels: samples for labels, samples in ranges.items() if _fits(labels, matchers)}
        if name == "max_over_time":
            return {labels: max(value for _, value in samples) for labels, samples in chosen.items()}
        return {labels: _increase(samples) for labels, samples in chosen.items() if len(samples) > 1}

    def _matchers(self) -> dict[str, str]:
        matchers: dict[str, str] = {}
        if self._take("{"):
            while not self._take("}"):
                _, name = self._pop()
                self._expect("=")
                matchers[name] = self._pop()[1].strip('"')
                self._take(",")
        return matchers

    def _next(self) -> str:
        return self.tokens[self.place][1] if self.place < len(self.tokens) else ""

    def _pop(self) -> tuple[str, str]:
        if self.place >= len(self.tokens):
            raise Unreadable("the expression ends early")
        self.place += 1
        return self.tokens[self.place - 1]

    def _take(self, text: str) -> bool:
        taken = self._next() == text
        self.place += taken
        return taken

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise Unreadable(f"{self._next()!r} where {text!r} should be")


def _increase(samples: Sequence[Sample]) -> float:
    """Without Prometheus' extrapolation to the range's ends: whether it is more than 0 is the same."""
    values = [value for _, value in samples]
    return sum(after - before if after >= before else after for before, after in pairwise(values))


def _fits(labels: Labels, matchers: Mapping[str, str]) -> bool:
    return all(dict(labels).get(name, "") == wanted for name, wanted in matchers.items())


def _vector(value: Value) -> Vector:
    if not isinstance(value, dict):
        raise Unreadable("a number where a vector should be")
    return value


def _pairwise(left: Value, right: Value, op: Callable[[float, float], float], *, filters: bool) -> Value:
    """`op` on both sides; a comparison keeps the vector's own values where it holds."""
    if isinstance(left, dict):
        pairs = {
            labels: (value, right.get(labels) if isinstance(right, dict) else right)
            for labels, value in left.items()
        }
    elif isinstance(right, dict):
        pairs = {labels: (left, value) for labels, value in right.items()}
    else:
        return op(left, right)
    kept = left if isinstance(left, dict) else right
    assert isinstance(kept, dict)
    both = {labels: (a, b) for labels, (a, b) in pairs.items() if b is not None}
    if filters:
        return {labels: kept[labels] for labels, (a, b) in both.items() if op(a, b)}
    return {labels: op(a, b) for labels, (a, b) in both.items()}
