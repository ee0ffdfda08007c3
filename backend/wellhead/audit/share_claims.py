"""What a share's events say about its money: epochs, losses, claims, and the payments they ask of vaults.

Source: docs/protocol.md, "Shares".
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from wellhead.audit.history import Event, History, share_name


@dataclass(frozen=True, slots=True)
class ShareEpoch:
    """Revenue of the periods since `from_period` is paid from that vault in that coin."""

    from_period: int
    vault: str
    coin: str


@dataclass(frozen=True, slots=True)
class ShareClaim:
    """`amount` taken off what an account earned in an epoch; its vault owes `payable` coins for it."""

    event: Event
    epoch: int
    amount: int
    payable: int


def share_epochs(history: History, asset_id: int) -> list[ShareEpoch]:
    """Epochs of an asset's share, by number."""
    return [
        ShareEpoch(event.args["fromPeriod"], event.args["vault"], event.args["coin"])
        for event in history.of(share_name(asset_id), "EpochStarted")
    ]


def epoch_of(epochs: list[ShareEpoch], period: int) -> int:
    """Number of the epoch that a period lies in."""
    return bisect_right([epoch.from_period for epoch in epochs], period) - 1


def share_claims(history: History, asset_id: int) -> Iterator[ShareClaim]:
    """Claims in order. `RevenueClaimed` is of the epoch of the period that was settled last before it."""
    epochs, current = share_epochs(history, asset_id), 0
    losses: dict[int, tuple[int, int]] = {}
    for event in history.of(share_name(asset_id)):
        args = event.args
        if event.name == "RevenueAdded":
            current = epoch_of(epochs, args["period"])
        elif event.name == "EpochImpaired":
            losses[args["epoch"]] = (args["balance"], args["obligations"])
        elif event.name in ("RevenueClaimed", "PastRevenueClaimed"):
            epoch = args["epoch"] if event.name == "PastRevenueClaimed" else current
            balance, obligations = losses.get(epoch, (1, 1))
            payable = args["amount"] * min(balance, obligations) // obligations
            yield ShareClaim(event, epoch, args["amount"], payable)


def share_payments(history: History, asset_id: int) -> Iterator[tuple[str, str, str, str, int]]:
    """(transaction, coin, vault, payee, coins) of every payment that the share's claims ask of a vault."""
    epochs = share_epochs(history, asset_id)
    for claim in share_claims(history, asset_id):
        epoch, event = epochs[claim.epoch], claim.event
        yield event.transaction, epoch.coin, epoch.vault, event.args["to"], event.args["paid"]
