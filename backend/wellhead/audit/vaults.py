"""Each vault: coins in and out against the books, then books, debts and balance against the chain (P1)."""

from collections import Counter

from wellhead.audit.books import ReplayedBook
from wellhead.audit.finding import Checklist
from wellhead.audit.history import Event, History
from wellhead.audit.share_claims import share_payments

Movement = tuple[str, str, str, int]
"""(transaction, sender, receiver, amount)"""


def _asked(event: Event, vault: str) -> Movement | None:
    """The coins that an event of Settlement says have moved; None where it moves none."""
    args, transaction = event.args, event.transaction
    if event.name == "SaleBooked":
        return transaction, args["buyer"], vault, args["units"] * args["price"]
    if event.name in ("BondDeposited", "SpotDeposited"):
        return transaction, args["from"], vault, args["amount"]
    if event.name == "BondWithdrawn":
        return transaction, vault, args["to"], args["amount"]
    if event.name == "Claimed":
        return transaction, vault, args["payee"], args["amount"]
    return None


def check_vault(history: History, book: ReplayedBook, checklist: Checklist) -> None:
    """Compare one vault in both directions.

    Codes VAULT_TRANSFER, VAULT_OUTFLOW, VAULT_BALANCE, VAULT_BOOKED, CONSERVATION, OWED, BOOK, PERIOD_BOOK.
    Coins that somebody sends unasked only add to the balance and are no finding.
    """
    asset = book.asset
    with checklist.section("Vault: transfers", f"asset {asset.asset_id}, vault {asset.vault}"):
        _check_transfers(history, book, checklist)
    with checklist.section("Vault: books and conservation", f"asset {asset.asset_id}, vault {asset.vault}"):
        _check_books(history, book, checklist)
        _check_conservation(history, book, checklist)


def _check_transfers(history: History, book: ReplayedBook, checklist: Checklist) -> None:
    asset = book.asset
    asked: Counter[Movement] = Counter()
    for event in history.of("Settlement"):
        ours = event.args.get("assetId") == asset.asset_id or event.args.get("vault") == asset.vault
        movement = _asked(event, asset.vault) if ours else None
        if movement is not None:
            asked[movement] += 1
    for transaction, _, vault, payee, amount in share_payments(history, asset.asset_id):
        if vault == asset.vault:
            asked[transaction, vault, payee, amount] += 1
    moved = Counter(
        (move.transaction, move.sender, move.receiver, move.amount)
        for move in history.coin_moves
        if move.coin == asset.coin and asset.vault in (move.sender, move.receiver)
    )
    for key, times in asked.items():
        transaction, sender, receiver, amount = key
        subject = f"vault {asset.vault}, {amount} from {sender} to {receiver}"
        found = min(moved[key], times)
        checklist.same("VAULT_TRANSFER", subject, times, found, f"transaction {transaction}")
    for (transaction, sender, _, amount), times in (moved - asked).items():
        if sender == asset.vault:
            subject, where = f"vault {asset.vault}", f"transaction {transaction}"
            checklist.holds(False, "VAULT_OUTFLOW", subject, "no payment asked for", times * amount, where)


def _check_books(history: History, book: ReplayedBook, checklist: Checklist) -> None:
    asset, where = book.asset, f"Settlement at block {history.last_block}"
    state = history.snapshot.books[asset.asset_id]
    for name, expected, found in (
        ("nextPeriod", book.next_period, state.next_period),
        ("bondFree", book.bond_free, state.bond_free),
        ("holderPool", book.holder_pool, state.holder_pool),
    ):
        checklist.same("BOOK", f"asset {asset.asset_id}, {name}", expected, found, where)
    for period, replayed in sorted(book.periods.items()):
        found_period = history.snapshot.periods[asset.asset_id, period]
        for name in ("escrow", "spot", "reserved", "sold_units", "state"):
            subject = f"asset {asset.asset_id}, period {period}, {name}"
            expected = getattr(replayed, name)
            checklist.same("PERIOD_BOOK", subject, expected, getattr(found_period, name), where)
    payees = {payee for vault, payee in history.snapshot.owed if vault == asset.vault} | set(book.owed)
    for payee in sorted(payees):
        found = history.snapshot.owed.get((asset.vault, payee), 0)
        checklist.same("OWED", f"vault {asset.vault}, payee {payee}", book.owed.get(payee, 0), found, where)


def _check_conservation(history: History, book: ReplayedBook, checklist: Checklist) -> None:
    asset, where = book.asset, f"block {history.last_block}"
    subject = f"vault {asset.vault}"
    state = history.snapshot.books[asset.asset_id]
    ours = [m for m in history.coin_moves if m.coin == asset.coin]
    flow = sum(m.amount for m in ours if m.receiver == asset.vault)
    flow -= sum(m.amount for m in ours if m.sender == asset.vault)
    checklist.same("VAULT_BALANCE", subject, flow, state.balance, where)
    checklist.same("VAULT_BOOKED", subject, book.booked, state.booked, where)
    checklist.same("CONSERVATION", subject, book.liabilities, state.booked, where)
    checklist.holds(
        state.balance >= book.liabilities,
        "CONSERVATION",
        subject,
        f"at least {book.liabilities}",
        state.balance,
        where,
    )
