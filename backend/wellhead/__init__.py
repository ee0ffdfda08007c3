"""Wellhead: compute capacity as an asset, from a machine's signed reading to a stablecoin payout."""

__version__ = "0.1.0"
