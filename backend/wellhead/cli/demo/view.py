"""What a demonstration ends with, as people read it."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from wellhead.audit.finding import AuditResult, Check
from wellhead.units import format_amount

DECIMALS = 6
SYMBOL = "tUSDC"
LINES = (
    ("escrow", "paid by tenants beforehand"),
    ("charge", "earned: what was delivered"),
    ("refund", "back to tenants: what was not"),
    ("credit", "to tenants, from the owner's bond"),
    ("spot_revenue", "spot revenue deposited"),
    ("fee", "protocol"),
    ("energy_cost", "owner, for energy"),
    ("holders", "holders of the period"),
    ("owner", "owner, the rest"),
)


def show_outcome(console: Console, outcome: dict[str, Any], names: dict[str, str]) -> None:
    """Tables of the periods, the waterfall, who got what, and the books."""
    console.print(_delivery(outcome["periods"]))
    console.print(_waterfall(outcome["periods"]))
    payouts = Table(title="Who got what", title_justify="left")
    for column, side in (("who", "left"), ("as", "left"), ("address", "left"), (SYMBOL, "right")):
        payouts.add_column(column, justify=side)  # type: ignore[arg-type]  # "left" and "right" are its words
    for payout in outcome["payouts"]:
        address = payout["address"]
        payouts.add_row(names.get(address, "?"), payout["role"], address[:12] + "…", _money(payout["amount"]))
    console.print(payouts)
    books = outcome["conservation"]
    console.print(
        f"Books: {_money(books['deposited'])} came in = {_money(books['paid_out'])} paid out "
        f"+ {_money(books['held'])} held in the vault"
    )


def show_audit(console: Console, checks: Sequence[Check], audited: AuditResult) -> None:
    """A line for each check, then the verdict."""
    table = Table(title="Audit, from the chain and the published readings alone", title_justify="left")
    for column in ("check", "of", "compared", ""):
        table.add_column(column)
    for check in checks:
        table.add_row(check.name, check.subject, f"{check.count:,}", "ok" if check.ok else "DIFFERS")
    console.print(table)
    for finding in audited.findings:
        console.print(
            f"[bold red]{finding.code}[/] {finding.subject}: expected {finding.expected}, "
            f"found {finding.found} ({finding.where})"
        )
    verdict = "no difference found" if not audited.findings else f"{len(audited.findings)} differences"
    console.print(f"[bold]Audit: {audited.checks:,} checks, {verdict}[/]")


def _delivery(periods: Sequence[dict[str, Any]]) -> Table:
    table = Table(title="What the machines did, device-seconds", title_justify="left")
    for column in ("period", "devices", "up", "down", "excused", "unknown", "busy", "joules", "units sold"):
        table.add_column(column, justify="right")
    for p in periods:
        seconds = [p[f"{name}_seconds"] for name in ("up", "down", "excused", "unknown", "busy")]
        values = [p["period"], p["devices"], *seconds, p["energy_joules"], p["sold_units"]]
        table.add_row(*(f"{value:,}" for value in values))
    return table


def _waterfall(periods: Sequence[dict[str, Any]]) -> Table:
    table = Table(title=f"What that pays, {SYMBOL}", title_justify="left")
    table.add_column("line")
    table.add_column("to or from")
    for p in periods:
        table.add_column(f"period {p['period']}", justify="right")
    for key, meaning in LINES:
        table.add_row(key.replace("_", " "), meaning, *(_money(p[key]) for p in periods))
    return table


def _money(amount: str) -> str:
    return format_amount(int(amount), DECIMALS)
