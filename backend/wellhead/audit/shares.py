"""Who held a share while revenue was earned: an exact integral of balances over time, nothing else.

Independent of `wellhead.settlement.time_weighted`, which keeps the contract's clever books: here every
transfer is walked, every period of every holder summed. Source: docs/protocol.md, "Shares".
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from wellhead.audit.assets import Asset
from wellhead.audit.finding import Checklist
from wellhead.audit.history import ZERO_ADDRESS, Event, History, share_name
from wellhead.audit.share_claims import epoch_of, share_claims, share_epochs
from wellhead.clock import PeriodClock

Weights = Counter[tuple[str, int]]
"""Share·seconds by (account, period)."""


@dataclass(frozen=True, slots=True)
class ShareMove:
    """`amount` shares (18 decimals) at second `timestamp`, the first that counts for the receiver."""

    sender: str
    receiver: str
    amount: int
    timestamp: int


def weights_of(moves: Sequence[ShareMove], clock: PeriodClock, until: int) -> Weights:
    """`∫ balance dt` of every account over every period that begins before second `until`, up to `until`.

    The issuer's mint is to be dated to the start of the period of issue.
    """
    weights: Weights = Counter()
    balances: Counter[str] = Counter()
    since: dict[str, int] = {}
    for move in moves:
        for account, change in ((move.sender, -move.amount), (move.receiver, move.amount)):
            if account == ZERO_ADDRESS:
                continue
            _add(
                weights, account, balances[account], since.get(account, move.timestamp), move.timestamp, clock
            )
            balances[account] += change
            since[account] = move.timestamp
    for account, balance in balances.items():
        _add(weights, account, balance, since[account], until, clock)
    return weights


def _add(weights: Weights, account: str, balance: int, start: int, end: int, clock: PeriodClock) -> None:
    while balance and start < end:
        period = clock.period_at(start)
        stop = min(end, clock.end_of(period))
        weights[account, period] += balance * (stop - start)
        start = stop


def check_shares(history: History, asset: Asset, checklist: Checklist) -> None:
    """Codes SHARE_REVENUE, SHARE_CLAIM, SHARE_ENTITLEMENT, SHARE_BALANCE, SHARE_SUPPLY."""
    name = share_name(asset.asset_id)
    transfers = list(history.of(name, "Transfer"))
    with checklist.section("Shares: revenue by time held", f"asset {asset.asset_id}"):
        _check_revenue(history, asset, checklist)
        balances = _check_balances(history, asset, transfers, checklist)
        supply = sum(balances.values())
        if supply > 0 and asset.first_period is not None:
            moves = _moves(history, transfers, asset.first_period)
            weights = weights_of(moves, history.clock, history.timestamp)
            _check_claims(history, asset, weights, supply, sorted(balances), checklist)


def _moves(history: History, transfers: Sequence[Event], first_period: int) -> list[ShareMove]:
    start = history.clock.start_of(first_period)
    return [
        ShareMove(
            event.args["from"],
            event.args["to"],
            event.args["value"],
            start if event.args["from"] == ZERO_ADDRESS else event.timestamp,
        )
        for event in transfers
    ]


def _check_revenue(history: History, asset: Asset, checklist: Checklist) -> None:
    """What the share books per period is the holders' line of the waterfall, 0 where skipped."""
    closed = _closed(history, asset.asset_id)
    added = list(history.of(share_name(asset.asset_id), "RevenueAdded"))
    for event in added:
        period = event.args["period"]
        subject = f"asset {asset.asset_id}, period {period}"
        expected = closed.pop(period, "no closing")
        checklist.same("SHARE_REVENUE", subject, expected, event.args["earned"], event.where)
    for period, holders in closed.items():
        subject = f"asset {asset.asset_id}, period {period}"
        checklist.holds(
            False, "SHARE_REVENUE", subject, holders, "nothing booked", share_name(asset.asset_id)
        )


def _closed(history: History, asset_id: int) -> dict[int, int]:
    """What each closed period gave its holders."""
    closed: dict[int, int] = {}
    for event in history.of("Settlement", "PeriodSettled", "PeriodUnreported", "PeriodsSkipped"):
        if event.args["assetId"] != asset_id:
            continue
        if event.name == "PeriodsSkipped":
            first = event.args["fromPeriod"]
            closed |= dict.fromkeys(range(first, first + event.args["count"]), 0)
        else:
            closed[event.args["period"]] = event.outcome["holders"]
    return closed


def _check_balances(
    history: History, asset: Asset, transfers: Sequence[Event], checklist: Checklist
) -> dict[str, int]:
    balances: Counter[str] = Counter()
    for event in transfers:
        balances[event.args["from"]] -= event.args["value"]
        balances[event.args["to"]] += event.args["value"]
    minted = [event for event in transfers if event.args["from"] == ZERO_ADDRESS]
    subject = f"asset {asset.asset_id}"
    receivers = [event.args["to"] for event in minted]
    checklist.same("SHARE_SUPPLY", subject, [asset.owner], receivers, share_name(asset.asset_id))
    del balances[ZERO_ADDRESS]
    for account, expected in balances.items():
        found = history.snapshot.share_balances.get((asset.asset_id, account), 0)
        where = f"{share_name(asset.asset_id)} at block {history.last_block}"
        checklist.same("SHARE_BALANCE", f"{subject}, holder {account}", expected, found, where)
    return dict(balances)


def _check_claims(
    history: History,
    asset: Asset,
    weights: Weights,
    supply: int,
    accounts: Sequence[str],
    checklist: Checklist,
) -> None:
    """No claim exceeds the floor of all earned by then; claimed + claimable is exactly the floor now.

    Both within one epoch: coins of different epochs never mix. A claim may walk only a part of an account's
    history, so a single one may be smaller.
    """
    name, divisor = share_name(asset.asset_id), supply * history.clock.period_seconds
    epochs = share_epochs(history, asset.asset_id)
    claims = {claim.event.place: claim for claim in share_claims(history, asset.asset_id)}
    earned: Counter[tuple[str, int]] = Counter()
    claimed: Counter[tuple[str, int]] = Counter()
    for event in history.of(name, "RevenueAdded", "RevenueClaimed", "PastRevenueClaimed"):
        if event.name == "RevenueAdded":
            period = event.args["period"]
            for account in accounts:
                key = account, epoch_of(epochs, period)
                earned[key] += weights[account, period] * event.args["earned"]
            continue
        account, amount, epoch = event.args["account"], event.args["amount"], claims[event.place].epoch
        most = earned[account, epoch] // divisor - claimed[account, epoch]
        subject = f"asset {asset.asset_id}, holder {account}, epoch {epoch}"
        checklist.holds(amount <= most, "SHARE_CLAIM", subject, f"at most {most}", amount, event.where)
        claimed[account, epoch] += amount
    for account, epoch in sorted({(account, epoch) for account, epoch in earned} | set(claimed)):
        claimable = history.snapshot.claimable.get((asset.asset_id, account, epoch))
        if claimable is None:
            checklist.note(
                "Frozen or impaired: what is claimable cannot be read", f"asset {asset.asset_id}, {account}"
            )
            continue
        checklist.same(
            "SHARE_ENTITLEMENT",
            f"asset {asset.asset_id}, holder {account}, epoch {epoch}",
            earned[account, epoch] // divisor,
            claimed[account, epoch] + claimable,
            f"{name} at block {history.last_block}",
        )
