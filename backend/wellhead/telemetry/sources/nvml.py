"""NVIDIA GPUs of this host by NVML (`nvidia-ml-py`): power mW, energy counter mJ, utilization, loss.

The `pynvml` module is a parameter: nothing here imports it, so a machine without a driver imports this
module, and a test brings a small fake. Utilization is GPM's SM utilization where the GPU supports it
(Hopper and later); elsewhere `utilization.gpu`, which reads 100 % for a single running kernel;
`utilization_metrics` says which one each device has.

Errors: NVML_ERROR_GPU_IS_LOST = the device is down; NOT_SUPPORTED = the field is missing, not zero;
anything else = this sample of the device is missing (unknown).
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from wellhead.errors import SampleError
from wellhead.telemetry.samples import Sample, State, energy_to_mj, power_to_mw, utilization_to_bps
from wellhead.telemetry.sources.host import wall_clock_ms

SM_UTIL = "NVML_GPM_METRIC_SM_UTIL"
"""Share of time in which an SM had work, averaged over SMs."""

GPU_UTIL = "GPU_UTIL"
"""Share of time in which at least one kernel ran: an upper bound, kept apart by name."""


class NvmlSource:
    """Live source of this host's GPUs. Raises the module's NVMLError where NVML cannot start."""

    energy_source = "nvml"

    def __init__(
        self,
        pynvml: ModuleType | Any,
        clock_ms: Callable[[], int] = wall_clock_ms,
        boot_id: Path = Path("/proc/sys/kernel/random/boot_id"),
    ) -> None:
        self._nvml: Any = pynvml
        self._clock_ms = clock_ms
        self._boot_id = boot_id.read_text().strip() if boot_id.exists() else None
        self.problems: Counter[str] = Counter()
        """What could not be read, by field and error."""
        self._nvml.nvmlInit()
        count = self._nvml.nvmlDeviceGetCount()
        handles = [self._nvml.nvmlDeviceGetHandleByIndex(index) for index in range(count)]
        self._handles: dict[str, Any] = {_text(self._nvml.nvmlDeviceGetUUID(h)): h for h in handles}
        self._meters = {uuid: meter for uuid, h in self._handles.items() if (meter := self._sm_meter(h))}

    @property
    def utilization_metrics(self) -> dict[str, str]:
        """Which utilization each device's `busy_bps` is."""
        return {uuid: SM_UTIL if uuid in self._meters else GPU_UTIL for uuid in self._handles}

    def devices(self) -> list[str]:
        """UUIDs of all GPUs found when the source was made."""
        return list(self._handles)

    def sample(self) -> dict[str, Sample]:
        """One sample per GPU that answered, or whose loss the driver reports."""
        samples = {}
        for uuid, handle in self._handles.items():
            try:
                samples[uuid] = self._sample_of(uuid, handle)
            except self._nvml.NVMLError as error:
                if error.value == self._nvml.NVML_ERROR_GPU_IS_LOST:
                    samples[uuid] = Sample(self._clock_ms(), State.DOWN, boot_id=self._boot_id)
                else:
                    self.problems[f"device: {error}"] += 1
        return samples

    def close(self) -> None:
        """Shut NVML down."""
        self._nvml.nvmlShutdown()

    def _sample_of(self, uuid: str, handle: Any) -> Sample:
        power = self._field("power", lambda: self._nvml.nvmlDeviceGetPowerUsage(handle))
        energy = self._field("energy", lambda: self._nvml.nvmlDeviceGetTotalEnergyConsumption(handle))
        busy = self._field("utilization", lambda: self._utilization(uuid, handle))
        return Sample(
            self._clock_ms(),
            State.UP,
            self._number("power", lambda: power_to_mw(power, "mW")),
            self._number("energy", lambda: energy_to_mj(energy, "mJ")),
            self._number("utilization", lambda: utilization_to_bps(busy, "percent")),
            boot_id=self._boot_id,
        )

    def _utilization(self, uuid: str, handle: Any) -> Any:
        if uuid in self._meters:
            return self._meters[uuid].percent()
        return self._nvml.nvmlDeviceGetUtilizationRates(handle).gpu

    def _field(self, name: str, read: Callable[[], Any]) -> Any:
        """The raw value, or empty text where the GPU does not have the field."""
        try:
            return read()
        except self._nvml.NVMLError as error:
            if error.value == self._nvml.NVML_ERROR_GPU_IS_LOST:
                raise
            if error.value != self._nvml.NVML_ERROR_NOT_SUPPORTED:
                self.problems[f"{name}: {error}"] += 1
            return ""

    def _number(self, name: str, convert: Callable[[], int | None]) -> int | None:
        try:
            return convert()
        except SampleError as error:
            self.problems[f"{name}: {error}"] += 1
            return None

    def _sm_meter(self, handle: Any) -> "SmMeter | None":
        try:
            if self._nvml.nvmlGpmQueryDeviceSupport(handle).isSupportedDevice:
                return SmMeter(self._nvml, handle)
        except (self._nvml.NVMLError, AttributeError):
            pass  # an older driver or binding without GPM, or a GPU in MIG mode
        return None


class SmMeter:
    """Mean SM utilization of one GPU between two calls."""

    def __init__(self, pynvml: Any, handle: Any) -> None:
        self._nvml, self._handle = pynvml, handle
        self._before, self._now = pynvml.nvmlGpmSampleAlloc(), pynvml.nvmlGpmSampleAlloc()
        pynvml.nvmlGpmSampleGet(handle, self._before)

    def percent(self) -> float:
        """Percent since the call before; raises the module's NVMLError."""
        nvml = self._nvml
        nvml.nvmlGpmSampleGet(self._handle, self._now)
        query = nvml.c_nvmlGpmMetricsGet_t()
        query.version = nvml.NVML_GPM_METRICS_GET_VERSION
        query.numMetrics = 1
        query.sample1, query.sample2 = self._before, self._now
        query.metrics[0].metricId = nvml.NVML_GPM_METRIC_SM_UTIL
        nvml.nvmlGpmMetricsGet(query)
        self._before, self._now = self._now, self._before
        if query.metrics[0].nvmlReturn != nvml.NVML_SUCCESS:
            raise nvml.NVMLError(query.metrics[0].nvmlReturn)
        return float(query.metrics[0].value)


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
