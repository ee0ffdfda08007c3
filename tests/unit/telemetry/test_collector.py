"""A collector takes exactly what the contract would, once, in any order, and keeps proof of contradiction."""

import time
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from wellhead.chain.eip712 import Domain
from wellhead.chain.keccak import keccak256
from wellhead.chain.signatures import address_of
from wellhead.clock import PeriodClock
from wellhead.errors import ReadingError, TermsError
from wellhead.telemetry import repository
from wellhead.telemetry.models import EquivocationRow, ReadingRow
from wellhead.telemetry.reading import (
    Reading,
    ReadingAheadOfTime,
    ReadingLimits,
    ShrunkenReading,
    SignedReading,
    device_id,
    sign_reading,
    struct_hash,
)
from wellhead.telemetry.receipts import verify_receipt
from wellhead.telemetry.service import Collector

MEMBER_KEY = keccak256(b"member")
KEYS = [keccak256(b"agent %d" % index) for index in range(3)]
DEVICES = {index: (device_id(f"gpu-{index}"), address_of(key)) for index, key in enumerate(KEYS)}
ASSET, PERIOD = 5, 2


class Rig:
    """A collector on a database, its clock, and readings signed by the registered keys."""

    def __init__(self, session: Session, domain: Domain, calendar: PeriodClock) -> None:
        self.session, self.domain = session, domain
        self.now = calendar.end_of(PERIOD) + 10
        self.collector = Collector(
            session, domain, self.limits, self.devices, lambda: self.now, calendar, MEMBER_KEY
        )

    def limits(self, asset_id: int, period: int) -> ReadingLimits:
        if asset_id != ASSET:
            raise TermsError(f"asset {asset_id} is not registered")
        return ReadingLimits(3_600, 1_000, 10)

    def devices(self, asset_id: int, period: int) -> dict[int, tuple[bytes, str]]:
        return DEVICES

    def reading(self, up: int, index: int = 0, **changes: object) -> Reading:
        whole = Reading(ASSET, PERIOD, index, DEVICES[index][0], up, 0, 0, 0, up, 0, bytes(32))
        return replace(whole, **changes)  # type: ignore[arg-type]

    def signed(self, up: int, index: int = 0, **changes: object) -> SignedReading:
        return sign_reading(KEYS[index], self.domain, self.reading(up, index, **changes))

    def latest(self) -> dict[int, SignedReading]:
        return repository.latest_readings(self.session, ASSET, PERIOD)

    def count(self, table: type[ReadingRow | EquivocationRow] = ReadingRow) -> int:
        return self.session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def rig(session: Session, domain: Domain, calendar: PeriodClock) -> Rig:
    return Rig(session, domain, calendar)


def test_a_reading_is_kept_and_answered_with_the_members_receipt(rig: Rig) -> None:
    signed = rig.signed(100)
    receipt = rig.collector.receive(signed)
    verify_receipt(rig.domain, receipt, struct_hash(signed.reading), address_of(MEMBER_KEY))
    assert receipt.received_at == rig.now
    assert rig.latest() == {0: signed}


def test_a_reading_sent_twice_gets_the_same_receipt_and_is_kept_once(rig: Rig) -> None:
    first = rig.collector.receive(rig.signed(100))
    rig.now += 50
    assert rig.collector.receive(rig.signed(100)) == first
    assert rig.count() == 1


def test_an_older_kept_reading_sent_again_gets_its_own_receipt(rig: Rig) -> None:
    first = rig.collector.receive(rig.signed(100))
    rig.collector.receive(rig.signed(200))
    assert rig.collector.receive(rig.signed(100)) == first
    assert rig.latest() == {0: rig.signed(200)}


def test_every_reading_that_moves_the_state_is_kept(rig: Rig) -> None:
    for up in (100, 200, 300):
        rig.collector.receive(rig.signed(up))
    rows = repository.readings_of(rig.session, ASSET, PERIOD, 0)
    assert [row.up_seconds for row in rows] == [100, 200, 300]


def test_a_shrunken_reading_is_refused_with_both_numbers(rig: Rig) -> None:
    rig.collector.receive(rig.signed(200))
    with pytest.raises(ShrunkenReading, match="up_seconds 199 < 200"):
        rig.collector.receive(rig.signed(199))
    assert (rig.latest(), rig.count()) == ({0: rig.signed(200)}, 1)


def refusals(rig: Rig) -> dict[str, tuple[SignedReading, str]]:
    return {
        "wrong signature": (
            sign_reading(KEYS[1], rig.domain, rig.reading(1)),
            f"signed by {address_of(KEYS[1])}, registered key is {address_of(KEYS[0])}",
        ),
        "wrong domain": (
            sign_reading(KEYS[0], Domain(1, rig.domain.verifying_contract), rig.reading(1)),
            "signed by",
        ),
        "malformed signature": (replace(rig.signed(1), signature=b"\1" * 64), "64 bytes, not 65"),
        "wrong device": (rig.signed(1, device_id=DEVICES[1][0]), f"0x{DEVICES[1][0].hex()}, registered is"),
        "unknown index": (rig.signed(1, device_index=3), "device 3: no such device among 3 registered"),
        "unknown asset": (rig.signed(1, asset_id=6), "asset 6 is not registered"),
        "above the period": (rig.signed(3_600, down_seconds=1), "3601 > 3600"),
        "busy above up": (rig.signed(1, busy_seconds=2), "busy ≤ up is broken: 2 > 1"),
        "too much energy": (rig.signed(1, energy_joules=3_600_001), "3600001 > 3600000"),
        "too much work": (rig.signed(1, work=11), "11 > 10"),
        "another period's future": (rig.signed(1, period=PERIOD + 1000), "claimed when"),
    }


@pytest.mark.parametrize(
    "case",
    [
        "wrong signature",
        "wrong domain",
        "malformed signature",
        "wrong device",
        "unknown index",
        "unknown asset",
        "above the period",
        "busy above up",
        "too much energy",
        "too much work",
        "another period's future",
    ],
)
def test_a_bad_reading_is_refused_and_nothing_is_written(rig: Rig, case: str) -> None:
    signed, message = refusals(rig)[case]
    with pytest.raises(ReadingError, match=message):
        rig.collector.receive(signed)
    assert (rig.count(), rig.count(EquivocationRow)) == (0, 0)


def test_a_reading_ahead_of_time_is_refused_until_its_time_has_come(rig: Rig, calendar: PeriodClock) -> None:
    rig.now = calendar.start_of(PERIOD) + 39
    with pytest.raises(ReadingAheadOfTime, match="100 s claimed when 39 s"):
        rig.collector.receive(rig.signed(100))
    rig.now += 1
    rig.collector.receive(rig.signed(100))
    assert rig.latest() == {0: rig.signed(100)}


def test_two_histories_empty_the_leaf_and_keep_both_as_proof(rig: Rig) -> None:
    one, other = rig.signed(100, energy_joules=5), rig.signed(99, energy_joules=6)
    rig.collector.receive(one)
    rig.collector.receive(rig.signed(7, index=1))
    [outcome] = rig.collector.receive_batch([other])
    assert (outcome.equivocation, outcome.moved, outcome.error) == (True, False, None)
    assert rig.latest() == {1: rig.signed(7, index=1)}
    proof = rig.session.scalars(select(EquivocationRow)).one()
    assert (proof.first_hash, proof.first_signature) == (struct_hash(one.reading), one.signature)
    assert (proof.second_hash, proof.second_signature) == (struct_hash(other.reading), other.signature)
    kept = {repository.signed_reading_of(r) for r in repository.readings_of(rig.session, ASSET, PERIOD, 0)}
    assert kept == {one, other}


def test_after_two_histories_nothing_new_is_taken_but_repeats_are_answered(rig: Rig) -> None:
    one, other = rig.signed(100, energy_joules=5), rig.signed(99, energy_joules=6)
    receipts = [rig.collector.receive(one), rig.collector.receive(other)]
    assert [rig.collector.receive(one), rig.collector.receive(other)] == receipts
    for late in (rig.signed(3_000), rig.signed(1)):
        with pytest.raises(ReadingError, match="two histories"):
            rig.collector.receive(late)
    assert (rig.count(), rig.count(EquivocationRow), rig.latest()) == (2, 1, {})


def test_two_histories_within_one_batch_are_found(rig: Rig) -> None:
    batch = [rig.signed(100, energy_joules=5), rig.signed(99, energy_joules=6), rig.signed(3_000)]
    outcomes = rig.collector.receive_batch(batch)
    assert [outcome.equivocation for outcome in outcomes] == [False, True, False]
    assert "two histories" in str(outcomes[2].error)
    assert (rig.count(), rig.count(EquivocationRow)) == (2, 1)


def test_a_late_reading_that_contradicts_an_older_one_is_found_too(rig: Rig) -> None:
    rig.collector.receive(rig.signed(10, energy_joules=10))
    rig.collector.receive(rig.signed(20, energy_joules=20))
    [outcome] = rig.collector.receive_batch([rig.signed(9, energy_joules=15)])
    assert outcome.equivocation
    assert rig.latest() == {}


def test_of_equal_sums_the_lower_struct_hash_stands_in_any_order(rig: Rig) -> None:
    pair = [rig.signed(100), rig.signed(100, samples_hash=b"\1" * 32)]
    low, high = sorted(pair, key=lambda signed: struct_hash(signed.reading))
    moved = [outcome.moved for outcome in rig.collector.receive_batch([high, low, high])]
    assert moved == [True, True, False]
    assert rig.latest() == {0: low}


def test_a_batch_takes_the_good_and_names_the_bad(rig: Rig) -> None:
    bad = sign_reading(KEYS[0], rig.domain, rig.reading(9, index=1))
    outcomes = rig.collector.receive_batch([rig.signed(1), bad, rig.signed(2, index=2), rig.signed(3)])
    assert [outcome.moved for outcome in outcomes] == [True, False, True, True]
    assert "registered key" in str(outcomes[1].error)
    assert rig.latest() == {0: rig.signed(3), 2: rig.signed(2, index=2)}


def test_nothing_is_committed_by_the_collector(rig: Rig) -> None:
    rig.collector.receive(rig.signed(100))
    rig.session.rollback()
    assert rig.latest() == {}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations([(up, index) for up in (10, 20, 30, 40) for index in (0, 1)]),
    repeats=st.integers(1, 8),
    cut=st.integers(0, 8),
)
def test_order_repeats_and_batches_do_not_change_the_state(
    rig: Rig, order: list[tuple[int, int]], repeats: int, cut: int
) -> None:
    sent = [rig.signed(up, index) for up, index in order]
    sent += sent[:repeats]
    rig.collector.receive_batch(sent[:cut])
    rig.collector.receive_batch(sent[cut:])
    assert rig.latest() == {0: rig.signed(40, 0), 1: rig.signed(40, 1)}
    rig.session.rollback()


def test_a_thousand_devices_are_received_in_few_queries_and_seconds(
    session: Session, domain: Domain, calendar: PeriodClock
) -> None:
    key, count = KEYS[0], 1_000
    devices = {index: (device_id(f"g{index}"), address_of(key)) for index in range(count)}
    batch = [
        sign_reading(key, domain, Reading(ASSET, 0, index, devices[index][0], 5, 0, 0, 0, 0, 0, bytes(32)))
        for index in range(count)
    ]
    collector = Collector(
        session,
        domain,
        lambda asset, period: ReadingLimits(3_600, 1, 1),
        lambda asset, period: devices,
        lambda: calendar.end_of(0),
        calendar,
        MEMBER_KEY,
    )
    start = time.monotonic()
    assert all(outcome.moved for outcome in collector.receive_batch(batch))
    assert not any(outcome.moved for outcome in collector.receive_batch(batch))
    assert time.monotonic() - start < 10
    assert list(repository.latest_readings(session, ASSET, 0)) == list(range(count))
