"""The watch beside a real node: an index that falls behind, a replaced final block, a clock that is off."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.chaos.node import mine, rpc, run_node
from tests.operations.rig import Rig, stops

from wellhead.chain.client import connect_rpc
from wellhead.chain.deployment import Deployment, DeploymentPlan, deploy
from wellhead.chain.development import BANK_KEY
from wellhead.chain.index.rpc import NodeRpc
from wellhead.chain.index.service import Indexer, ReorgPastFinality
from wellhead.chain.index.totals import Difference
from wellhead.chain.service import Sender
from wellhead.chain.signatures import address_of
from wellhead.chain.system import bind
from wellhead.chain.windows import windows_for
from wellhead.clock import PeriodClock
from wellhead.daemon.watch.watch import Watch
from wellhead.db.engine import open_sessions

BANK = address_of(BANK_KEY)


@dataclass
class Beside:
    """A node with a deployment, an index of it, and the watch."""

    url: str
    rig: Rig
    indexer: Indexer
    watch: Watch

    def watching(self, seconds: int) -> None:
        self.rig.run(seconds, self.watch.look_at_index)


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Deployment]]:
    folder = tmp_path_factory.mktemp("deployed")
    with run_node("--gas-limit", "100000000", "--slots-in-an-epoch", "1") as url:
        sessions = open_sessions(f"sqlite:///{folder / 'deployer.sqlite'}")
        now = int(time.time())
        plan = DeploymentPlan(
            PeriodClock(now - now % 86_400, 86_400), windows_for(86_400), (BANK,), 1, *[BANK] * 6
        )
        deployment = deploy(Sender(connect_rpc(url, BANK), sessions, BANK_KEY), plan)
        sessions.kw["bind"].dispose()
        yield url, deployment


@pytest.fixture
def beside(deployed: tuple[str, Deployment], tmp_path: Path) -> Iterator[Beside]:
    url, deployment = deployed
    sessions = open_sessions(f"sqlite:///{tmp_path / 'member.sqlite'}")
    mine(url, 8)
    rig = Rig(tmp_path, now=float(int(time.time())), index_is_driven=True)
    node = NodeRpc(url)
    indexer = Indexer(sessions, node, deployment)
    indexer.poll()
    watch = Watch(rig.metrics, sessions, bind(connect_rpc(url, BANK), deployment), [], clock=lambda: rig.now)
    beside = Beside(url, rig, indexer, watch)
    beside.watching(30)
    yield beside
    node.close()
    sessions.kw["bind"].dispose()


def test_an_index_that_falls_behind_is_noticed_until_it_has_caught_up(beside: Beside) -> None:
    mine(beside.url, 11)
    behind_since = beside.rig.now
    beside.watching(40)
    beside.indexer.poll()
    beside.watching(30)
    firing = beside.rig.assert_fires("WellheadIndexLag", behind_since)
    assert stops(firing, "WellheadIndexLag", behind_since + 40)


def test_a_node_that_stands_still_is_noticed_though_the_index_has_all_of_it(beside: Beside) -> None:
    standing_from = beside.rig.now - 30 + 120
    beside.watching(180)
    first = beside.rig.firing().first("WellheadIndexLag")
    assert first is not None
    assert standing_from - 20 <= first <= standing_from + 60


def test_a_final_block_that_is_replaced_is_noticed_and_stays_so(beside: Beside) -> None:
    rpc(beside.url, "anvil_reorg", 6, [])
    replaced_at = beside.rig.now
    with pytest.raises(ReorgPastFinality):
        beside.indexer.poll()
    beside.watching(60)
    firing = beside.rig.assert_fires("WellheadDeepReorg", replaced_at)
    assert not stops(firing, "WellheadDeepReorg", replaced_at)


def test_the_looks_keep_the_index_themselves_and_count_what_they_take_back(beside: Beside) -> None:
    beside.watch.indexer = beside.indexer
    mine(beside.url, 12)
    beside.watching(10)
    rpc(beside.url, "anvil_reorg", 1, [])
    mine(beside.url)
    beside.watching(60)
    text = beside.rig.metrics.text().decode()
    assert "wellhead_index_lag_blocks 0.0" in text
    assert "wellhead_reorgs_total 1.0" in text
    assert "wellhead_reorg_depth_blocks_max 1.0" in text
    assert beside.rig.firing().ever() == set()


def test_totals_are_compared_once_a_period_and_what_differs_is_noticed(
    beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def compare(from_period: int) -> list[Difference]:
        asked.append(from_period)
        return [Difference("a vault's booked", 1, 2)] if len(asked) == 2 else []

    monkeypatch.setattr(beside.indexer, "compare_totals", compare)
    ahead = 0
    beside.watch.indexer = beside.indexer
    beside.watch.clock = lambda: beside.rig.now + ahead
    beside.rig.run(60, beside.watch.look_at_totals)
    assert len(asked) == 1
    assert beside.rig.firing().ever() == set()
    ahead = 86_400
    differed_at = beside.rig.now
    beside.rig.run(60, beside.watch.look_at_totals)
    assert len(asked) == 2
    assert "wellhead_ledger_differences 1.0" in beside.rig.metrics.text().decode()
    first = beside.rig.firing().first("WellheadLedgerMismatch")
    assert first is not None
    assert first <= differed_at + 60


def test_a_look_that_finds_a_final_block_replaced_shows_it_and_goes_on(beside: Beside) -> None:
    beside.watch.indexer = beside.indexer
    rpc(beside.url, "anvil_reorg", 6, [])
    replaced_at = beside.rig.now
    beside.rig.run(40, beside.watch.look)
    assert beside.watch.faults["index"] == "ReorgPastFinality"
    beside.rig.assert_fires("WellheadDeepReorg", replaced_at, beside=("WellheadClockSkew",))


def test_a_clock_that_is_off_is_noticed_by_what_the_node_says(beside: Beside) -> None:
    ahead = 0.0
    beside.watch.clock = lambda: time.time() + ahead
    beside.rig.run(30, beside.watch.look_at_clocks)
    off_at, ahead = beside.rig.now, 30.0
    beside.rig.run(40, beside.watch.look_at_clocks)
    firing = beside.rig.assert_fires("WellheadClockSkew", off_at)
    assert firing.at[beside.rig.now]["WellheadClockSkew"] == 1


def test_a_block_from_the_future_shows_that_our_clock_is_slow(beside: Beside) -> None:
    beside.watch.clock = lambda: time.time() - 40
    mine(beside.url)
    beside.rig.run(40, beside.watch.look_at_clocks)
    text = beside.rig.metrics.text().decode()
    shown = [
        line for line in text.splitlines() if line.startswith('wellhead_clock_skew_seconds{source="chain"}')
    ]
    assert -41 <= float(shown[0].split()[-1]) <= -35
    assert "WellheadClockSkew" in beside.rig.firing().ever()
