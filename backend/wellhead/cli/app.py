"""`wellhead`: every command, thin; only here settings are read."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from wellhead.audit.finding import Check
from wellhead.audit.service import audit
from wellhead.chain.client import connect_rpc
from wellhead.chain.deployment import Deployment
from wellhead.chain.development import BANK_KEY
from wellhead.chain.signatures import address_of
from wellhead.cli.check import check_command
from wellhead.cli.daemon import daemon_command
from wellhead.cli.demo.run import DemoRequest, run_demo
from wellhead.cli.demo.view import show_audit, show_outcome
from wellhead.cli.deploy import deploy_command
from wellhead.cli.index import index_command
from wellhead.errors import InputError, WellheadError
from wellhead.settings import Settings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

LIVE_SECONDS = 5
LIVE_SECONDS_MIN = 3
LIVE_SECONDS_MAX = 3_600


@app.callback()
def _wellhead() -> None:
    """Compute capacity as an asset: from a machine's signed reading to a stablecoin payout."""


app.command("daemon")(daemon_command)
app.command("deploy")(deploy_command)
app.command("check")(check_command)
app.command("index")(index_command)


@app.command()
def demo(
    live: Annotated[
        int, typer.Option(help="Sample this machine; periods of so many seconds.")
    ] = LIVE_SECONDS,
    trace: Annotated[Path | None, typer.Option(help="Replay a recorded trace in day-long periods.")] = None,
    off_below_watts: Annotated[
        int | None, typer.Option(help="In a trace: a node that draws less was switched off, so it is down.")
    ] = None,
    readings_out: Annotated[Path | None, typer.Option(help="Also write the published form here.")] = None,
    rpc: Annotated[str | None, typer.Option(help="A development node's JSON-RPC URL.")] = None,
    anvil: Annotated[bool, typer.Option(help="Start a local anvil instead of the in-process chain.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Play the whole line once and audit it back."""
    settings = Settings()
    if not LIVE_SECONDS_MIN <= live <= LIVE_SECONDS_MAX:
        raise InputError(f"--live {live}: periods of {LIVE_SECONDS_MIN} … {LIVE_SECONDS_MAX} s")
    request = DemoRequest(
        live_seconds=live,
        trace=trace,
        off_below_watts=off_below_watts,
        readings_out=readings_out,
        rpc_url=rpc or settings.rpc_url,
        anvil_binary=settings.anvil_binary if anvil else None,
        home=settings.home,
    )
    console = Console(stderr=as_json)
    with console.status("…") as status:

        def told(line: str) -> None:
            console.print(f"[dim]·[/] {line}", highlight=False)
            status.update(line)

        result = run_demo(request, told)
    if as_json:
        print(json.dumps(result.outcome))
    else:
        show_outcome(console, result.outcome, result.names)
        show_audit(console, result.checks, result.audited)
    raise typer.Exit(1 if result.audited.findings else 0)


@app.command("audit")
def audit_command(
    rpc: Annotated[str, typer.Option(help="JSON-RPC endpoint of the chain.")],
    deployment: Annotated[Path, typer.Option(help="The deployment's published file.")],
    readings: Annotated[Path, typer.Option(help="Folder with the published readings.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Recompute everything from a chain and the published readings; exit 0 only if nothing differs."""
    checks: list[Check] = []
    chain = connect_rpc(rpc, address_of(BANK_KEY))
    audited = audit(chain, Deployment.from_json(deployment.read_text()), readings, checks.append)
    if as_json:
        findings = [asdict(finding) for finding in audited.findings]
        print(json.dumps({"checks": audited.checks, "findings": findings}))
    else:
        show_audit(Console(), checks, audited)
    raise typer.Exit(1 if audited.findings else 0)


def main() -> None:
    """Entry point: errors raised on purpose end with one line on stderr and status 2."""
    try:
        app()
    except WellheadError as error:
        Console(stderr=True).print(f"[bold red]{type(error).__name__}[/]: {error}", highlight=False)
        raise SystemExit(2) from error
