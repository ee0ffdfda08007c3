"""Attacks on the registry that a hostile review found; each succeeded before its guard was written."""

from dataclasses import replace

from tests.contracts.registry.test_excuses import curtailment, maintenance
from tests.contracts.world import address, key_of, up

from wellhead.chain.keccak import keccak256
from wellhead.registry.devices import Binding, sign_binding

ROOT = keccak256(b"another device list")


def settle_gas(world, versions):
    """Gas to settle a period with spot revenue alone, before which so many device lists were announced."""
    asset = world.asset(bond=0)
    period = asset.opened_in
    world.spot(asset, period, 1)
    for number in range(1, versions + 1):
        call = world.registry.announce_devices(asset.id, period + number, 4, ROOT, asset.terms)
        world.send("owner", call)
    posted = world.post(period, {asset: up(0)})
    world.pass_dispute(period)
    return world.settle(asset, posted.evidence(asset.id)).gas_used


def test_many_versions_cannot_make_settling_dear(world):
    few, many = settle_gas(world, 2), settle_gas(world, 40)
    # by binary search: some steps more, not one for each version (which cost 2,400 gas apiece)
    assert many - few < 20_000


def test_an_excuse_run_cannot_carry_old_terms_into_periods_under_new_ones(world):
    asset = world.asset(bond=0, maintenance_seconds_per_year=1_000)
    strict = replace(asset.terms, maintenance_seconds_per_year=0)
    change = asset.opened_in + 5
    world.send("owner", world.registry.announce_terms(asset.id, change, asset.terms, strict))
    across = maintenance(world, asset, change - 1, change, 2_000)
    world.refused("owner", across, "NotOneVersion", fromPeriod=change - 1, toPeriod=change)
    assert world.registry.excuse_ceiling_of(asset.id, change) == 0
    curtailed, _ = curtailment(world, asset, change - 1, change, 10)
    world.refused("owner", curtailed, "NotOneVersion", fromPeriod=change - 1, toPeriod=change)


def test_an_excuse_run_cannot_borrow_the_capacity_of_a_longer_device_list(world):
    asset = world.asset(bond=0)
    first = asset.opened_in + 3
    for period, devices in ((first, 1_000), (first + 1, 4)):
        call = world.registry.announce_devices(asset.id, period, devices, ROOT, asset.terms)
        world.send("owner", call)
    across = maintenance(world, asset, first, first + 1, 5_000)
    world.refused("owner", across, "NotOneVersion", fromPeriod=first, toPeriod=first + 1)


def test_terms_and_devices_stay_where_time_is_excused(world):
    asset = world.asset(bond=0)
    first = asset.opened_in + 3
    world.send("owner", maintenance(world, asset, first, first + 1, 300))
    assert world.registry.read("pinnedBefore", asset.id) == first + 2
    fewer = world.registry.announce_devices(asset.id, first, 2, ROOT, asset.terms)
    world.refused("owner", fewer, "DevicesPinned", devices=2, pinned=4, pinnedThrough=first + 2)


def test_an_excuse_cannot_exceed_the_capacity_in_parts(world):
    asset = world.asset(bond=0)
    period = world.period
    world.travel(world.clock.end_of(period) - 40)
    first, _ = curtailment(world, asset, period, period, 100)
    world.send("owner", first)
    second, _ = curtailment(world, asset, period, period, 99)
    left = 4 * (world.clock.end_of(period) - world.now)
    world.refused("owner", second, "AboveCapacity", deviceSeconds=199, capacity=left)
    assert world.registry.excuse_ceiling_of(asset.id, period) == 100


def test_nobody_takes_devices_for_an_asset_that_no_registrar_activated(world):
    squat, _ = world.register("other-owner")
    device = keccak256(b"somebody else's GPU")
    signature = sign_binding(
        world.registry_domain, Binding(device, address("other-owner"), squat), key_of("squatter")
    )
    call = world.registry.bind_devices(squat, [device], [address("squatter")], [signature])
    world.refused("other-owner", call, "NotActive", assetId=squat)


def test_the_zero_address_cannot_be_frozen(world):
    call = world.identities.set_frozen("0x" + "00" * 20, True)
    world.refused("compliance", call, "ZeroAccount")
