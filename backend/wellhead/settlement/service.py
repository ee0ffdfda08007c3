"""Money in, settlement, money out: each step one transaction under a key of its own."""

from collections.abc import Sequence

from wellhead.chain.contract import ContractCall
from wellhead.chain.service import Mined, Sender
from wellhead.chain.system import System
from wellhead.registry.service import OpenedAsset
from wellhead.reports.evidence import Evidence

SETTLE_STEPS = 64
"""Runs of a holder's history that one claim walks at most."""


def deposit_bond(system: System, payer: Sender, asset: OpenedAsset, amount: int) -> None:
    """Add `amount` base units to the bond that credits are locked from."""
    key = ("bond", asset.asset_id, payer.address)
    _pay_into_vault(system, payer, asset, amount, key, system.settlement.deposit_bond(asset.asset_id, amount))


def deposit_spot(
    system: System, payer: Sender, asset: OpenedAsset, period: int, amount: int, code: bytes
) -> None:
    """Add spot revenue to a period; `code` (32 bytes) says where it comes from."""
    call = system.settlement.deposit_spot(asset.asset_id, period, amount, code)
    key = ("spot", asset.asset_id, period, payer.address)
    _pay_into_vault(system, payer, asset, amount, key, call)


def settle_period(system: System, sender: Sender, asset: OpenedAsset, evidence: Evidence) -> Mined:
    """Settle the asset's next period by its accepted report."""
    key = system.key_of("settle", asset.asset_id, evidence.report.period)
    return sender.send(key, system.settlement.settle(asset.asset_id, asset.terms, evidence))


def skip_until(system: System, sender: Sender, asset: OpenedAsset, period: int) -> int:
    """Pass empty periods before `period`; returns how many."""
    skipped = 0
    while (next_period := system.settlement.book_of(asset.asset_id).next_period) < period:
        count = min(100, period - next_period)
        key = system.key_of("skip", asset.asset_id, next_period)
        sender.send(key, system.settlement.skip(asset.asset_id, count))
        skipped += count
    return skipped


def redeem(system: System, sender: Sender, holder: str, lease_id: int, units: int) -> Mined:
    """Burn a holder's units of a closed period; refund and credit are then owed to him."""
    key = system.key_of("redeem", holder, lease_id, system.leases.total_supply(lease_id))
    return sender.send(key, system.settlement.redeem(holder, lease_id, units))


def claim_owed(system: System, sender: Sender, asset: OpenedAsset, payees: Sequence[str]) -> None:
    """Pay every payee that is owed something, in one batch that passes over who cannot receive."""
    coin = asset.terms.stablecoin
    owed = [p for p in payees if system.settlement.owed(asset.vault, coin, p)]
    if owed:
        key = system.key_of("claim", asset.asset_id, system.chain.block_number())
        sender.send(key, system.settlement.claim_batch(asset.vault, coin, owed))


def claim_revenue(system: System, sender: Sender, asset: OpenedAsset, holder: str) -> Mined:
    """Pay a holder everything his shares earned in settled periods."""
    share = system.share_at(asset.share)
    key = system.key_of("revenue", asset.asset_id, holder, share.next_period())
    return sender.send(key, share.claim(holder, SETTLE_STEPS))


def withdraw_bond(system: System, owner: Sender, asset: OpenedAsset) -> int:
    """Take back all free bond; returns the amount."""
    book = system.settlement.book_of(asset.asset_id)
    if book.bond_free:
        key = system.key_of("unbond", asset.asset_id, book.next_period)
        owner.send(key, system.settlement.withdraw_bond(asset.asset_id, book.bond_free))
    return book.bond_free


def _pay_into_vault(
    system: System,
    payer: Sender,
    asset: OpenedAsset,
    amount: int,
    key: Sequence[object],
    call: ContractCall,
) -> None:
    coin = system.coin_at(asset.terms.stablecoin)
    payer.send(system.key_of("approve", *key), coin.approve(asset.vault, amount))
    payer.send(system.key_of(*key), call)
