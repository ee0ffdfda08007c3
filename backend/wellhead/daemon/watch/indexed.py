"""Reads the index: where it stands, and what it holds of reports and challenges."""

from collections import Counter
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from wellhead.chain.index import repository
from wellhead.chain.index.models import EVENT_TABLES, IndexedBlock
from wellhead.daemon.metrics import IndexState
from wellhead.daemon.watch.reports import ChallengeAt, Posting, Published, Voided

OPENED = EVENT_TABLES["event_settlement_asset_opened"]
POSTED = EVENT_TABLES["event_report_oracle_report_posted"]
VOIDED = EVENT_TABLES["event_report_oracle_report_voided"]
CHALLENGED = EVENT_TABLES["event_disputes_challenge_opened"]
CLOSED = tuple(EVENT_TABLES[f"event_disputes_challenge_{how}"] for how in ("answered", "returned"))
PERIODS_KEPT = 64
"""Reports older than so many periods are over: the hard end passed long ago."""


def index_state(session: Session, head: int) -> IndexState | None:
    """Where the index stands beside a node's newest block; None before its first block."""
    state = repository.state(session)
    alarms = Counter(alarm.kind for alarm in repository.open_alarms(session))
    if state is None:
        return None
    block = repository.block_at(session, state.cursor)
    return IndexState(max(0, head - state.cursor), block.timestamp if block else 0, alarms)


def published(session: Session, since_period: int) -> Published:
    """Reports and open challenges of the periods from `since_period` on."""
    place = ("asset_id", "period", "revision", "index")
    closed = {tuple(row) for table in CLOSED for row in _rows(session, table, since_period, *place)}
    challenged = _rows(session, CHALLENGED, since_period, *place, timed=True)
    opened = session.execute(select(OPENED.c.asset_id, OPENED.c.first_period))
    return Published(
        {row.asset_id: row.first_period for row in opened},
        [Posting(*r) for r in _rows(session, POSTED, since_period, *POSTED_FIELDS, timed=True)],
        [Voided(*r) for r in _rows(session, VOIDED, since_period, *place[:3], timed=True)],
        [ChallengeAt(*row) for row in challenged if tuple(row[:4]) not in closed],
    )


POSTED_FIELDS = ("period", "revision", "asset_count")


def _rows(session: Session, table: Table, since: int, *names: str, timed: bool = False) -> list[Any]:
    """Values of events from period `since` on, with their block's time last where it is wanted."""
    columns = [table.c[name] for name in names]
    asked = select(*columns).where(table.c.period >= since)
    if timed:
        asked = select(*columns, IndexedBlock.timestamp).where(table.c.period >= since)
        asked = asked.join(IndexedBlock, IndexedBlock.number == table.c.block_number)
    return list(session.execute(asked.order_by(table.c.block_number, table.c.log_index)))
