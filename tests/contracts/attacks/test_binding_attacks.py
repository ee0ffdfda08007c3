"""Bindings of devices: nobody destroys the proof of his fault, nobody makes a fault of an honest report."""

import pytest
from tests.contracts.disputes.game import STAKES, Game
from tests.contracts.disputes.test_faults import bind, stolen_leaf, with_foreign_device
from tests.contracts.world import MEMBERS, L, address

from wellhead.audit.assets import Bindings
from wellhead.chain.follow import Follower
from wellhead.chain.signatures import address_of
from wellhead.chain.system import bind as bind_system
from wellhead.errors import ContractReverted
from wellhead.registry.devices import Binding, sign_binding
from wellhead.registry.sync import bound_elsewhere, read_assets_bound


@pytest.fixture(scope="module")
def game() -> Game:
    """A world whose members have stakes."""
    return Game()


def counted_twice(game):
    """One GPU in the lists of two assets, bound to the first before the period; both are reported in it."""
    first = game.metered()
    bind(game, first, 2)
    second = with_foreign_device(game, first)
    period = second.asset.opened_in
    held = {of.asset.id: game.readings(of, period, [900] * 5) for of in (first, second)}
    return first, second, game.post(game.proposal(period, held))


def release(game, of, device_id):
    """The owner lets go of a device."""
    game.world.send(of.asset.owner, game.world.registry.release_devices(of.asset.id, [device_id]))


def proof(game, of, revision):
    """That the device at place 2 was bound elsewhere."""
    leaf, shown = stolen_leaf(game, of, revision)
    place = game.place(of, revision, 2)
    return game.world.faults.prove_reading(place, revision.posted, shown, leaf, of.asset.terms)


def test_binding_a_device_again_does_not_hide_that_it_is_counted_twice(game):
    """One owner, one GPU in the lists of two assets: he renews the binding, and no proof is left."""
    first, second, revision = counted_twice(game)
    bind(game, first, 2)
    game.world.send("prover", proof(game, second, revision))
    assert game.is_void(second, revision)


def test_releasing_a_device_does_not_hide_that_it_was_counted_twice(game):
    """The same owner, who lets the device go as soon as the report is posted."""
    first, second, revision = counted_twice(game)
    release(game, first, first.devices[2].device_id)
    assert game.world.registry.binding_of(first.devices[2].device_id).bound_at == 0
    game.world.send("prover", proof(game, second, revision))
    assert game.is_void(second, revision)


def test_binding_a_device_to_the_second_asset_makes_no_fault_of_the_first(game):
    """He lets go, and the asset that counted it wrongly binds it: the proof stays as it was."""
    first, second, revision = counted_twice(game)
    device = first.devices[2].device_id
    release(game, first, device)
    key = second.keys[2]
    rebind(game, second, device, key)
    release(game, second, device)
    rebind(game, second, device, key)
    with pytest.raises(ContractReverted, match="NoFault"):
        game.world.send("prover", proof(game, first, revision))
    game.world.send("prover", proof(game, second, revision))
    assert game.is_void(second, revision)
    assert not game.is_void(first, revision)


def rebind(game, of, device_id, key):
    """The asset's owner binds any device under a key that he has."""
    binding = Binding(device_id, address(of.asset.owner), of.asset.id)
    signed = sign_binding(game.world.registry_domain, binding, key)
    call = game.world.registry.bind_devices(of.asset.id, [device_id], [address_of(key)], [signed])
    game.world.send(of.asset.owner, call)


def test_what_a_device_was_bound_to_in_past_periods_never_changes(game):
    """Bindings and releases count from the next period on, and what was told of a period is told for ever.

    The audit, which has the events alone, says the same, and so do the members of what is another asset's.
    """
    world = game.world
    system = bind_system(world.chain, world.deployment)
    follower = Follower(world.chain, world.deployment.first_block)
    first, second = game.metered(), game.metered("other-owner")
    device, keys = first.devices[2].device_id, (first.keys[2], second.keys[2])
    told, changes = {}, []

    def next_period():
        for period in range(world.period + 1):
            at = world.registry.bound_asset_at(device, period)
            assert told.setdefault(period, at) == at, f"period {period} was changed"
        world.travel_to_next_period()

    def lasts(of, periods):
        rebind(game, of, device, keys[of is second])
        changes.append((world.now, of.asset.id))
        for _ in range(periods):
            next_period()
        release(game, of, device)
        changes.append((world.now, None))

    begun = world.period
    for of, periods in ((first, 2), (second, 0), (second, 1), (first, 0), (first, 1), (second, 3)):
        lasts(of, periods)
    for _ in range(2):
        next_period()
    a, b = first.asset.id, second.asset.id
    assert [told[begun + i] for i in range(9)] == [None, a, a, b, a, b, b, b, None]
    replayed = Bindings({}, {device: changes})
    starts = {period: world.clock.start_of(period) for period in told}
    assert {period: replayed.asset_at(device, start) for period, start in starts.items()} == told
    ever = read_assets_bound(system, follower)
    assert ever[device] == {a, b}
    for own, other in ((a, b), (b, a)):
        for period, asset_id in told.items():
            foreign = bound_elsewhere(system, own, first.devices, period, ever)
            assert foreign == ({2: other} if asset_id == other else {}), f"period {period}"


@pytest.mark.parametrize(("before", "bound"), [(1, True), (0, False)])
def test_a_binding_counts_in_a_period_if_it_was_made_before_its_first_second(game, before, bound):
    of = game.metered()
    start = game.world.clock.start_of(game.world.period + 1)
    device = of.devices[3].device_id
    game.world.travel(start - before - 1)
    bind(game, of, 3)
    assert game.world.now == start - before
    period = game.world.clock.period_at(start)
    assert (game.world.registry.bound_asset_at(device, period) == of.asset.id) is bound
    assert game.world.registry.bound_asset_at(device, period + 1) == of.asset.id
    game.world.travel(start + L - before - 1)
    release(game, of, device)
    assert (game.world.registry.bound_asset_at(device, period + 1) is None) is bound


def test_who_signs_a_reading_of_a_device_that_was_another_assets_pays_for_it(game):
    """What a device was bound to was settled before its first reading: members know it, and leave it out."""
    _, second, revision = counted_twice(game)
    stakes, reward = sum(map(game.stake, MEMBERS)), game.owed("prover")
    game.world.send("prover", proof(game, second, revision))
    assert game.is_void(second, revision)
    assert stakes - sum(map(game.stake, MEMBERS)) == STAKES.floor_wei
    assert game.owed("prover") - reward == STAKES.floor_wei // 2
