"""One deployed world per module: deploying takes most of a second, and every test brings its own asset."""

import pytest
from tests.contracts.world import World


@pytest.fixture(scope="module")
def world() -> World:
    """Everything deployed on a chain of its own."""
    return World()
