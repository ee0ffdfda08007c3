"""What the watch and the check ask of a database is answered alike by SQLite and PostgreSQL."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session, sessionmaker

from wellhead.chain.index.models import EVENT_TABLES, IndexedBlock, IndexState
from wellhead.chain.index.repository import raise_alarm
from wellhead.chain.models import SendingKey, TransactionIntent
from wellhead.daemon.preflight import Member, Preflight, Verdict
from wellhead.daemon.watch.clocks import database_clock
from wellhead.daemon.watch.indexed import index_state, published
from wellhead.daemon.watch.keys import stored_of
from wellhead.daemon.watch.reports import ChallengeAt, Posting
from wellhead.db.engine import open_sessions

MEMBER = "0x" + "Ab" * 20
PLACE = {"asset_id": 3, "period": 7, "revision": 0, "index": 1 << 33}


@pytest.fixture
def sessions(database_url: str) -> Iterator[sessionmaker[Session]]:
    opened = open_sessions(database_url)
    yield opened
    opened.kw["bind"].dispose()


def intent(nonce: int | None, status: str, block: int | None) -> TransactionIntent:
    return TransactionIntent(
        key=f"{nonce} {status}", chain_id=1, sender=MEMBER, nonce=nonce, recipient=None, action="test",
        payload_hash=bytes(32), value=0, data=b"", gas=21_000, fills_gap=False, status=status, block=block,
        created_at=datetime(2026, 1, 1, 0, 0, 7 if nonce is None else nonce, tzinfo=UTC),
    )  # fmt: skip


def test_a_keys_transactions(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        session.add_all([
            intent(1, "final", 5), intent(2, "mined", 9), intent(4, "in flight", None),
            intent(5, "void", None), intent(None, "unplaced", None),
        ])  # fmt: skip
    with sessions() as session:
        stored = stored_of(session, 1, MEMBER)
        assert (stored.mined, stored.waiting, stored.unmined) == ({1, 2}, {4}, 2)
        assert stored.oldest_at == int(datetime(2026, 1, 1, 0, 0, 4, tzinfo=UTC).timestamp())
        assert stored_of(session, 2, MEMBER).unmined == 0


def test_reports_and_challenges_of_the_index(sessions: sessionmaker[Session]) -> None:
    origin = {"contract": bytes(20), "transaction_hash": bytes(32)}
    opened, answered = (EVENT_TABLES[f"event_disputes_challenge_{how}"] for how in ("opened", "answered"))
    rest = {"challenger": bytes(20), "bond": 1}
    with sessions.begin() as session:
        session.execute(insert(IndexedBlock), [
            {"number": n, "hash": bytes([n] * 32), "parent_hash": bytes(32), "timestamp": 1_000 + n,
             "events": 1, "total": n} for n in (10, 11, 12)
        ])  # fmt: skip
        session.add(IndexState(id=1, chain_id=1, settlement=MEMBER, first_block=1, cursor=12,
                               cursor_hash=bytes(32), finalized=10, finalized_hash=bytes(32)))  # fmt: skip
        raise_alarm(session, "LostEvents", "an event is missing")
        session.execute(insert(EVENT_TABLES["event_report_oracle_report_posted"]), [
            {"block_number": 10, "log_index": 0, **origin, "period": 7, "sequence": 1, "revision": 0,
             "root": bytes(32), "asset_count": 4, "rules_version": 1, "bundle": bytes(32), "signers": 3,
             "members_version": 0},
        ])  # fmt: skip
        for index, block in ((1 << 33, 11), (2, 12)):
            place = PLACE | {"index": index}
            session.execute(
                insert(opened),
                [{"block_number": block, "log_index": 0, **origin, **place, **rest, "sequence": block}],
            )
        closed = {"block_number": 12, "log_index": 1, **origin, **PLACE, "index": 2, "sequence": 3}
        session.execute(insert(answered), [closed | {"answerer": bytes(20), "bond": 1}])
    with sessions() as session:
        found = published(session, 7)
        assert found.postings == [Posting(7, 0, 4, 1_010)]
        assert found.challenges == [ChallengeAt(3, 7, 0, 1 << 33, 1_011)]
        assert published(session, 8).postings == []
        state = index_state(session, 15)
    assert state is not None
    assert (state.lag_blocks, state.block_timestamp, state.alarms) == (3, 1_012, {"LostEvents": 1})


def test_the_servers_clock_is_ours_here(sessions: sessionmaker[Session]) -> None:
    clock = database_clock(sessions)
    if sessions.kw["bind"].dialect.name == "sqlite":
        assert clock is None
    else:
        assert clock is not None
        assert abs(clock - time.time()) < 2


def test_the_check_of_a_database(sessions: sessionmaker[Session], database_url: str) -> None:
    with sessions.begin() as session:
        session.add(SendingKey(chain_id=1, sender=MEMBER, holder="x", fence=1, expires_ms=1))
    preflight = Preflight(Member(None, None, database_url, lambda: None, 0), time.time)
    verdicts = {item.name: item.verdict for item in preflight.look()}
    names = ("database", "schema", "writable", "lease")
    assert [verdicts[name] for name in names] == [Verdict.OK] * 4
