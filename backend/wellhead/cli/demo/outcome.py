"""What a demonstration ends with, as machines get it: one JSON object read back from the chain."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from wellhead.audit.finding import AuditResult
from wellhead.chain.contract import ChainEvent
from wellhead.cli.demo.plan import DemoPlan
from wellhead.cli.demo.stage import Stage
from wellhead.market.lease_id import lease_parts
from wellhead.reports.asset_report import AssetReport
from wellhead.reports.service import Bundled


@dataclass(frozen=True)
class Books:
    """Totals of one vault, in base units, from the contracts' events."""

    deposited: int
    paid_out: int
    held: int
    payouts: Mapping[tuple[str, str], int]
    """(address, role) → amount paid."""


def read_books(stage: Stage, events: Sequence[ChainEvent]) -> Books:
    """What came in, what went out to whom, and what the vault still holds."""
    deposited, payouts = 0, defaultdict[tuple[str, str], int](int)
    roles = _roles(stage)
    for event in events:
        args = event.args
        if event.name == "SaleBooked":
            deposited += args["count"] * args["units"] * lease_parts(args["firstId"])[2]
        elif event.name in ("BondDeposited", "SpotDeposited"):
            deposited += args["amount"]
        elif event.name == "Claimed":
            payouts[args["payee"], roles[args["payee"]]] += args["paid"]
        elif event.name in ("RevenueClaimed", "PastRevenueClaimed"):
            payouts[args["to"], "holder"] += args["paid"]
        elif event.name == "BondWithdrawn":
            payouts[args["to"], "bond returned"] += args["paid"]
    held = stage.coin.balance_of(stage.asset.vault)
    return Books(deposited, sum(payouts.values()), held, dict(payouts))


def settlement_events(stage: Stage) -> list[ChainEvent]:
    """Every event of Settlement and of the share since the deployment, Settlement's first."""
    system, last = stage.system, stage.system.chain.block_number()
    first = system.deployment.first_block
    share = system.share_at(stage.asset.share)
    return system.settlement.events_between(first, last) + share.events_between(first, last)


def as_json(
    stage: Stage,
    plan: DemoPlan,
    bundles: Sequence[Bundled],
    events: Sequence[ChainEvent],
    audited: AuditResult,
    wall_seconds: float,
) -> dict[str, Any]:
    """The object that `--json` prints; amounts are decimal strings of base units, hashes 0x-hex."""
    books, chain = read_books(stage, events), stage.system.chain
    return {
        "chain": {"id": chain.chain_id, "kind": str(chain.kind)},
        "contracts": {
            **stage.system.deployment.contracts,
            "Vault": stage.asset.vault,
            "RevenueShare": stage.asset.share,
            "Stablecoin": stage.coin.address,
        },
        "periods": [_period(stage, plan, bundled, events) for bundled in bundles],
        "payouts": [
            {"address": address, "role": role, "amount": str(amount)}
            for (address, role), amount in books.payouts.items()
        ],
        "conservation": {
            "deposited": str(books.deposited),
            "paid_out": str(books.paid_out),
            "held": str(books.held),
        },
        "audit": {
            "checks": audited.checks,
            "findings": [asdict(finding) for finding in audited.findings],
        },
        "wall_seconds": round(wall_seconds, 3),
    }


def _period(stage: Stage, plan: DemoPlan, bundled: Bundled, events: Sequence[ChainEvent]) -> dict[str, Any]:
    asset_id = stage.asset.asset_id
    report: AssetReport = bundled.proposal.assets[asset_id].report
    book = stage.system.settlement.period_of(asset_id, report.period)
    outcome = next(
        event.args["outcome"]
        for event in events
        if event.name == "PeriodSettled"
        and (event.args["assetId"], event.args["period"]) == (asset_id, report.period)
    )
    refund = credit = 0
    for event in events:
        if event.name == "Redeemed" and lease_parts(event.args["id"])[:2] == (asset_id, report.period):
            refund += event.args["refund"]
            credit += event.args["credit"]
    capacity = report.devices * plan.clock.period_seconds
    known = report.up_seconds + report.down_seconds + report.excused_seconds
    return {
        "asset_id": asset_id,
        "period": report.period,
        "devices": report.devices,
        "period_seconds": plan.clock.period_seconds,
        "unit_seconds": plan.unit_seconds,
        "sold_units": book.sold_units,
        "up_seconds": report.up_seconds,
        "down_seconds": report.down_seconds,
        "excused_seconds": report.excused_seconds,
        "unknown_seconds": capacity - known,
        "busy_seconds": report.busy_seconds,
        "energy_joules": report.energy_joules,
        "work": report.work,
        "telemetry_root": "0x" + report.telemetry_root.hex(),
        "report_root": "0x" + bundled.proposal.report.root.hex(),
        "escrow": str(book.escrow),
        "charge": str(outcome["charge"]),
        "refund": str(refund),
        "credit": str(credit),
        "spot_revenue": str(book.spot),
        "fee": str(outcome["fee"]),
        "energy_cost": str(outcome["energyCost"]),
        "holders": str(outcome["holders"]),
        "owner": str(outcome["owner"]),
    }


def _roles(stage: Stage) -> dict[str, str]:
    cast = stage.cast
    return {
        cast["tenant-1"].address: "tenant",
        cast["tenant-2"].address: "tenant",
        cast["owner"].address: "owner",
        cast.protocol: "protocol",
    }
