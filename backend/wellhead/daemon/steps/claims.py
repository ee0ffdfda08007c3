"""Push what is owed: tenants' redemptions, everybody's claims, holders' revenue, in batches.

A claim is tried without sending first, so whoever cannot receive is passed over. A key carries how many claims
of that vault or share were paid before: the same need gives the same key, a new one another.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from wellhead.chain.contract import ContractWrapper
from wellhead.chain.contracts.settlement import PeriodState
from wellhead.chain.keccak import keccak256
from wellhead.daemon.actions import StepResult
from wellhead.daemon.steps.context import Context
from wellhead.errors import ContractReverted
from wellhead.market.lease_id import lease_parts
from wellhead.registry.facts import RegisteredAsset
from wellhead.settlement.service import SETTLE_STEPS, epochs_of

ZERO_ADDRESS = "0x" + "00" * 20
CLOSED = (PeriodState.SETTLED, PeriodState.UNREPORTED)


def push_claims(context: Context, result: StepResult) -> None:
    """Redemptions first: they are what tenants are owed."""
    if not context.is_my_turn(1, 0):
        result.waiting.append("claims: another member's turn")
        return
    if context.duties.redeem:
        _redeem(context, result)
    for asset in context.assets():
        if asset.opened_from is None:
            continue
        if context.duties.claim:
            _claim(context, asset, result)
        if context.duties.claim_revenue:
            _claim_revenue(context, asset, result)


def _redeem(context: Context, result: StepResult) -> None:
    system, leases = context.system, context.system.leases
    holders: dict[tuple[int, str], None] = {}
    for event in context.follower.events(leases, "TransferSingle", "TransferBatch"):
        args = event.args
        for lease_id in (args["id"],) if "id" in args else args["ids"]:
            if args["to"] != ZERO_ADDRESS:
                holders[lease_id, args["to"]] = None
    states: dict[tuple[int, int], PeriodState] = {}
    for lease_id, holder in holders:
        place = lease_parts(lease_id)[:2]
        if place not in states:
            states[place] = system.settlement.period_of(*place).state
        if states[place] not in CLOSED:
            continue
        units = leases.balance_of(holder, lease_id) - leases.frozen_of(holder, lease_id)
        if units <= 0:
            continue
        key = system.key_of("redeem", holder, lease_id, leases.total_supply(lease_id))
        call = system.settlement.redeem(holder, lease_id, units)
        if _passes(system.settlement, "redeem", holder, lease_id, units):
            context.actions.do(result, key, call)


def _claim(context: Context, asset: RegisteredAsset, result: StepResult) -> None:
    system = context.system
    payees = _payees(context, asset)
    paid = Counter(e.args["vault"] for e in context.follower.events(system.settlement, "Claimed"))
    for epoch, vault, coin in epochs_of(system, asset.asset_id):
        due = [
            payee
            for payee in payees
            if system.settlement.owed(vault, coin, payee) >= max(1, context.duties.claim_units_min)
            and _passes(system.settlement, "claim", vault, coin, payee)
        ]
        for batch in _batches(due, context.duties.batch):
            key = system.key_of("claim", asset.asset_id, epoch, paid[vault], _named(batch))
            context.actions.do(result, key, system.settlement.claim_batch(vault, coin, batch))


def _claim_revenue(context: Context, asset: RegisteredAsset, result: StepResult) -> None:
    system = context.system
    share = system.share_at(system.settlement.book_of(asset.asset_id).share)
    events = context.follower.events(share, "Transfer")
    holders = sorted({event.args["to"] for event in events} - {ZERO_ADDRESS})
    least = max(1, context.duties.claim_units_min)
    due = []
    for holder in holders:
        try:
            if int(share.read("claim", holder, SETTLE_STEPS)) >= least:
                due.append(holder)
        except ContractReverted:
            continue  # nothing earned yet, or cannot receive now
    paid = len(context.follower.events(share, "RevenueClaimed"))
    for batch in _batches(due, context.duties.batch):
        key = system.key_of("revenue", asset.asset_id, share.next_period(), paid, _named(batch))
        context.actions.do(result, key, share.claim_batch(batch, SETTLE_STEPS))


def _payees(context: Context, asset: RegisteredAsset) -> list[str]:
    """Owners of closed periods, the protocol, and holders whose leases were redeemed."""
    settlement = context.system.settlement
    payees = {asset.owner, settlement.protocol()}
    for event in context.follower.events(settlement, "PeriodSettled", "PeriodUnreported", "Redeemed"):
        args = event.args
        if "holder" in args and lease_parts(args["id"])[0] == asset.asset_id:
            payees.add(args["holder"])
        elif args.get("assetId") == asset.asset_id and "owner" in args:
            payees.add(args["owner"])
    return sorted(payees)


def _passes(wrapper: ContractWrapper, function: str, *args: object) -> bool:
    try:
        wrapper.read(function, *args)
    except ContractReverted:
        return False
    return True


def _batches(values: Sequence[str], size: int) -> Iterable[list[str]]:
    return (list(values[start : start + size]) for start in range(0, len(values), size))


def _named(batch: Sequence[str]) -> str:
    return keccak256("".join(batch).encode()).hex()[:16]
