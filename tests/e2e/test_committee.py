"""Three member processes on an anvil: a period is reported, settled and paid while two of them are killed."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.committee_stage import SOLD, L, Stage, add_members, await_all_up, set_stage

from wellhead.audit.service import audit
from wellhead.chain.contracts.settlement import PeriodState
from wellhead.chain.development import run_anvil
from wellhead.db.engine import open_sessions

KILLS = 2
KILL_SEED = 20261124
SECONDS_MAX = 80
GENESIS_LAG_SECONDS = 150
"""The chain starts so far behind the wall's clock: every block of the set-up takes it a second on."""


@pytest.fixture
def stage(repo_root: Path, tmp_path: Path) -> Iterator[Stage]:
    binary = repo_root / "node_modules/.bin/anvil"
    if not binary.exists():
        pytest.skip("anvil is not installed: npm has no build of it for this platform")
    sessions = open_sessions(f"sqlite:///{tmp_path / 'setup.sqlite'}")
    with run_anvil(binary, int(time.time()) - GENESIS_LAG_SECONDS) as chain:
        stage = set_stage(chain, sessions, tmp_path)
        add_members(stage, tmp_path, str(chain.web3.provider.endpoint_uri))  # type: ignore[attr-defined]
        try:
            yield stage
        finally:
            for process in stage.processes:
                if process.started is not None and process.started.poll() is None:
                    process.started.kill()
                    process.started.wait()
            sessions.kw["bind"].dispose()


def test_a_period_is_reported_settled_and_paid_while_two_members_are_killed(
    stage: Stage, tmp_path: Path
) -> None:
    for process in stage.processes:
        process.start()
    await_all_up(stage.processes, 60)
    system, period, asset = stage.system, stage.period, stage.asset
    clock = system.deployment.clock
    draw = random.Random(KILL_SEED)
    victims = draw.sample(stage.processes, KILLS)
    start = clock.start_of(period)
    plan = sorted((start + draw.uniform(1, L + 12), victim.port) for victim in victims)
    pushes = [(start + 3, 2), (start + 5, 4), (start + 7, 6), (start + L + 1, 7), (start + L + 2, 7)]
    by_port = {process.port: process for process in stage.processes}
    taken = 0
    deadline = time.monotonic() + SECONDS_MAX
    while not is_paid(stage):
        assert time.monotonic() < deadline, "\n".join(p.log[-3_000:] for p in stage.processes)
        while plan and time.time() >= plan[0][0]:
            by_port[plan.pop(0)[1]].kill()
        while pushes and time.time() >= pushes[0][0]:
            taken += stage.push(pushes.pop(0)[1])
        time.sleep(0.1)
    assert sum(process.kills for process in stage.processes) == KILLS
    assert taken >= 4
    check_history(stage)
    for process in stage.processes:
        assert process.stop() < 10
    published = stage.processes[0].home / "published"
    found = audit(stage.chain, system.deployment, published, lambda check: None)
    assert list(found.findings) == []
    report = [
        e
        for e in system.settlement.events_between(0, stage.chain.block_number())
        if e.name == "PeriodSettled"
    ]
    assert len(report) == 1
    assert asset.asset_id == report[0].args["assetId"]


def is_paid(stage: Stage) -> bool:
    """Settled, every lease unit redeemed, nothing owed to owner, protocol or tenant, holders paid."""
    settlement, asset = stage.system.settlement, stage.asset
    if settlement.period_of(asset.asset_id, stage.period).state is not PeriodState.SETTLED:
        return False
    if stage.system.leases.total_supply(stage.lease_id):
        return False
    events = settlement.events_between(0, stage.chain.block_number())
    owed = {e.args["holder"] for e in events if e.name == "Redeemed"} | {asset.owner, settlement.protocol()}
    if any(settlement.owed(asset.vault, asset.terms.stablecoin, payee) for payee in owed):
        return False
    share = stage.system.share_at(asset.share)
    return any(e.name == "RevenueClaimed" for e in share.events_between(0, stage.chain.block_number()))


def check_history(stage: Stage) -> None:
    """Posted once, settled once, paid what the waterfall gave, to the unit."""
    last = stage.chain.block_number()
    posted = [e for e in stage.system.oracle.events_between(0, last) if e.name == "ReportPosted"]
    assert [e.args["revision"] for e in posted if e.args["period"] == stage.period] == [0]
    events = stage.system.settlement.events_between(0, last)
    [settled] = [e for e in events if e.name == "PeriodSettled"]
    outcome = settled.args["outcome"]
    values = list(outcome.values() if hasattr(outcome, "values") else outcome)
    redeemed = [e for e in events if e.name == "Redeemed"]
    assert sum(e.args["units"] for e in redeemed) == SOLD
    _, delivered, _, _, charge, _, _, fee, energy_cost, holders, owner = values
    assert delivered == SOLD  # 3 devices × 7 s are more than what was sold
    assert charge == fee + energy_cost + holders + owner
    paid = sum(e.args["paid"] for e in events if e.name == "Claimed")
    assert paid == fee + energy_cost + owner + sum(e.args["refund"] + e.args["credit"] for e in redeemed)
    share = stage.system.share_at(stage.asset.share)
    claimed = [e for e in share.events_between(0, last) if e.name == "RevenueClaimed"]
    assert sum(e.args["paid"] for e in claimed) == holders
