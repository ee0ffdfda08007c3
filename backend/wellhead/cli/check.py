"""`wellhead check`: is everything in order for a member to start? Looks, and changes nothing."""

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from wellhead.cli.daemon import settings_of
from wellhead.cli.signer import open_signer
from wellhead.daemon.preflight import Item, Member, Preflight, Verdict
from wellhead.settings import Settings

COLOURS = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.FAIL: "bold red"}


def check_command(
    config: Annotated[
        Path | None, typer.Option(help="The daemon's TOML file; what else is said here wins over it.")
    ] = None,
    rpc: Annotated[str | None, typer.Option(help="JSON-RPC endpoint of the chain.")] = None,
    deployment: Annotated[Path | None, typer.Option(help="The deployment's published file.")] = None,
    database: Annotated[str | None, typer.Option(help="Where this member keeps what it knows.")] = None,
    keystore: Annotated[Path | None, typer.Option(help="Keystore v3 file of this member.")] = None,
    password_file: Annotated[Path | None, typer.Option(help="File with the keystore's password.")] = None,
    kms_key: Annotated[str | None, typer.Option(help="AWS KMS key of this member, instead.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Look at whatever a member needs before it starts; exit 0 if nothing stands in its way."""
    settings = settings_of(config) if config else Settings()
    keystore, kms_key = keystore or settings.keystore, kms_key or settings.kms_key
    password_file = password_file or settings.keystore_password_file

    member = Member(
        rpc or settings.rpc_url,
        deployment or settings.deployment,
        database or settings.database,
        lambda: open_signer(keystore, password_file, kms_key),
        settings.balance_floor_wei,
    )
    preflight = Preflight(member, time.time)
    items = preflight.look()
    if as_json:
        print(json.dumps({"ok": preflight.passed, "items": [asdict(item) for item in items]}))
    else:
        Console().print(_table(items))
    raise typer.Exit(0 if preflight.passed else 1)


def _table(items: list[Item]) -> Table:
    table = Table("", "what", "found", box=None)
    for item in items:
        found = item.found + (f"\n[dim]{item.advice}[/]" if item.advice else "")
        table.add_row(f"[{COLOURS[item.verdict]}]{item.verdict}[/]", item.name, found)
    return table
