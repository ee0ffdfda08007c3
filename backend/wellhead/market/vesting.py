"""How a raise is earned, and an offering's books: the twin of `Vesting.sol` and of `ShareOffering.sol`.

Amounts are base units; a purchase is rounded up, everything paid out is rounded down, and what rounding
leaves stays in the contract: less than one base unit for each subscriber.
"""

from dataclasses import dataclass, field

from wellhead.errors import InputError, StateError

PERIODS_MIN = 90
"""No period releases more than the raise divided by this."""

SHARE = 10**18
"""Base units of one whole share; prices are per whole share."""


@dataclass(frozen=True, slots=True)
class Milestone:
    """What releases all of a raise; see `Vesting.sol`."""

    raised: int
    units: int
    min_unit_price: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """A settled period: its price, device-seconds sold and not delivered, and the seconds of a unit."""

    escrow: int
    promised: int
    shortfall: int
    unit_seconds: int


def cost_up(shares: int, price: int) -> int:
    """Price of `shares` to a buyer."""
    return -(-shares * price // SHARE)


def shares_down(amount: int, price: int) -> int:
    """The most shares that `amount` can buy, in however many purchases; raises InputError without a price."""
    if price <= 0:
        raise InputError(f"price {price} of a share: must be positive")
    return amount * SHARE // price


def release_down(milestone: Milestone, delivery: Delivery) -> int:
    """What one period releases; raises InputError for a milestone or a unit of nothing."""
    if milestone.units <= 0 or delivery.unit_seconds <= 0:
        raise InputError(
            f"milestone of {milestone.units} units of {delivery.unit_seconds} s: must be positive"
        )
    earned = milestone.raised * _paid_seconds(milestone, delivery)
    return min(milestone.raised // PERIODS_MIN, earned // (milestone.units * delivery.unit_seconds))


def return_down(unreleased: int, paid: int, raised: int) -> int:
    """A subscriber's part of what was not released."""
    return unreleased * paid // raised


def _paid_seconds(milestone: Milestone, delivery: Delivery) -> int:
    delivered = delivery.promised - delivery.shortfall
    if delivered == 0 or milestone.min_unit_price == 0:
        return delivered
    charge = delivery.escrow * delivered // delivery.promised
    return min(delivered, charge * delivery.unit_seconds // milestone.min_unit_price)


@dataclass
class OfferingBooks:
    """One offering's money from its first subscription to its last return; times are the caller's."""

    price: int
    soft_cap: int
    hard_cap: int
    milestone_units: int
    min_unit_price: int = 0
    raised: int = 0
    held: int = 0
    released: int = 0
    withdrawn: int = 0
    refunded: int = 0
    returned: int = 0
    paid: dict[str, int] = field(default_factory=dict)
    """What each subscriber paid and has not had back."""
    shares: dict[str, int] = field(default_factory=dict)
    """Shares that each subscriber has not collected."""

    def subscribe(self, subscriber: str, shares: int) -> int:
        """Take a subscription; returns its price. Raises StateError above the hard cap."""
        cost = cost_up(shares, self.price)
        if self.raised + cost > self.hard_cap:
            raise StateError(f"{self.raised} + {cost} is above the hard cap {self.hard_cap}")
        self.raised += cost
        self.held += cost
        self.paid[subscriber] = self.paid.get(subscriber, 0) + cost
        self.shares[subscriber] = self.shares.get(subscriber, 0) + shares
        return cost

    def collect(self, subscriber: str) -> int:
        """The subscriber's shares; raises StateError below the soft cap."""
        self._require_success()
        return self.shares.pop(subscriber, 0)

    def refund(self, subscriber: str) -> int:
        """What the subscriber paid; raises StateError at or above the soft cap."""
        if self.raised >= self.soft_cap:
            raise StateError(f"{self.raised} reached the soft cap {self.soft_cap}: nobody is refunded")
        self.shares.pop(subscriber, None)
        amount = self.paid.pop(subscriber, 0)
        self.refunded += amount
        self.held -= amount
        return amount

    def vest(self, deliveries: list[Delivery | None]) -> int:
        """Count settled periods, None where nothing counts; returns what they release together."""
        self._require_success()
        milestone = Milestone(self.raised, self.milestone_units, self.min_unit_price)
        amount = sum(release_down(milestone, each) for each in deliveries if each is not None)
        amount = min(amount, self.raised - self.released)
        self.released += amount
        return amount

    def withdraw(self) -> int:
        """What the owner gets now."""
        amount = self.released - self.withdrawn
        self.withdrawn += amount
        self.held -= amount
        return amount

    def take_back(self, subscriber: str) -> int:
        """The subscriber's part of what was not released, after all periods were counted."""
        self._require_success()
        amount = return_down(self.raised - self.released, self.paid.pop(subscriber, 0), self.raised)
        self.returned += amount
        self.held -= amount
        return amount

    def _require_success(self) -> None:
        if self.raised < self.soft_cap:
            raise StateError(f"{self.raised} is below the soft cap {self.soft_cap}: everybody is refunded")
