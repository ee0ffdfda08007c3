"""Orders, prices, loans."""
