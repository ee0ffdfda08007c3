"""Lease prices: worked numbers, bounds, and the exact-fraction model."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellhead.errors import InputError
from wellhead.market.pricing import auction_price, auction_step, next_price, walked_price

WIDE = 1 << 200


@pytest.mark.parametrize(
    ("sold", "expected"),
    [(0, 875_000), (40, 937_500), (80, 1_000_000), (100, 1_031_250), (160, 1_125_000), (400, 1_125_000)],
)
def test_price_moves_by_at_most_an_eighth_with_sales(sold: int, expected: int) -> None:
    assert next_price(1_000_000, sold, 80, 0, WIDE) == expected


def test_owner_bounds_hold() -> None:
    assert next_price(1_000_000, 160, 80, 0, 1_100_000) == 1_100_000
    assert next_price(1_000_000, 0, 80, 900_000, WIDE) == 900_000


@settings(deadline=None)
@given(st.integers(0, 1 << 90), st.integers(0, 1 << 40), st.integers(1, 1 << 40))
def test_change_is_the_exact_one_rounded_down(price: int, sold: int, target: int) -> None:
    excess = max(Fraction(-1), min(Fraction(sold - target, target), Fraction(1)))
    exact = price * excess / 8
    moved = next_price(price, sold, target, 0, WIDE) - price
    assert abs(moved) == abs(exact) // 1
    assert moved * exact >= 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1, 1, 0, 0, 9), "target of 0 units"),
        ((1, 1, 5, 9, 8), "floor price 9 is above ceiling price 8"),
        ((-1, 1, 5, 0, 8), "negative price -1"),
    ],
)
def test_prices_without_a_meaning_are_refused(arguments: tuple[int, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        next_price(*arguments)


def test_auction_falls_in_even_steps_from_start_to_end() -> None:
    assert [auction_price(100, 1, step, 4) for step in range(4)] == [100, 67, 34, 1]
    assert [auction_price(10, 0, step, 4) for step in range(4)] == [10, 7, 4, 0]
    assert auction_price(100, 1, 0, 1) == 100


@settings(deadline=None)
@given(st.integers(0, 1 << 64), st.integers(0, 1 << 64), st.integers(2, 24))
def test_auction_never_rises_and_ends_where_it_should(a: int, b: int, steps: int) -> None:
    start, end = max(a, b), min(a, b)
    prices = [auction_price(start, end, step, steps) for step in range(steps)]
    assert prices == sorted(prices, reverse=True)
    assert (prices[0], prices[-1]) == (start, end)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((2, 1, 0, 25), "auction of 25 steps"),
        ((2, 1, 0, 0), "auction of 0 steps"),
        ((2, 1, 4, 4), "step 4 lies outside 0 … 3"),
        ((1, 2, 0, 4), "auction from 1 to 2"),
    ],
)
def test_auctions_without_a_meaning_are_refused(arguments: tuple[int, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        auction_price(*arguments)


def test_a_walk_takes_the_periods_in_order_and_passes_those_without_report() -> None:
    assert walked_price(1_000, [], 20, 1, WIDE) == 1_000
    assert walked_price(1_000, [None, None], 20, 1, WIDE) == 1_000
    assert walked_price(1_000, [40, None, 0], 20, 1, WIDE) == 985
    assert walked_price(1_000, [0, 40], 20, 1, WIDE) == 984


@settings(deadline=None)
@given(st.lists(st.none() | st.integers(0, 100), max_size=30), st.integers(10, 1 << 64))
def test_a_walk_is_its_steps_one_by_one(sold: list[int | None], price: int) -> None:
    halfway = len(sold) // 2
    first = walked_price(price, sold[:halfway], 20, 7, 1 << 65)
    assert walked_price(price, sold, 20, 7, 1 << 65) == walked_price(first, sold[halfway:], 20, 7, 1 << 65)
    unmoved = [20 if units is None else units for units in sold]
    assert walked_price(price, sold, 20, 7, 1 << 65) == walked_price(price, unmoved, 20, 7, 1 << 65)


def test_an_auction_stands_at_its_first_step_when_it_opens_and_at_its_last_from_the_start_on() -> None:
    steps = [
        auction_step(timestamp, 1_000, 100, 4) for timestamp in (900, 924, 925, 974, 975, 999, 1_000, 5_000)
    ]
    assert steps == [0, 0, 1, 2, 3, 3, 3, 3]


@settings(deadline=None)
@given(st.integers(1, 1 << 32), st.integers(1, 24), st.integers(0, 1 << 32))
def test_an_auctions_step_lies_inside_it_and_never_goes_back(lead: int, steps: int, waited: int) -> None:
    start = 1 << 33
    step = auction_step(start - lead + waited, start, lead, steps)
    assert 0 <= step < steps
    assert step <= auction_step(start - lead + waited + 1, start, lead, steps)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((9, 20, 10, 4), "not open before 10"), ((9, 20, 0, 4), "lead of 0 seconds")],
)
def test_an_auction_that_is_not_open_has_no_step(arguments: tuple[int, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        auction_step(*arguments)
