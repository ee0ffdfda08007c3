"""Engines and sessions; every database is built by the real migrations."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

PACKAGED_MIGRATIONS = Path(__file__).parent.parent / "_migrations"
SOURCE_MIGRATIONS = Path(__file__).parents[3] / "migrations"


def open_engine(url: str) -> Engine:
    """An engine for `url`; SQLite in WAL mode with full syncs and foreign keys on (money is in it)."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_sqlite_pragmas)
    return engine


def migrate(engine: Engine) -> None:
    """Bring the database to the newest schema."""
    location = PACKAGED_MIGRATIONS if PACKAGED_MIGRATIONS.is_dir() else SOURCE_MIGRATIONS
    config = Config()
    config.set_main_option("script_location", str(location))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def open_sessions(url: str) -> sessionmaker[Session]:
    """Migrated database at `url` as a session factory."""
    engine = open_engine(url)
    migrate(engine)
    return sessionmaker(engine, expire_on_commit=False)


def _set_sqlite_pragmas(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
