"""Attacks on reports, challenges and stakes: each test says what must hold and fails while it does not."""

from contextlib import suppress
from dataclasses import replace

import pytest
from tests.contracts.disputes.game import Game, leaves_of
from tests.contracts.disputes.test_attacks import hide
from tests.contracts.oracle.test_fallback import fallback
from tests.contracts.world import MEMBERS, WINDOWS, address

from wellhead.chain.contracts.disputes import BY_RECEIPT, SUMMONS
from wellhead.chain.keccak import keccak256
from wellhead.chain.position_tree import DEVICE_TAG, REPORT_TAG, build_position_tree
from wellhead.errors import ContractReverted
from wellhead.registry.devices import Device, device_hash
from wellhead.reports.answers import Listed, Shown
from wellhead.reports.asset_report import asset_report_hash
from wellhead.reports.evidence import Absence, Evidence, tree_of
from wellhead.reports.members import Proposal
from wellhead.reports.period_report import PeriodReport
from wellhead.reports.sum_tree import build_sum_tree
from wellhead.telemetry.reading import struct_hash


@pytest.fixture(scope="module")
def game() -> Game:
    """Members with ten ether each at stake."""
    return Game()


def stakes_of(game):
    return [game.stake(member) for member in MEMBERS]


@pytest.mark.parametrize("beyond", [0, 1, 2**31])
def test_an_asset_that_a_report_has_no_place_for_cannot_be_challenged(game, beyond):
    """There is no answer to such a challenge, so it would cost honest signers their stakes."""
    of = game.metered()
    revision = game.posted(of, [900] * 5)
    count = revision.posted.asset_count
    place = replace(game.place(of, revision, 0), asset_id=count + beyond)
    before, reward = stakes_of(game), game.owed("thief")
    with suppress(ContractReverted):
        game.world.send("thief", game.world.disputes.open(place, revision.posted, game.bond()))
        path = game.opened(of, revision).shown.path
        with pytest.raises(ContractReverted, match="IndexOutsideTree"):
            game.world.send("answerer", game.world.disputes.answer_absent(place, revision.posted, path))
        game.expire(revision, place)
    assert stakes_of(game) == before, f"slashed; the thief has {game.owed('thief') - reward} wei more"


def test_a_summons_of_an_asset_that_a_report_has_no_place_for_is_refused(game):
    of = game.metered()
    revision = game.posted(of, [900] * 5)
    place = replace(game.place(of, revision, SUMMONS), asset_id=revision.posted.asset_count)
    game.world.travel(game.world.oracle.hard_end_of(of.asset.opened_in))
    with pytest.raises(ContractReverted):
        game.world.send("thief", game.world.disputes.open(place, revision.posted, game.bond()))


def test_a_settled_period_is_not_summoned(game):
    """What was settled stays settled: members need not keep watch over it for ever."""
    of = game.metered()
    revision = game.posted(of, [900] * 5)
    game.world.travel(revision.posted.disputable_until(WINDOWS))
    game.world.settle(of.asset, game.accepted(of, revision))
    before = stakes_of(game)
    game.world.travel(game.world.oracle.hard_end_of(of.asset.opened_in) + 10 * WINDOWS.hard_end)
    place = game.place(of, revision, SUMMONS)
    with suppress(ContractReverted):
        game.world.send("thief", game.world.disputes.open(place, revision.posted, game.bond()))
        game.expire(revision, place)
    assert stakes_of(game) == before


def test_an_answer_shows_no_node_with_more_seconds_than_its_devices_have(game):
    """Five true devices are up for 500 s together; a node at place 6, of nobody, hides 4,400 s more.

    Every device is challenged and answered right, and the total is ten times what was signed. Only a
    challenge of that one place of the padding would void it: with 2^20 places nobody finds it, for
    answers come after the last moment at which a challenge can be opened.
    """
    of = game.metered()
    period = of.asset.opened_in
    readings = game.readings(of, period, [100] * 5)
    leaves = hide(of, period, readings, 6, (4_000, 0, 0, 0, 0, 0))
    revision = game.post(game.over(period, {of.asset.id: leaves}))
    honest = leaves_of(period, of, readings)
    assert leaves.report.up_seconds == honest.report.up_seconds + 4_000
    true = game.opened(of, replace(revision, proposal=game.over(period, {of.asset.id: honest})))
    shown = Shown(leaves.report, tree_of(revision.proposal).path(of.asset.id))
    paths = paths_with(of, readings, 6, (4_000, 0, 0, 0, 0, 0))
    answered = 0
    for index in range(5):
        place = game.challenge(of, revision, index)
        opening = replace(true.answer(index), shown=shown, sum_path=paths[index])
        try:
            game.world.send("liar", game.world.disputes.answer_reading(place, revision.posted, opening))
            answered += 1
        except ContractReverted:
            pass
    assert answered == 0, "every challenge of a device was answered under a total that is a lie"


def paths_with(of, readings, place, sums):
    """Sum paths of the five devices in the tree that `hide` makes."""
    from wellhead.reports.sum_tree import encode_node, parent_of

    tree = build_sum_tree({i: (struct_hash(s.reading), s.reading.sums) for i, s in readings.items()}, 5)
    level = [tree.leaf(i) for i in range(8)]
    level[place] = encode_node(b"\7" * 32, sums)
    paths, shift = [b""] * 5, 0
    while len(level) > 1:
        paths = [path + level[(i >> shift) ^ 1] for i, path in enumerate(paths)]
        level = [parent_of(left, right) for left, right in zip(level[::2], level[1::2], strict=True)]
        shift += 1
    return paths


def test_a_receipt_speaks_against_a_fallback_root_too(game):
    """Else a tenant posts empty leaves when members missed, and takes the owner's locked credit."""
    of = game.metered()
    revision = fallback(game, of, (None,) * 5, "tenant-a")
    signed = game.reading(of, of.asset.opened_in, 2, 900)
    received = game.received(of, revision, signed, "member-1")
    answer = game.opened(of, revision).answer(2)
    place = game.place(of, revision, BY_RECEIPT + 2)
    call = game.world.faults.challenge_by_receipt(
        place, revision.posted, answer.shown, answer.sum_path, received, of.asset.terms, game.bond()
    )
    game.world.send("watcher", call)


def test_a_stale_reading_in_a_fallback_root_is_void_by_a_receipt(game):
    of = game.metered()
    revision = fallback(game, of, (1,) * 5, "tenant-a")
    signed = game.reading(of, of.asset.opened_in, 2, 900)
    received = game.received(of, revision, signed, "member-1")
    opened = game.opened(of, revision)
    call = game.world.faults.prove_receipt(
        game.place(of, revision, 2), revision.posted, opened.shown, opened.leaf(2), received, of.asset.terms
    )
    game.world.send("watcher", call)
    assert game.is_void(of, revision)


def test_a_summons_is_not_answered_with_a_report_that_cannot_settle(game):
    """A leaf over bytes that no AssetReport has: shown, it would hold the asset's periods for ever."""
    from eth_abi import encode

    of = game.metered()
    period = of.asset.opened_in
    report = leaves_of(period, of, game.readings(of, period, [900] * 5)).report
    words = list(asset_words(report))
    words[3] += 1 << 200  # upSeconds with bits above its forty
    type_hash = keccak256(
        b"AssetReport(uint32 assetId,uint32 period,uint32 devices,uint40 upSeconds,uint40 downSeconds,"
        b"uint40 excusedSeconds,uint40 busySeconds,uint56 energyJoules,uint56 work,bytes32 telemetryRoot)"
    )
    assert keccak256(type_hash + encode(["uint256"] * 10, list(asset_words(report)))) == asset_report_hash(
        report
    )
    leaf = keccak256(type_hash + encode(["uint256"] * 10, words))
    count = game.world.registry.asset_count_at(period)
    tree = build_position_tree(REPORT_TAG, {of.asset.id: leaf}, count)
    revision = game.post(Proposal(PeriodReport(period, 0, tree.root, count, 1, keccak256(b"b")), {}))
    game.world.travel(game.world.oracle.hard_end_of(period))
    place = game.challenge(of, revision, SUMMONS)
    shown = Shown(report, tree.path(of.asset.id))
    call = game.world.disputes.answer_report(place, revision.posted, shown)
    with pytest.raises(ContractReverted, match="NoReport"):
        game.world.send("liar", replace(call, data=spoiled(call.data, report.up_seconds, words[3])))
    game.world.travel(game.world.now + WINDOWS.answer + 1)
    evidence = Evidence(report, 0, revision.posted, tree.path(of.asset.id))
    settle = game.world.settlement.settle(of.asset.id, of.asset.terms, evidence)
    with pytest.raises(Exception):  # noqa: B017, PT011 (Solidity refuses the bytes without a word)
        game.world.send("outsider", replace(settle, data=spoiled(settle.data, report.up_seconds, words[3])))
    absence = Absence(revision.posted, tree.path(of.asset.id))
    unreported = game.world.settle_unreported(of.asset.id, of.asset.terms, [absence])
    game.world.send("outsider", game.world.disputes.expire(place, revision.posted))
    game.world.send("outsider", unreported)


def asset_words(report):
    values = report.as_tuple()
    return [int.from_bytes(v, "big") if isinstance(v, bytes) else int(v) for v in values]


def spoiled(data, clean, dirty):
    raw = bytes.fromhex(data[2:]) if isinstance(data, str) else bytes(data)
    old, new = clean.to_bytes(32, "big"), dirty.to_bytes(32, "big")
    assert raw.count(old) == 1
    raw = raw.replace(old, new)
    return "0x" + raw.hex() if isinstance(data, str) else raw


def test_a_device_listed_twice_is_found_though_a_place_between_stays_secret(game):
    """Ids have to increase over the whole list, not only from each place to the next."""

    def spoil(made):
        devices, keys = list(made[0]), list(made[1])
        devices[2] = Device(2, devices[0].device_id, devices[0].agent_key)
        keys[2] = keys[0]
        return tuple(devices), tuple(keys)

    of = game.metered(order=spoil)
    revision = game.posted(of, [900, None, 900, 900, 900])
    shown = Shown(revision.proposal.assets[of.asset.id].report, tree_of(revision.proposal).path(of.asset.id))
    tree = build_position_tree(DEVICE_TAG, {i: device_hash(d) for i, d in enumerate(of.devices)}, 5)
    first, third = (Listed(of.devices[i], tree.path(i)) for i in (0, 2))
    call = game.world.faults.prove_order(game.place(of, revision, 0), revision.posted, shown, first, third)
    game.world.send("watcher", call)
    assert game.is_void(of, revision)


def test_an_owner_does_not_earn_by_a_device_list_that_only_he_knows(game):
    """Members report an asset without readings all-unknown; its owner then shows his list is out of order."""

    def spoil(made):
        devices, keys = list(made[0]), list(made[1])
        devices[0], devices[1] = replace(devices[1], device_index=0), replace(devices[0], device_index=1)
        return tuple(devices), (keys[1], keys[0], *keys[2:])

    of = game.metered(order=spoil)
    revision = game.posted(of, [None] * 5)
    shown = Shown(revision.proposal.assets[of.asset.id].report, tree_of(revision.proposal).path(of.asset.id))
    tree = build_position_tree(DEVICE_TAG, {i: device_hash(d) for i, d in enumerate(of.devices)}, 5)
    pair = [Listed(of.devices[i], tree.path(i)) for i in (0, 1)]
    before, reward = stakes_of(game), game.owed("owner")
    call = game.world.faults.prove_order(game.place(of, revision, 0), revision.posted, shown, *pair)
    with suppress(ContractReverted):
        game.world.send("owner", call)
    assert stakes_of(game) == before
    assert game.owed("owner") == reward


def test_a_pot_is_paid_though_the_first_revision_stands(game):
    """A second revision with the same asset is void by a challenge: its penalty's half is the tenants'."""
    world, of = game.world, game.metered()
    sold = world.travel_to_next_period() + 1
    world.give_coins("owner", of.asset)
    world.send("owner", world.settlement.deposit_bond(of.asset.id, 10**10))
    lease = world.buy(of.asset, "tenant-a", sold, 10, 10**9)
    world.travel(world.clock.end_of(sold))
    held = {of.asset.id: game.readings(of, sold, [900] * 5)}
    first = game.post(game.proposal(sold, held))
    second = game.post(game.proposal(sold, held, 1), previous=first.posted)
    place = game.challenge(of, second, 0, "finder")
    game.expire(second, place)
    pot = world.disputes.pot_of(of.asset.id, sold)
    assert pot > 0
    world.travel(world.now + WINDOWS.dispute)
    for period in range(of.asset.opened_in, sold):
        world.travel(world.oracle.hard_end_of(period))
        world.send("outsider", world.settle_unreported(of.asset.id, of.asset.terms, []))
    world.settle(of.asset, game.accepted(of, first))
    world.send("outsider", world.settlement.redeem(address("tenant-a"), lease, 10))
    assert game.owed("tenant-a") == pot


def test_a_receipt_for_an_empty_leaf_costs_no_member_who_did_not_give_it(game):
    """Else one member and one agent take the others' stakes with a reading that nobody was shown."""
    of = game.metered()
    revision = game.posted(of, [900, 900, None, 900, 900])
    signed = game.reading(of, of.asset.opened_in, 2, 900)
    received = game.received(of, revision, signed, "member-3")
    answer = game.opened(of, revision).answer(2)
    place = game.place(of, revision, BY_RECEIPT + 2)
    call = game.world.faults.challenge_by_receipt(
        place, revision.posted, answer.shown, answer.sum_path, received, of.asset.terms, game.bond()
    )
    game.world.send("member-3", call)
    before = stakes_of(game)
    game.expire(revision, place)
    assert game.is_void(of, revision)
    assert stakes_of(game) == before


def test_a_pot_is_full_before_anyone_can_redeem_for_a_tenant(game):
    """A report that lapsed is void before its penalty is taken: who is redeemed in between loses his part."""
    world, of = game.world, game.metered()
    sold = world.travel_to_next_period() + 1
    world.give_coins("owner", of.asset)
    world.send("owner", world.settlement.deposit_bond(of.asset.id, 10**10))
    lease = world.buy(of.asset, "tenant-b", sold, 10, 10**9)
    world.travel(world.clock.end_of(sold))
    revision = game.post(game.proposal(sold, {of.asset.id: game.readings(of, sold, [900] * 5)}))
    place = game.challenge(of, revision, 0, "finder")
    for period in range(of.asset.opened_in, sold):
        world.travel(world.oracle.hard_end_of(period))
        world.send("outsider", world.settle_unreported(of.asset.id, of.asset.terms, []))
    world.travel(world.oracle.hard_end_of(sold))
    absence = Absence(revision.posted, ())
    close = world.settle_unreported(of.asset.id, of.asset.terms, [absence])
    lapsed = {"assetId": of.asset.id, "period": sold, "revision": 0}
    world.refused("spiteful", close, "NotExpired", **lapsed)
    game.expire(revision, place)
    pot = world.disputes.pot_of(of.asset.id, sold)
    world.send("spiteful", close)
    world.send("spiteful", world.settlement.redeem(address("tenant-b"), lease, 10))
    assert pot > 0
    assert game.owed("tenant-b") == pot


def test_a_penalty_after_the_period_is_closed_is_nobodys_pot(game):
    """The first revision settles while the second is still asked for: who redeemed then could not have it."""
    world, of = game.world, game.metered()
    sold = of.asset.opened_in + 1
    world.give_coins("owner", of.asset)
    world.send("owner", world.settlement.deposit_bond(of.asset.id, 10**10))
    lease = world.buy(of.asset, "tenant-c", sold, 10, 10**9)
    world.travel(world.clock.end_of(sold))
    held = {of.asset.id: game.readings(of, sold, [900] * 5)}
    first = game.post(game.proposal(sold, held))
    world.send("outsider", world.skip(of.asset.id, 1))
    world.travel(first.posted.disputable_until(WINDOWS) - 20)
    second = game.post(game.proposal(sold, held, 1), previous=first.posted)
    place = game.challenge(of, second, 0, "finder")
    world.travel(first.posted.disputable_until(WINDOWS))
    world.settle(of.asset, game.accepted(of, first))
    world.send("tenant-c", world.settlement.redeem(address("tenant-c"), lease, 4))
    reward, treasury = game.owed("finder"), game.owed("protocol")
    bond = world.disputes.challenge_of(place).bond
    stakes = sum(stakes_of(game))
    game.expire(second, place)
    taken = stakes - sum(stakes_of(game))
    assert taken > 0
    assert world.disputes.pot_of(of.asset.id, sold) == 0
    assert game.owed("finder") - reward == bond + taken // 2
    assert game.owed("protocol") - treasury == taken - taken // 2
    world.send("tenant-c", world.settlement.redeem(address("tenant-c"), lease, 6))
    assert game.owed("tenant-c") == 0
