"""What a demonstration fixes beforehand: calendar, windows, terms, and what is sold."""

from dataclasses import dataclass

from wellhead.chain.keccak import keccak256
from wellhead.chain.windows import DAY, Windows
from wellhead.cli.demo.machines import Machines
from wellhead.clock import PeriodClock
from wellhead.registry.terms import RULES_VERSION, ZERO_ADDRESS, ZERO_WORD, Terms

HOUR = 3_600
LIVE_PERIODS = 2
LIVE_SAMPLES_PER_PERIOD = 10
UNIT_PRICES = (1_250_000, 990_000)
"""Base units of a 6-decimal coin for one unit, by tenant: a device-hour, or live a device-second that stands
for one."""
SOLD_PERCENT = (50, 25)
"""Share of the capacity for sale that each tenant buys."""
SPOT_UNIT_PRICE = 400_000
"""Base units that the owner's spot customers paid for one unit of what was held back."""
SHARES_SOLD = 250_000 * 10**18
SHARES_RESOLD = 100_000 * 10**18


@dataclass(frozen=True)
class DemoPlan:
    """A demonstration of some machines; `periods` are the ones delivered and settled."""

    machines: Machines
    clock: PeriodClock
    windows: Windows
    periods: tuple[int, ...]
    unit_seconds: int

    @property
    def capacity_units(self) -> int:
        """Units of one period."""
        return len(self.machines.uuids) * self.clock.period_seconds // self.unit_seconds

    @property
    def reserved_units(self) -> int:
        """Units held back for spot."""
        return self.capacity_units // 5

    def price_of(self, tenant: int) -> int:
        """Base units of one unit for a tenant."""
        return UNIT_PRICES[tenant]

    def units_of(self, tenant: int) -> int:
        """Units of a period that a tenant buys, at least 1."""
        return max(1, (self.capacity_units - self.reserved_units) * SOLD_PERCENT[tenant] // 100)

    @property
    def spot_revenue(self) -> int:
        """Base units deposited as spot revenue for a period."""
        return max(1, self.reserved_units) * SPOT_UNIT_PRICE


def terms_for(plan: DemoPlan, coin: str) -> Terms:
    """Terms of the demonstration's asset: 2.5 % fee, 40 % of the rest to holders, 10 % credit."""
    machines = plan.machines
    return Terms(
        rules_version=RULES_VERSION,
        kind=machines.kind,
        evidence=0,
        unit_seconds=plan.unit_seconds,
        fee_bps=250,
        holder_bps=4_000,
        credit_bps=1_000,
        grace_bps=50,
        max_watts=machines.max_watts,
        rated_watts=machines.rated_watts,
        max_work_per_second=1_000,
        rated_work=0,
        rated_joules=0,
        tariff_per_kwh=120_000,
        reserved_for_spot=plan.reserved_units,
        notice_periods=1,
        maintenance_seconds_per_year=DAY,
        grid_key=ZERO_ADDRESS,
        stablecoin=coin,
        utilization_metric=(b"cpu" if machines.kind == 2 else b"sm_active").ljust(32, b"\0"),
        work_metric=ZERO_WORD,
        workload=keccak256(b"any"),
        documents=ZERO_WORD,
    )
