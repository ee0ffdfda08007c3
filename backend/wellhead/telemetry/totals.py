"""A device's totals of one period: the unrounded sums, and what is signed of them."""

from dataclasses import dataclass

from wellhead.telemetry.samples import EMPTY_SAMPLES_HASH, Sample, State
from wellhead.units import BPS

MICROJOULES_PER_JOULE = 1_000_000


@dataclass(frozen=True, slots=True)
class Totals:
    """A device's cumulative totals of one period, as the Reading has them.

    Seconds, joules, and the work metric's unit; `energy_estimated` = power was integrated somewhere.
    """

    up_seconds: int = 0
    down_seconds: int = 0
    excused_seconds: int = 0
    busy_seconds: int = 0
    energy_joules: int = 0
    work: int = 0
    samples_hash: bytes = EMPTY_SAMPLES_HASH
    energy_estimated: bool = False

    @property
    def sums(self) -> tuple[int, int, int, int, int, int]:
        """The six sums that order readings."""
        return (
            self.up_seconds,
            self.down_seconds,
            self.excused_seconds,
            self.busy_seconds,
            self.energy_joules,
            self.work,
        )


@dataclass(slots=True)
class PeriodSums:
    """Unrounded sums of one period: ms by state, bps·ms, µJ (= mW·ms), work."""

    up_ms: int = 0
    down_ms: int = 0
    excused_ms: int = 0
    busy_bps_ms: int = 0
    energy_uj: int = 0
    work: int = 0
    samples_hash: bytes = EMPTY_SAMPLES_HASH
    energy_estimated: bool = False

    @classmethod
    def from_totals(cls, totals: Totals) -> "PeriodSums":
        """Sums that floor to `totals`; what rounding took from them is lost."""
        return cls(
            totals.up_seconds * 1_000,
            totals.down_seconds * 1_000,
            totals.excused_seconds * 1_000,
            totals.busy_seconds * BPS * 1_000,
            totals.energy_joules * MICROJOULES_PER_JOULE,
            totals.work,
            totals.samples_hash,
            totals.energy_estimated,
        )

    def add_held(self, sample: Sample, held_ms: int, power_counts: bool) -> None:
        """Add `held_ms` of a sample's state, its busy share and, where it counts, its power."""
        if sample.state is State.UP:
            self.up_ms += held_ms
            self.busy_bps_ms += (sample.busy_bps or 0) * held_ms
        elif sample.state is State.DOWN:
            self.down_ms += held_ms
        elif sample.state is State.EXCUSED:
            self.excused_ms += held_ms
        if power_counts and sample.power_mw is not None and held_ms:
            self.energy_uj += sample.power_mw * held_ms
            self.energy_estimated = True

    def floored(self) -> Totals:
        """The totals: the one place where anything is rounded."""
        return Totals(
            self.up_ms // 1_000,
            self.down_ms // 1_000,
            self.excused_ms // 1_000,
            self.busy_bps_ms // (BPS * 1_000),
            self.energy_uj // MICROJOULES_PER_JOULE,
            self.work,
            self.samples_hash,
            self.energy_estimated,
        )
