"""Units and the few integer rules that every step shares.

Amounts are integers in base units, time is integer seconds, ratios are basis points. Rounding is
down unless a name says up.
"""

from typing import NewType

AssetId = NewType("AssetId", int)
"""Assets count from 0, in order of registration."""

Period = NewType("Period", int)
"""Periods count from 0 at the deployment's genesis."""

BPS = 10_000
"""Basis points in one."""

JOULES_PER_KWH = 3_600_000
"""Joules in a kilowatt-hour."""

SHARE_DECIMALS = 18
"""Decimals of every revenue share."""


def mul_div_up(a: int, b: int, divisor: int) -> int:
    """`a · b / divisor`, rounded up. Raises ZeroDivisionError for a zero divisor."""
    return -(-a * b // divisor)


def format_amount(base_units: int, decimals: int, symbol: str = "") -> str:
    """`1234567, 6` → `1.234567`, for people; machines get base units as strings."""
    sign, digits = ("-" if base_units < 0 else ""), str(abs(base_units)).rjust(decimals + 1, "0")
    whole, fraction = (digits[:-decimals], digits[-decimals:]) if decimals else (digits, "")
    text = f"{sign}{int(whole):,}" + (f".{fraction}" if fraction else "")
    return f"{text} {symbol}" if symbol else text
