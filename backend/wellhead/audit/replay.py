"""The whole audit over data: what the chain said and what was published, in; findings, out."""

from collections.abc import Callable, Mapping

from wellhead.audit.assets import Asset, assets_in, bindings_in
from wellhead.audit.books import OPEN, ReplayedBook
from wellhead.audit.closings import Closings
from wellhead.audit.contracts import check_contracts, check_sequences
from wellhead.audit.finding import AuditResult, Check, Checklist
from wellhead.audit.history import History
from wellhead.audit.identities import check_identities
from wellhead.audit.leases import check_leases
from wellhead.audit.offerings import check_offerings
from wellhead.audit.offers import check_offers
from wellhead.audit.published import PublishedFiles
from wellhead.audit.registered import check_asset
from wellhead.audit.reports import Reporting, check_period
from wellhead.audit.settlements import SettlementReplay
from wellhead.audit.shares import check_shares
from wellhead.audit.vaults import check_vault
from wellhead.reports.asset_report import AssetReport

Rebuilt = dict[tuple[int, int], AssetReport]
"""Reports that the published readings give, by (asset, period)."""


def replay(
    history: History, files: Mapping[str, bytes], told: Callable[[Check], None] = lambda _: None
) -> AuditResult:
    """Recompute everything and compare, in the order of docs/audit.md; `told` hears each check as it ends."""
    checklist = Checklist(told)
    check_contracts(history, checklist)
    check_sequences(history, checklist)
    assets, bindings = assets_in(history), bindings_in(history)
    reporting = Reporting(history, assets, bindings, PublishedFiles(files, checklist), checklist)
    posted = reporting.posted()
    for asset in assets.values():
        reported = [period for period in posted if period >= asset.registered_in]
        last = (history.last_block + 1, 0)
        check_asset(asset, bindings, reported, last, reporting.files, checklist)
    rebuilt: Rebuilt = {}
    for period, events in sorted(posted.items()):
        for asset_id, report in check_period(reporting, period, events).items():
            rebuilt[asset_id, period] = report
    for asset in assets.values():
        _check_money(history, asset, rebuilt, checklist)
    check_identities(history, checklist)
    check_offerings(history, assets, checklist)
    return checklist.result()


def _check_money(history: History, asset: Asset, rebuilt: Rebuilt, checklist: Checklist) -> None:
    if asset.first_period is None:
        checklist.note("Not open yet: no money", f"asset {asset.asset_id}")
        return
    book = ReplayedBook(asset, asset.first_period)
    with checklist.section("Sales, closings, redemptions, claims", f"asset {asset.asset_id}"):
        SettlementReplay(history, book, Closings(history, rebuilt, checklist), checklist).replay()
    for period, replayed in sorted(book.periods.items()):
        if replayed.state == OPEN:
            checklist.note("Not settled yet: skipped", f"asset {asset.asset_id}, period {period}")
    check_offers(history, asset, book, checklist)
    check_leases(history, asset, book, checklist)
    check_shares(history, asset, checklist)
    for epoch in asset.epochs:
        check_vault(history, book, epoch, checklist)
