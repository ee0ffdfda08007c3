"""AssetRegistry: terms, device lists and bindings, after the requirements in IAssetRegistry.sol."""

from dataclasses import replace

import pytest
from tests.contracts.world import L, address, key_of

from wellhead.chain.contract import creation
from wellhead.chain.keccak import keccak256
from wellhead.registry.devices import Binding, sign_binding
from wellhead.registry.terms import ZERO_ADDRESS, terms_hash

ROOT = keccak256(b"devices")


def word(text):
    return text.encode().ljust(32, b"\0")


BROKEN = [
    ({"rules_version": 2}, "UnknownRules", {"rulesVersion": 2, "known": 1}),
    ({"kind": 3}, "OutOfRange", {"field": word("kind"), "value": 3, "limit": 2}),
    ({"evidence": 4}, "OutOfRange", {"field": word("evidence"), "value": 4, "limit": 3}),
    *[
        ({f: 10_001}, "AboveBps", {"bps": 10_001, "limit": 10_000})
        for f in ("fee_bps", "holder_bps", "credit_bps", "grace_bps")
    ],
    ({"unit_seconds": 0}, "ZeroTerm", {"field": word("unitSeconds")}),
    ({"max_watts": 0}, "ZeroTerm", {"field": word("maxWatts")}),
    ({"rated_watts": 0}, "ZeroTerm", {"field": word("ratedWatts")}),
    ({"max_work_per_second": 0}, "ZeroTerm", {"field": word("maxWorkPerSecond")}),
    ({"stablecoin": ZERO_ADDRESS}, "ZeroTerm", {"field": word("stablecoin")}),
    ({"rated_watts": 1_001}, "OutOfRange", {"field": word("ratedWatts"), "value": 1_001, "limit": 1_000}),
    ({"work_metric": ROOT, "rated_joules": 1}, "ZeroTerm", {"field": word("ratedWork")}),
    ({"work_metric": ROOT, "rated_work": 1}, "ZeroTerm", {"field": word("ratedJoules")}),
    ({"reserved_for_spot": 41}, "OutOfRange", {"field": word("reservedForSpot"), "value": 41, "limit": 40}),
    (
        {"max_work_per_second": 2**45},
        "SumOverflow",
        {"field": word("work"), "largest": 4_000 * 2**45, "limit": 2**56},
    ),
]


@pytest.mark.parametrize("seconds", [0, 1 << 22])
def test_a_period_has_a_length_below_four_million_seconds(world, seconds):
    made = [world.roles.address, world.settlement.address, 0, seconds]
    call = creation("AssetRegistry", made, world.chain)
    field = word("periodSeconds")
    world.refused("outsider", call, "OutOfRange", field=field, value=seconds, limit=1 << 22)


@pytest.mark.parametrize(("changes", "error", "numbers"), BROKEN)
def test_terms_that_break_a_rule_are_not_registered(world, changes, error, numbers):
    call = world.registry.register(world.terms(**changes), 4, ROOT)
    world.refused("owner", call, error, **numbers)


def test_an_asset_without_devices_or_without_their_root_is_refused(world):
    register = world.registry.register
    world.refused("owner", register(world.terms(), 0, ROOT), "ZeroTerm", field=word("devices"))
    world.refused("owner", register(world.terms(), 4, bytes(32)), "NoDeviceRoot")


def test_so_many_devices_that_sums_overflow_are_refused(world):
    many = 2**32 - 1
    call = world.registry.register(world.terms(), many, ROOT)
    seconds = {"field": word("seconds"), "largest": many * L, "limit": 2**40}
    world.refused("owner", call, "SumOverflow", **seconds)
    hungry = world.registry.register(world.terms(max_watts=2**32 - 1), 10**6, ROOT)
    joules = {"field": word("joules"), "largest": 10**9 * (2**32 - 1), "limit": 2**56}
    world.refused("owner", hungry, "SumOverflow", **joules)


def test_registering_holds_from_the_running_period_on(world):
    period = world.travel_to_next_period()
    asset_id, terms = world.register()
    assert world.registry.owner_of(asset_id) == address("owner")
    assert world.registry.terms_hash_at(asset_id, period) == terms_hash(terms)
    assert world.registry.terms_hash_at(asset_id, period - 1) == bytes(32)
    assert world.registry.devices_at(asset_id, period) == (4, ROOT)
    assert world.registry.devices_at(asset_id, period - 1) == (0, bytes(32))


def test_assets_are_counted_up_to_the_end_of_each_period(world):
    period = world.travel_to_next_period()
    before = world.registry.asset_count()
    world.register()
    world.register()
    world.travel(world.clock.end_of(period) - 1)
    world.register()  # is mined in the first second of the next period
    assert world.clock.period_at(world.now) == period + 1
    counts = [world.registry.asset_count_at(p) for p in (period - 1, period, period + 1, period + 9)]
    assert counts == [before, before + 2, before + 3, before + 3]


def test_an_unknown_asset_is_refused_and_activation_happens_once(world):
    count = world.registry.asset_count()
    unknown = {"assetId": count, "assetCount": count}
    world.refused("registrar", world.registry.activate(count), "UnknownAsset", **unknown)
    world.reading_refused(lambda: world.registry.owner_of(count), "UnknownAsset", **unknown)
    asset_id, _ = world.register()
    world.send("registrar", world.registry.activate(asset_id))
    world.refused("registrar", world.registry.activate(asset_id), "AlreadyActive", assetId=asset_id)


def test_new_terms_need_the_owner_the_newest_terms_and_notice(world):
    asset = world.asset(bond=0, notice_periods=2)
    new, announce = replace(asset.terms, credit_bps=7), world.registry.announce_terms
    p = asset.opened_in
    who = {"assetId": asset.id, "caller": address("outsider"), "owner": address("owner")}
    world.refused("outsider", announce(asset.id, p + 9, asset.terms, new), "NotOwner", **who)
    wrong = {"given": terms_hash(new), "inForce": terms_hash(asset.terms)}
    world.refused("owner", announce(asset.id, p + 9, new, new), "WrongTerms", **wrong)
    early = announce(asset.id, p + 2, asset.terms, new)
    world.refused("owner", early, "TooEarly", fromPeriod=p + 2, earliest=p + 3)
    world.send("owner", announce(asset.id, p + 3, asset.terms, new))
    assert world.registry.terms_hash_at(asset.id, p + 2) == terms_hash(asset.terms)
    assert world.registry.terms_hash_at(asset.id, p + 3) == terms_hash(new)
    again = announce(asset.id, p + 3, new, asset.terms)
    world.refused("owner", again, "TooEarly", fromPeriod=p + 3, earliest=p + 4)


FIXED = [
    {"fee_bps": 1},
    {"holder_bps": 1},
    {"rated_watts": 1},
    {"rated_work": 1},
    {"rated_joules": 1},
    {"tariff_per_kwh": 1},
    {"work_metric": ROOT, "rated_work": 1, "rated_joules": 1},
    {"stablecoin": "0x" + "11" * 20},
]


@pytest.fixture(scope="module")
def standing(world):
    return world.asset(bond=0)


@pytest.mark.parametrize("changes", FIXED, ids=str)
def test_terms_that_pay_holders_never_change(world, standing, changes):
    new = replace(standing.terms, **changes)
    call = world.registry.announce_terms(standing.id, world.period + 9, standing.terms, new)
    world.refused("owner", call, "HolderTermsFixed", assetId=standing.id)


@pytest.mark.parametrize(("changes", "error", "numbers"), BROKEN[:3])
def test_terms_that_break_a_rule_are_not_announced(world, standing, changes, error, numbers):
    new = replace(standing.terms, **changes)
    call = world.registry.announce_terms(standing.id, world.period + 9, standing.terms, new)
    world.refused("owner", call, error, **numbers)


def test_device_lists_come_in_order_and_not_for_a_running_period(world):
    asset = world.asset(bond=0)
    p, announce = asset.opened_in, world.registry.announce_devices
    early = announce(asset.id, p, 5, ROOT, asset.terms)
    world.refused("owner", early, "TooEarly", fromPeriod=p, earliest=p + 1)
    world.refused("owner", announce(asset.id, p + 4, 5, bytes(32), asset.terms), "NoDeviceRoot")
    none = announce(asset.id, p + 4, 0, ROOT, asset.terms)
    world.refused("owner", none, "ZeroTerm", field=word("devices"))
    who = {"assetId": asset.id, "caller": address("outsider"), "owner": address("owner")}
    world.refused("outsider", announce(asset.id, p + 4, 5, ROOT, asset.terms), "NotOwner", **who)
    world.send("owner", announce(asset.id, p + 4, 5, ROOT, asset.terms))
    before = announce(asset.id, p + 4, 6, ROOT, asset.terms)
    world.refused("owner", before, "TooEarly", fromPeriod=p + 4, earliest=p + 5)
    assert [world.registry.devices_at(asset.id, q)[0] for q in (p, p + 3, p + 4)] == [4, 4, 5]


def test_the_number_of_devices_stays_while_sold_periods_are_affected(world):
    asset = world.asset()
    p, announce = asset.opened_in, world.registry.announce_devices
    world.buy(asset, "tenant-a", p + 3, 1, 5)
    fewer = announce(asset.id, p + 3, 3, ROOT, asset.terms)
    pinned = {"devices": 3, "pinned": 4, "pinnedThrough": p + 4}
    world.refused("owner", fewer, "DevicesPinned", **pinned)
    world.send("owner", announce(asset.id, p + 2, 4, keccak256(b"swapped"), asset.terms))
    world.send("owner", announce(asset.id, p + 4, 3, ROOT, asset.terms))
    assert [world.registry.devices_at(asset.id, q)[0] for q in (p + 3, p + 4)] == [4, 3]
    assert world.period_book(asset, p + 3).capacity_units == 40


def binding(world, asset, device_id, key="agent", owner="owner"):
    agreed = Binding(device_id, address(owner), asset.id)
    return sign_binding(world.registry_domain, agreed, key_of(key))


def test_a_device_is_bound_by_its_own_key_to_one_asset_at_a_time(world):
    asset, other = world.asset(bond=0), world.asset(owner="other-owner", bond=0)
    device, agent = keccak256(b"gpu-1"), address("agent")
    bind = world.registry.bind_devices
    foreign = bind(asset.id, [device], [agent], [binding(world, asset, device, key="stranger")])
    signer = {"deviceId": device, "recovered": address("stranger"), "agentKey": agent}
    world.refused("owner", foreign, "WrongAgentSignature", **signer)
    world.refused(
        "owner", bind(asset.id, [device], [agent], []), "LengthMismatch", ids=1, keys=1, signatures=0
    )
    good = bind(asset.id, [device], [agent], [binding(world, asset, device)])
    who = {"assetId": asset.id, "caller": address("other-owner"), "owner": address("owner")}
    world.refused("other-owner", good, "NotOwner", **who)
    world.send("owner", good)
    bound = world.registry.binding_of(device)
    assert (bound.asset_id, bound.agent_key, bound.bound_at) == (asset.id, agent, world.now)
    theirs = binding(world, other, device, owner="other-owner")
    taken = bind(other.id, [device], [agent], [theirs])
    world.refused("other-owner", taken, "DeviceTaken", deviceId=device, assetId=asset.id)
    release = world.registry.prepare("releaseDevices", other.id, [device])
    world.refused("other-owner", release, "DeviceNotBound", deviceId=device, assetId=other.id)
    world.send("owner", world.registry.prepare("releaseDevices", asset.id, [device]))
    world.send("other-owner", taken)
    assert world.registry.binding_of(device).asset_id == other.id


def test_only_settlement_pins_and_only_the_owner_sets_documents(world, standing):
    pin = world.registry.prepare("pin", standing.id, world.period + 1, 1)
    world.refused("owner", pin, "NotSettlement", caller=address("owner"))
    registry, content = world.registry, keccak256(b"the lease agreement")
    document = registry.set_document(standing.id, ROOT, "ipfs://x", content)
    remove = registry.remove_document(standing.id, ROOT)
    who = {"assetId": standing.id, "caller": address("outsider"), "owner": address("owner")}
    world.refused("outsider", document, "NotOwner", **who)
    world.refused("outsider", remove, "NotOwner", **who)
    world.refused("owner", remove, "NoDocument", assetId=standing.id, document=ROOT)
    nothing = registry.set_document(standing.id, ROOT, "ipfs://x", bytes(32))
    world.refused("owner", nothing, "NoContentHash", document=ROOT)
    world.send("owner", document)
    found = registry.document_of(standing.id, ROOT)
    assert (found.uri, found.content_hash, found.updated_at) == ("ipfs://x", content, world.now)
    world.send("owner", remove)
    assert registry.document_of(standing.id, ROOT).content_hash == bytes(32)


def test_versions_evidence_and_closings_are_those_of_their_period(world):
    asset = world.asset(bond=0, notice_periods=0)
    p, registry = asset.opened_in, world.registry
    better = replace(asset.terms, evidence=3)
    world.send("owner", registry.announce_terms(asset.id, p + 3, asset.terms, better))
    world.send("owner", registry.announce_devices(asset.id, p + 5, 7, ROOT, better))
    call = registry.announce_excused(asset.id, p + 4, p + 4, 50, 0, better, b"")
    world.send("owner", call)
    periods = (p, p + 2, p + 3, p + 9)
    assert [registry.terms_version_at(asset.id, q) for q in periods] == [0, 0, 1, 1]
    assert [registry.evidence_at(asset.id, q) for q in periods] == [1, 1, 3, 3]
    for q, terms, devices, ceiling in (
        (p, asset.terms, 4, 0),
        (p + 4, better, 4, 50),
        (p + 5, better, 7, 0),
    ):
        closing = registry.read("closingOf", asset.id, q)
        assert closing == [address("owner"), terms_hash(terms), devices, ceiling]
    early = {"assetId": asset.id, "period": p - 1}
    world.reading_refused(lambda: registry.terms_version_at(asset.id, p - 1), "NoTerms", **early)
    world.reading_refused(lambda: registry.evidence_at(asset.id, p - 1), "NoTerms", **early)


def test_what_may_change_next_is_after_notice_and_after_everything_pinned(world):
    asset = world.asset(bond=10**9, notice_periods=4)
    p = asset.opened_in
    assert [world.registry.changeable_from(asset.id, notice) for notice in (False, True)] == [p + 1, p + 5]
    world.buy(asset, "tenant-a", p + 2, 1, 5)
    assert [world.registry.changeable_from(asset.id, notice) for notice in (False, True)] == [p + 3, p + 5]
    world.buy(asset, "tenant-a", p + 8, 1, 5)
    assert [world.registry.changeable_from(asset.id, notice) for notice in (False, True)] == [p + 9, p + 9]
