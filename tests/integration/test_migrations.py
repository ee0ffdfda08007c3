"""The migrations build exactly the tables that the models describe."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.orm import Session, sessionmaker

import wellhead.chain.index.models
import wellhead.chain.models
import wellhead.telemetry.models
from wellhead.db.base import Base
from wellhead.db.engine import open_engine, open_sessions

MODULES = (wellhead.chain.index.models, wellhead.chain.models, wellhead.telemetry.models)


def test_migrated_tables_equal_the_models(sessions: sessionmaker[Session]) -> None:
    assert all(module.Base is Base for module in MODULES)
    with sessions.kw["bind"].connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_migrating_twice_changes_nothing(database_url: str) -> None:
    for _ in range(2):
        open_sessions(database_url).kw["bind"].dispose()


def test_sqlite_keeps_money_through_a_power_cut(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'money.sqlite'}")
    with engine.connect() as connection:
        journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
        synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar()
    engine.dispose()
    assert (journal, synchronous) == ("wal", 2)
