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
    """Add `amount` base units to the bond that the newest epoch's credits are locked from."""
    book = system.settlement.book_of(asset.asset_id)
    key = ("bond", asset.asset_id, book.epoch, payer.address)
    call = system.settlement.deposit_bond(asset.asset_id, amount, book.epoch)
    _pay_into_vault(system, payer, (book.vault, book.coin), amount, key, call)


def deposit_spot(
    system: System, payer: Sender, asset: OpenedAsset, period: int, amount: int, code: bytes
) -> None:
    """Add spot revenue to a period; `code` (32 bytes) says where it comes from."""
    call = system.settlement.deposit_spot(asset.asset_id, period, amount, code)
    key = ("spot", asset.asset_id, period, payer.address)
    vault = system.settlement.vault_of(asset.asset_id, period)
    _pay_into_vault(system, payer, vault, amount, key, call)


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
        sender.send(key, system.settlement.skip(asset.asset_id, next_period, count))
        skipped += count
    return skipped


def redeem(system: System, sender: Sender, holder: str, lease_id: int, units: int) -> Mined:
    """Burn a holder's units of a closed period; refund and credit are then owed to him."""
    key = system.key_of("redeem", holder, lease_id, system.leases.total_supply(lease_id))
    return sender.send(key, system.settlement.redeem(holder, lease_id, units))


def claim_owed(system: System, sender: Sender, asset: OpenedAsset, payees: Sequence[str]) -> None:
    """Pay every payee that an epoch owes something, in batches that pass over who cannot receive."""
    for epoch, vault, coin in epochs_of(system, asset.asset_id):
        owed = [p for p in payees if system.settlement.owed(vault, coin, p)]
        if owed:
            key = system.key_of("claim", asset.asset_id, epoch, system.chain.block_number())
            sender.send(key, system.settlement.claim_batch(vault, coin, owed))


def epochs_of(system: System, asset_id: int) -> list[tuple[int, str, str]]:
    """(epoch, vault, coin) of every epoch of an open asset."""
    count = system.settlement.book_of(asset_id).epoch + 1
    vaults = [system.settlement.vault_of_epoch(asset_id, epoch)[0] for epoch in range(count)]
    return [(epoch, vault, system.vault_at(vault).coin()) for epoch, vault in enumerate(vaults)]


def claim_revenue(system: System, sender: Sender, asset: OpenedAsset, holder: str) -> Mined:
    """Pay a holder everything his shares earned in settled periods."""
    share = system.share_at(asset.share)
    key = system.key_of("revenue", asset.asset_id, holder, share.next_period())
    return sender.send(key, share.claim(holder, SETTLE_STEPS))


def withdraw_bond(system: System, owner: Sender, asset: OpenedAsset) -> int:
    """Take back all free bond of every epoch; returns the nominal amount."""
    next_period = system.settlement.book_of(asset.asset_id).next_period
    taken = 0
    for epoch, vault, _ in epochs_of(system, asset.asset_id):
        free = system.settlement.funds_of(vault).bond_free
        if free:
            key = system.key_of("unbond", asset.asset_id, epoch, next_period)
            owner.send(key, system.settlement.withdraw_bond(asset.asset_id, free, epoch))
            taken += free
    return taken


def recognize_loss(system: System, sender: Sender, asset_id: int, epoch: int) -> Mined:
    """Let an epoch's vault that holds less than it owes pay every claim the same part."""
    key = system.key_of("loss", asset_id, epoch, system.chain.block_number())
    return sender.send(key, system.settlement.recognize_loss(asset_id, epoch))


def start_epoch(system: System, owner: Sender, asset_id: int, coin: str) -> int:
    """Send the money of later periods to a new vault in `coin`; returns the epoch's first period."""
    epoch = system.settlement.book_of(asset_id).epoch + 1
    owner.send(system.key_of("epoch", asset_id, epoch), system.settlement.start_epoch(asset_id, coin))
    return system.settlement.book_of(asset_id).epoch_from


def _pay_into_vault(
    system: System,
    payer: Sender,
    vault_and_coin: tuple[str, str],
    amount: int,
    key: Sequence[object],
    call: ContractCall,
) -> None:
    vault, coin = vault_and_coin
    payer.send(system.key_of("approve", *key), system.coin_at(coin).approve(vault, amount))
    payer.send(system.key_of(*key), call)
