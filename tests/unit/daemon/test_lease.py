"""One daemon works at a time, and one that slept past its lease sends nothing."""

import threading
import time
from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session, sessionmaker

from wellhead.chain.contract import ContractCall
from wellhead.daemon.actions import ATTEMPTS_MAX, Actions, StepResult, Stopping
from wellhead.daemon.lease import Lease, LeaseStale
from wellhead.db.engine import open_sessions
from wellhead.errors import ContractReverted, TransactionUnknown

CALL = ContractCall("0x" + "11" * 20, b"", "do something")


@pytest.fixture
def sessions(database_url: str) -> Iterator[sessionmaker[Session]]:
    opened = open_sessions(database_url)
    yield opened
    opened.kw["bind"].dispose()


class Recorder:
    """Remembers what is sent; raises what it is told first."""

    address = "0x" + "22" * 20

    def __init__(self, *errors: Exception) -> None:
        self.errors, self.keys = list(errors), []  # type: ignore[var-annotated]

    def send(self, key: str, call: ContractCall) -> None:
        self.keys.append(key)
        if self.errors:
            raise self.errors.pop(0)


def test_a_second_daemon_waits_and_takes_over_with_a_larger_token(sessions: sessionmaker[Session]) -> None:
    first, second = Lease(sessions, "x", 0.2), Lease(sessions, "x", 60)
    assert first.acquire()
    assert not second.acquire()
    time.sleep(0.25)
    assert second.acquire()
    assert (first.token, second.token) == (1, 2)


def test_a_holder_renews_and_keeps_its_token(sessions: sessionmaker[Session]) -> None:
    lease = Lease(sessions, "x", 60)
    assert [lease.acquire() and lease.token for _ in range(3)] == [1, 1, 1]
    assert lease.require() == 1


def test_a_lease_that_ran_out_but_was_not_taken_is_still_ours(sessions: sessionmaker[Session]) -> None:
    lease = Lease(sessions, "x", 0.0)
    assert lease.acquire()
    time.sleep(0.01)
    assert lease.require() == 1


def test_a_paused_holder_finds_a_newer_token_and_sends_nothing(sessions: sessionmaker[Session]) -> None:
    sender = Recorder()
    paused, other = Lease(sessions, "x", 0.05), Lease(sessions, "x", 60)
    assert paused.acquire()
    actions = Actions(sender, paused, threading.Event())
    time.sleep(0.1)  # as if stopped by SIGSTOP
    assert other.acquire()
    with pytest.raises(LeaseStale, match="token 1 is not the newest"):
        actions.do(StepResult("settle"), "key", CALL)
    assert sender.keys == []
    assert not paused.acquire()


def test_a_released_lease_is_free_at_once(sessions: sessionmaker[Session]) -> None:
    first, second = Lease(sessions, "x", 60), Lease(sessions, "x", 60)
    assert first.acquire()
    first.release()
    assert second.acquire()
    first.release()
    assert second.require() == 2


def test_leases_of_other_names_do_not_meet(sessions: sessionmaker[Session]) -> None:
    assert Lease(sessions, "x", 60).acquire()
    assert Lease(sessions, "y", 60).acquire()


def test_of_many_threads_one_takes_the_lease(sessions: sessionmaker[Session]) -> None:
    leases = [Lease(sessions, "x", 60) for _ in range(8)]
    taken: list[bool] = []
    threads = [threading.Thread(target=lambda lease=lease: taken.append(lease.acquire())) for lease in leases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False] * 7 + [True]


def test_nothing_is_begun_once_the_process_is_ending() -> None:
    sender, stopping = Recorder(), threading.Event()
    stopping.set()
    with pytest.raises(Stopping):
        Actions(sender, None, stopping).do(StepResult("settle"), "key", CALL)
    assert sender.keys == []


def test_without_a_sender_nothing_is_sent_and_the_key_is_named() -> None:
    result = StepResult("settle")
    assert Actions(None, None, threading.Event()).do(result, "key", CALL) is False
    assert (result.would, result.done) == (["key"], [])


def test_a_refused_call_waits_and_is_not_sent_anew() -> None:
    sender, result = Recorder(ContractReverted("DisputeOpen")), StepResult("settle")
    assert Actions(sender, None, threading.Event()).do(result, "key", CALL) is False
    assert sender.keys == ["key"]
    assert "DisputeOpen" in result.waiting[0]


def test_an_unknown_end_is_asked_for_under_the_same_key() -> None:
    sender, result = Recorder(TransactionUnknown("no answer")), StepResult("settle")
    actions = Actions(sender, None, threading.Event())
    assert actions.do(result, "key", CALL) is False
    assert actions.do(result, "key", CALL) is True
    assert sender.keys == ["key", "key"]


def test_what_reverted_in_its_block_is_tried_anew_a_few_times_then_alarmed() -> None:
    reverted = [ContractReverted("RevertedInBlock") for _ in range(ATTEMPTS_MAX)]
    sender, result = Recorder(*reverted), StepResult("settle")
    assert Actions(sender, None, threading.Event()).do(result, "key", CALL) is False
    assert sender.keys == ["key", "key#1", "key#2"]
    assert [alarm.code for alarm in result.alarms] == ["reverted"]
