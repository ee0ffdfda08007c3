"""GPUs as a `dcgm-exporter` shows them: parse the exposition, make one sample per device.

Identity is the UUID label (`UUID` or `uuid`), with `/` and the MIG instance (`GPU_I_ID`) where there is one;
pod, namespace and job move between GPUs and are never part of it. Metric names are configuration: DCGM's
newer catalogue renames them. NaN and DCGM's blanks are missing fields. The exposition has no boot id, so
gaps are not bridged; a GPU that left the exposition has no sample and is unknown.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from wellhead.errors import SampleError
from wellhead.telemetry.samples import Sample, State, energy_to_mj, power_to_mw, utilization_to_bps
from wellhead.telemetry.sources.exposition import Series, series_in
from wellhead.telemetry.sources.host import wall_clock_ms


@dataclass(frozen=True, slots=True)
class DcgmNames:
    """Metric and label names; of several names for one field, the first that a device has counts."""

    power: tuple[str, ...] = ("DCGM_FI_DEV_POWER_USAGE",)
    """Gauge, W."""
    energy: tuple[str, ...] = ("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION",)
    """Counter, mJ."""
    utilization: tuple[tuple[str, str], ...] = (
        ("DCGM_FI_PROF_GR_ENGINE_ACTIVE", "ratio"),
        ("DCGM_FI_PROF_SM_ACTIVE", "ratio"),
        ("DCGM_FI_DEV_GPU_UTIL", "percent"),
    )
    """(name, scale), best first: GPU_UTIL reads 100 % for one running kernel."""
    uuid_labels: tuple[str, ...] = ("UUID", "uuid")
    mig_labels: tuple[str, ...] = ("GPU_I_ID", "gpu_i_id")


DEFAULT_NAMES = DcgmNames()


@dataclass(frozen=True, slots=True)
class Scrape:
    """What one exposition gave: samples and utilization metric by device, and what had to be dropped."""

    samples: dict[str, Sample]
    utilization_metrics: dict[str, str]
    problems: tuple[str, ...]


def device_key(labels: dict[str, str], names: DcgmNames = DEFAULT_NAMES) -> str | None:
    """UUID, or `UUID/instance` for a MIG slice; None for a series of no device."""
    uuid = next((labels[name] for name in names.uuid_labels if labels.get(name)), None)
    if uuid is None:
        return None
    instance = next((labels[name] for name in names.mig_labels if labels.get(name)), None)
    return uuid if instance is None else f"{uuid}/{instance}"


def parse_scrape(text: str, timestamp_ms: int, names: DcgmNames = DEFAULT_NAMES) -> Scrape:
    """One sample per device in the exposition, all at `timestamp_ms`; raises SampleError for unreadable text.

    A value that cannot be (negative, above its range, no number) drops that field; `problems` tells.
    """
    by_device: dict[str, dict[str, Series]] = {}
    for series in series_in(text):
        key = device_key(series.labels, names)
        if key is not None:
            # a GPU shared by several pods repeats its series once a pod: the same measurement
            by_device.setdefault(key, {}).setdefault(series.name, series)
    problems: list[str] = []
    samples, metrics = {}, {}
    for key, found in by_device.items():
        power = _first(found, [(name, "W") for name in names.power], power_to_mw, problems)
        energy = _first(found, [(name, "mJ") for name in names.energy], energy_to_mj, problems)
        busy = _first(found, list(names.utilization), utilization_to_bps, problems)
        samples[key] = Sample(timestamp_ms, State.UP, power[1], energy[1], busy[1])
        if busy[0] is not None:
            metrics[key] = busy[0]
    return Scrape(samples, metrics, tuple(problems))


def _first(
    found: dict[str, Series],
    names: list[tuple[str, str]],
    convert: Callable[[str, str], int | None],
    problems: list[str],
) -> tuple[str | None, int | None]:
    """Name and value of the first metric that has one."""
    for name, unit in names:
        series = found.get(name)
        if series is None:
            continue
        try:
            value = convert(series.value, unit)
        except SampleError as error:
            problems.append(f"line {series.line}, {name}: {error}")
            continue
        if value is not None:
            return name, value
    return None, None


class DcgmSource:
    """Live source that scrapes an exporter; one that cannot be reached or read gives no samples."""

    energy_source = "dcgm"

    def __init__(
        self,
        url: str,
        names: DcgmNames = DEFAULT_NAMES,
        clock_ms: Callable[[], int] = wall_clock_ms,
        client: httpx.Client | None = None,
    ) -> None:
        self._url = url
        self._names = names
        self._clock_ms = clock_ms
        self._client = client or httpx.Client(timeout=5.0)
        self.problems: Counter[str] = Counter()
        """What could not be used, by message."""
        self.utilization_metrics: dict[str, str] = {}
        """Which utilization each device's `busy_bps` was at the last scrape."""

    def devices(self) -> list[str]:
        """UUIDs that the exporter shows now."""
        return list(self.sample())

    def sample(self) -> dict[str, Sample]:
        """One sample per device that the exporter shows."""
        try:
            response = self._client.get(self._url)
            response.raise_for_status()
            scrape = parse_scrape(response.text, self._clock_ms(), self._names)
        except (httpx.HTTPError, SampleError) as error:
            self.problems[f"scrape of {self._url}: {error}"] += 1
            return {}
        self.problems.update(scrape.problems)
        self.utilization_metrics = scrape.utilization_metrics
        return scrape.samples
