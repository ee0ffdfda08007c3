"""A member under watch in simulated time: every ten seconds it is scraped, as Prometheus would."""

import itertools
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from tests.operations.promql import Series
from tests.operations.rules import STEP_SECONDS, Firing, differs_by_promtool, fired, is_before_3, promtool

from wellhead.daemon.actions import StepResult
from wellhead.daemon.metrics import Metrics

DETECTION_SECONDS_MAX = 60
TARGET = {"job": "wellhead", "instance": "127.0.0.1:9464"}


@dataclass
class Rig:
    """Simulated time, one process' metrics and all samples of them."""

    folder: Path
    now: float = 1_000_000.0
    series: Series = field(default_factory=Series)
    times: list[float] = field(default_factory=list)
    url: str | None = None
    """Scrape these pages over HTTP; without it, the metrics in memory."""

    def __post_init__(self) -> None:
        self.metrics = Metrics(lambda: self.now)
        self.metrics.started("1", 1, ["0xMember"], ["index", "report"])
        self.beats = True

    def run(self, seconds: int, each: Callable[[], None] = lambda: None) -> None:
        """Let time pass; `each` does before each scrape what the process does in ten seconds."""
        for _ in range(seconds // STEP_SECONDS):
            self.now += STEP_SECONDS
            if self.beats:
                self.metrics.on_step("sync", StepResult("sync"), 0.01)
                self.metrics.watched_at.set(self.now)
            if self.beats and not self.index_is_driven:
                self.metrics.index_at.set(self.now)
            each()
            self._scrape()

    index_is_driven: bool = False
    """Whether the test itself says where the index stands."""

    def _scrape(self) -> None:
        self.times.append(self.now)
        text = self._text()
        self.series.add("up", TARGET, self.now, 0 if text is None else 1)
        for family in text_string_to_metric_families(text or ""):
            for sample in family.samples:
                self.series.add(sample.name, {**TARGET, **sample.labels}, self.now, sample.value)

    def _text(self) -> str | None:
        if self.url is None:
            return self.metrics.text().decode()
        try:
            with urllib.request.urlopen(self.url, timeout=5) as response:  # noqa: S310
                return str(response.read().decode())
        except urllib.error.URLError:
            return None

    def firing(self) -> Firing:
        """What fires, by our evaluation and, where it is installed, by Prometheus' own: they must agree."""
        self.series.ranges_are_closed = promtool() is not None and is_before_3()
        firing = fired(self.series, self.times)
        if promtool():
            assert differs_by_promtool(self.series, self.times, firing, self.folder) == ""
        return firing

    def assert_fires(self, alert: str, cause_at: float, *, beside: tuple[str, ...] = ()) -> Firing:
        """It fires within a minute of its cause, not before, and nothing else but `beside` does at all."""
        firing = self.firing()
        first = firing.first(alert)
        assert first is not None, f"{alert} never fires; {firing.ever()} do"
        assert cause_at <= first <= cause_at + DETECTION_SECONDS_MAX, (alert, first - cause_at)
        assert firing.ever() - {alert, *beside} == set()
        return firing


def stops(firing: Firing, alert: str, after: float) -> bool:
    """Whether it fires no more from some time after `after` until the end."""
    last = [alert in alerts for at, alerts in firing.at.items() if at >= after]
    return bool(last) and not last[-1] and len(list(itertools.groupby(last))) <= 2
