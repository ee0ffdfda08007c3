"""Slither's findings against the table that says why each accepted one is no fault (`docs/slither.md`).

A row accepts one detector's findings in one function, contract or variable. What no row accepts is a fault,
and so is a row that accepts nothing any more.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ROW = re.compile(r"^\| `(?P<check>[\w-]+)` \| `(?P<place>[\w.]+)` \| (?P<reason>.+) \|$", re.MULTILINE)


@dataclass(frozen=True, order=True)
class Place:
    """A detector, and where it found something: `Contract.function` or `Contract`."""

    check: str
    element: str


def findings_of(report: Mapping[str, Any]) -> dict[Place, list[str]]:
    """Slither's descriptions by place. Raises ValueError if Slither itself failed."""
    if not report["success"]:
        raise ValueError(f"Slither failed: {report['error']}")
    found: dict[Place, list[str]] = {}
    for finding in report["results"].get("detectors", []):
        place = Place(finding["check"], _element(finding["elements"][0]))
        found.setdefault(place, []).append(finding["description"].strip())
    return found


def accepted_in(page: str) -> dict[Place, str]:
    """Reasons by place; raises ValueError for a place with two rows."""
    reasons: dict[Place, str] = {}
    for row in ROW.finditer(page):
        place = Place(row["check"], row["place"])
        if place in reasons:
            raise ValueError(f"two rows for {place.check} in {place.element}")
        reasons[place] = row["reason"]
    return reasons


def faults(report: Mapping[str, Any], page: str) -> list[str]:
    """What is not accepted, and what is accepted in vain; one text each."""
    found, accepted = findings_of(report), accepted_in(page)
    new = [
        f"{place.check} in {place.element}:\n{text}"
        for place in sorted(found.keys() - accepted.keys())
        for text in found[place]
    ]
    gone = [
        f"docs/slither.md accepts {p.check} in {p.element}, where Slither finds none"
        for p in accepted.keys() - found.keys()
    ]
    return new + sorted(gone)


def _element(element: Mapping[str, Any]) -> str:
    """The function or variable an element stands for, with its contract."""
    if element["type"] == "node":
        return _element(element["type_specific_fields"]["parent"])
    parent = element.get("type_specific_fields", {}).get("parent")
    if parent is not None and parent["type"] in ("contract", "function"):
        return f"{_element(parent)}.{element['name']}"
    return str(element["name"])
