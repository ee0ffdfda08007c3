"""Selling GPU-hours and shares."""

from wellhead.chain.contracts.lease_offers import NOBODY, Ask, Run
from wellhead.chain.contracts.lease_token import Authorized, Order
from wellhead.chain.service import Mined, Sender
from wellhead.chain.system import System
from wellhead.errors import ChainError
from wellhead.market.lease_id import encode_lease_id
from wellhead.registry.service import OpenedAsset


def make_offer(system: System, owner: Sender, asset: OpenedAsset, run: Run, ask: Ask) -> int:
    """Make an offer of any kind under the asset's terms; returns its id."""
    key = system.key_of("offer", *run.as_tuple(), *ask.as_tuple())
    mined = owner.send(key, system.offers.offer(run, ask, asset.terms))
    for event in system.offers.events_between(mined.block, mined.block):
        if event.name == "OfferMade" and event.transaction_hash == mined.transaction_hash:
            return int(event.args["offerId"])
    raise ChainError(f"{mined.transaction_hash} made no offer")


def offer_leases(
    system: System,
    owner: Sender,
    asset: OpenedAsset,
    from_period: int,
    to_period: int,
    price: int,
    tenant: str = NOBODY,
) -> int:
    """Offer every period of a run at `price` base units per unit, to one tenant or to all; returns the id."""
    return make_offer(system, owner, asset, Run(asset.asset_id, from_period, to_period, tenant), Ask(price))


def buy_lease(
    system: System,
    tenant: Sender,
    asset: OpenedAsset,
    offer_id: int,
    period: int,
    units: int,
    count: int = 1,
) -> int:
    """Buy units of each of `count` periods for the tenant, who pays; returns the first lease's id."""
    price = system.offers.price_of(offer_id, period)
    coin = system.coin_at(asset.terms.stablecoin)
    key = ("buy", offer_id, period, count, tenant.address)
    tenant.send(system.key_of("approve", *key), coin.approve(asset.vault, count * units * price))
    call = system.leases.buy(offer_id, period, count, units, tenant.address, price)
    tenant.send(system.key_of(*key), call)
    return encode_lease_id(asset.asset_id, period, price)


def relay_order(system: System, sender: Sender, order: Order, authorized: Authorized) -> Mined:
    """Bring a buyer's signed order to the chain; whoever sends it, nothing else is bought."""
    key = system.key_of("order", system.leases.order_hash(order).hex())
    return sender.send(key, system.leases.buy_with_authorization(order, authorized))


def grant_use(system: System, holder: Sender, to: str, lease_id: int, units: int) -> Mined:
    """Let `to` use units of the holder until their period ends."""
    granted = system.leases.granted_of(holder.address, lease_id)
    return holder.send(
        system.key_of("grant", lease_id, to, granted), system.leases.grant(to, lease_id, units)
    )


def transfer_shares(
    system: System, holder: Sender, asset: OpenedAsset, receiver: str, amount: int, note: str
) -> None:
    """Move shares (18 decimals) to a verified receiver; `note` tells this transfer from others."""
    share = system.share_at(asset.share)
    holder.send(system.key_of("shares", asset.asset_id, receiver, note), share.transfer(receiver, amount))
