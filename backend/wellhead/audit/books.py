"""The settlement contract's books, as a replay of its events fills them: what is where, and who is owed."""

from dataclasses import dataclass, field

from wellhead.audit.assets import Asset
from wellhead.registry.terms import Terms
from wellhead.settlement.waterfall import Outcome

OPEN, SETTLED, UNREPORTED, SKIPPED = range(4)
"""States of a period, as the contract numbers them."""


@dataclass(slots=True)
class ReplayedPeriod:
    """One asset's period, amounts in base units.

    `reserved` is the locked credit until closing, then what is left for refunds and credits.
    """

    escrow: int = 0
    spot: int = 0
    reserved: int = 0
    sold_units: int = 0
    state: int = OPEN
    outcome: Outcome | None = None

    @property
    def held(self) -> int:
        """Base units in the vault for this period alone; a closed one has handed escrow and spot on."""
        return self.reserved + (self.escrow + self.spot if self.state == OPEN else 0)


@dataclass(slots=True)
class ReplayedBook:
    """One asset's money."""

    asset: Asset
    next_period: int
    bond_free: int = 0
    holder_pool: int = 0
    booked: int = 0
    """Everything that came in through the books and has not gone out."""
    periods: dict[int, ReplayedPeriod] = field(default_factory=dict)
    owed: dict[str, int] = field(default_factory=dict)

    def period(self, period: int) -> ReplayedPeriod:
        """The period's books, empty at first."""
        return self.periods.setdefault(period, ReplayedPeriod())

    def terms(self, period: int) -> Terms:
        """Terms of a period."""
        return self.asset.terms_at(period).terms

    def owe(self, payee: str, amount: int) -> None:
        """More for a payee to claim."""
        self.owed[payee] = self.owed.get(payee, 0) + amount

    @property
    def liabilities(self) -> int:
        """All places that money of the vault can be in; equal to `booked` at any time (P1)."""
        return (
            self.bond_free
            + self.holder_pool
            + sum(self.owed.values())
            + sum(period.held for period in self.periods.values())
        )
