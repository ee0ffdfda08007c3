"""The settlement contract's books, as a replay of its events fills them: what is where, and who is owed."""

from dataclasses import dataclass, field

from wellhead.audit.assets import Asset
from wellhead.registry.terms import Terms
from wellhead.settlement.waterfall import Outcome, credit_lock_up

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

    def sell(self, units: int, cost: int, credit_bps: int) -> int:
        """Book a sale; returns what it adds to the locked credit."""
        self.sold_units += units
        self.escrow += cost
        before, self.reserved = self.reserved, credit_lock_up(self.escrow, credit_bps)
        return self.reserved - before

    @property
    def held(self) -> int:
        """Base units in the vault for this period alone; a closed one has handed escrow and spot on."""
        return self.reserved + (self.escrow + self.spot if self.state == OPEN else 0)


@dataclass(slots=True)
class ReplayedFunds:
    """One vault, amounts in base units at face value."""

    bond_free: int = 0
    holders: int = 0
    """Earned by holders and not yet taken by them."""
    booked: int = 0
    """What came in through the books and has not gone out, without the holders' part."""
    loss: tuple[int, int] | None = None
    """(balance, obligations): the part of each claim that an impaired vault pays."""
    owed: dict[str, int] = field(default_factory=dict)

    def owe(self, payee: str, amount: int) -> None:
        """More for a payee to claim."""
        self.owed[payee] = self.owed.get(payee, 0) + amount

    def payable(self, amount: int) -> int:
        """What the vault pays for a claim, rounded down."""
        return amount * self.loss[0] // self.loss[1] if self.loss else amount


@dataclass(slots=True)
class ReplayedBook:
    """One asset's money, by epoch where it lies."""

    asset: Asset
    next_period: int
    funds: dict[int, ReplayedFunds] = field(default_factory=dict)
    periods: dict[int, ReplayedPeriod] = field(default_factory=dict)

    def fund(self, epoch: int) -> ReplayedFunds:
        """An epoch's vault, empty at first."""
        return self.funds.setdefault(epoch, ReplayedFunds())

    def fund_of(self, period: int) -> ReplayedFunds:
        """The vault where a period's money lies."""
        return self.fund(self.asset.epoch_at(period).epoch)

    def period(self, period: int) -> ReplayedPeriod:
        """The period's books, empty at first."""
        return self.periods.setdefault(period, ReplayedPeriod())

    def terms(self, period: int) -> Terms:
        """Terms of a period."""
        return self.asset.terms_at(period).terms

    def liabilities(self, epoch: int) -> int:
        """All places but the holders' part that money of a vault can be in; equal to `booked` (P1)."""
        funds = self.fund(epoch)
        held = sum(p.held for period, p in self.periods.items() if self.asset.epoch_at(period).epoch == epoch)
        return funds.bond_free + sum(funds.owed.values()) + held
