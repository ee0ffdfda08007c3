"""Lease prices, the Python twin of `Pricing.sol`: driven by utilization, or a Dutch auction.

Prices are stablecoin base units per unit; what is rounded down is the change. Source:
docs/protocol.md, "Prices".
"""

from collections.abc import Iterable

from wellhead.errors import InputError

MAX_AUCTION_STEPS = 24
"""Each step of an auction is a series of its own."""

ADJUSTMENT_DIVISOR = 8
"""A price moves by at most an eighth a period."""


def next_price(price: int, sold: int, target: int, floor_price: int, ceiling_price: int) -> int:
    """`price · (1 + clamp((sold − target) / target, ±1) / 8)`, the change rounded down, within the bounds.

    The change is `⌊price · min(|sold − target|, target) / (8 · target)⌋` either way, so a price below 8
    stands still. Raises InputError for a target that is not positive, negative numbers, and bounds that
    cross.
    """
    if target <= 0:
        raise InputError(f"target of {target} units: must be positive")
    if min(price, sold, floor_price) < 0:
        raise InputError(f"negative price {price}, sold {sold} or floor {floor_price}")
    if floor_price > ceiling_price:
        raise InputError(f"floor price {floor_price} is above ceiling price {ceiling_price}")
    change = price * min(abs(sold - target), target) // (ADJUSTMENT_DIVISOR * target)
    moved = price + change if sold > target else price - change
    return max(floor_price, min(moved, ceiling_price))


def auction_price(start: int, end: int, step: int, steps: int) -> int:
    """Price at `step` of a Dutch auction that falls evenly from `start` (step 0) to `end` (step `steps − 1`).

    `start − ⌊(start − end) · step / (steps − 1)⌋`: what has fallen is rounded down; an auction of one step
    stays at `start`. Raises InputError for steps outside 1 … 24, a step outside the auction, and an end
    above the start.
    """
    if not 1 <= steps <= MAX_AUCTION_STEPS:
        raise InputError(f"auction of {steps} steps: must be 1 … {MAX_AUCTION_STEPS}")
    if not 0 <= step < steps:
        raise InputError(f"step {step} lies outside 0 … {steps - 1}")
    if not 0 <= end <= start:
        raise InputError(f"auction from {start} to {end}: must not rise or end below 0")
    return start - (start - end) * step // (steps - 1) if steps > 1 else start


def walked_price(
    price: int, sold: Iterable[int | None], target: int, floor_price: int, ceiling_price: int
) -> int:
    """The price after these closed periods, in order: each counts what was sold in it (0 if it was skipped).

    None is a period that was closed without report: it leaves the price as it is.
    """
    for units in sold:
        if units is not None:
            price = next_price(price, units, target, floor_price, ceiling_price)
    return price


def auction_step(timestamp: int, start: int, lead_seconds: int, steps: int) -> int:
    """Where the auction of a period that begins at `start` stands: it opens `lead_seconds` before.

    `⌊(timestamp − start + lead) · steps / lead⌋`, and the last step from `start` on. Raises InputError before
    the auction opens and for a lead that is not positive.
    """
    if lead_seconds <= 0:
        raise InputError(f"lead of {lead_seconds} seconds: must be positive")
    if timestamp < start - lead_seconds:
        raise InputError(f"at {timestamp} the auction is not open before {start - lead_seconds}")
    return min((timestamp - start + lead_seconds) * steps // lead_seconds, steps - 1)
