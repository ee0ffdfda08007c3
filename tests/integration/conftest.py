"""What integration tests share: a chain of their own and a migrated database, of SQLite and of PostgreSQL."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session, sessionmaker

from wellhead.chain.client import Chain
from wellhead.chain.development import BANK_KEY, open_in_process
from wellhead.chain.service import Sender
from wellhead.db.engine import open_sessions

GENESIS = 1_750_000_000


@pytest.fixture
def chain() -> Chain:
    return open_in_process(GENESIS)


@pytest.fixture
def sessions(database_url: str) -> Iterator[sessionmaker[Session]]:
    opened = open_sessions(database_url)
    yield opened
    opened.kw["bind"].dispose()


@pytest.fixture
def bank(chain: Chain, sessions: sessionmaker[Session]) -> Sender:
    return Sender(chain, sessions, BANK_KEY, wait_seconds=1.0)
