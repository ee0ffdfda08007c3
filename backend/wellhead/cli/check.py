"""`wellhead check`: is everything in order for a member to start? Looks, and changes nothing."""

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from wellhead.chain.signers import Signer
from wellhead.chain.signers.keystore import open_keystore, read_password
from wellhead.daemon.preflight import Item, Member, Preflight, Verdict
from wellhead.errors import ChainError, InputError
from wellhead.settings import Settings

COLOURS = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.FAIL: "bold red"}


def check_command(
    rpc: Annotated[str | None, typer.Option(help="JSON-RPC endpoint of the chain.")] = None,
    deployment: Annotated[Path | None, typer.Option(help="The deployment's published file.")] = None,
    database: Annotated[str | None, typer.Option(help="Where this member keeps what it knows.")] = None,
    keystore: Annotated[Path | None, typer.Option(help="Keystore v3 file of this member.")] = None,
    password_file: Annotated[Path | None, typer.Option(help="File with the keystore's password.")] = None,
    kms_key: Annotated[str | None, typer.Option(help="AWS KMS key of this member, instead.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Look at whatever a member needs before it starts; exit 0 if nothing stands in its way."""
    settings = Settings()
    keystore, kms_key = keystore or settings.keystore, kms_key or settings.kms_key
    password_file = password_file or settings.keystore_password_file

    def open_signer() -> Signer | None:
        return _opened(keystore, password_file, kms_key)

    member = Member(
        rpc or settings.rpc_url,
        deployment or settings.deployment,
        database or settings.database,
        open_signer,
        settings.balance_floor_wei,
    )
    preflight = Preflight(member, time.time)
    items = preflight.look()
    if as_json:
        print(json.dumps({"ok": preflight.passed, "items": [asdict(item) for item in items]}))
    else:
        Console().print(_table(items))
    raise typer.Exit(0 if preflight.passed else 1)


def _opened(keystore: Path | None, password_file: Path | None, kms_key: str | None) -> Signer | None:
    if keystore is not None and kms_key is not None:
        raise InputError("both a keystore and a KMS key are given: which one is it?")
    if keystore is not None:
        return open_keystore(keystore, read_password(password_file))
    return None if kms_key is None else _kms(kms_key)


def _kms(key_id: str) -> Signer:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    from wellhead.chain.signers.kms import KmsSigner

    try:
        return KmsSigner(boto3.client("kms"), key_id)
    except (BotoCoreError, ClientError) as error:
        raise ChainError(f"KMS: {error}") from error


def _table(items: list[Item]) -> Table:
    table = Table("", "what", "found", box=None)
    for item in items:
        found = item.found + (f"\n[dim]{item.advice}[/]" if item.advice else "")
        table.add_row(f"[{COLOURS[item.verdict]}]{item.verdict}[/]", item.name, found)
    return table
