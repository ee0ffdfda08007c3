"""The machines of the demonstration: this host or its GPUs, live; or the nodes of a recorded trace."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pynvml

from wellhead.chain.signatures import address_of
from wellhead.cli.demo.cast import key_named
from wellhead.errors import SampleError
from wellhead.registry.devices import Device
from wellhead.telemetry.agent import Source
from wellhead.telemetry.reading import device_id
from wellhead.telemetry.sources.host import HostSource
from wellhead.telemetry.sources.nvml import NvmlSource
from wellhead.telemetry.sources.trace import Trace, read_trace


@dataclass(frozen=True)
class Machines:
    """Devices in order of device id, and where their samples come from: exactly one of the two."""

    title: str
    kind: int
    """Index into `registry.terms.KINDS`."""
    uuids: tuple[str, ...]
    max_watts: int
    rated_watts: int
    notes: tuple[str, ...]
    live: Source | None = None
    trace: Trace | None = None

    @property
    def agent_keys(self) -> list[bytes]:
        """A signing key for each device, in device order."""
        return [key_named(f"agent {uuid}") for uuid in self.uuids]

    def registered(self) -> list[Device]:
        """The device list for the registry."""
        return [
            Device(index, device_id(uuid), address_of(key))
            for index, (uuid, key) in enumerate(zip(self.uuids, self.agent_keys, strict=True))
        ]


def live_machines() -> Machines:
    """GPUs of this host if NVML finds any, else the host itself as an edge node."""
    gpus = _gpus()
    if gpus is not None:
        metrics = ", ".join(sorted(set(gpus.utilization_metrics.values())))
        note = f"utilization is {metrics}; energy is the GPU's own counter"
        return Machines("GPU", 0, _ordered(gpus.devices()), 1_500, 700, (note,), live=gpus)
    host = HostSource()
    measured = host.energy_source == "rapl"
    note = (
        "energy from RAPL"
        if measured
        else "no energy counter is readable here: power is ESTIMATED by a model"
    )
    return Machines("host as an edge node", 2, _ordered(host.devices()), 2_000, 500, (note,), live=host)


def trace_machines(path: Path, off_below_watts: int | None, shift_seconds: int = 0) -> Machines:
    """The nodes of a recorded trace; lines that cannot be used are dropped and counted in a note.

    Raises SampleError for a file without a usable line.
    """
    trace = read_trace(path, strict=False, shift_seconds=shift_seconds, off_below_watts=off_below_watts)
    if not trace.devices:
        raise SampleError(f"{path.name}: no node in it")
    highest_mw = max((s.power_mw or 0 for samples in trace.samples.values() for s in samples), default=0)
    notes = [
        f"{len(trace.devices)} nodes; an unreachable minute is unknown, not down",
        f"no node draws more than {highest_mw // 1_000} W in this file; "
        + (
            "a node counts as up while its controller answers"
            if off_below_watts is None
            else f"below {off_below_watts} W a node counts as switched off: down"
        ),
    ]
    if trace.problems:
        notes.append(f"{len(trace.problems)} lines not used, the first: {trace.problems[0]}")
    return Machines("recorded node", 0, trace.devices, 10_000, 800, tuple(notes), trace=trace)


def sleep_until(timestamp: float, told: Callable[[float], None]) -> None:
    """Sleep until a wall-clock time; `told` hears the seconds left, a few times a second."""
    while (left := timestamp - time.time()) > 0:
        told(left)
        time.sleep(min(left, 0.25))


def _gpus() -> NvmlSource | None:
    nvml: Any = pynvml
    try:
        source = NvmlSource(nvml)
    except nvml.NVMLError:
        return None
    return source if source.devices() else None


def _ordered(uuids: list[str]) -> tuple[str, ...]:
    return tuple(sorted(uuids, key=device_id))
