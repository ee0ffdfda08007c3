"""`wellhead deploy`: create all contracts on a chain and write the deployment's published form."""

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer
from eth_account import Account
from rich.console import Console
from rich.table import Table

from wellhead.chain.client import connect_rpc
from wellhead.chain.deployment import DeploymentPlan, deploy, predicted_addresses
from wellhead.chain.service import Sender
from wellhead.chain.windows import DAY, windows_for
from wellhead.clock import PeriodClock
from wellhead.db.engine import open_sessions
from wellhead.errors import InputError

PASSWORD_VARIABLE = "WELLHEAD_KEYSTORE_PASSWORD"  # noqa: S105  # the variable's name, not a password


def deploy_command(
    rpc: Annotated[str, typer.Option(help="JSON-RPC endpoint of the chain.")],
    genesis: Annotated[int, typer.Option(help="First second of period 0, Unix time.")],
    member: Annotated[list[str], typer.Option(help="A member's address; give it once per member.")],
    quorum: Annotated[int, typer.Option(help="How many members must agree: more than half.")],
    protocol: Annotated[str, typer.Option(help="Who receives the fees.")],
    admin: Annotated[str, typer.Option(help="Who may change roles and members, with the long delay.")],
    registrar: Annotated[str, typer.Option(help="Who activates assets and allows coins.")],
    compliance: Annotated[str, typer.Option(help="Who runs attestors, revocations and freezes.")],
    guardian: Annotated[str, typer.Option(help="Who may pause sales for a while, and cancel recoveries.")],
    recovery: Annotated[str, typer.Option(help="Who may force transfers and recover, after a delay.")],
    period_seconds: Annotated[int, typer.Option(help="Length of a period.")] = DAY,
    out: Annotated[Path, typer.Option(help="Where the deployment's file goes.")] = Path("deployment.json"),
    database: Annotated[str, typer.Option(help="Where signed transactions are stored.")] = (
        "sqlite:///wellhead.sqlite"
    ),
    keystore: Annotated[
        Path | None,
        typer.Option(help=f"Keystore v3 file of the deployer, its password in {PASSWORD_VARIABLE}."),
    ] = None,
    sender: Annotated[str | None, typer.Option(help="Deployer's address for a dry run.")] = None,
) -> None:
    """Deploy; without a keystore, a dry run that shows where everything would go."""
    console = Console(stderr=True)
    if out.exists():
        raise InputError(f"{out} exists: a deployment's file is never overwritten")
    _check_quorum(quorum, len(member))
    plan = DeploymentPlan(
        clock=PeriodClock(genesis, period_seconds),
        windows=windows_for(period_seconds),
        members=tuple(member),
        quorum=quorum,
        protocol=protocol,
        admin=admin,
        registrar=registrar,
        compliance=compliance,
        guardian=guardian,
        recovery=recovery,
    )
    if keystore is None:
        if sender is None:
            raise InputError("without --keystore this is a dry run, which needs --sender")
        _show(console, predicted_addresses(connect_rpc(rpc, sender), sender))
        console.print("dry run: nothing was sent")
        return
    key = _unlocked(keystore)
    chain = connect_rpc(rpc, Account.from_key(key).address)
    deployment = deploy(Sender(chain, open_sessions(database), key), plan, console.print)
    out.write_text(deployment.to_json())
    _show(console, deployment.contracts)


def _check_quorum(quorum: int, members: int) -> None:
    if quorum > members or 2 * quorum <= members:
        raise InputError(f"quorum {quorum} of {members} members: must be more than half")


def _unlocked(keystore: Path) -> bytes:
    password = os.environ.get(PASSWORD_VARIABLE)
    if password is None:
        raise InputError(f"{PASSWORD_VARIABLE} is not set")
    content: dict[str, Any] = json.loads(keystore.read_text())
    try:
        return bytes(Account.decrypt(content, password))
    except ValueError as error:
        raise InputError(f"{keystore.name}: {error}") from error


def _show(console: Console, addresses: dict[str, str]) -> None:
    table = Table("contract", "address")
    for name, address in addresses.items():
        table.add_row(name, address)
    console.print(table)
