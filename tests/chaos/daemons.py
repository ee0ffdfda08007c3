"""Two whole daemons on one key and one database, the leader paused past its lease and woken up (R18)."""

import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session
from tests.chaos.cli import Told, main, silent
from tests.chaos.node import ANVIL
from tests.chaos.rig import random_of
from tests.e2e.committee_stage import MEMBER_KEYS, L, Stage, add_members, await_all_up, set_stage

from wellhead.audit.service import audit
from wellhead.chain.contracts.settlement import PeriodState
from wellhead.chain.development import run_anvil
from wellhead.daemon.models import LeaseRow
from wellhead.db.engine import open_sessions

CHAIN_BEHIND_SECONDS = 150
"""Every block of the set-up takes the chain's clock a second on, to the wall's."""
PERIODS_MAX = 100
"""What one purchase buys."""
TAKEN_SECONDS_MAX, SETTLED_SECONDS_MAX = 30, 60
SECONDS_IN_FORCE = L - 1


def run(seed: int, count: int, told: Told = silent) -> dict[str, Any]:
    """`count` rounds: whoever leads is stopped until the other leads, and a while longer."""
    chance, paused, pushed = random_of(seed, "daemons", 0), 0, set[int]()
    with tempfile.TemporaryDirectory() as folder, _stage(Path(folder)) as (stage, database):
        clock = stage.system.deployment.clock
        while time.time() < clock.start_of(stage.period):
            time.sleep(0.1)
        for number in range(count):
            now = clock.period_at(int(time.time()))
            if now not in pushed:
                stage.push(SECONDS_IN_FORCE, now)
                pushed.add(now)
            time.sleep(chance.uniform(0, 1.5))
            paused += _overtaken(stage, database, chance)
            if (number + 1) % 20 == 0:
                told(f"{number + 1:,} of {count:,} rounds, {paused:,} leaders paused, {len(pushed)} periods")
        last = min(max(pushed) - 1, stage.period + PERIODS_MAX - 1)
        closed = _await_closed(stage, last)
        seconds = [process.stop() for process in stage.processes]
        faults = tally(stage, Path(folder), last)
    faults["never_closed"] = int(not closed)
    return {
        "faults": faults,
        "leaders_paused": paused,
        "periods": last - stage.period + 1,
        "stopped_within_seconds": round(max(seconds), 1),
    }


@contextmanager
def _stage(home: Path) -> Iterator[tuple[Stage, str]]:
    """One member, two processes of its: the same key, the same database."""
    database = f"sqlite:///{home / 'shared.sqlite'}"
    sessions = open_sessions(f"sqlite:///{home / 'setup.sqlite'}")
    with run_anvil(ANVIL, int(time.time()) - CHAIN_BEHIND_SECONDS) as chain:
        stage = set_stage(chain, sessions, home, members=1, periods=PERIODS_MAX)
        url = str(chain.web3.provider.endpoint_uri)  # type: ignore[attr-defined]
        add_members(stage, home, url, [database] * 2, [MEMBER_KEYS[0]] * 2)
        try:
            for process in stage.processes:
                process.start()
            await_all_up(stage.processes, 60)
            yield stage, database
        finally:
            for process in stage.processes:
                if process.started is not None and process.started.poll() is None:
                    process.started.kill()
                    process.started.wait()
            sessions.kw["bind"].dispose()


def _overtaken(stage: Stage, database: str, chance: Random) -> bool:
    """Stop the leader, wait until another holds its lease and a while longer, wake it up."""
    leader = _leader(database)
    pids = [process.started.pid for process in stage.processes if process.started is not None]
    if leader not in pids:
        return False
    os.kill(leader, signal.SIGSTOP)
    deadline = time.monotonic() + TAKEN_SECONDS_MAX
    while _leader(database) == leader and time.monotonic() < deadline:
        time.sleep(0.05)
    overtaken = _leader(database) != leader
    time.sleep(chance.uniform(0, 1))
    os.kill(leader, signal.SIGCONT)
    return overtaken


def _leader(database: str) -> int:
    """The process that holds the daemons' lease, or held it last; 0 for none."""
    engine = create_engine(database)
    try:
        with Session(engine) as session:
            holder = session.scalar(select(LeaseRow.holder).where(LeaseRow.name.startswith("daemon:")))
    finally:
        engine.dispose()
    return int(holder.split(":")[1]) if holder else 0


def _await_closed(stage: Stage, last: int) -> bool:
    """Until the sold periods up to `last` are settled and redeemed."""
    deadline = time.monotonic() + SETTLED_SECONDS_MAX
    book = stage.system.settlement.period_of
    while book(stage.asset.asset_id, last).state is not PeriodState.SETTLED:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    time.sleep(L)
    return True


def tally(stage: Stage, home: Path, last: int) -> dict[str, int]:
    """What must not be: a report or a settlement twice; what is not owed is the auditor's finding."""
    chain, system = stage.chain, stage.system
    head = chain.block_number()
    posted = Counter(
        (event.args["period"], event.args["revision"])
        for event in system.oracle.events_between(0, head)
        if event.name == "ReportPosted"
    )
    settled = Counter(
        event.args["period"]
        for event in system.settlement.events_between(0, head)
        if event.name == "PeriodSettled"
    )
    findings = audit(chain, system.deployment, home / "member-0/published", lambda check: None).findings
    return {
        "double_posts": sum(n - 1 for n in posted.values()),
        "double_settlements": sum(n - 1 for n in settled.values()),
        "never_settled": sum(period not in settled for period in range(stage.period, last + 1)),
        "audit_findings": len(findings),
    }


if __name__ == "__main__":
    sys.exit(main("daemons", run, 200, "rounds of two daemons"))
