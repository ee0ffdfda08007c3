"""One stage per module; every test brings its own share."""

import pytest
from tests.contracts.revenue_share.stage import Share, Stage
from tests.contracts.world import World


@pytest.fixture(scope="module")
def stage(world: World) -> Stage:
    """Identities and an implementation without a Settlement."""
    return Stage(world)


@pytest.fixture
def share(stage: Stage) -> Share:
    """A fresh share that the owner holds all of."""
    return stage.share()
