"""The watch sees a real chain, a real outbox and indexed events; what it shows makes the alerts fire."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from sqlalchemy import delete, select
from sqlalchemy.orm import Session, sessionmaker
from tests.contracts.disputes.game import Game
from tests.contracts.world import WINDOWS, address, key_of
from tests.operations.rig import Rig, stops

from wellhead.chain.client import Chain
from wellhead.chain.contract import ContractCall
from wellhead.chain.development import BANK_KEY
from wellhead.chain.index import repository, store
from wellhead.chain.index.schema import schemas_by_topic
from wellhead.chain.models import TransactionAttempt, TransactionIntent
from wellhead.chain.node_in_process import InProcessNode
from wellhead.chain.outbox import Outbox
from wellhead.chain.placing import Request
from wellhead.chain.service import Sender
from wellhead.chain.signers.memory import MemorySigner
from wellhead.chain.system import System, bind
from wellhead.daemon.watch.keys import KeyWatch
from wellhead.daemon.watch.watch import Limits, Watch
from wellhead.db.engine import open_sessions

ETHER = 10**18
SOMEBODY = "0x000000000000000000000000000000000000bEEF"
MEMBER = "watched-member"


class DeafNode(InProcessNode):
    """Takes no transaction while `deaf`, and says nothing about it."""

    deaf = False

    def send(self, raws: Any) -> list[str | None]:
        return ["no answer: timeout"] * len(raws) if self.deaf else super().send(raws)


@dataclass
class Watched:
    """A member on a chain of its own, its outbox, and the watch over it."""

    game: Game
    rig: Rig
    sessions: sessionmaker[Session]
    system: System = field(init=False)
    node: DeafNode = field(init=False)
    outbox: Outbox = field(init=False)
    watch: Watch = field(init=False)
    sent: int = 0

    def __post_init__(self) -> None:
        world = self.game.world
        self.system = bind(world.chain, world.deployment)
        world.sender(MEMBER)
        self.node = DeafNode(world.chain)
        self.outbox = Outbox(self.node, self.sessions, MemorySigner(key_of(MEMBER)), world.chain.chain_id)
        self.watch = Watch(
            self.rig.metrics,
            self.sessions,
            self.system,
            [KeyWatch(address(MEMBER))],
            Limits(balance_floor=ETHER, balance_drop=ETHER),
            lambda: self.rig.now,
        )

    @property
    def chain(self) -> Chain:
        return self.game.world.chain

    def pay(self, wei: int = 0) -> None:
        """The member sends one transaction through its outbox."""
        self.sent += 1
        self.outbox.submit([Request(f"pay {self.sent}", ContractCall(SOMEBODY, b"", "pay", wei), 21_000)])
        self.outbox.step()

    def steal(self) -> None:
        """Somebody who has the key sends one transaction elsewhere."""
        eth = self.chain.web3.eth
        transaction = {
            "chainId": self.chain.chain_id,
            "nonce": eth.get_transaction_count(address(MEMBER)),  # type: ignore[arg-type]
            "gas": 21_000,
            "maxFeePerGas": 10**11,
            "maxPriorityFeePerGas": 1,
            "value": 0,
            "to": SOMEBODY,
        }
        eth.send_raw_transaction(Account.sign_transaction(transaction, key_of(MEMBER)).raw_transaction)

    def watching_keys(self, seconds: int) -> None:
        self.rig.run(seconds, self.watch.look_at_keys)

    def index(self) -> None:
        """The chain's events into the index, as it stands."""
        world, since = self.game.world, self.system.deployment.first_block
        logs: dict[Any, list[dict[str, Any]]] = {}
        for contract in (world.settlement, world.oracle, world.disputes):
            known = schemas_by_topic(contract.artifact_name)
            for log in self.chain.logs_of(contract.address, since, self.chain.block_number()):
                logs.setdefault(known["0x" + bytes(log["topics"][0]).hex()], []).append(as_rpc(log))
        with self.sessions.begin() as session:
            repository.delete_all(session)
            state = store.begin_index(session, self.system.deployment)
            state.cursor = self.chain.block_number()
            repository.write_events(session, logs)
            blocks = range(since, state.cursor + 1)
            repository.write_blocks(session, [self._block(number) for number in blocks])

    def _block(self, number: int) -> dict[str, Any]:
        plain = {"hash": b"\1" * 32, "parent_hash": b"\0" * 32, "events": 0, "total": 0}
        return {"number": number, "timestamp": self.chain.timestamp_of(number), **plain}

    def watching_reports(self, seconds: int) -> None:
        """On the chain's calendar: our time is the chain's, and the index is as new as it."""
        self.rig.run(seconds, self.watch.look_at_reports)


def as_rpc(log: Any) -> dict[str, Any]:
    """A log as JSON-RPC gives it."""
    return {
        "address": log["address"].lower(),
        "blockNumber": hex(log["blockNumber"]),
        "logIndex": hex(log["logIndex"]),
        "transactionHash": "0x" + bytes(log["transactionHash"]).hex(),
        "topics": ["0x" + bytes(topic).hex() for topic in log["topics"]],
        "data": "0x" + bytes(log["data"]).hex(),
    }


@pytest.fixture(scope="module")
def game() -> Game:
    return Game()


@pytest.fixture
def watched(tmp_path: Path, game: Game) -> Any:
    sessions = open_sessions(f"sqlite:///{tmp_path / 'member.sqlite'}")
    yield Watched(game, Rig(tmp_path, now=float(int(time.time()))), sessions)
    sessions.kw["bind"].dispose()


@pytest.fixture(scope="module")
def reported() -> Any:
    """A deployment with one asset whose first period has just been reported."""
    game = Game()
    of = game.metered(count=5)
    return game, of, game.posted(of, [900] * 5)


@pytest.fixture
def reporting(tmp_path: Path, reported: Any) -> Any:
    """The same for each test: what one does on the chain is taken back after it."""
    game, of, revision = reported
    tester: Any = game.world.chain.web3.provider.ethereum_tester
    snapshot, height = tester.take_snapshot(), game.world.chain.block_number()
    sessions = open_sessions(f"sqlite:///{tmp_path / 'member.sqlite'}")
    watched = Watched(game, Rig(tmp_path, now=float(game.world.now)), sessions)
    watched.index()
    watched.watching_reports(60)
    yield watched, of, revision
    sessions.kw["bind"].dispose()
    tester.revert_to_snapshot(snapshot)
    with game.world.sessions.begin() as session:
        later = select(TransactionIntent.id).where(TransactionIntent.block > height)
        session.execute(delete(TransactionAttempt).where(TransactionAttempt.intent_id.in_(later)))
        session.execute(delete(TransactionIntent).where(TransactionIntent.block > height))
    game.world._senders.clear()
    game.world._senders["bank"] = Sender(game.world.chain, game.world.sessions, BANK_KEY)


# --- keys ------------------------------------------------------------------------------------------------


def test_a_member_that_pays_its_way_fires_nothing(watched: Watched) -> None:
    for _ in range(12):
        watched.pay()
        watched.watching_keys(10)
    assert watched.rig.firing().ever() == set()


def test_a_transaction_that_no_block_takes_is_noticed_and_ends_with_it(watched: Watched) -> None:
    watched.watching_keys(60)
    watched.node.deaf = True
    watched.pay()
    stuck_from = watched.rig.now + 300
    watched.watching_keys(360)
    watched.node.deaf = False
    watched.outbox.step()
    watched.outbox.step()
    watched.watching_keys(60)
    firing = watched.rig.assert_fires("WellheadNonceStuck", stuck_from - 60)
    first = firing.first("WellheadNonceStuck")
    assert first is not None
    assert abs(first - stuck_from) <= 60
    assert stops(firing, "WellheadNonceStuck", stuck_from + 60)


def test_a_key_that_somebody_else_uses_is_noticed(watched: Watched) -> None:
    watched.pay()
    watched.watching_keys(60)
    watched.steal()
    used_at = watched.rig.now
    watched.watching_keys(60)
    watched.pay()
    watched.watching_keys(60)
    watched.rig.assert_fires("WellheadKeyUsedElsewhere", used_at)


def test_what_a_person_has_looked_into_is_no_alarm_any_more(watched: Watched) -> None:
    watched.pay()
    watched.steal()
    watched.watch.keys = [KeyWatch(address(MEMBER), known_foreign=1)]
    watched.watching_keys(120)
    assert watched.rig.firing().ever() == set()


def test_a_nonce_that_somebody_takes_from_a_waiting_transaction_is_noticed(watched: Watched) -> None:
    watched.pay()
    watched.watching_keys(60)
    watched.node.deaf = True
    watched.pay()
    watched.steal()
    used_at = watched.rig.now
    watched.watching_keys(90)
    watched.rig.assert_fires("WellheadKeyUsedElsewhere", used_at)


def test_a_key_with_a_past_of_its_own_is_not_suspected(watched: Watched) -> None:
    for _ in range(3):
        watched.steal()
    watched.watching_keys(30)
    watched.pay()
    watched.watching_keys(60)
    assert watched.rig.firing().ever() == set()


def test_a_key_that_loses_more_than_it_should_is_noticed(watched: Watched) -> None:
    watched.watching_keys(60)
    watched.pay(2 * ETHER)
    lost_at = watched.rig.now
    watched.watching_keys(700)
    firing = watched.rig.assert_fires("WellheadBalanceDrop", lost_at)
    assert stops(firing, "WellheadBalanceDrop", lost_at + 60)


def test_a_key_that_runs_dry_is_noticed(watched: Watched) -> None:
    watched.watching_keys(60)
    balance = watched.chain.web3.eth.get_balance(address(MEMBER))  # type: ignore[arg-type]
    watched.pay(balance - ETHER // 2)
    dry_at = watched.rig.now
    watched.watching_keys(60)
    watched.game.world.send("bank", ContractCall(address(MEMBER), b"", "refill", balance))
    watched.watching_keys(60)
    firing = watched.rig.assert_fires("WellheadLowBalance", dry_at, beside=("WellheadBalanceDrop",))
    assert stops(firing, "WellheadLowBalance", dry_at + 60)


# --- reports and challenges ------------------------------------------------------------------------------


def test_a_report_that_does_not_come_is_noticed_half_way_through_its_time(reporting: Any) -> None:
    watched, of, _ = reporting
    calendar = watched.system.deployment.clock
    half = (WINDOWS.post_from + WINDOWS.post_until) // 2
    late_at = calendar.end_of(of.asset.opened_in + 1) + half
    watched.watching_reports(late_at - int(watched.rig.now) + 60)
    watched.rig.assert_fires("WellheadReportStale", late_at)


def test_the_next_report_in_time_is_all_it_takes(reporting: Any) -> None:
    watched, of, _ = reporting
    game, period = watched.game, of.asset.opened_in + 1
    game.post(game.proposal(period, {of.asset.id: game.readings(of, period, [900] * 5)}))
    watched.index()
    late_at = watched.system.deployment.clock.end_of(period) + WINDOWS.post_until
    watched.watching_reports(late_at - int(watched.rig.now))
    assert watched.rig.firing().ever() == set()


def test_a_challenge_that_nobody_answers_calls_a_person_with_half_its_time_left(reporting: Any) -> None:
    watched, of, revision = reporting
    watched.game.challenge(of, revision, 2)
    watched.index()
    opened_at = watched.game.world.now
    watched.watching_reports(opened_at + WINDOWS.answer - int(watched.rig.now))
    watched.rig.assert_fires("WellheadChallengeDue", opened_at + WINDOWS.answer // 2)


def test_a_challenge_that_is_answered_calls_nobody(reporting: Any) -> None:
    watched, of, revision = reporting
    place = watched.game.challenge(of, revision, 2)
    watched.index()
    watched.watching_reports(20)
    watched.game.answer(of, revision, place)
    watched.index()
    watched.watching_reports(WINDOWS.answer)
    assert watched.rig.firing().ever() == set()


def test_a_void_report_is_due_again_within_the_revisions_window(reporting: Any) -> None:
    watched, of, revision = reporting
    place = watched.game.challenge(of, revision, 2)
    watched.game.expire(revision, place)
    watched.rig.now = float(watched.game.world.now)
    watched.index()
    late_at = watched.game.world.now + WINDOWS.revision // 2
    watched.watching_reports(WINDOWS.revision // 2 + 60)
    watched.rig.assert_fires("WellheadReportStale", late_at)


def test_what_cannot_be_looked_at_is_counted_and_the_rest_is_seen(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> int:
        raise ConnectionError("gone")

    watched.index()
    monkeypatch.setattr(type(watched.chain), "block_number", lambda _: broken())
    before = watched.rig.metrics.watched_at._value.get()
    watched.watch.look()
    text = watched.rig.metrics.text().decode()
    assert watched.watch.faults == {"index": "ConnectionError"}
    assert 'wellhead_rpc_errors_total{kind="watch"} 1.0' in text
    assert f'wellhead_native_balance_wei{{address="{address(MEMBER)}"}}' in text
    assert watched.rig.metrics.watched_at._value.get() == before
    monkeypatch.undo()
    watched.watch.look()
    assert watched.watch.faults == {}
