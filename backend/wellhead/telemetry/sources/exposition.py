"""The Prometheus text exposition format, as far as exporters of devices use it.

Source: prometheus.io/docs/instrumenting/exposition_formats, "Text-based format".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from wellhead.errors import SampleError

_LINE = re.compile(
    r"(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)"
    r"(?:\{(?P<labels>(?:[^\"{}]|\"(?:[^\"\\]|\\.)*\")*)\})?"
    r"[ \t]+(?P<value>\S+)(?:[ \t]+(?P<timestamp>-?\d+))?[ \t]*"
)
_LABEL = re.compile(r"[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*\"((?:[^\"\\]|\\.)*)\"[ \t]*(?:,|$)")
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "\\": "\\", '"': '"'}


@dataclass(frozen=True, slots=True)
class Series:
    """One line: metric name, labels, and the value as text (large integers would not survive a float)."""

    name: str
    labels: dict[str, str]
    value: str
    line: int


def series_in(text: str) -> Iterator[Series]:
    """Every series in order; comments and empty lines are passed over.

    Raises SampleError, with line number and text, for a line that is none of these.
    """
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        match = _LINE.fullmatch(stripped)
        if match is None:
            raise SampleError(f"exposition line {number} cannot be read: {line[:160]!r}")
        yield Series(match["name"], _labels(match["labels"] or "", number), match["value"], number)


def _labels(text: str, number: int) -> dict[str, str]:
    labels: dict[str, str] = {}
    position = 0
    while text[position:].strip():
        match = _LABEL.match(text, position)
        if match is None:
            raise SampleError(
                f"exposition line {number}: labels cannot be read from {text[position:][:120]!r}"
            )
        labels[match[1]] = _ESCAPE.sub(lambda escape: _ESCAPED.get(escape[1], escape[0]), match[2])
        position = match.end()
    return labels
