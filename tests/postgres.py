"""Databases for tests: a file of SQLite, and one database per test on one PostgreSQL per run.

The server is the one of WELLHEAD_TEST_POSTGRES_URL (`postgresql+pg8000://user:password@host:port/postgres`,
whose user may create databases), or one from the package `pgserver` on a unix socket, stopped at the end.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import URL, create_engine, make_url, text

from wellhead.db.engine import migrate, open_engine

TEMPLATE = "wellhead_template"

HURRIED = ("fsync", "full_page_writes", "synchronous_commit")
"""What a server of our own does without where no power cut is to be survived."""


class Postgres:
    """A server, and a migrated database on it that others are copied from."""

    def __init__(self, url: URL, hurried: bool = False) -> None:
        self.url, self.strategy = url, " STRATEGY file_copy" if hurried else ""
        for setting in HURRIED if hurried else ():
            self._execute(f"ALTER SYSTEM SET {setting} = off")
        if hurried:
            self._execute("SELECT pg_reload_conf()")
        self.template = f"{TEMPLATE}_{token_hex(4)}"
        self._execute(f"CREATE DATABASE {self.template}")
        engine = open_engine(self._named(self.template))
        migrate(engine)
        engine.dispose()

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a migrated database that is dropped at the end."""
        name = f"wellhead_{token_hex(6)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {self.template}{self.strategy}")
        try:
            yield self._named(name)
        finally:
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        """Drop the template."""
        self._execute(f"DROP DATABASE {self.template} WITH (FORCE)")

    def _named(self, name: str) -> str:
        return self.url.set(database=name).render_as_string(hide_password=False)

    def _execute(self, statement: str) -> None:
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()


@contextmanager
def run_postgres(hurried: bool = True) -> Iterator[Postgres]:
    """The server that the environment names, or one of our own, which writes carelessly if `hurried`."""
    given = os.environ.get("WELLHEAD_TEST_POSTGRES_URL")
    if given:
        server = Postgres(make_url(given))
        yield server
        server.close()
        return
    folder = Path(tempfile.mkdtemp(prefix="wellhead-postgres-"))
    folder.chmod(0o755)
    (folder / "runtime").mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder / "runtime"))
    import pgserver  # reads XDG_RUNTIME_DIR

    data = folder / "data"
    data.mkdir()
    started = pgserver.get_server(data, cleanup_mode="stop")
    try:
        socket = Path(parse_qs(urlsplit(started.get_uri()).query)["host"][0])
        path = next(path for path in socket.glob(".s.PGSQL.*") if path.suffix != ".lock")
        query = {"unix_sock": str(path)}
        yield Postgres(URL.create("postgresql+pg8000", "postgres", database="postgres", query=query), hurried)
    finally:
        started.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
