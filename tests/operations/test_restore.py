"""A member restored from an old backup: its outbox knows less than the chain, and puts itself right.

Since the backup the original sent more. The copy must find its own mined transactions, take no nonce that is
used, do nothing that was done already a second time, and tell the watch what its lost rows had sent.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker
from tests.chaos.node import mine, rpc, run_node

from wellhead.chain.client import Chain, connect_rpc
from wellhead.chain.contract import ContractCall
from wellhead.chain.node import HttpNode
from wellhead.chain.outbox import Outbox
from wellhead.chain.outcomes import Outcome
from wellhead.chain.placing import Request
from wellhead.chain.signatures import address_of
from wellhead.chain.signers.memory import MemorySigner
from wellhead.chain.states import State
from wellhead.chain.wire import Wire
from wellhead.daemon.watch.keys import KeyWatch
from wellhead.db.engine import open_sessions

KEY = bytes.fromhex("59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d")  # anvil's second
ADDRESS = address_of(KEY)
PAYEES = [f"0x{0xBEEF00 + n:040x}" for n in range(8)]


class Member:
    """One copy of a member's outbox."""

    def __init__(self, url: str, file: Path) -> None:
        self.sessions: sessionmaker[Session] = open_sessions(f"sqlite:///{file}")
        self.chain: Chain = connect_rpc(url, ADDRESS)
        self.wire = Wire(url)
        self.outbox = Outbox(HttpNode(self.wire), self.sessions, MemorySigner(KEY), self.chain.chain_id)

    def pay(self, *numbers: int) -> None:
        """Pay these payees one wei each, once."""
        calls = [ContractCall(PAYEES[number], b"", f"pay {number}", 1) for number in numbers]
        self.outbox.submit([Request(call.action, call, 21_000) for call in calls])

    def outcome(self, number: int) -> Outcome:
        found = self.outbox.look(f"pay {number}")
        assert found is not None
        return found

    def end(self) -> None:
        self.wire.close()
        self.sessions.kw["bind"].dispose()


def backup(original: Path, copy: Path) -> None:
    """As docs/operations.md says: through SQLite, never by copying the file."""
    with sqlite3.connect(original) as source, sqlite3.connect(copy) as target:
        source.backup(target)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with run_node("--no-mining", "--slots-in-an-epoch", "1") as url:
        yield url


@pytest.fixture
def anvil(url: str) -> Iterator[str]:
    snapshot = rpc(url, "evm_snapshot")
    yield url
    rpc(url, "evm_revert", snapshot)
    rpc(url, "anvil_dropAllTransactions")


def settled(member: Member, url: str, rounds: int = 8) -> None:
    for _ in range(rounds):
        member.outbox.step()
        mine(url)
    member.outbox.step()


def paid(url: str) -> list[int]:
    return [int(rpc(url, "eth_getBalance", payee, "latest"), 16) for payee in PAYEES]


def test_what_was_waiting_at_the_backup_and_mined_since_is_found_by_its_hash(
    anvil: str, tmp_path: Path
) -> None:
    original = Member(anvil, tmp_path / "original.sqlite")
    original.pay(0, 1)
    backup(tmp_path / "original.sqlite", tmp_path / "copy.sqlite")
    settled(original, anvil)
    original.end()
    copy = Member(anvil, tmp_path / "copy.sqlite")
    copy.outbox.resume()
    settled(copy, anvil)
    assert [copy.outcome(n).state for n in (0, 1)] == [State.FINAL] * 2
    copy.pay(0, 1)
    settled(copy, anvil)
    assert paid(anvil) == [1, 1, 0, 0, 0, 0, 0, 0]
    copy.end()


def test_new_transactions_take_nonces_after_those_that_the_lost_rows_used(anvil: str, tmp_path: Path) -> None:
    original = Member(anvil, tmp_path / "original.sqlite")
    original.pay(0)
    settled(original, anvil)
    backup(tmp_path / "original.sqlite", tmp_path / "copy.sqlite")
    original.pay(1, 2)
    settled(original, anvil)
    original.end()
    copy = Member(anvil, tmp_path / "copy.sqlite")
    copy.outbox.resume()
    first = copy.outcome(0).nonce
    assert first is not None
    copy.pay(3, 4)
    settled(copy, anvil)
    assert [copy.outcome(n).nonce for n in (3, 4)] == [first + 3, first + 4]
    assert [copy.outcome(n).state for n in (3, 4)] == [State.FINAL] * 2
    assert paid(anvil) == [1, 1, 1, 1, 1, 0, 0, 0]
    copy.end()


def test_a_waiting_transaction_whose_nonce_was_used_is_placed_again(anvil: str, tmp_path: Path) -> None:
    original = Member(anvil, tmp_path / "original.sqlite")
    original.pay(5)
    backup(tmp_path / "original.sqlite", tmp_path / "copy.sqlite")
    rpc(anvil, "anvil_dropAllTransactions")
    nonce = original.outcome(5).nonce
    original.end()
    elsewhere = Member(anvil, tmp_path / "elsewhere.sqlite")
    elsewhere.pay(6)
    assert elsewhere.outcome(6).nonce == nonce
    settled(elsewhere, anvil)
    elsewhere.end()
    copy = Member(anvil, tmp_path / "copy.sqlite")
    copy.outbox.resume()
    settled(copy, anvil)
    outcome = copy.outcome(5)
    assert nonce is not None
    assert (outcome.state, outcome.nonce) == (State.FINAL, nonce + 1)
    assert paid(anvil)[5:7] == [1, 1]
    copy.end()


def test_the_watch_tells_how_many_transactions_the_lost_rows_had_sent(anvil: str, tmp_path: Path) -> None:
    original = Member(anvil, tmp_path / "original.sqlite")
    original.pay(0)
    settled(original, anvil)
    backup(tmp_path / "original.sqlite", tmp_path / "copy.sqlite")
    original.pay(1, 2)
    settled(original, anvil)
    original.end()
    copy = Member(anvil, tmp_path / "copy.sqlite")
    assert KeyWatch(ADDRESS).look(copy.chain, copy.sessions).foreign == 2
    assert KeyWatch(ADDRESS, known_foreign=2).look(copy.chain, copy.sessions).foreign == 0
    copy.pay(3)
    settled(copy, anvil)
    assert KeyWatch(ADDRESS, known_foreign=2).look(copy.chain, copy.sessions).foreign == 0
    copy.end()
