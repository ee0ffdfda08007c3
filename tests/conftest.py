"""What all tests share: no network for unit tests, Hypothesis profiles, databases, folders of data."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from tests.postgres import Postgres, run_postgres

ROOT = Path(__file__).parent.parent

# `ci` repeats itself: the same examples in every run, so a failure is the change's and not the draw's.
# `explore` draws new ones: HYPOTHESIS_PROFILE=explore ./scripts/test
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile(
    "explore",
    deadline=None,
    print_blob=True,
    max_examples=1_000,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(autouse=True)
def _no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests below tests/unit cannot connect a socket, except to a path on this host."""
    if (ROOT / "tests/unit") not in request.path.parents:
        return
    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, _refusing(getattr(socket.socket, name)))


def _refusing(connect: Any) -> Any:
    def refuse(self: socket.socket, address: Any) -> Any:
        if self.family == socket.AF_UNIX:
            return connect(self, address)
        raise AssertionError(f"a unit test may not connect to {address}")

    return refuse


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL server per run, started when the first test asks for it."""
    with run_postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of the test's own: a new file of SQLite, and a migrated database of PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'test.sqlite'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    with server.database() as url:
        yield url


@pytest.fixture(scope="session")
def repo_root() -> Path:
    """The repository's root."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with real data sets; the test is skipped where it is absent."""
    folder = Path(os.environ.get("WELLHEAD_SHARED_DATA", ROOT.parent / "shared/data"))
    if not (folder / "README.md").is_file():
        pytest.skip("the shared data sets are not on this machine (WELLHEAD_SHARED_DATA names their folder)")
    return folder
