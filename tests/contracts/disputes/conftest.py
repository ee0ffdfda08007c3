"""One world with stakes per module; every test brings its own asset."""

import pytest
from tests.contracts.disputes.game import Game


@pytest.fixture(scope="module")
def game() -> Game:
    """Members with ten ether each at stake."""
    return Game()
