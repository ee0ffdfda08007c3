"""`wellhead index`: every event of a deployment into the database, checked and healed."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from wellhead.chain.deployment import Deployment
from wellhead.chain.index.rpc import NodeRpc
from wellhead.chain.index.service import Indexer, Outcome, bring_up_to_date
from wellhead.db.engine import open_sessions


def index_command(
    rpc: Annotated[str, typer.Option(help="JSON-RPC endpoint of the chain.")],
    deployment: Annotated[Path, typer.Option(help="The deployment's published file.")],
    database: Annotated[str, typer.Option(help="The index: sqlite:///… or postgresql+pg8000://…")] = (
        "sqlite:///wellhead.sqlite"
    ),
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Drop the index, clear its alarms, read the chain again.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Bring the index to the newest block, read again what it lost, compare its sums with the chain's.

    Any number of processes may do this at once, and any of them may be killed at any moment.

    The index holds nothing that the chain does not say, so --rebuild loses nothing. It is also how a person
    answers an alarm: a reorganisation past finality (ReorgPastFinality) or events that reading again does not
    bring back (LostEvents) stop the index, and money with it, until somebody has looked and rebuilds.
    The state hash is the same wherever the same chain was indexed up to the same block.
    """
    node, sessions = NodeRpc(rpc), open_sessions(database)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        indexer = Indexer(sessions, node, Deployment.from_json(deployment.read_text()))
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task("blocks", total=None)
            first = indexer.deployment.first_block

            def told(cursor: int, newest: int) -> None:
                progress.update(task, completed=cursor - first + 1, total=newest - first + 1)

            outcome = bring_up_to_date(indexer, rebuild, told)
    finally:
        node.close()
        sessions.kw["bind"].dispose()
    if as_json:
        print(json.dumps(asdict(outcome)))
    else:
        _show(console, outcome)


def _show(console: Console, outcome: Outcome) -> None:
    for name, value in asdict(outcome).items():
        listed = ", ".join(value) or "nothing" if isinstance(value, list) else str(value)
        console.print(f"{name.replace('_', ' ')}: {listed}", highlight=False, soft_wrap=True)
