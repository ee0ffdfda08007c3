"""`wellhead daemon`: a member's or keeper's process."""

import json
import logging
from pathlib import Path
from typing import Annotated, Any

import typer
from eth_account import Account
from pydantic import ValidationError
from rich.console import Console

from wellhead.chain.client import connect_rpc
from wellhead.chain.service import Sender
from wellhead.chain.signatures import address_of
from wellhead.daemon.keys import KeySigner
from wellhead.daemon.process import build_daemon
from wellhead.daemon.settings import DaemonSettings, load_settings
from wellhead.db.engine import open_sessions
from wellhead.errors import InputError

NOBODY = "0x" + "00" * 19 + "01"
"""Who static calls name where there is no key."""

RPC_SECONDS = 5.0


def daemon_command(
    config: Annotated[Path | None, typer.Option(help="TOML file; WELLHEAD_… variables win over it.")] = None,
    once: Annotated[bool, typer.Option(help="One round, then end.")] = False,
    live: Annotated[bool | None, typer.Option("--live/--dry-run", help="Send transactions.")] = None,
) -> None:
    """Report, answer, settle and pay, round after round; without a key or --live, a dry run."""
    settings = _settings(config, live)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    key = _unlocked(settings)
    if settings.live and key is None:
        raise InputError("live needs a keystore: without a key this is a dry run")
    signer = KeySigner(key) if key else None
    chain = connect_rpc(settings.rpc_url, signer.address if signer else NOBODY, RPC_SECONDS)
    sessions = open_sessions(settings.database)
    sender = Sender(chain, sessions, key, settings.wait_seconds) if key and settings.live else None
    if sender is None:
        Console(stderr=True).print("dry run: nothing is sent")
    build_daemon(settings, chain, sessions, signer, sender).run(once=once)


def _settings(config: Path | None, live: bool | None) -> DaemonSettings:
    if config is not None and not config.is_file():
        raise InputError(f"{config} is no file")
    try:
        return load_settings(config, live=live)
    except ValidationError as error:
        found = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise InputError(f"settings: {'; '.join(found)}") from None


def _unlocked(settings: DaemonSettings) -> bytes | None:
    if settings.keystore is None:
        return None
    if settings.keystore_password is None:
        raise InputError("WELLHEAD_KEYSTORE_PASSWORD is not set")
    content: dict[str, Any] = json.loads(settings.keystore.read_text())
    try:
        key = bytes(Account.decrypt(content, settings.keystore_password.get_secret_value()))
    except ValueError as error:
        raise InputError(f"{settings.keystore.name}: {error}") from None
    address_of(key)
    return key
