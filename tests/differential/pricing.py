"""Prices that move: `Pricing.sol`, `wellhead.market.pricing`, and fractions."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from random import Random

from tests.differential.chain import Libraries
from tests.differential.draw import MONEY_MAX, SECONDS_MAX, up_to

from wellhead.market.pricing import MAX_AUCTION_STEPS, auction_price, next_price

AT_ONCE = 500


@dataclass(frozen=True)
class Scenario:
    """A price that follows its sales between two bounds, and an auction between the same two."""

    price: int
    sold: int
    target: int
    lowest: int
    highest: int
    step: int
    steps: int


def draw(random: Random) -> Scenario:
    """Any price and bounds; sales near their target more often than chance would."""
    lowest, highest = sorted(up_to(random, MONEY_MAX, 2_000_000) for _ in range(2))
    target = up_to(random, SECONDS_MAX) or 1
    steps = random.randint(1, MAX_AUCTION_STEPS)
    sold = up_to(random, SECONDS_MAX, target, min(2 * target, SECONDS_MAX))
    price = up_to(random, MONEY_MAX, 8)
    return Scenario(price, sold, target, lowest, highest, random.randrange(steps), steps)


Prices = tuple[int, ...]
"""The next price, and the auction's."""


def on_chain(libraries: Libraries, scenarios: Sequence[Scenario]) -> list[Prices]:
    """What the Solidity asks."""
    following = [(s.price, s.sold, s.target, s.lowest, s.highest) for s in scenarios]
    falling = [(s.highest, s.lowest, s.step, s.steps) for s in scenarios]
    nexts = libraries.ask("LibraryHarness", "nextPrice", following)
    auctions = libraries.ask("LibraryHarness", "auctionPrice", falling)
    return [(*a, *b) for a, b in zip(nexts, auctions, strict=True)]


def of_twin(s: Scenario) -> Prices:
    """What the package asks."""
    return (
        next_price(s.price, s.sold, s.target, s.lowest, s.highest),
        auction_price(s.highest, s.lowest, s.step, s.steps),
    )


def exactly(s: Scenario) -> Prices:
    """The page's formula; the change is what is rounded down."""
    distance = Fraction(s.sold - s.target, s.target)
    change = s.price * max(min(distance, Fraction(1)), Fraction(-1)) / 8
    moved = s.price + (floor(change) if change > 0 else -floor(-change))
    fallen = Fraction((s.highest - s.lowest) * s.step, s.steps - 1) if s.steps > 1 else Fraction(0)
    return max(s.lowest, min(moved, s.highest)), s.highest - floor(fallen)
