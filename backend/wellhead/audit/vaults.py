"""Each vault: coins in and out against the books, then books, debts and balance against the chain (P1)."""

from collections import Counter

from wellhead.audit.assets import Asset, Epoch
from wellhead.audit.books import ReplayedBook
from wellhead.audit.finding import Checklist
from wellhead.audit.history import Event, History
from wellhead.audit.share_claims import share_payments
from wellhead.market.lease_id import lease_parts

Movement = tuple[str, str, str, int]
"""(transaction, sender, receiver, amount)"""


def _asked(event: Event, vault: str) -> Movement | None:
    """The coins that an event of Settlement says have moved; None where it moves none."""
    args, transaction = event.args, event.transaction
    if event.name == "SaleBooked":
        price = lease_parts(args["firstId"])[2]
        return transaction, args["payer"], vault, args["count"] * args["units"] * price
    if event.name in ("BondDeposited", "SpotDeposited"):
        return transaction, args["from"], vault, args["amount"]
    if event.name == "BondWithdrawn":
        return (transaction, vault, args["to"], args["paid"]) if args["paid"] else None
    if event.name == "Claimed":
        return transaction, vault, args["payee"], args["paid"]
    return None


def _vault_of(event: Event, asset: Asset) -> str | None:
    """Which of the asset's vaults an event of the books is about; None if none."""
    args = event.args
    if event.name == "Claimed":
        return str(args["vault"])
    if event.name == "SaleBooked":
        asset_id, period, _ = lease_parts(args["firstId"])
        return asset.epoch_at(period).vault if asset_id == asset.asset_id else None
    if args.get("assetId") == asset.asset_id:
        if event.name in ("BondDeposited", "BondWithdrawn"):
            return next((e.vault for e in asset.epochs if e.epoch == args["epoch"]), None)
        if event.name == "SpotDeposited":
            return asset.epoch_at(args["period"]).vault
    return None


def check_vault(history: History, book: ReplayedBook, epoch: Epoch, checklist: Checklist) -> None:
    """Compare one vault in both directions.

    Codes VAULT_TRANSFER, VAULT_OUTFLOW, VAULT_BALANCE, VAULT_BOOKED, CONSERVATION, OWED, BOOK, PERIOD_BOOK,
    PERIOD_PINNED. Coins that somebody sends unasked only add to the balance and are no finding.
    """
    subject = f"asset {book.asset.asset_id}, vault {epoch.vault}"
    with checklist.section("Vault: transfers", subject):
        _check_transfers(history, book.asset, epoch, checklist)
    with checklist.section("Vault: books and conservation", subject):
        _check_books(history, book, epoch, checklist)
        _check_conservation(history, book, epoch, checklist)


def _check_transfers(history: History, asset: Asset, epoch: Epoch, checklist: Checklist) -> None:
    vault = epoch.vault
    asked: Counter[Movement] = Counter()
    for event in history.of("Settlement"):
        movement = _asked(event, vault) if _vault_of(event, asset) == vault else None
        if movement is not None:
            asked[movement] += 1
    for transaction, _, paid_from, payee, amount in share_payments(history, asset.asset_id):
        if paid_from == vault and amount:
            asked[transaction, vault, payee, amount] += 1
    moved = Counter(
        (move.transaction, move.sender, move.receiver, move.amount)
        for move in history.coin_moves
        if move.coin == epoch.coin and vault in (move.sender, move.receiver)
    )
    for key, times in asked.items():
        transaction, sender, receiver, amount = key
        subject = f"vault {vault}, {amount} from {sender} to {receiver}"
        found = min(moved[key], times)
        checklist.same("VAULT_TRANSFER", subject, times, found, f"transaction {transaction}")
    for (transaction, sender, _, amount), times in (moved - asked).items():
        if sender == vault:
            subject, where = f"vault {vault}", f"transaction {transaction}"
            checklist.holds(False, "VAULT_OUTFLOW", subject, "no payment asked for", times * amount, where)


def _check_books(history: History, book: ReplayedBook, epoch: Epoch, checklist: Checklist) -> None:
    asset, where = book.asset, f"Settlement at block {history.last_block}"
    state, funds = history.snapshot.books[asset.asset_id, epoch.epoch], book.fund(epoch.epoch)
    next_period = history.snapshot.next_periods[asset.asset_id]
    for name, expected, found in (
        ("nextPeriod", book.next_period, next_period),
        ("bondFree", funds.bond_free, state.bond_free),
        ("holders", funds.holders, state.holders),
    ):
        checklist.same("BOOK", f"asset {asset.asset_id}, {name}", expected, found, where)
    for period, replayed in sorted(book.periods.items()):
        if asset.epoch_at(period) != epoch:
            continue
        found_period = history.snapshot.periods[asset.asset_id, period]
        subject = f"asset {asset.asset_id}, period {period}"
        for name in ("escrow", "spot", "reserved", "sold_units", "state"):
            expected = getattr(replayed, name)
            found = getattr(found_period, name)
            checklist.same("PERIOD_BOOK", f"{subject}, {name}", expected, found, where)
        if replayed.sold_units:
            version = asset.terms_at(period).version
            checklist.same("PERIOD_PINNED", subject, version, found_period.terms_version, where)
    payees = {payee for vault, payee in history.snapshot.owed if vault == epoch.vault} | set(funds.owed)
    for payee in sorted(payees):
        found = history.snapshot.owed.get((epoch.vault, payee), 0)
        subject = f"vault {epoch.vault}, payee {payee}"
        checklist.same("OWED", subject, funds.owed.get(payee, 0), found, where)


def _check_conservation(history: History, book: ReplayedBook, epoch: Epoch, checklist: Checklist) -> None:
    """The vault has what it owes; what its issuer took shows as an outflow or as a recognized loss."""
    where, subject = f"block {history.last_block}", f"vault {epoch.vault}"
    funds, state = book.fund(epoch.epoch), history.snapshot.books[book.asset.asset_id, epoch.epoch]
    ours = [m for m in history.coin_moves if m.coin == epoch.coin]
    flow = sum(m.amount for m in ours if m.receiver == epoch.vault)
    flow -= sum(m.amount for m in ours if m.sender == epoch.vault)
    places = book.liabilities(epoch.epoch)
    checklist.same("VAULT_BALANCE", subject, flow, state.balance, where)
    checklist.same("VAULT_BOOKED", subject, funds.booked, state.booked, where)
    checklist.same("CONSERVATION", subject, places, state.booked, where)
    least = funds.payable(places + funds.holders)
    checklist.holds(
        state.balance >= least, "CONSERVATION", subject, f"at least {least}", state.balance, where
    )
