"""A reading's hash, signature, rules and order."""

from dataclasses import replace

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given
from hypothesis import strategies as st

from wellhead.chain.eip712 import Domain
from wellhead.chain.keccak import keccak256
from wellhead.chain.signatures import HALF_ORDER, address_of
from wellhead.errors import ReadingError
from wellhead.telemetry.published import FIELDS, row_from, signed_reading_from
from wellhead.telemetry.reading import (
    READING_TYPE,
    SUM_NAMES,
    Equivocation,
    Reading,
    ReadingAheadOfTime,
    ReadingLimits,
    ShrunkenReading,
    SignedReading,
    check_elapsed,
    check_reading,
    device_id,
    reading_from,
    sign_reading,
    signer_of,
    struct_hash,
    supersedes,
    totals_from,
)
from wellhead.telemetry.receipts import receipt_signer, sign_receipt, verify_receipt

KEY = keccak256(b"agent key")
MEMBER_KEY = keccak256(b"member key")
DEVICE = device_id("GPU-22dbdd79-f55a-92a8-aa39-322198e72ed6")
READING = Reading(3, 7, 11, DEVICE, 3_000, 200, 100, 1_500, 900_000, 42, b"\x11" * 32)
LIMITS = ReadingLimits(period_seconds=3_600, max_watts=700, max_work_per_second=2)

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def test_a_device_id_is_the_hash_of_the_lower_case_uuid() -> None:
    assert device_id("GPU-AB") == device_id("gpu-ab") == keccak256(b"gpu-ab")


def test_the_struct_hash_and_signature_are_what_another_eip712_encoder_makes(domain: Domain) -> None:
    values = {name: getattr(READING, attribute) for name, attribute in FIELDS.items()}
    message = encode_typed_data(full_message=READING_TYPE.typed_data(domain, values))
    assert message.body == struct_hash(READING)
    signed = sign_reading(KEY, domain, READING)
    assert Account.recover_message(message, signature=signed.signature) == address_of(KEY)
    assert signer_of(domain, signed) == address_of(KEY)


@pytest.mark.parametrize("name", ["asset_id", "period", "device_index", *SUM_NAMES])
def test_changing_any_number_changes_the_signer(name: str, domain: Domain) -> None:
    signed = sign_reading(KEY, domain, READING)
    forged = SignedReading(replace(READING, **{name: getattr(READING, name) + 1}), signed.signature)
    assert signer_of(domain, forged) != address_of(KEY)


def test_a_signature_for_another_chain_has_another_signer(domain: Domain) -> None:
    signed = sign_reading(KEY, domain, READING)
    assert signer_of(Domain(1, domain.verifying_contract), signed) != address_of(KEY)


def test_malformed_signatures_are_refused_with_their_numbers(domain: Domain) -> None:
    signature = sign_reading(KEY, domain, READING).signature
    s = int.from_bytes(signature[32:64], "big")
    assert s <= HALF_ORDER
    high = signature[:32] + (ORDER - s).to_bytes(32, "big") + bytes([55 - signature[64]])
    for wrong, message in (
        (signature[:64], "64 bytes, not 65"),
        (high, "is high"),
        (signature[:64] + b"\x00", "v = 0, not 27 or 28"),
    ):
        with pytest.raises(ReadingError, match=message):
            signer_of(domain, SignedReading(READING, wrong))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("up_seconds", 1 << 40),
        ("work", 1 << 56),
        ("asset_id", 1 << 32),
        ("busy_seconds", -1),
        ("period", 1.0),
        ("work", True),
    ],
)
def test_a_number_that_does_not_fit_its_field_is_refused(name: str, value: int) -> None:
    with pytest.raises(ReadingError, match=f"{name} = {value}"):
        replace(READING, **{name: value})


def test_a_reading_at_every_limit_is_valid() -> None:
    check_reading(
        replace(READING, up_seconds=3_300, busy_seconds=3_300, energy_joules=3_600 * 700, work=6_600), LIMITS
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"up_seconds": 3_301}, "up [+] down [+] excused ≤ period is broken: 3601 > 3600"),
        ({"busy_seconds": 3_001}, "busy ≤ up is broken: 3001 > 3000"),
        ({"energy_joules": 2_520_001}, "energy ≤ maxWatts × period is broken: 2520001 > 2520000"),
        ({"work": 6_001}, "work ≤ maxWorkPerSecond × up is broken: 6001 > 6000"),
    ],
)
def test_a_broken_rule_is_named_with_both_numbers(changes: dict[str, int], message: str) -> None:
    with pytest.raises(ReadingError, match=message):
        check_reading(replace(READING, **changes), LIMITS)


def test_a_reading_may_run_sixty_seconds_ahead_and_no_more() -> None:
    check_elapsed(READING, 3_240)
    with pytest.raises(ReadingAheadOfTime, match="3300 s claimed when 3239 s"):
        check_elapsed(READING, 3_239)
    nothing = replace(READING, up_seconds=0, down_seconds=0, excused_seconds=0, busy_seconds=0)
    check_elapsed(nothing, -60)
    with pytest.raises(ReadingAheadOfTime):
        check_elapsed(nothing, -61)


@pytest.mark.parametrize("name", SUM_NAMES)
def test_a_larger_reading_supersedes_and_the_smaller_is_refused(name: str) -> None:
    larger = replace(READING, **{name: getattr(READING, name) + 1})
    assert supersedes(larger, READING)
    value = getattr(READING, name)
    with pytest.raises(ShrunkenReading, match=f"{name} {value} < {value + 1}"):
        supersedes(READING, larger)


def test_a_reading_does_not_supersede_itself() -> None:
    assert not supersedes(READING, READING)


def test_of_equal_sums_the_lower_struct_hash_wins() -> None:
    other = replace(READING, samples_hash=b"\x22" * 32)
    low, high = sorted((READING, other), key=struct_hash)
    assert supersedes(low, high)
    assert not supersedes(high, low)


def test_readings_that_are_not_ordered_are_equivocation() -> None:
    other = replace(READING, up_seconds=2_999, work=43)
    with pytest.raises(Equivocation, match="up_seconds 2999 < 3000, but work 43 > 42"):
        supersedes(other, READING)
    with pytest.raises(Equivocation):
        supersedes(READING, other)


@pytest.mark.parametrize(
    "changes", [{"asset_id": 4}, {"period": 8}, {"device_index": 1}, {"device_id": bytes(32)}]
)
def test_readings_of_different_devices_or_periods_do_not_compare(changes: dict[str, int]) -> None:
    with pytest.raises(ReadingError, match=f"{next(iter(changes))} differs"):
        supersedes(replace(READING, **changes), READING)


small_readings = st.builds(
    lambda up, energy, work, chain: replace(
        READING,
        up_seconds=up,
        busy_seconds=0,
        energy_joules=energy,
        work=work,
        samples_hash=bytes([chain]) * 32,
    ),
    *[st.integers(0, 3)] * 4,
)


@given(small_readings, small_readings)
def test_exactly_one_of_two_different_ordered_readings_supersedes(one: Reading, other: Reading) -> None:
    def verdict(new: Reading, old: Reading) -> object:
        try:
            return supersedes(new, old)
        except ReadingError as error:
            return type(error)

    forth, back = verdict(one, other), verdict(other, one)
    if one == other:
        assert (forth, back) == (False, False)
    elif forth is Equivocation:
        assert back is Equivocation
    else:
        assert sorted([forth is True, back is True]) == [False, True]


def test_totals_survive_the_way_through_a_reading() -> None:
    assert reading_from(3, 7, 11, DEVICE, totals_from(READING)) == READING


# ---- published form


def test_a_published_row_has_the_struct_names_and_reads_back(domain: Domain) -> None:
    signed = sign_reading(KEY, domain, READING)
    row = row_from(signed)
    assert list(row) == [*FIELDS, "signature"]
    assert (row["upSeconds"], row["deviceId"]) == (3_000, "0x" + DEVICE.hex())
    assert signed_reading_from(row) == signed


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("upSeconds", "3000", "up_seconds = '3000'"),
        ("upSeconds", 3000.0, "up_seconds = 3000.0"),
        ("deviceId", "0x12", "deviceId = '0x12' is not 0x and 64 hex digits"),
        ("samplesHash", "0x" + "zz" * 32, "samplesHash"),
        ("signature", None, "signature = None"),
        ("revenue", 1, r"not known \['revenue'\]"),
    ],
)
def test_a_published_row_with_a_wrong_field_is_refused(
    name: str, value: object, message: str, domain: Domain
) -> None:
    row = row_from(sign_reading(KEY, domain, READING)) | {name: value}
    with pytest.raises(ReadingError, match=message):
        signed_reading_from(row)


def test_a_published_row_without_a_field_is_refused(domain: Domain) -> None:
    row = row_from(sign_reading(KEY, domain, READING))
    del row["work"]
    with pytest.raises(ReadingError, match=r"missing \['work'\]"):
        signed_reading_from(row)


# ---- receipts


def test_a_receipt_is_the_members_word_for_one_reading(domain: Domain) -> None:
    reading_hash, member = struct_hash(READING), address_of(MEMBER_KEY)
    receipt = sign_receipt(MEMBER_KEY, domain, reading_hash, 1_700_000_000)
    assert receipt_signer(domain, receipt) == member
    verify_receipt(domain, receipt, reading_hash, member)
    with pytest.raises(ReadingError, match="is for"):
        verify_receipt(domain, receipt, bytes(32), member)
    with pytest.raises(ReadingError, match="not by member"):
        verify_receipt(domain, replace(receipt, received_at=1), reading_hash, member)
    with pytest.raises(ReadingError, match="does not fit uint40"):
        receipt_signer(domain, replace(receipt, received_at=1 << 40))
