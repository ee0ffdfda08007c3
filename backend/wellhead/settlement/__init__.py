"""Charge, waterfall, owed, claims."""
