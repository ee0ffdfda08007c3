"""Pricing.sol against its Python twin and exact fractions, the protocol's vectors, and what it refuses."""

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellhead.market.pricing import auction_price, next_price, walked_price

PRICE_MAX = (1 << 128) - 1
UNITS_MAX = (1 << 40) - 1

prices = st.sampled_from([0, 1, 7, 8, 9, 2_000_000, PRICE_MAX]) | st.integers(0, PRICE_MAX)
units = st.sampled_from([0, 1, 2, UNITS_MAX]) | st.integers(0, 500) | st.integers(0, UNITS_MAX)


@settings(max_examples=300)
@given(price=prices, sold=units, target=units.filter(bool), bounds=st.tuples(prices, prices))
def test_the_next_price_is_the_twins_and_the_exact_change_rounded_down(library, price, sold, target, bounds):
    lowest, highest = sorted(bounds)
    found = library.call("nextPrice", price, sold, target, lowest, highest)
    change = price * max(min(Fraction(sold - target, target), 1), -1) / 8
    moved = price + (floor(change) if change > 0 else -floor(-change))
    assert found == next_price(price, sold, target, lowest, highest) == max(lowest, min(moved, highest))
    assert lowest <= found <= highest


@settings(max_examples=200)
@given(bounds=st.tuples(prices, prices), steps=st.integers(1, 24), data=st.data())
def test_the_auction_price_is_the_twins_and_falls_evenly(library, bounds, steps, data):
    end, start = sorted(bounds)
    step = data.draw(st.integers(0, steps - 1))
    found = library.call("auctionPrice", start, end, step, steps)
    fallen = floor((start - end) * Fraction(step, steps - 1)) if steps > 1 else 0
    assert found == auction_price(start, end, step, steps) == start - fallen


@settings(max_examples=25)
@given(price=st.integers(1, 1 << 88), sold=st.lists(units, max_size=8), target=units.filter(bool))
def test_a_walk_over_periods_is_the_contracts_price_of_each_in_turn(library, price, sold, target):
    walked = price
    for each in sold:
        walked = library.call("nextPrice", walked, each, target, 1, PRICE_MAX)
    assert walked == walked_price(price, sold, target, 1, PRICE_MAX)


@pytest.mark.parametrize("sold", [0, 79, 80, 81, 160, 100_000])
def test_a_price_moves_by_an_eighth_at_most(library, sold):
    found = library.call("nextPrice", 800, sold, 80, 0, PRICE_MAX)
    assert 700 <= found <= 900
    assert (found > 800, found < 800) == (sold > 80, sold < 80)


def test_the_protocols_prices(library, vectors):
    for case in vectors["prices"]["next"]:
        found = library.call("nextPrice", case["price"], case["sold"], case["target"], 0, PRICE_MAX)
        assert found == case["next"]
    falling = [library.call("auctionPrice", 1_000_000, 1, step, 4) for step in range(4)]
    assert falling == vectors["prices"]["auction"]


def test_a_target_of_nothing_is_refused(library):
    assert library.refusal("nextPrice", 1, 1, 0, 0, 9) == ("ZeroTarget", ())


@pytest.mark.parametrize(("step", "steps"), [(0, 0), (0, 25), (1, 1), (24, 24), (3, 2)])
def test_a_step_outside_the_auction_is_refused(library, step, steps):
    assert library.refusal("auctionPrice", 9, 1, step, steps) == ("StepOutsideAuction", (step, steps))


def test_an_auction_that_rises_is_refused(library):
    assert library.refusal("auctionPrice", 8, 9, 0, 2) == ("AuctionRises", (8, 9))
