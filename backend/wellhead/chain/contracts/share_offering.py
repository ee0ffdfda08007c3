"""ShareOffering: primary sales of shares, and the proceeds until they are earned."""

from dataclasses import astuple, dataclass
from typing import Any

from wellhead.chain.contract import AbiStruct, ContractCall, ContractWrapper


@dataclass(frozen=True, slots=True)
class OfferingPlan:
    """What an owner offers; see `IShareOffering.OfferingPlan` for each field."""

    asset_id: int
    coin: str
    price: int
    soft_cap: int
    hard_cap: int
    min_ticket: int
    opens_at: int
    closes_at: int
    evidence: int
    milestone_units: int
    min_unit_price: int
    vesting_periods: int

    def as_tuple(self) -> tuple[Any, ...]:
        """Fields in the struct's order."""
        return astuple(self)


@dataclass(frozen=True, slots=True)
class Offering:
    """An offering as it stands; see `IShareOffering.Offering` for each field."""

    owner: str
    asset_id: int
    next_period: int
    last_period: int
    share: str
    opens_at: int
    closes_at: int
    evidence: int
    unsold_released: bool
    coin: str
    sold_shares: int
    price: int
    min_ticket: int
    soft_cap: int
    hard_cap: int
    raised: int
    held: int
    released: int
    withdrawn: int
    min_unit_price: int
    milestone_units: int
    subscribers: int


class ShareOfferingContract(ContractWrapper):
    """Every offering of a deployment; ids count from 0."""

    artifact_name = "ShareOffering"

    def open(self, plan: OfferingPlan) -> ContractCall:
        """Offer shares (the asset's owner)."""
        return self.prepare("open", plan.as_tuple())

    def cancel(self, offering_id: int) -> ContractCall:
        """End an offering in which nobody has subscribed (its owner)."""
        return self.prepare("cancel", offering_id)

    def subscribe(self, offering_id: int, shares: int) -> ContractCall:
        """Subscribe, paying by allowance (a verified investor)."""
        return self.prepare("subscribe", offering_id, shares)

    def subscribe_signed(self, order: AbiStruct, payment: AbiStruct) -> ContractCall:
        """Subscribe by the investor's one signature (anyone)."""
        return self.prepare("subscribeSigned", order.as_tuple(), payment.as_tuple())

    def collect(self, offering_id: int, subscriber: str) -> ContractCall:
        """Move a subscriber's shares to him (anyone)."""
        return self.prepare("collect", offering_id, subscriber)

    def release_unsold(self, offering_id: int) -> ContractCall:
        """Free the shares that nobody bought (anyone)."""
        return self.prepare("releaseUnsold", offering_id)

    def refund(self, offering_id: int, subscriber: str) -> ContractCall:
        """Pay a subscriber back, below the soft cap (anyone)."""
        return self.prepare("refund", offering_id, subscriber)

    def vest(self, offering_id: int, periods: int, terms: AbiStruct) -> ContractCall:
        """Count the next periods and release what they earned (anyone)."""
        return self.prepare("vest", offering_id, periods, terms.as_tuple())

    def withdraw(self, offering_id: int) -> ContractCall:
        """Pay the owner what is released (anyone)."""
        return self.prepare("withdraw", offering_id)

    def take_back(self, offering_id: int, subscriber: str) -> ContractCall:
        """Pay a subscriber his part of what was not released (anyone)."""
        return self.prepare("takeBack", offering_id, subscriber)

    def assign(self, offering_id: int, subscriber: str, to: str) -> ContractCall:
        """Give away the right to refund and return (its payee)."""
        return self.prepare("assign", offering_id, subscriber, to)

    def count(self) -> int:
        """Offerings opened so far."""
        return int(self.read("count"))

    def offering_of(self, offering_id: int, block: int | str = "latest") -> Offering:
        """An offering; raises ContractReverted if there is none."""
        return Offering(*self.read("offeringOf", offering_id, block=block))

    def subscription_of(
        self, offering_id: int, subscriber: str, block: int | str = "latest"
    ) -> tuple[int, int]:
        """What a subscriber paid and has not had back, and the shares that he has not collected."""
        paid, shares = self.read("subscriptionOf", offering_id, subscriber, block=block)
        return int(paid), int(shares)

    def payee_of(self, offering_id: int, subscriber: str) -> str:
        """Who gets a subscription's refund or return."""
        return str(self.read("payeeOf", offering_id, subscriber))

    def cost_of(self, offering_id: int, shares: int) -> int:
        """Price of so many shares, rounded up."""
        return int(self.read("costUp", offering_id, shares))

    def can_subscribe(self, offering_id: int, subscriber: str, shares: int) -> bool:
        """Whether this subscription would be taken now, the coins aside."""
        return bool(self.read("canSubscribe", offering_id, subscriber, shares))
