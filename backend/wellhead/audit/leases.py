"""Lease tokens: minted is what was sold, burned what was redeemed, and everybody has what moved to him."""

from collections import Counter
from collections.abc import Iterator

from wellhead.audit.assets import Asset
from wellhead.audit.books import OPEN, ReplayedBook
from wellhead.audit.finding import Checklist
from wellhead.audit.history import ZERO_ADDRESS, Event, History
from wellhead.market.lease_id import encode_lease_id, lease_parts


def movements(event: Event) -> Iterator[tuple[str, str, int, int]]:
    """(from, to, id, units) of a TransferSingle or TransferBatch."""
    args = event.args
    pairs = (
        [(args["id"], args["value"])]
        if event.name == "TransferSingle"
        else zip(args["ids"], args["values"], strict=True)
    )
    for lease, units in pairs:
        yield args["from"], args["to"], lease, units


def check_leases(history: History, asset: Asset, book: ReplayedBook | None, checklist: Checklist) -> None:
    """Codes LEASE_MINTED, LEASE_BURNED, LEASE_BALANCE, LEASE_SUPPLY, ESCROW for one asset's series."""
    balances: Counter[tuple[int, str]] = Counter()
    minted: Counter[tuple[str, int]] = Counter()
    burned: Counter[tuple[str, str, int]] = Counter()
    for event in history.of("LeaseToken", "TransferSingle", "TransferBatch"):
        for sender, receiver, lease, units in movements(event):
            if lease_parts(lease)[0] != asset.asset_id:
                continue
            balances[lease, receiver] += units
            balances[lease, sender] -= units
            if sender == ZERO_ADDRESS:
                minted[event.transaction, lease] += units
            if receiver == ZERO_ADDRESS:
                burned[event.transaction, sender, lease] += units
    with checklist.section("Leases: sold, moved, redeemed", f"asset {asset.asset_id}"):
        _check_minted(history, asset, minted, checklist)
        _check_burned(history, asset, burned, checklist)
        _check_state(history, asset, balances, checklist)
        if book is not None:
            _check_escrow(history, book, checklist)


def _label(lease: int) -> str:
    asset_id, period, price = lease_parts(lease)
    return f"asset {asset_id}, period {period}, price {price}"


def _check_minted(
    history: History, asset: Asset, minted: Counter[tuple[str, int]], checklist: Checklist
) -> None:
    sold: Counter[tuple[str, int]] = Counter()
    for event in history.of("Settlement", "SaleBooked"):
        asset_id, first, price = lease_parts(event.args["firstId"])
        if asset_id == asset.asset_id:
            for period in range(first, first + event.args["count"]):
                lease = encode_lease_id(asset.asset_id, period, price)
                sold[event.transaction, lease] += event.args["units"]
    for key in sold | minted:
        checklist.same("LEASE_MINTED", _label(key[1]), sold[key], minted[key], f"transaction {key[0]}")


def _check_burned(
    history: History, asset: Asset, burned: Counter[tuple[str, str, int]], checklist: Checklist
) -> None:
    redeemed: Counter[tuple[str, str, int]] = Counter()
    for event in history.of("Settlement", "Redeemed"):
        if lease_parts(event.args["id"])[0] == asset.asset_id:
            redeemed[event.transaction, event.args["holder"], event.args["id"]] += event.args["units"]
    for key in redeemed | burned:
        subject = f"{_label(key[2])}, holder {key[1]}"
        checklist.same("LEASE_BURNED", subject, redeemed[key], burned[key], f"transaction {key[0]}")


def _check_state(
    history: History, asset: Asset, balances: Counter[tuple[int, str]], checklist: Checklist
) -> None:
    where = f"LeaseToken at block {history.last_block}"
    supplies: Counter[int] = Counter()
    for (lease, holder), units in balances.items():
        if holder == ZERO_ADDRESS:
            continue
        supplies[lease] += units
        found = history.snapshot.lease_balances.get((lease, holder), 0)
        checklist.same("LEASE_BALANCE", f"{_label(lease)}, holder {holder}", units, found, where)
    for lease, found in history.snapshot.lease_supplies.items():
        if lease_parts(lease)[0] == asset.asset_id:
            checklist.same("LEASE_SUPPLY", _label(lease), supplies[lease], found, where)


def _check_escrow(history: History, book: ReplayedBook, checklist: Checklist) -> None:
    """Until a period is closed, each unit that exists has its full price in escrow (P2)."""
    asset_id = book.asset.asset_id
    priced: Counter[int] = Counter()
    for lease, units in history.snapshot.lease_supplies.items():
        lease_asset, period, price = lease_parts(lease)
        if lease_asset == asset_id:
            priced[period] += units * price
    for period, replayed in book.periods.items():
        if replayed.state == OPEN:
            subject, where = f"asset {asset_id}, period {period}", f"block {history.last_block}"
            checklist.same("ESCROW", subject, priced[period], replayed.escrow, where)
