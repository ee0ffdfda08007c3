"""Bindings of devices: nobody destroys the proof of his fault, nobody makes a fault of an honest report."""

import pytest
from tests.contracts.disputes.game import Game
from tests.contracts.disputes.test_faults import bind, stolen_leaf, with_foreign_device


@pytest.fixture(scope="module")
def game() -> Game:
    """A world whose members have stakes."""
    return Game()


def test_binding_a_device_again_does_not_hide_that_it_is_counted_twice(game):
    """One owner, one GPU in the lists of two assets: he renews the binding, and no proof is left."""
    first = game.metered()
    bind(game, first, 2)
    second = with_foreign_device(game, first)
    period = second.asset.opened_in
    held = {of.asset.id: game.readings(of, period, [900] * 5) for of in (first, second)}
    revision = game.post(game.proposal(period, held))
    bind(game, first, 2)
    leaf, shown = stolen_leaf(game, second, revision)
    call = game.world.faults.prove_reading(
        game.place(second, revision, 2), revision.posted, shown, leaf, second.asset.terms
    )
    game.world.send("prover", call)
    assert game.is_void(second, revision)


def test_releasing_a_device_does_not_hide_that_it_was_counted_twice(game):
    """The same owner, who lets the device go as soon as the report is posted."""
    first = game.metered()
    bind(game, first, 2)
    second = with_foreign_device(game, first)
    period = second.asset.opened_in
    held = {of.asset.id: game.readings(of, period, [900] * 5) for of in (first, second)}
    revision = game.post(game.proposal(period, held))
    release = game.world.registry.release_devices(first.asset.id, [first.devices[2].device_id])
    game.world.send("owner", release)
    leaf, shown = stolen_leaf(game, second, revision)
    call = game.world.faults.prove_reading(
        game.place(second, revision, 2), revision.posted, shown, leaf, second.asset.terms
    )
    game.world.send("prover", call)
    assert game.is_void(second, revision)
