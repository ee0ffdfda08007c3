"""R1 and the committee's rules: one report from one set of readings, whatever order, hash seed and zone."""

import json
import os
import random
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.examples import examples
from tests.vectors.make_vectors import TERMS

from wellhead.chain.eip712 import Domain
from wellhead.chain.keccak import keccak256
from wellhead.chain.signatures import address_of, sign
from wellhead.errors import InputError, ReportError
from wellhead.registry.devices import Device
from wellhead.reports.committee import (
    ReceivedReading,
    Statement,
    asset_digests,
    blocked_assets,
    blocking_count,
    check_received,
    check_statement,
    device_digests,
    statement_of,
    whose_turn,
)
from wellhead.reports.members import AssetFacts, Difference, Held, merge
from wellhead.reports.service import propose
from wellhead.reports.wire import (
    encode_proposal,
    parse_proposal,
    received_from,
    received_row,
    statement_from,
    statement_row,
)
from wellhead.telemetry.published import row_from
from wellhead.telemetry.reading import Reading, SignedReading, sign_reading, struct_hash
from wellhead.telemetry.receipts import sign_receipt

ORACLE = Domain(31337, "0x" + "22" * 20)
KEYS = [keccak256(b"agent %d" % n) for n in range(3)]
DEVICES = [
    Device(n, uuid, address_of(KEYS[n]))
    for n, uuid in enumerate(sorted(keccak256(b"%d" % n) for n in range(3)))
]
FACTS = [AssetFacts(asset_id, TERMS, DEVICES) for asset_id in range(2)]
Row = tuple[int, int, int, int]
"""(asset, device, seconds up, seconds down)."""

rows = st.tuples(st.integers(0, 1), st.integers(0, 2), st.integers(0, 4), st.integers(0, 2))


def reading_of(row: Row) -> SignedReading:
    asset_id, index, up, down = row
    reading = Reading(asset_id, 5, index, DEVICES[index].device_id, up, down, 0, 0, up, 0, bytes(32))
    return sign_reading(KEYS[index], ORACLE, reading)


def held_of(readings: list[Row]) -> Held:
    held: dict[int, dict[int, list[SignedReading]]] = {}
    for row in readings:
        held.setdefault(row[0], {}).setdefault(row[1], []).append(reading_of(row))
    return held


def body_of(readings: list[Row]) -> bytes:
    """The proposal over these readings as it travels."""
    return encode_proposal(propose(5, 0, FACTS, held_of(readings)).proposal)


@given(readings=st.lists(rows, max_size=12), seed=st.randoms(use_true_random=False))
@settings(max_examples=examples(300))
def test_the_order_of_readings_changes_no_byte_of_the_proposal(
    readings: list[Row], seed: random.Random
) -> None:
    shuffled = readings * 2
    seed.shuffle(shuffled)
    assert body_of(shuffled) == body_of(readings)


@given(stores=st.lists(st.lists(rows, max_size=6), min_size=3, max_size=3), order=st.permutations(range(3)))
@settings(max_examples=examples(200))
def test_members_who_exchanged_what_they_lack_build_the_same_report(
    stores: list[list[Row]], order: list[int]
) -> None:
    held = [held_of(store) for store in stores]
    together = merge(merge(held[0], held[1]), held[2])
    mine: Held = {}
    for place in order:
        theirs, known = device_digests_of(held[place]), device_digests_of(mine)
        lacking = [at for at, digest in theirs.items() if known.get(at) != digest]
        asked: dict[int, dict[int, list[SignedReading]]] = {}
        for asset_id, index in lacking:
            asked.setdefault(asset_id, {})[index] = list(held[place][asset_id][index])
        mine = merge(mine, asked)
    assert asset_digests(mine) == asset_digests(together)
    assert propose(5, 0, FACTS, mine) == propose(5, 0, FACTS, together)


def device_digests_of(held: Held) -> dict[tuple[int, int], bytes]:
    return {(a, i): d for a, devices in held.items() for i, d in device_digests(devices).items()}


IN_ANOTHER_PROCESS = """
import json, sys
from tests.unit.reports.test_committee import body_of
print(body_of([tuple(row) for row in json.loads(sys.stdin.read())]).hex())
"""


@pytest.mark.parametrize(
    ("hash_seed", "zone", "locale"),
    [("0", "UTC", "C"), ("4242", "Asia/Kathmandu", "C.UTF-8"), ("7", "", "POSIX")],
)
def test_hash_seed_time_zone_and_locale_change_no_byte(hash_seed: str, zone: str, locale: str) -> None:
    draw = random.Random(hash_seed)
    readings = [
        (draw.randrange(2), draw.randrange(3), draw.randrange(9), draw.randrange(3)) for _ in range(60)
    ]
    shuffled = draw.sample(readings, len(readings))
    done = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS],
        input=json.dumps(shuffled),
        env=os.environ
        | {"PYTHONHASHSEED": hash_seed, "TZ": zone, "LC_ALL": locale, "PYTHONPATH": "backend:."},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == body_of(readings).hex()


@given(readings=st.lists(rows, max_size=12))
def test_a_proposal_read_back_is_the_same(readings: list[Row]) -> None:
    proposal = propose(5, 0, FACTS, held_of(readings)).proposal
    assert parse_proposal(encode_proposal(proposal)) == (proposal, [])


@pytest.mark.parametrize("cut", [0, 1, 10, -1])
def test_a_proposal_cut_off_is_refused(cut: int) -> None:
    with pytest.raises(ReportError, match="proposal"):
        parse_proposal(body_of([(0, 0, 1, 0)])[:cut])


# --- turns -----------------------------------------------------------------------------------------------

MEMBERS = [address_of(keccak256(b"member %d" % n)) for n in range(3)]


def test_the_turn_moves_on_with_the_period_and_with_time() -> None:
    ordered = sorted(MEMBERS, key=lambda member: int(member, 16))
    assert [whose_turn(MEMBERS, period, 0, 30) for period in range(3)] == ordered
    assert [whose_turn(MEMBERS, 0, seconds, 30) for seconds in (-5, 29, 30, 60, 90)] == [
        ordered[0], ordered[0], ordered[1], ordered[2], ordered[0],
    ]  # fmt: skip


def test_every_order_of_members_gives_the_same_turn() -> None:
    assert len({whose_turn(order, 4, 45, 30) for order in (MEMBERS, MEMBERS[::-1])}) == 1
    with pytest.raises(ReportError, match="no members"):
        whose_turn([], 4, 45, 30)


# --- statements ------------------------------------------------------------------------------------------

LEAF = keccak256(b"leaf")


def stated(member: int, asset_id: int = 0, leaf: bytes = LEAF) -> Statement:
    difference = Difference("text", asset_id, 2, "up_seconds", 5, 6)
    key = keccak256(b"member %d" % member)
    unsigned = statement_of(5, 0, leaf, difference, address_of(key))
    return replace(unsigned, signature=sign(key, ORACLE.digest(unsigned.digest)))


CHANGES: list[dict[str, object]] = [
    {"period": 6}, {"revision": 1}, {"asset_id": 1}, {"leaf": bytes(32)}, {"device_index": 3},
    {"total": "work"}, {"proposed": 4}, {"held": 7}, {"member": MEMBERS[1]}, {"signature": bytes(65)},
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_a_changed_statement_is_not_its_members(change: dict[str, object]) -> None:
    statement = stated(0)
    check_statement(ORACLE, statement_from(statement_row(statement)))
    with pytest.raises(ReportError, match="disagreement of"):
        check_statement(ORACLE, replace(statement, **change))


def test_an_asset_is_blocked_only_by_so_many_that_no_quorum_is_left() -> None:
    assert [blocking_count(n, k) for n, k in ((1, 1), (3, 2), (4, 3), (5, 3))] == [1, 2, 2, 3]
    leaves = {0: LEAF, 1: LEAF}
    said = [stated(0), stated(0), stated(1, leaf=keccak256(b"other")), stated(2, asset_id=1)]
    assert blocked_assets(said, leaves, MEMBERS, 2) == set()
    assert blocked_assets([*said, stated(1)], leaves, MEMBERS, 2) == {0}
    assert blocked_assets([*said, stated(1)], leaves, MEMBERS[1:], 2) == {0, 1}
    assert blocked_assets([stated(0), stated(1)], leaves, MEMBERS[2:], 1) == set()


# --- what peers give -------------------------------------------------------------------------------------

CUTOFF = 1_000
GENUINE = reading_of((0, 1, 3, 1))


def given_row(received_at: int = CUTOFF, member: int = 0) -> dict[str, Any]:
    key = keccak256(b"member %d" % member)
    receipt = sign_receipt(key, ORACLE, struct_hash(GENUINE.reading), received_at)
    return received_row(ReceivedReading(GENUINE, address_of(key), receipt))


def is_taken(row: Any, period: int = 5) -> bool:
    try:
        each = received_from(row, struct_hash)
        check_received(ORACLE, each, period, dict(enumerate(FACTS)), MEMBERS, CUTOFF, 86_400)
    except InputError:
        return False
    return True


def test_a_reading_with_its_receipt_is_taken_up_to_the_last_second() -> None:
    assert is_taken(given_row())
    assert not is_taken(given_row(CUTOFF + 1))
    assert not is_taken(given_row(), period=6)
    assert not is_taken(given_row(member=7))
    assert not is_taken({**given_row(), "giver": MEMBERS[1]})
    assert not is_taken({**given_row(), "receivedAt": CUTOFF - 1})


odd = st.one_of(
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=True, allow_infinity=True),
    st.none(),
    st.booleans(),
    st.text(max_size=8),
    st.binary(min_size=32, max_size=65).map(lambda raw: "0x" + raw.hex()),
    st.lists(st.integers(), max_size=2),
)


@given(name=st.sampled_from(sorted(row_from(GENUINE))), value=odd, thousandfold=st.booleans())
@settings(max_examples=examples(2_000))
def test_no_changed_reading_of_a_peer_is_taken(name: str, value: object, thousandfold: bool) -> None:
    row = given_row()
    before = row["reading"][name]
    changed = before * 1_000 if thousandfold and isinstance(before, int) else value
    row["reading"][name] = changed
    assert is_taken(row) == (type(changed) is type(before) and changed == before)
