"""The host as one device: CPU utilization by psutil, energy by RAPL where readable.

UUID: the text of `/etc/machine-id`; without one, `host-` and the first 32 hex digits of
keccak256(host name), which is stable as long as the name is. Boot id: `/proc/sys/kernel/random/boot_id`.

Energy: the sum of all RAPL package zones, each followed across its wrap (`max_energy_range_uj`). Sub-zones
lie inside packages or beside them, and never are added. Where RAPL is not readable (virtual machines,
kernels that reserve it for root) the sample carries modelled power instead:

    power = cores × (IDLE_MW_PER_CORE + busy × (BUSY_MW_PER_CORE − IDLE_MW_PER_CORE))

Integration marks such energy as estimated. `energy_source` says which of the two it is.
"""

import time
from collections.abc import Callable
from pathlib import Path
from socket import gethostname

import psutil

from wellhead.chain.keccak import keccak256
from wellhead.telemetry.samples import Sample, State, utilization_to_bps
from wellhead.units import BPS

IDLE_MW_PER_CORE = 1_500
"""A server core at rest with its share of the package: a round figure, not a measurement."""

BUSY_MW_PER_CORE = 6_500
"""A server core at work (for example 64 cores in 400 W): a round figure, not a measurement."""


def wall_clock_ms() -> int:
    """Milliseconds since the Unix epoch by this machine's clock."""
    return time.time_ns() // 1_000_000


def modelled_power_mw(cores: int, busy_bps: int) -> int:
    """Estimated power of `cores` at `busy_bps` utilization, mW."""
    return cores * (IDLE_MW_PER_CORE + (BUSY_MW_PER_CORE - IDLE_MW_PER_CORE) * busy_bps // BPS)


class RaplMeter:
    """Energy of all readable package zones as one counter that does not wrap."""

    def __init__(self, powercap: Path) -> None:
        self._zones = [zone for zone in sorted(powercap.glob("intel-rapl:*")) if _is_package(zone)]
        self._raw_uj: dict[Path, int] = {}
        self._total_uj = 0

    def energy_mj(self) -> int | None:
        """Millijoules since some fixed instant; None where no zone can be read."""
        try:
            raw = {zone: int((zone / "energy_uj").read_text()) for zone in self._zones}
            for zone, now_uj in raw.items():
                advance = now_uj - self._raw_uj.get(zone, 0)
                if advance < 0:
                    advance += int((zone / "max_energy_range_uj").read_text())
                self._total_uj += advance
        except (OSError, ValueError):
            return None
        self._raw_uj = raw
        return self._total_uj // 1_000 if raw else None


def _is_package(zone: Path) -> bool:
    # other zones are parts of a package (core, uncore, dram) or contain the packages (psys)
    try:
        return (zone / "name").read_text().startswith("package")
    except OSError:
        return False


class HostSource:
    """Live source of this host; the paths and clock are parameters so that tests can bring their own."""

    utilization_metric = "cpu"

    def __init__(
        self,
        clock_ms: Callable[[], int] = wall_clock_ms,
        machine_id: Path = Path("/etc/machine-id"),
        boot_id: Path = Path("/proc/sys/kernel/random/boot_id"),
        powercap: Path = Path("/sys/class/powercap"),
        cpu_percent: Callable[[], float] = psutil.cpu_percent,
        cores: int | None = None,
    ) -> None:
        self._clock_ms = clock_ms
        self._uuid = _text(machine_id) or "host-" + keccak256(gethostname().encode()).hex()[:32]
        self._boot_id = _text(boot_id) or None
        self._meter = RaplMeter(powercap)
        self._cpu_percent = cpu_percent
        self._cores = cores or psutil.cpu_count() or 1
        self._cpu_percent()  # psutil measures since the call before; the first answers nothing
        self._is_metered = self._meter.energy_mj() is not None

    @property
    def energy_source(self) -> str:
        """`rapl`, or `model` for estimated power."""
        return "rapl" if self._is_metered else "model"

    def devices(self) -> list[str]:
        """The host's UUID, alone."""
        return [self._uuid]

    def sample(self) -> dict[str, Sample]:
        """The host now: always up, for it is the one that answers."""
        busy_bps = utilization_to_bps(self._cpu_percent(), "percent")
        energy_mj = self._meter.energy_mj() if self._is_metered else None
        power_mw = None if self._is_metered else modelled_power_mw(self._cores, busy_bps or 0)
        sample = Sample(
            self._clock_ms(), State.UP, power_mw, energy_mj, busy_bps, work=None, boot_id=self._boot_id
        )
        return {self._uuid: sample}


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
