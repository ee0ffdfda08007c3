# ruff: noqa: N802  (the fake has pynvml's names)
"""GPUs through NVML: lost ones are down, what is not supported is missing and not zero."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from wellhead.telemetry.samples import State
from wellhead.telemetry.sources.nvml import GPU_UTIL, SM_UTIL, NvmlSource

LOST, NOT_SUPPORTED, UNKNOWN, OK = 15, 3, 999, 0


class FakeNvml:
    """The part of pynvml that the source uses, over two GPUs: one with GPM, one without."""

    NVML_ERROR_GPU_IS_LOST = LOST
    NVML_ERROR_NOT_SUPPORTED = NOT_SUPPORTED
    NVML_SUCCESS = OK
    NVML_GPM_METRICS_GET_VERSION = 1
    NVML_GPM_METRIC_SM_UTIL = 2

    class NVMLError(Exception):
        def __init__(self, value: int) -> None:
            super().__init__(f"error {value}")
            self.value = value

    def __init__(self) -> None:
        self.faults: dict[tuple[str, int], int] = {}
        self.power_mw: dict[int, int] = {0: 67_351, 1: 113_611}
        self.sm_percent, self.gpm_return = 12.5, OK
        self.running = False

    def _value(self, field: str, handle: int, value: Any) -> Any:
        fault = self.faults.get((field, handle))
        if fault is not None:
            raise self.NVMLError(fault)
        return value

    def nvmlInit(self) -> None:
        self.running = True

    def nvmlShutdown(self) -> None:
        self.running = False

    def nvmlDeviceGetCount(self) -> int:
        return 2

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:
        return index

    def nvmlDeviceGetUUID(self, handle: int) -> str | bytes:
        return ["GPU-aa", b"GPU-bb"][handle]

    def nvmlDeviceGetPowerUsage(self, handle: int) -> int:
        return int(self._value("power", handle, self.power_mw[handle]))

    def nvmlDeviceGetTotalEnergyConsumption(self, handle: int) -> int:
        return int(self._value("energy", handle, 5_000_000_000 + handle))

    def nvmlDeviceGetUtilizationRates(self, handle: int) -> SimpleNamespace:
        return SimpleNamespace(gpu=self._value("utilization", handle, 100))

    def nvmlGpmQueryDeviceSupport(self, handle: int) -> SimpleNamespace:
        return SimpleNamespace(isSupportedDevice=handle == 0)

    def nvmlGpmSampleAlloc(self) -> object:
        return object()

    def nvmlGpmSampleGet(self, handle: int, sample: object) -> None:
        self._value("gpm", handle, None)

    def c_nvmlGpmMetricsGet_t(self) -> SimpleNamespace:
        return SimpleNamespace(metrics=[SimpleNamespace(metricId=0, nvmlReturn=OK, value=0.0)])

    def nvmlGpmMetricsGet(self, query: SimpleNamespace) -> None:
        assert (query.version, query.numMetrics, query.metrics[0].metricId) == (1, 1, 2)
        assert query.sample1 is not query.sample2
        query.metrics[0].value, query.metrics[0].nvmlReturn = self.sm_percent, self.gpm_return


@pytest.fixture
def nvml() -> FakeNvml:
    return FakeNvml()


@pytest.fixture
def source(nvml: FakeNvml, tmp_path: Path) -> NvmlSource:
    (tmp_path / "boot_id").write_text("boot\n")
    return NvmlSource(nvml, lambda: 1_000, tmp_path / "boot_id")


def test_a_sample_has_power_energy_boot_id_and_the_better_utilization(source: NvmlSource) -> None:
    samples = source.sample()
    assert source.devices() == ["GPU-aa", "GPU-bb"]
    assert (samples["GPU-aa"].power_mw, samples["GPU-aa"].energy_mj) == (67_351, 5_000_000_000)
    assert (samples["GPU-aa"].busy_bps, samples["GPU-bb"].busy_bps) == (1_250, 10_000)
    assert source.utilization_metrics == {"GPU-aa": SM_UTIL, "GPU-bb": GPU_UTIL}
    assert {(s.state, s.boot_id, s.timestamp_ms) for s in samples.values()} == {(State.UP, "boot", 1_000)}


@pytest.mark.parametrize("field", ["power", "energy", "utilization"])
def test_a_lost_gpu_is_down_whichever_question_shows_it(
    source: NvmlSource, nvml: FakeNvml, field: str
) -> None:
    nvml.faults[field, 1] = LOST
    samples = source.sample()
    assert (samples["GPU-aa"].state, samples["GPU-bb"].state) == (State.UP, State.DOWN)
    assert (samples["GPU-bb"].power_mw, samples["GPU-bb"].energy_mj, samples["GPU-bb"].busy_bps) == (
        None,
    ) * 3


def test_an_unsupported_field_is_missing_and_no_problem(source: NvmlSource, nvml: FakeNvml) -> None:
    nvml.faults["energy", 1] = NOT_SUPPORTED
    sample = source.sample()["GPU-bb"]
    assert (sample.state, sample.energy_mj, sample.power_mw) == (State.UP, None, 113_611)
    assert not source.problems


def test_another_error_on_a_field_is_missing_and_counted(source: NvmlSource, nvml: FakeNvml) -> None:
    nvml.faults["power", 1] = UNKNOWN
    assert source.sample()["GPU-bb"].power_mw is None
    assert source.problems == {"power: error 999": 1}


def test_an_absurd_value_is_dropped_and_counted(source: NvmlSource, nvml: FakeNvml) -> None:
    nvml.power_mw[1] = 4_294_967_295
    assert source.sample()["GPU-bb"].power_mw is None
    assert "power: power 4294967295 mW is above 1000000000" in source.problems


def test_a_gpm_metric_that_failed_is_missing(source: NvmlSource, nvml: FakeNvml) -> None:
    nvml.gpm_return = NOT_SUPPORTED
    assert source.sample()["GPU-aa"].busy_bps is None


def test_a_gpu_whose_gpm_cannot_start_uses_plain_utilization(nvml: FakeNvml) -> None:
    nvml.faults["gpm", 0] = NOT_SUPPORTED
    source = NvmlSource(nvml, lambda: 1_000)
    assert source.utilization_metrics["GPU-aa"] == GPU_UTIL
    assert source.sample()["GPU-aa"].busy_bps == 10_000


def test_closing_shuts_nvml_down(source: NvmlSource, nvml: FakeNvml) -> None:
    assert nvml.running
    source.close()
    assert not nvml.running


def test_every_name_that_the_source_uses_is_in_the_real_binding() -> None:
    import pynvml

    names = [name for name in dir(FakeNvml) if name.startswith(("nvml", "NVML", "c_nvml"))]
    assert len(names) > 15
    assert [name for name in names if not hasattr(pynvml, name)] == []
    assert (pynvml.NVML_ERROR_GPU_IS_LOST, pynvml.NVML_ERROR_NOT_SUPPORTED) == (LOST, NOT_SUPPORTED)
    assert pynvml.c_nvmlGpmMetricsGet_t().metrics[0].nvmlReturn == OK
