"""`wellhead daemon`: a member's or keeper's process."""

import logging
import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from sqlalchemy.orm import Session, sessionmaker

from wellhead.chain.client import connect_rpc
from wellhead.chain.index.rpc import NodeRpc
from wellhead.chain.index.service import Indexer, money_may_move
from wellhead.chain.service import Sender
from wellhead.chain.signers import Signer
from wellhead.chain.signers.keystore import PASSWORD_VARIABLE
from wellhead.cli.signer import open_signer
from wellhead.daemon.log import start_logging, told
from wellhead.daemon.loop import STEPS
from wellhead.daemon.metrics import Metrics
from wellhead.daemon.operated import operated
from wellhead.daemon.redact import Redactor
from wellhead.daemon.running import Daemon, build_daemon
from wellhead.daemon.settings import DaemonSettings, load_settings
from wellhead.daemon.watch.keys import KeyWatch
from wellhead.daemon.watch.watch import Limits, Watch
from wellhead.db.engine import open_sessions
from wellhead.errors import InputError
from wellhead.registry.terms import RULES_VERSION

NOBODY = "0x" + "00" * 19 + "01"
"""Who static calls name where there is no key."""

RPC_SECONDS = 5.0


def daemon_command(
    config: Annotated[Path | None, typer.Option(help="TOML file; WELLHEAD_… variables win over it.")] = None,
    once: Annotated[bool, typer.Option(help="One round, then end.")] = False,
    live: Annotated[bool | None, typer.Option("--live/--dry-run", help="Send transactions.")] = None,
) -> None:
    """Report, answer, settle and pay, round after round; without a key or --live, a dry run."""
    settings = settings_of(config, live)
    redactor = Redactor(secrets=[os.environ.get(PASSWORD_VARIABLE, "")])
    start_logging(redactor)
    signer = open_signer(settings.keystore, settings.keystore_password_file, settings.kms_key)
    if signer is not None:
        redactor.watch(signer.address)
    if settings.live and signer is None:
        raise InputError("live needs a key: without one this is a dry run")
    chain = connect_rpc(settings.rpc_url, signer.address if signer else NOBODY, RPC_SECONDS)
    sessions = open_sessions(settings.database)
    sender = Sender(chain, sessions, signer, settings.wait_seconds) if signer and settings.live else None
    if sender is None:
        told(logging.getLogger("wellhead"), "dry run: nothing is sent")
    metrics = Metrics()
    daemon = build_daemon(
        settings,
        chain,
        sessions,
        signer,
        sender,
        metrics.on_step,
        before=(sender.outbox.step,) if sender else (),
        money_may_move=lambda: money_may_move(sessions),
        on_member=metrics.on_member,
    )
    metrics.started(_version(), RULES_VERSION, settings.peers, [name for name, _ in STEPS])
    watch = _watch(settings, metrics, sessions, daemon, signer)
    if sender is not None:
        sender.outbox.resume()
    watch.look()  # the index first: without it no money moves
    with operated(watch, settings.metrics_port):
        daemon.run(once=once)


def _version() -> str:
    """The installed release, or that it runs from its sources."""
    try:
        return version("wellhead")
    except PackageNotFoundError:
        return "source"


def _watch(
    settings: DaemonSettings,
    metrics: Metrics,
    sessions: sessionmaker[Session],
    daemon: Daemon,
    signer: Signer | None,
) -> Watch:
    limits = Limits(settings.balance_floor_wei, settings.balance_drop_wei_max)
    keys = [KeyWatch(signer.address, settings.foreign_transactions_known)] if signer else []
    system = daemon.context.system
    indexer = Indexer(sessions, NodeRpc(settings.rpc_url), system.deployment)
    return Watch(metrics, sessions, system, keys, limits, indexer=indexer)


def settings_of(config: Path | None, live: bool | None = None) -> DaemonSettings:
    """What the file and the environment say; raises InputError, naming each setting that is wrong."""
    if config is not None and not config.is_file():
        raise InputError(f"{config} is no file")
    try:
        return load_settings(config, live=live)
    except ValidationError as error:
        found = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise InputError(f"settings: {'; '.join(found)}") from None
