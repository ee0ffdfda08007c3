"""LeaseOffers: what owners ask for GPU-hours."""

from dataclasses import astuple, dataclass
from enum import IntEnum
from typing import Any

from wellhead.chain.contract import AbiStruct, ContractCall, ContractWrapper

NOBODY = "0x" + "00" * 20
"""As an offer's tenant: everybody."""


class PriceKind(IntEnum):
    """How an offer's price is found."""

    FIXED = 0
    """It stands."""
    UTILIZATION = 1
    """It follows how well closed periods sold."""
    AUCTION = 2
    """It falls towards each period's start."""


@dataclass(frozen=True, slots=True)
class Run:
    """What is offered, and to whom: both periods included."""

    asset_id: int
    from_period: int
    to_period: int
    tenant: str = NOBODY

    def as_tuple(self) -> tuple[Any, ...]:
        """Field values in the struct's order."""
        return astuple(self)


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked for a unit; see `ILeaseOffers.Ask`. Plain use is a fixed price."""

    price: int
    kind: PriceKind = PriceKind.FIXED
    lowest: int = 0
    highest: int = 0
    target_units: int = 0
    lead_seconds: int = 0
    steps: int = 0

    def as_tuple(self) -> tuple[Any, ...]:
        """Field values in the struct's order."""
        return (
            int(self.kind),
            self.price,
            self.lowest,
            self.highest,
            self.target_units,
            self.lead_seconds,
            self.steps,
        )


@dataclass(frozen=True, slots=True)
class Offer:
    """The owner's standing offer; see `ILeaseOffers.Offer`. `price` in base units per unit."""

    price: int
    asset_id: int
    from_period: int
    to_period: int
    kind: PriceKind
    open: bool
    terms_version: int
    unit_seconds: int
    reserved_for_spot: int
    credit_bps: int
    lead_seconds: int
    steps: int
    target_units: int
    priced_before: int
    lowest: int
    highest: int
    tenant: str


class LeaseOffersContract(ContractWrapper):
    """Offers and their prices."""

    artifact_name = "LeaseOffers"

    def offer(self, run: Run, ask: Ask, terms: AbiStruct) -> ContractCall:
        """Offer every period of a run under the terms in force there (owner)."""
        return self.prepare("offer", run.as_tuple(), ask.as_tuple(), terms.as_tuple())

    def close_offer(self, offer_id: int) -> ContractCall:
        """Close an offer (owner)."""
        return self.prepare("closeOffer", offer_id)

    def reprice(self, offer_id: int, max_periods: int) -> ContractCall:
        """Move a utilization price by the periods that have closed since (anyone)."""
        return self.prepare("reprice", offer_id, max_periods)

    def offer_of(self, offer_id: int, block: int | str = "latest") -> Offer:
        """An offer by id."""
        values = list(self.read("offerOf", offer_id, block=block))
        values[4] = PriceKind(values[4])
        return Offer(*values)

    def price_of(self, offer_id: int, period: int, block: int | str = "latest") -> int:
        """Base units asked for a unit of the period now."""
        return int(self.read("priceOf", offer_id, period, block=block))

    def offer_count(self, block: int | str = "latest") -> int:
        """Offers made so far."""
        return int(self.read("offerCount", block=block))
