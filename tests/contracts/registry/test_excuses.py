"""announceExcused: maintenance by notice and allowance, curtailment by the grid key's word, nothing after."""

from dataclasses import replace

import pytest
from tests.contracts.world import L, address, key_of

from wellhead.chain.contracts.asset_registry import CURTAILMENT, MAINTENANCE
from wellhead.chain.eip712 import StructType
from wellhead.chain.signatures import sign
from wellhead.registry.terms import terms_hash

CURTAILMENT_TYPE = StructType(
    "Curtailment(uint32 assetId,uint32 fromPeriod,uint32 toPeriod,uint40 deviceSeconds)"
)
YEAR = 365 * 86_400


@pytest.fixture
def asset(world):
    return world.asset(bond=0)


def maintenance(world, asset, first, last, seconds, terms=None):
    terms = terms or asset.terms
    return world.registry.announce_excused(asset.id, first, last, seconds, MAINTENANCE, terms, b"")


def curtailment(world, asset, first, last, seconds, key="grid"):
    values = {"assetId": asset.id, "fromPeriod": first, "toPeriod": last, "deviceSeconds": seconds}
    digest = world.registry_domain.digest(CURTAILMENT_TYPE.hash(values))
    signature = sign(key_of(key), digest)
    call = world.registry.announce_excused(
        asset.id, first, last, seconds, CURTAILMENT, asset.terms, signature
    )
    return call, digest


def test_maintenance_raises_the_ceiling_of_each_period_of_the_run(world, asset):
    p = asset.opened_in + 2
    world.send("owner", maintenance(world, asset, p, p + 1, 300))
    world.send("owner", maintenance(world, asset, p + 1, p + 1, 5))
    ceilings = [world.registry.excuse_ceiling_of(asset.id, q) for q in range(p - 1, p + 3)]
    assert ceilings == [0, 300, 305, 0]


def test_maintenance_without_notice_or_for_the_past_is_refused(world, asset):
    p = asset.opened_in
    for first in (p - 1, p, p + 1):
        if first < p:
            call, error = maintenance(world, asset, first, first, 1), "WrongTerms"
            numbers = {"given": terms_hash(asset.terms), "inForce": bytes(32)}
        else:
            call, error = maintenance(world, asset, first, first, 1), "TooEarly"
            numbers = {"fromPeriod": first, "earliest": p + 2}
        world.refused("owner", call, error, **numbers)


def test_maintenance_beyond_the_years_allowance_is_refused(world, asset):
    p = asset.opened_in + 2
    allowance = 4 * 8_000
    world.send("owner", maintenance(world, asset, p, p + 7, 3_999))
    over = maintenance(world, asset, p, p, 9)
    world.refused("owner", over, "AboveAllowance", announced=allowance + 1, allowance=allowance)
    world.send("owner", maintenance(world, asset, p + 8, p + 8, 8))


def test_maintenance_above_a_periods_capacity_is_refused(world, asset):
    p = asset.opened_in + 2
    call = maintenance(world, asset, p, p, 4_001)
    world.refused("owner", call, "AboveCapacity", deviceSeconds=4_001, capacity=4_000)


def test_maintenance_stays_inside_one_year_and_the_next_year_has_its_own(world, asset):
    last = (YEAR - 1) // L
    across = maintenance(world, asset, last, last + 1, 1)
    world.refused("owner", across, "NotOneYear", fromPeriod=last, toPeriod=last + 1)
    world.send("owner", maintenance(world, asset, last - 7, last, 4_000))
    world.send("owner", maintenance(world, asset, last + 1, last + 8, 4_000))


def test_runs_are_in_order_and_not_too_long(world, asset):
    p = asset.opened_in + 2
    backwards = maintenance(world, asset, p + 1, p, 1)
    world.refused("owner", backwards, "PeriodsOutOfOrder", fromPeriod=p + 1, toPeriod=p)
    long = maintenance(world, asset, p, p + 100, 1)
    world.refused("owner", long, "RunTooLong", periods=101, limit=100)


def test_only_the_owner_announces_and_only_by_the_terms_in_force(world, asset):
    p, other = asset.opened_in + 2, replace(asset.terms, maintenance_seconds_per_year=2**32 - 1)
    who = {"assetId": asset.id, "caller": address("outsider"), "owner": address("owner")}
    world.refused("outsider", maintenance(world, asset, p, p, 1), "NotOwner", **who)
    wrong = {"given": terms_hash(other), "inForce": terms_hash(asset.terms)}
    world.refused("owner", maintenance(world, asset, p, p, 1, other), "WrongTerms", **wrong)


def test_curtailment_counts_once_by_the_grids_signature(world, asset):
    p = asset.opened_in + 1
    foreign, _ = curtailment(world, asset, p, p, 700, key="stranger")
    signer = {"recovered": address("stranger"), "gridKey": address("grid")}
    world.refused("owner", foreign, "WrongGridSignature", **signer)
    call, digest = curtailment(world, asset, p, p, 700)
    world.send("owner", call)
    world.refused("owner", call, "CurtailmentUsed", digest=digest)
    assert world.registry.excuse_ceiling_of(asset.id, p) == 700


def test_curtailment_of_the_running_period_covers_only_the_seconds_to_come(world, asset):
    p = asset.opened_in
    world.travel(world.clock.end_of(p) - 250)
    over, _ = curtailment(world, asset, p, p, 4 * 250 + 1)
    world.refused("owner", over, "AboveCapacity", deviceSeconds=1_001, capacity=1_000)
    within, _ = curtailment(world, asset, p, p, 4 * 249)
    world.send("owner", within)
    assert world.registry.excuse_ceiling_of(asset.id, p) == 996


def test_curtailment_of_the_past_is_refused(world, asset):
    p = asset.opened_in
    call, _ = curtailment(world, asset, p, p, 1)
    world.travel_to_next_period()
    world.refused("owner", call, "TooEarly", fromPeriod=p, earliest=p + 1)
