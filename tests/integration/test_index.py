"""The index holds what the chain says, no more and no less, whatever nodes and databases do to it."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, sessionmaker
from tests.chaos.node import rpc
from tests.chaos.proxy import Faults, Proxy
from tests.chaos.source import Source, run_source
from tests.contracts.world import GENESIS
from tests.integration.audited_world import AuditedWorld, build_audited_world
from tests.integration.indexing import (
    LongChain,
    events_by_web3,
    hang_up,
    hash_of,
    indexed_events,
    indexer_on,
    rows_in,
)

from wellhead.chain.development import run_anvil
from wellhead.chain.index import repository
from wellhead.chain.index.models import EVENT_TABLES, IndexedBlock
from wellhead.chain.index.rpc import NodeFault
from wellhead.chain.index.service import Indexer, LostEvents, ReorgPastFinality, money_may_move
from wellhead.chain.index.span import Span
from wellhead.db.engine import open_sessions
from wellhead.errors import StateError

SALES = "event_settlement_sale_booked"
EARLY_FINALITY = ("--slots-in-an-epoch", "1")
"""An anvil that calls all but two blocks final."""


@pytest.fixture(autouse=True)
def _hung_up() -> Iterator[None]:
    yield
    hang_up()


@pytest.fixture(scope="module")
def audited(repo_root: Path) -> Iterator[AuditedWorld]:
    """The history that the audit's tests tell, on a node that answers by HTTP."""
    with run_anvil(repo_root / "node_modules/.bin/anvil", GENESIS) as chain:
        yield build_audited_world(chain)


@pytest.fixture
def source() -> Iterator[Source]:
    with run_source() as opened:
        opened.mine(64)
        yield opened


@pytest.fixture
def other(tmp_path: Path) -> Iterator[sessionmaker[Session]]:
    """A second database: for the index that is made afresh."""
    opened = open_sessions(f"sqlite:///{tmp_path / 'other.sqlite'}")
    yield opened
    opened.kw["bind"].dispose()


def url_of(audited: AuditedWorld) -> str:
    return str(audited.world.chain.web3.provider.endpoint_uri)  # type: ignore[attr-defined]


def clean_hash(other: sessionmaker[Session], source: Source) -> str:
    indexer_on(other, source.url, source.deployment).rebuild()
    return hash_of(other)


# --- everything, once ------------------------------------------------------------------------------------


def test_every_event_is_indexed_as_web3_reads_it(
    audited: AuditedWorld, sessions: sessionmaker[Session]
) -> None:
    progress = indexer_on(sessions, url_of(audited), audited.world.deployment).poll()
    with sessions() as session:
        kinds = {contract.address: contract.kind for contract in repository.contracts(session)}
    wanted, found = events_by_web3(audited.world.chain, kinds), indexed_events(sessions)
    assert found == wanted
    assert len(found) == progress.events
    assert {table for _, table, _ in found.values()} >= {SALES, "event_revenue_share_revenue_claimed"}
    assert {asset.share for asset in audited.assets} <= set(kinds)


def test_both_databases_and_a_rebuild_have_the_same_hash(
    audited: AuditedWorld, sessions: sessionmaker[Session], other: sessionmaker[Session]
) -> None:
    for database in (sessions, other):
        indexer_on(database, url_of(audited), audited.world.deployment).poll()
    before = hash_of(sessions)
    assert before == hash_of(other)
    indexer_on(sessions, url_of(audited), audited.world.deployment).rebuild()
    assert hash_of(sessions) == before


def test_looking_again_changes_nothing(source: Source, sessions: sessionmaker[Session]) -> None:
    source.sell(5)
    first = indexer_on(sessions, source.url, source.deployment).poll()
    before = hash_of(sessions)
    again = indexer_on(sessions, source.url, source.deployment).poll()
    assert (first.events, again.events, again.cursor) == (5, 0, first.cursor)
    assert hash_of(sessions) == before


def test_a_database_of_another_deployment_is_refused(source: Source, sessions: sessionmaker[Session]) -> None:
    indexer_on(sessions, source.url, source.deployment).poll()
    with pytest.raises(StateError, match="the database indexes"):
        indexer_on(sessions, source.url, Source(source.url).deployment).poll()


@pytest.mark.parametrize("span", [1, 3, 1_000])
def test_a_contract_is_read_from_the_block_that_names_it(
    source: Source, sessions: sessionmaker[Session], span: int
) -> None:
    source.sell(2)
    share = source.open()
    source.write_share(share, 3)
    source.write_leases(7)
    source.sell(1)
    source.mine(70)
    indexer_on(sessions, source.url, source.deployment, Span(first=span, longest=span)).poll()
    assert rows_in(sessions, "event_revenue_share_transfer") == 2 + 3
    assert rows_in(sessions, "event_revenue_share_revenue_added") == 2 + 3
    assert rows_in(sessions, "event_lease_token_transfer_batch") == 1
    assert rows_in(sessions, SALES) == 3


# --- nodes that refuse, lag and break ----------------------------------------------------------------------


@pytest.mark.parametrize("cap", [50, 1_000, 5_000, 10_000])
@pytest.mark.parametrize("says", ["query exceeds max block range {cap}", "query returned too much"])
def test_a_cap_on_ranges_costs_at_most_twice_the_fewest_calls(
    other: sessionmaker[Session], cap: int, says: str
) -> None:
    blocks = min(400 * cap, 100_000)
    node = LongChain(blocks, cap, says.format(cap=cap))
    Indexer(other, node, node.deployment).poll()  # type: ignore[arg-type]
    assert rows_in(other, SALES) == node.sales
    assert node.ranges_asked <= 2 * blocks // cap


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda logs: [log for log in logs for _ in range(2)], "doubled"),
        (lambda logs: logs[::-1], "out of order"),
        (lambda logs: [log | {"blockHash": "0x" + "ff" * 32} for log in logs], "is not in the chain"),
        (lambda logs: [log | {"removed": True} for log in logs], "is not in the chain"),
        (lambda logs: [log | {"logIndex": hex(i)} for i, log in enumerate([*logs, *logs])], "out of order"),
        (lambda logs: [log for log in logs if log["blockNumber"] != "0x64"], "follows event"),
    ],
)
def test_logs_that_do_not_fit_together_are_not_written(
    other: sessionmaker[Session], spoil: Callable[[list[Any]], list[Any]], said: str
) -> None:
    node = LongChain(900, 10_000, "")
    node.spoil = spoil
    with pytest.raises((NodeFault, LostEvents), match=said):
        Indexer(other, node, node.deployment).poll()  # type: ignore[arg-type]
    assert rows_in(other, SALES) == 0


def test_a_node_that_lags_hides_nothing(source: Source, sessions: sessionmaker[Session]) -> None:
    with Proxy(source.url, Faults(seed=3, lagging_share=0.3, lagging_blocks=4)) as url:
        indexer = indexer_on(sessions, url, source.deployment)
        sold = 0
        for count in range(1, 16):
            source.sell(count)
            sold += count
            try:
                progress = indexer.poll()
            except NodeFault:
                continue
            assert rows_in(sessions, SALES) == int.from_bytes(_sequence_at(source, progress.cursor))
    indexer_on(sessions, source.url, source.deployment).poll()
    assert rows_in(sessions, SALES) == sold


def _sequence_at(source: Source, block: int) -> bytes:
    call = {"to": source.address, "data": "0x529d15cc"}  # sequence()
    return bytes.fromhex(rpc(source.url, "eth_call", call, hex(block))[2:])


# --- reorganisations ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [1, 5, 64])
def test_a_reorganisation_is_taken_back(
    source: Source, sessions: sessionmaker[Session], other: sessionmaker[Session], depth: int
) -> None:
    indexer = indexer_on(sessions, source.url, source.deployment)
    source.sell(3)
    source.sell(4)
    source.open()
    indexer.poll()
    source.reorg(depth, Random(depth))
    progress = indexer.poll()
    assert progress.rolled_back == depth
    assert hash_of(sessions) == clean_hash(other, source)
    assert money_may_move(sessions)


def test_a_share_that_a_reorganisation_took_is_forgotten(
    source: Source, sessions: sessionmaker[Session]
) -> None:
    indexer = indexer_on(sessions, source.url, source.deployment)
    share = source.open()
    indexer.poll()
    source.reorg(1)
    indexer.poll()
    with sessions() as session:
        assert share not in [contract.address for contract in repository.contracts(session)]


def test_a_transaction_that_moved_to_another_block_is_there_once(
    source: Source, sessions: sessionmaker[Session]
) -> None:
    indexer = indexer_on(sessions, source.url, source.deployment)
    number = source.sell(3)
    indexer.poll()
    block = rpc(source.url, "eth_getBlockByNumber", hex(number), False)
    (raw,) = (rpc(source.url, "eth_getRawTransactionByHash", each) for each in block["transactions"])
    rpc(source.url, "anvil_reorg", 6, [[raw, 2]])
    indexer.poll()
    places = {place[0] for place, (_, table, _) in indexed_events(sessions).items() if table == SALES}
    assert places == {number - 5 + 2}
    assert rows_in(sessions, SALES) == 3


def test_a_reorganisation_past_finality_stops_money_within_one_look_and_until_a_rebuild(
    sessions: sessionmaker[Session],
) -> None:
    with run_source(*EARLY_FINALITY) as source:
        source.sell(3)
        source.mine(20)
        indexer = indexer_on(sessions, source.url, source.deployment)
        before = indexer.poll()
        assert before.finalized >= before.cursor - 3
        assert money_may_move(sessions)
        source.reorg(10)
        source.mine(3)
        with pytest.raises(ReorgPastFinality, match=f"block {before.finalized} was final as 0x"):
            indexer.poll()
        assert not money_may_move(sessions)
        with pytest.raises(ReorgPastFinality, match="open until the index is rebuilt"):
            indexer_on(sessions, source.url, source.deployment).poll()
        indexer.rebuild()
        assert money_may_move(sessions)


def test_money_waits_for_the_first_final_block(sessions: sessionmaker[Session]) -> None:
    assert not money_may_move(sessions)
    with run_source() as young:
        young.sell(1)
        indexer_on(sessions, young.url, young.deployment).poll()
        assert not money_may_move(sessions)


# --- what is lost is found ---------------------------------------------------------------------------------


def _fill(source: Source) -> None:
    for count in range(1, 9):
        source.sell(count)
        source.mine(count)
    source.write_share(source.open(), 6)
    source.mine(70)


@pytest.mark.parametrize("seed", range(6))
def test_deleted_rows_and_skipped_runs_are_found_and_read_again(
    source: Source, sessions: sessionmaker[Session], seed: int
) -> None:
    _fill(source)
    indexer = indexer_on(sessions, source.url, source.deployment)
    indexer.poll()
    before, draw = hash_of(sessions), Random(seed)
    with sessions.begin() as session:
        _damage(session, draw)
    damaged = hash_of(sessions)
    assert damaged != before
    found = indexer.heal()
    assert found
    assert hash_of(sessions) == before
    assert indexer.heal() == []


def _damage(session: Session, draw: Random) -> None:
    """Lose single rows, or every trace of some blocks, as if they had never been asked for."""
    table: Any = EVENT_TABLES[draw.choice([SALES, "event_revenue_share_transfer"])]
    places = session.execute(select(table.c.block_number, table.c.log_index)).all()
    if draw.random() < 0.5:
        for block, log in draw.sample(places, min(3, len(places))):
            session.execute(delete(table).where(table.c.block_number == block, table.c.log_index == log))
        return
    first, _ = draw.choice(places)
    last = first + draw.randrange(12)
    events = session.scalar(
        select(func.sum(IndexedBlock.events)).where(IndexedBlock.number.between(first, last))
    )
    repository.delete_blocks(session, first, last)
    repository.shift_totals(session, last, -int(events or 0))


def test_a_run_that_came_without_its_logs_is_found_by_the_next_number(
    source: Source,
    sessions: sessionmaker[Session],
    other: sessionmaker[Session],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    indexer = indexer_on(sessions, source.url, source.deployment)
    source.sell(1)
    indexer.poll()
    source.sell(4)
    source.write_leases(3)
    read = indexer.reader.read
    with monkeypatch.context() as lossy:
        lossy.setattr(indexer.reader, "read", lambda *asked: replace(read(*asked), logs=[]))
        indexer.poll()
    assert rows_in(sessions, SALES) == 1
    source.sell(2)
    indexer.poll()
    assert rows_in(sessions, SALES) == 7
    indexer.heal()
    assert rows_in(sessions, SALES) == 7


def test_events_that_the_chain_does_not_have_stop_money(
    source: Source, sessions: sessionmaker[Session]
) -> None:
    """A number that no reading gives: the contract's counter was moved without an event."""
    indexer = indexer_on(sessions, source.url, source.deployment)
    source.sell(2)
    source.mine(64)
    indexer.poll()
    rpc(source.url, "anvil_setStorageAt", source.address, "0x" + "00" * 32, "0x" + (9).to_bytes(32).hex())
    source.sell(1)
    started = time.monotonic()
    with pytest.raises(LostEvents, match=r"event 10 in block .* follows event 2"):
        indexer.poll()
    assert time.monotonic() - started < 20
    assert not money_may_move(sessions)
