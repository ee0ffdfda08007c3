"""Sums that no event number guards are compared with the chain's; `wellhead index` does so for a person."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session, sessionmaker
from tests.chaos.node import rpc
from tests.contracts.world import GENESIS
from tests.integration.audited_world import AuditedWorld, build_audited_world
from tests.integration.indexing import hang_up, hash_of, indexer_on
from typer.testing import CliRunner

from wellhead.chain.development import run_anvil
from wellhead.chain.index.models import EVENT_TABLES
from wellhead.chain.index.service import Indexer, LostEvents, money_may_move
from wellhead.cli.app import app
from wellhead.errors import StateError


@pytest.fixture(autouse=True)
def _hung_up() -> Iterator[None]:
    yield
    hang_up()


@pytest.fixture(scope="module")
def audited(repo_root: Path) -> Iterator[AuditedWorld]:
    """A history with every kind of money event, all of it final."""
    with run_anvil(repo_root / "node_modules/.bin/anvil", GENESIS) as chain:
        world = build_audited_world(chain)
        rpc(url_of(world), "anvil_mine", hex(80))
        yield world


def url_of(audited: AuditedWorld) -> str:
    return str(audited.world.chain.web3.provider.endpoint_uri)  # type: ignore[attr-defined]


def indexed(audited: AuditedWorld, sessions: sessionmaker[Session]) -> Indexer:
    indexer = indexer_on(sessions, url_of(audited), audited.world.deployment)
    indexer.poll()
    return indexer


def test_vaults_series_and_shares_sum_up_to_what_the_chain_says(
    audited: AuditedWorld, sessions: sessionmaker[Session]
) -> None:
    assert indexed(audited, sessions).compare_totals() == []


def test_nothing_final_has_no_totals(audited: AuditedWorld, sessions: sessionmaker[Session]) -> None:
    with pytest.raises(StateError, match="nothing final is indexed"):
        indexer_on(sessions, url_of(audited), audited.world.deployment).compare_totals()


@pytest.mark.parametrize(
    ("table", "subject"),
    [
        ("event_settlement_bond_deposited", "booked"),
        ("event_settlement_claimed", "booked"),
        ("event_settlement_period_settled", "booked"),
        ("event_lease_token_transfer_single", "leases of series"),
        ("event_revenue_share_transfer", "shares of"),
    ],
)
def test_a_missing_money_event_shows_in_a_sum_and_is_read_again(
    audited: AuditedWorld, sessions: sessionmaker[Session], table: str, subject: str
) -> None:
    indexer = indexed(audited, sessions)
    before = hash_of(sessions)
    with sessions.begin() as session:
        lost: Any = session.execute(delete(EVENT_TABLES[table]))
        assert lost.rowcount > 0
    differences = indexer.compare_totals()
    assert any(subject in difference.subject for difference in differences)
    assert hash_of(sessions) == before
    assert indexer.compare_totals() == []


def test_a_sum_that_reading_again_does_not_mend_stops_money(
    audited: AuditedWorld, sessions: sessionmaker[Session]
) -> None:
    indexer = indexed(audited, sessions)
    table: Any = EVENT_TABLES["event_settlement_bond_deposited"]
    with sessions.begin() as session:
        session.execute(update(table).values(amount=1))
    with pytest.raises(LostEvents, match=r"booked: \d+ by events, \d+ on the chain"):
        indexer.compare_totals()
    assert not money_may_move(sessions)
    indexer.rebuild()
    assert money_may_move(sessions)
    assert indexer.compare_totals() == []


def test_leases_of_past_periods_need_not_be_compared(
    audited: AuditedWorld, sessions: sessionmaker[Session]
) -> None:
    indexer = indexed(audited, sessions)
    with sessions.begin() as session:
        session.execute(delete(EVENT_TABLES["event_lease_token_transfer_single"]))
    assert indexer.compare_totals(from_period=10**6) == []
    assert indexer.compare_totals() != []


def test_the_command_indexes_heals_and_rebuilds_to_the_same_hash(
    audited: AuditedWorld, sessions: sessionmaker[Session], database_url: str, tmp_path: Path
) -> None:
    published = tmp_path / "deployment.json"
    published.write_text(audited.world.deployment.to_json())
    options = ["--rpc", url_of(audited), "--deployment", str(published), "--database", database_url]

    def run(*more: str) -> Any:
        done = CliRunner().invoke(app, ["index", *options, *more])
        assert done.exit_code == 0, done.exception
        return done

    first = json.loads(run("--json").stdout)
    assert (first["cursor"], first["healed"], first["money_may_move"]) == (first["newest"], [], True)
    assert first["totals_compared"]
    assert first["events"] > 100
    with sessions.begin() as session:
        session.execute(delete(EVENT_TABLES["event_settlement_claimed"]))
    healed = json.loads(run("--json").stdout)
    assert healed["healed"]
    rebuilt = json.loads(run("--rebuild", "--json").stdout)
    assert (rebuilt["events"], rebuilt["healed"]) == (first["events"], [])
    assert first["state_hash"] == healed["state_hash"] == rebuilt["state_hash"]
    shown = run()
    assert shown.stdout == ""
    assert f"state hash: {first['state_hash']}" in shown.stderr
