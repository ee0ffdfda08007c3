"""Periods are half-open, rounding up is exact, and amounts read as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellhead.clock import PeriodClock
from wellhead.errors import InputError
from wellhead.units import format_amount, mul_div_up

CLOCK = PeriodClock(1_000, 60)


def test_a_period_holds_its_first_second_and_not_the_next_ones() -> None:
    assert [CLOCK.period_at(t) for t in (1_000, 1_059, 1_060)] == [0, 0, 1]
    assert (CLOCK.start_of(3), CLOCK.end_of(3)) == (1_180, 1_240)


def test_before_genesis_there_is_no_period() -> None:
    with pytest.raises(InputError, match="time 999 lies 1 s before genesis 1000"):
        CLOCK.period_at(999)


@pytest.mark.parametrize("length", [0, -1, 1 << 22])
def test_a_length_that_the_contracts_refuse_is_refused(length: int) -> None:
    with pytest.raises(InputError, match=f"period of {length} s"):
        PeriodClock(0, length)


@given(st.integers(0, 2**128), st.integers(0, 2**64), st.integers(1, 2**64))
def test_rounding_up_is_the_smallest_integer_that_is_enough(a: int, b: int, divisor: int) -> None:
    up = mul_div_up(a, b, divisor)
    assert (up - 1) * divisor < a * b <= up * divisor


@pytest.mark.parametrize(
    ("amount", "decimals", "text"),
    [
        (0, 6, "0.000000"),
        (1, 6, "0.000001"),
        (1_234_567_890, 6, "1,234.567890"),
        (-5, 2, "-0.05"),
        (7, 0, "7"),
    ],
)
def test_amounts_are_readable(amount: int, decimals: int, text: str) -> None:
    assert format_amount(amount, decimals) == text
    assert format_amount(amount, decimals, "USD") == text + " USD"
