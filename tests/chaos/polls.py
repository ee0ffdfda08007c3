"""Polls of the index while some of its calls are answered by a node that lags (R20)."""

import sys
import tempfile
from collections import Counter
from contextlib import closing
from dataclasses import replace
from random import Random
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker
from tests.chaos.cli import Told, main, silent
from tests.chaos.node import run_node
from tests.chaos.proxy import Faults, Proxy
from tests.chaos.rig import random_of
from tests.chaos.source import Source

from wellhead.chain.index.models import EVENT_TABLES
from wellhead.chain.index.rpc import NodeFault, NodeRpc
from wellhead.chain.index.service import Indexer
from wellhead.db.engine import open_sessions

SALES = EVENT_TABLES["event_settlement_sale_booked"]
LAGGING_SHARE, LAGGING_BLOCKS_MAX = 0.05, 6
POLLS_PER_NODE = 1_000
"""anvil mines the slower the longer its chain."""


def run(seed: int, count: int, told: Told = silent) -> dict[str, Any]:
    """`count` polls, before each a block with events; after each nothing below the cursor lacks."""
    faults = Counter[str](missed_after_a_poll=0, missed_at_the_end=0)
    figures = Counter[str](events=0, refused_by_the_index=0)
    for start in range(0, count, POLLS_PER_NODE):
        polls = min(POLLS_PER_NODE, count - start)
        _play(random_of(seed, "polls", start), polls, faults, figures)
        told(f"{start + polls:,} of {count:,} polls, {figures['events']:,} events")
    return {"faults": dict(faults), "lagging_share": LAGGING_SHARE, **figures}


def _play(draw: Random, polls: int, faults: Counter[str], figures: Counter[str]) -> None:
    with tempfile.TemporaryDirectory() as folder, run_node() as node:
        proxy = Proxy(node, Faults(seed=draw.getrandbits(32), lagging_share=LAGGING_SHARE))
        source, sessions = Source(node), open_sessions(f"sqlite:///{folder}/index.sqlite")
        written = [0] * (source.head + 1)
        with proxy as url, closing(NodeRpc(url)) as connection:
            indexer = Indexer(sessions, connection, source.deployment)
            for _ in range(polls):
                written += [0] * draw.randint(0, 2)
                source.mine(len(written) - 1 - source.head)
                events = draw.randint(1, 9)
                assert source.sell(events) == len(written)
                written.append(events)
                proxy.faults = replace(proxy.faults, lagging_blocks=draw.randint(1, LAGGING_BLOCKS_MAX))
                try:
                    cursor = indexer.poll().cursor
                except NodeFault:
                    figures["refused_by_the_index"] += 1
                    continue
                faults["missed_after_a_poll"] += sum(written[: cursor + 1]) != _rows(sessions)
        with closing(NodeRpc(node)) as healthy:
            Indexer(sessions, healthy, source.deployment).poll()
        faults["missed_at_the_end"] += sum(written) - _rows(sessions)
        figures["events"] += sum(written)
        sessions.kw["bind"].dispose()


def _rows(sessions: sessionmaker[Session]) -> int:
    with sessions() as session:
        return session.scalars(select(func.count()).select_from(SALES)).one()


if __name__ == "__main__":
    sys.exit(main("polls", run, 10_000, "polls"))
