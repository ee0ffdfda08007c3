"""The world with investors who may hold shares."""

import pytest
from tests.contracts.world import World


@pytest.fixture(scope="module")
def prepared(world: World) -> World:
    """The world in which the owner, alice and bob are verified for a very long time."""
    for name in ("owner", "alice", "bob"):
        world.verify(name, seconds=10**10)
    return world
