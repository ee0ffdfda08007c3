"""`./scripts/bench index`: events per second into PostgreSQL, beside the raw limit and web3.py."""

import os
import time
from collections.abc import Callable
from statistics import median

from sqlalchemy import Engine, func, select

from benchmarks.figures import Figure, Measured
from benchmarks.index.limit import TABLE, raw_events_per_second
from benchmarks.index.stage import EVENTS, Stage, empty_database, filled_chain
from wellhead.chain.contracts.settlement import SettlementContract
from wellhead.chain.index.models import EVENT_TABLES
from wellhead.chain.index.rpc import NodeRpc
from wellhead.chain.index.service import Indexer
from wellhead.db.engine import open_sessions

ROUNDS = 3
"""Ours and the limit take turns; the median of each counts."""
LIMIT_SHARE_MIN_PERCENT = 60
PROCESS_LOG_TIMES_MIN = 10
PROCESS_LOG_BLOCKS = 8

PEERS = "Subsquid 13.6k, ponder 13.9k, web3.py + eth_abi 5.4k, envio 3.1k (PERFORMANCE.md, other machine)"


def measure(told: Callable[[str], None], events: int = EVENTS, rounds: int = ROUNDS) -> Measured:
    """Fill a chain, then index it again and again."""
    with filled_chain(events) as stage, empty_database() as url:
        told(f"{events:,} events on a loopback anvil; PostgreSQL over a unix socket")
        engine = open_sessions(url).kw["bind"]
        ours, limits = [], []
        for number in range(rounds):
            limits.append(raw_events_per_second(stage, engine))
            _drop_raw(engine)
            ours.append(_indexed_per_second(stage, url))
            told(f"round {number + 1}: {ours[-1]:,.0f} events/s, raw limit {limits[-1]:,.0f}")
        engine.dispose()
        peer = _process_log_per_second(stage)
        told(f"web3.py's process_log {peer:,.0f} events/s, without a database")
    value, limit = round(median(ours)), round(median(limits))
    return Measured(
        "Indexing",
        {"machine": f"{os.cpu_count()} cores", "events": f"{events:,}, {rounds} rounds, medians"},
        {
            "index_events": Figure(
                value, "events/s", limit, limit * LIMIT_SHARE_MIN_PERCENT // 100, PEERS, at_least=True
            ),
            "index_over_process_log": Figure(
                value, "events/s", round(peer), round(peer * PROCESS_LOG_TIMES_MIN), "web3.py", at_least=True
            ),
        },
    )


def _indexed_per_second(stage: Stage, url: str) -> float:
    """The index as it always runs: headers, parents' hashes, event numbers, the young end block by block."""
    sessions, rpc = open_sessions(url), NodeRpc(stage.url)
    indexer = Indexer(sessions, rpc, stage.deployment)
    started = time.perf_counter()
    progress = indexer.poll()
    seconds = time.perf_counter() - started
    with sessions.begin() as session:
        written = session.scalar(
            select(func.count()).select_from(EVENT_TABLES["event_settlement_sale_booked"])
        )
        found, wanted = (written, progress.cursor), (stage.events, stage.last_block)
        if found != wanted:
            raise RuntimeError(f"(events, newest block) {found}, not {wanted}")
        tables = [*EVENT_TABLES, "indexed_blocks", "indexed_contracts", "index_state"]
        session.connection().exec_driver_sql(f"TRUNCATE {', '.join(tables)}")
    rpc.close()
    sessions.kw["bind"].dispose()
    return stage.events / seconds


def _drop_raw(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TABLE {TABLE}")


def _process_log_per_second(stage: Stage) -> float:
    """web3.py's own way on a part of the chain: get_logs, then process_log for each."""
    settlement = SettlementContract(stage.chain, stage.deployment.contracts["Settlement"])
    started = time.perf_counter()
    events = settlement.events_between(0, 1 + PROCESS_LOG_BLOCKS)
    return len(events) / (time.perf_counter() - started)
