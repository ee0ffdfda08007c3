"""Engines and sessions on SQLite and PostgreSQL; every database is built by the real migrations.

URLs are SQLAlchemy's: `sqlite:///file` or `postgresql+pg8000://user@host/database`. What
`sessions.begin()` opens may write: on SQLite it takes the write lock at once, so what it read cannot have
changed when it writes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

PACKAGED_MIGRATIONS = Path(__file__).parent.parent / "_migrations"
SOURCE_MIGRATIONS = Path(__file__).parents[3] / "migrations"

WRITES = "wellhead_writes"
"""Execution option of a connection whose transaction takes SQLite's write lock when it begins."""


class Sessions(sessionmaker[Session]):
    """A session factory whose `begin()` is for writing; a session opened by calling it only reads."""

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """A session that writes: committed at the end, rolled back on any error."""
        with super().begin() as session:
            session.connection(execution_options={WRITES: True})
            yield session


def open_engine(url: str) -> Engine:
    """An engine for `url`; SQLite in WAL mode with full syncs and foreign keys on (money is in it)."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_sqlite_pragmas)
        event.listen(engine, "begin", _begin_immediately)
    return engine


def migrate(engine: Engine) -> None:
    """Bring the database to the newest schema."""
    location = PACKAGED_MIGRATIONS if PACKAGED_MIGRATIONS.is_dir() else SOURCE_MIGRATIONS
    config = Config()
    config.set_main_option("script_location", str(location))
    with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def open_sessions(url: str) -> Sessions:
    """Migrated database at `url` as a session factory."""
    engine = open_engine(url)
    migrate(engine)
    return Sessions(engine, expire_on_commit=False)


def _set_sqlite_pragmas(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediately(connection: Connection) -> None:
    if connection.get_execution_options().get(WRITES):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
