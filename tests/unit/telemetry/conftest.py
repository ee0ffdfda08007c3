"""What telemetry's tests share: a database, keys, a calendar, and a domain."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from wellhead.chain.eip712 import Domain
from wellhead.clock import PeriodClock
from wellhead.db.engine import migrate, open_engine

GENESIS = 1_700_000_000
SHARED_DATA = Path(__file__).parents[4] / "shared" / "data"


@pytest.fixture
def domain() -> Domain:
    return Domain(131277322940537, "0x00000000000000000000000000000000000000AA")


@pytest.fixture
def calendar() -> PeriodClock:
    return PeriodClock(GENESIS, 3_600)


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    engine = open_engine(database_url)
    migrate(engine)
    with Session(engine) as opened:
        yield opened
    engine.dispose()


@pytest.fixture
def shared_data() -> Path:
    if not SHARED_DATA.is_dir():
        pytest.skip("the shared data folder does not lie beside this checkout")
    return SHARED_DATA
