"""Units and blanks at the edge, and a sample's canonical bytes."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellhead.chain.keccak import keccak256
from wellhead.errors import SampleError
from wellhead.telemetry.samples import (
    EMPTY_SAMPLES_HASH,
    Sample,
    State,
    chain_hash,
    energy_to_mj,
    power_to_mw,
    sample_bytes,
    utilization_to_bps,
)

optional_uint64 = st.none() | st.integers(0, 2**64 - 1)
any_sample = st.builds(
    Sample,
    st.integers(0, 2**64 - 1),
    st.sampled_from(State),
    optional_uint64,
    optional_uint64,
    st.none() | st.integers(0, 10_000),
    optional_uint64,
    st.none() | st.text(max_size=8),
)


def test_bytes_of_a_full_sample_are_as_documented() -> None:
    sample = Sample(0x0102030405060708, State.EXCUSED, 0x11, 0x2233, 10_000, 7, "boot")
    assert (
        sample_bytes(sample).hex()
        == (
            "0102030405060708"
            + "03"
            + "1f"
            + "0000000000000011"
            + "0000000000002233"
            + "2710"
            + "0000000000000007"
        )
        + keccak256(b"boot").hex()
    )


def test_absent_fields_are_zero_bytes_and_no_flag() -> None:
    assert sample_bytes(Sample(1, State.UP)).hex() == "0000000000000001" + "01" + "00" + "00" * 58


@given(any_sample, any_sample)
def test_different_samples_have_different_bytes(one: Sample, other: Sample) -> None:
    assert (sample_bytes(one) == sample_bytes(other)) == (one == other)
    assert len(sample_bytes(one)) == 68


def test_a_zero_is_not_an_absent_field() -> None:
    assert sample_bytes(Sample(1, State.UP, power_mw=0)) != sample_bytes(Sample(1, State.UP))


def test_the_hash_chains_samples_in_order() -> None:
    first, then = Sample(1, State.UP), Sample(2, State.UP)
    one = keccak256(bytes(32) + sample_bytes(first))
    assert chain_hash(chain_hash(EMPTY_SAMPLES_HASH, first), then) == keccak256(one + sample_bytes(then))


@pytest.mark.parametrize(
    "fields",
    [{"power_mw": -1}, {"energy_mj": 2**64}, {"busy_bps": 10_001}, {"work": 1.5}, {"power_mw": True}],
)
def test_a_sample_refuses_what_its_bytes_cannot_hold(fields: dict[str, int]) -> None:
    [(name, value)] = fields.items()
    with pytest.raises(SampleError, match=f"{name} = {value}"):
        Sample(1, State.UP, **fields)


@pytest.mark.parametrize(
    ("value", "unit", "millijoules"),
    [
        ("1234", "mJ", 1234),
        (1999, "uJ", 1),
        ("2.5", "J", 2500),
        ("0.5", "Wh", 1_800_000),
        (1.0015, "J", 1001),
    ],
)
def test_energy_of_every_unit_becomes_millijoules(value: str | float, unit: str, millijoules: int) -> None:
    assert energy_to_mj(value, unit) == millijoules


@pytest.mark.parametrize(
    ("value", "scale", "bps"),
    [("0.5", "ratio", 5000), (37, "percent", 3700), ("1.004", "ratio", 10_000), (99.999, "percent", 9999)],
)
def test_utilization_of_every_scale_becomes_basis_points(value: str | float, scale: str, bps: int) -> None:
    assert utilization_to_bps(value, scale) == bps


def test_power_becomes_milliwatts_exactly() -> None:
    assert power_to_mw("67.351000", "W") == 67_351
    assert power_to_mw(67_351, "mW") == 67_351
    assert power_to_mw(Decimal("2.9"), "uW") == 0


@pytest.mark.parametrize("blank", ["", "  ", "NaN", math.nan, "9223372036854775794", "9.223372036854776e+18"])
def test_blanks_and_nan_are_missing_fields(blank: str | float) -> None:
    assert energy_to_mj(blank, "mJ") is None
    assert power_to_mw(blank, "W") is None
    assert utilization_to_bps(blank, "percent") is None


@pytest.mark.parametrize("blank", ["140737488355328.0", 140737488355330, 2147483632, "2147483635"])
def test_small_blanks_are_missing_gauges(blank: str | int) -> None:
    assert power_to_mw(blank, "W") is None
    assert utilization_to_bps(blank, "percent") is None


def test_an_energy_counter_may_pass_the_small_blank() -> None:
    assert energy_to_mj(2147483632, "mJ") == 2147483632


@pytest.mark.parametrize("value", ["-1", "inf", "-inf", "12x", "1e999999", "2000000"])
def test_a_power_that_cannot_be_is_refused(value: str) -> None:
    with pytest.raises(SampleError, match="power"):
        power_to_mw(value, "W")


def test_a_utilization_far_above_full_is_refused() -> None:
    with pytest.raises(SampleError, match=r"utilization 1\.5 ratio is above"):
        utilization_to_bps("1.5", "ratio")
