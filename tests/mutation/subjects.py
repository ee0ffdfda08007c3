"""What is mutated, and the quick tests that answer for it."""

from dataclasses import dataclass

ROOT = "tests/contracts"


@dataclass(frozen=True)
class Subject:
    """Contracts and libraries with what they inherit; their tests without random walks and long stories."""

    contracts: tuple[str, ...]
    tests: tuple[str, ...]


def _in(folder: str, *files: str) -> tuple[str, ...]:
    return tuple(f"{ROOT}/{folder}/test_{file}.py" for file in files)


SUBJECTS = {
    "Settlement": Subject(
        ("Settlement",),
        _in(
            "settlement", "closing", "payouts", "sales_and_deposits", "epochs", "losses", "runs", "odd_coins",
            "attacks",
        )
        + _in("lease_token", "supplies")
        + _in("roles", "roles"),
    ),
    "RevenueShare": Subject(
        ("RevenueShare", "ShareAgency"),
        _in("revenue_share", "claims", "compliance", "epochs", "revenue_share", "token"),
    ),
    "ReportOracle": Subject(
        ("ReportOracle",),
        _in("oracle", "evidence", "fallback", "members", "submit")
        + _in("disputes", "boundaries")
        + _in("roles", "roles"),
    ),
    "Disputes": Subject(
        ("Disputes", "Faults", "Contests"),
        _in("disputes", "attacks", "boundaries", "challenges", "faults", "receipts")
        + _in("attacks", "binding_attacks", "oracle_and_disputes", "pot_attacks"),
    ),
    "LeaseToken": Subject(
        ("LeaseToken", "LeaseOffers"),
        _in("lease_token", "attacks", "buying", "freezes", "holdings", "offers", "use"),
    ),
}  # fmt: skip

EQUIVALENT: dict[tuple[str, str, str], str] = {}
"""Mutants that no test can kill: source, line before and after, and why nothing can tell the two apart."""
