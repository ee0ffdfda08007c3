"""Selling GPU-hours and shares."""

from wellhead.chain.service import Sender
from wellhead.chain.system import System
from wellhead.errors import ChainError
from wellhead.market.lease_id import encode_lease_id
from wellhead.registry.service import OpenedAsset


def offer_leases(
    system: System, owner: Sender, asset: OpenedAsset, from_period: int, to_period: int, price: int
) -> int:
    """Offer every period of a run at `price` base units per unit; returns the offer's id."""
    key = system.key_of("offer", asset.asset_id, from_period, to_period, price)
    mined = owner.send(key, system.leases.offer(asset.asset_id, from_period, to_period, price))
    for event in system.leases.events_between(mined.block, mined.block):
        if event.name == "OfferMade" and event.transaction_hash == mined.transaction_hash:
            return int(event.args["offerId"])
    raise ChainError(f"{mined.transaction_hash} made no offer")


def buy_lease(
    system: System, tenant: Sender, asset: OpenedAsset, offer_id: int, period: int, units: int
) -> int:
    """Buy units of one period for the tenant, who pays into the asset's vault; returns the lease's id."""
    offer = system.leases.offer_of(offer_id)
    coin = system.coin_at(asset.terms.stablecoin)
    key = ("buy", offer_id, period, tenant.address)
    tenant.send(system.key_of("approve", *key), coin.approve(asset.vault, units * offer.price))
    tenant.send(system.key_of(*key), system.leases.buy(offer_id, period, units, tenant.address, asset.terms))
    return encode_lease_id(asset.asset_id, period, offer.price)


def transfer_shares(
    system: System, holder: Sender, asset: OpenedAsset, receiver: str, amount: int, note: str
) -> None:
    """Move shares (18 decimals) to a verified receiver; `note` tells this transfer from others."""
    share = system.share_at(asset.share)
    holder.send(system.key_of("shares", asset.asset_id, receiver, note), share.transfer(receiver, amount))
