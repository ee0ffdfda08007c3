"""LeaseToken: offers, purchases, holdings."""

from dataclasses import dataclass

from wellhead.chain.contract import AbiStruct, ContractCall, ContractWrapper


@dataclass(frozen=True, slots=True)
class Offer:
    """The owner's standing offer; `price` in base units per unit."""

    asset_id: int
    from_period: int
    to_period: int
    open: bool
    price: int


class LeaseTokenContract(ContractWrapper):
    """GPU-hours as tokens."""

    artifact_name = "LeaseToken"

    def offer(self, asset_id: int, from_period: int, to_period: int, price: int) -> ContractCall:
        """Offer every period of a run at a price (owner)."""
        return self.prepare("offer", asset_id, from_period, to_period, price)

    def close_offer(self, offer_id: int) -> ContractCall:
        """Close an offer (owner)."""
        return self.prepare("closeOffer", offer_id)

    def buy(self, offer_id: int, period: int, units: int, to: str, terms: AbiStruct) -> ContractCall:
        """Buy units of one period; the sender has approved the asset's vault."""
        return self.prepare("buy", offer_id, period, units, to, terms.as_tuple())

    def safe_transfer_from(self, sender: str, receiver: str, lease_id: int, units: int) -> ContractCall:
        """Move units (ERC-1155)."""
        return self.prepare("safeTransferFrom", sender, receiver, lease_id, units, b"")

    def offer_of(self, offer_id: int, block: int | str = "latest") -> Offer:
        """An offer by id."""
        return Offer(*self.read("offerOf", offer_id, block=block))

    def balance_of(self, holder: str, lease_id: int, block: int | str = "latest") -> int:
        """Units that the holder has of a series."""
        return int(self.read("balanceOf", holder, lease_id, block=block))

    def total_supply(self, lease_id: int, block: int | str = "latest") -> int:
        """Units of a series that exist."""
        return int(self.read("totalSupply", lease_id, block=block))
