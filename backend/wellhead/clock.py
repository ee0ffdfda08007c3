"""Delivery periods: half-open `[genesis + p·L, genesis + (p+1)·L)` in UTC seconds."""

from dataclasses import dataclass

from wellhead.errors import InputError
from wellhead.units import Period


@dataclass(frozen=True, slots=True)
class PeriodClock:
    """A deployment's calendar: `genesis` in Unix seconds, `period_seconds` = L."""

    genesis: int
    period_seconds: int

    def __post_init__(self) -> None:
        """Refuse a calendar that the contracts would refuse."""
        if not 0 < self.period_seconds < 1 << 22:
            raise InputError(f"period of {self.period_seconds} s: must be 1 … {(1 << 22) - 1} s")

    def start_of(self, period: int) -> int:
        """First second of the period."""
        return self.genesis + period * self.period_seconds

    def end_of(self, period: int) -> int:
        """First second after the period."""
        return self.start_of(period + 1)

    def period_at(self, timestamp: int) -> Period:
        """The period that holds `timestamp`; raises InputError before genesis."""
        if timestamp < self.genesis:
            early = self.genesis - timestamp
            raise InputError(f"time {timestamp} lies {early} s before genesis {self.genesis}")
        return Period((timestamp - self.genesis) // self.period_seconds)
