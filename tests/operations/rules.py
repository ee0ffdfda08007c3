"""The alert rules as they are packaged, what of them fires on given samples, and what promtool says to it."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml
from tests.operations.promql import Labels, Series, evaluate

RULES = Path(__file__).parents[2] / "operations/alerts.yml"
STEP_SECONDS = 10
UNITS = {"s": 1, "m": 60}


@dataclass(frozen=True)
class Rule:
    """One alert."""

    name: str
    expression: str
    hold_seconds: int
    runbook: str
    severity: str


@cache
def rules() -> dict[str, Rule]:
    """All alerts by name."""
    [group] = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    assert group["interval"] == f"{STEP_SECONDS}s"
    return {
        each["alert"]: Rule(
            each["alert"],
            each["expr"],
            _seconds(each.get("for", "0s")),
            each["annotations"]["runbook"],
            each["labels"]["severity"],
        )
        for each in group["rules"]
    }


def _seconds(text: str) -> int:
    return int(text[:-1]) * UNITS[text[-1]]


@dataclass(frozen=True)
class Firing:
    """What fires when: evaluation time → alert → how many of its elements."""

    at: dict[float, dict[str, int]]

    def first(self, alert: str, since: float = 0) -> float | None:
        """When it first fires from `since` on."""
        return next((time for time, alerts in self.at.items() if time >= since and alert in alerts), None)

    def ever(self) -> set[str]:
        """Every alert that fires at some time."""
        return {alert for alerts in self.at.values() for alert in alerts}


def fired(series: Series, times: list[float]) -> Firing:
    """Evaluate all rules at `times`, one interval apart, as Prometheus does with `for`."""
    since: dict[tuple[str, Labels], float] = {}
    result: dict[float, dict[str, int]] = {}
    for at in times:
        result[at] = {}
        for rule in rules().values():
            found = evaluate(rule.expression, series, at)
            for key in [key for key in since if key[0] == rule.name and key[1] not in found]:
                del since[key]
            for labels in found:
                begun = since.setdefault((rule.name, labels), at)
                if at - begun >= rule.hold_seconds:
                    result[at][rule.name] = result[at].get(rule.name, 0) + 1
    return Firing(result)


def promtool() -> str | None:
    """Prometheus' own program, where it is installed."""
    return shutil.which("promtool")


@cache
def is_before_3() -> bool:
    """Whether the promtool that is installed belongs to Prometheus 2."""
    command = [str(promtool()), "--version"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return bool(re.search(r"version 2\.", done.stdout + done.stderr))


def differs_by_promtool(series: Series, times: list[float], firing: Firing, folder: Path) -> str:
    """What promtool objects to: it is given the same samples, and must find the same alerts at every time.

    promtool's clock begins at 0, ours at `times[0]`: times in the samples are moved with it.
    """
    origin = times[0]
    test = {
        "interval": f"{STEP_SECONDS}s",
        "input_series": [
            {"series": _selector(name, labels), "values": _values(name, samples, times)}
            for name, by_labels in series.samples.items()
            for labels, samples in by_labels.items()
        ],
        "promql_expr_test": [
            {
                "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
                "eval_time": f"{at - origin:.0f}s",
                "exp_samples": [
                    {"labels": _selector("", frozenset({("alertname", name)})), "value": count}
                    for name, count in firing.at[at].items()
                ],
            }
            for at in times
        ],
    }
    document: dict[str, Any] = {
        "rule_files": [str(RULES)],
        "evaluation_interval": f"{STEP_SECONDS}s",
        "tests": [test],
    }
    file = folder / "promtool.yml"
    file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    command = [str(promtool()), "test", "rules", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def _selector(name: str, labels: Labels) -> str:
    return name + "{" + ", ".join(f'{key}="{value}"' for key, value in sorted(labels)) + "}"


def _values(name: str, samples: list[tuple[float, float]], times: list[float]) -> str:
    """The samples one step apart; where a series ends it is marked stale, as Prometheus does at a scrape."""
    value_at = dict(samples)
    is_time = name.endswith("_timestamp_seconds")
    written = []
    for before, at in pairwise([times[0] - STEP_SECONDS, *times]):
        if at in value_at:
            moved = times[0] if is_time and value_at[at] else 0
            written.append(repr(value_at[at] - moved))
        else:
            written.append("stale" if before in value_at else "_")
    return " ".join(written)
