"""What the chain says, as data: events in order, coins moved, signed calls, and the state at the last block.

`wellhead.audit.sync` reads it; everything else in the audit computes from it. Addresses are checksummed,
amounts base units, times Unix seconds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wellhead.chain.windows import Windows
from wellhead.clock import PeriodClock
from wellhead.reports.evidence import Evidence
from wellhead.reports.period_report import PeriodReport

ZERO_ADDRESS = "0x" + "00" * 20

OUTCOME_LINES = (
    "promised",
    "delivered",
    "shortfall",
    "breach",
    "charge",
    "refundPool",
    "creditPool",
    "fee",
    "energyCost",
    "holders",
    "owner",
)
"""Lines of `Waterfall.Outcome` in the struct's order: device-seconds down to `breach`, base units after."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `contract` is the deployment's name, for a share clone `RevenueShare <assetId>`."""

    contract: str
    name: str
    args: Mapping[str, Any]
    timestamp: int
    block: int
    log_index: int
    transaction: str

    @property
    def place(self) -> tuple[int, int]:
        """(block, log index): orders events."""
        return self.block, self.log_index

    @property
    def where(self) -> str:
        """For findings: which event, in which block."""
        return f"{self.contract}.{self.name}, block {self.block}, log {self.log_index}"

    @property
    def outcome(self) -> dict[str, int]:
        """The waterfall that PeriodSettled and PeriodUnreported carry, by line."""
        values = self.args["outcome"]
        if isinstance(values, Mapping):
            return {line: int(values[line]) for line in OUTCOME_LINES}
        return dict(zip(OUTCOME_LINES, map(int, values), strict=True))


@dataclass(frozen=True, slots=True)
class CoinMove:
    """One stablecoin Transfer from or to a vault."""

    coin: str
    sender: str
    receiver: str
    amount: int
    block: int
    log_index: int
    transaction: str


@dataclass(frozen=True, slots=True)
class Submission:
    """What a `submit` transaction carried."""

    report: PeriodReport
    signatures: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Runtime code at an address, immutables masked on both sides."""

    name: str
    address: str
    expected: bytes
    found: bytes


@dataclass(frozen=True, slots=True)
class Wire:
    """One immutable that names another contract or a number: `name` reads like `Settlement.registry`."""

    name: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class PeriodState:
    """One asset's period as `periodOf` gives it; `state` 0 open, 1 settled, 2 unreported, 3 skipped.

    `terms_version` is set by the first sale.
    """

    escrow: int
    spot: int
    reserved: int
    sold_units: int
    terms_version: int
    state: int


@dataclass(frozen=True, slots=True)
class BookState:
    """One asset's epoch: its vault's books and coin balance, and what the share owes holders from it."""

    bond_free: int
    holders: int
    booked: int
    balance: int


@dataclass(frozen=True, slots=True)
class IdentityState:
    """One account's record as `identityOf` gives it."""

    issued_at: int
    expires_at: int
    country: int
    investor_class: int
    frozen: bool
    powers: int


@dataclass(frozen=True, slots=True)
class OfferingState:
    """One offering's money as `offeringOf` gives it."""

    coin: str
    next_period: int
    raised: int
    held: int
    released: int
    withdrawn: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """State at the last block, for every key that the events name.

    `next_periods` is by asset, `books` by (asset, epoch). `claimable` is what a claim of (asset, account,
    epoch) would take now; an account whose claim reverts (frozen) is missing.
    """

    sequences: Mapping[str, int]
    domain_separator: bytes
    next_periods: Mapping[int, int]
    books: Mapping[tuple[int, int], BookState]
    periods: Mapping[tuple[int, int], PeriodState]
    owed: Mapping[tuple[str, str], int]
    lease_balances: Mapping[tuple[int, str], int]
    lease_supplies: Mapping[int, int]
    share_balances: Mapping[tuple[int, str], int]
    claimable: Mapping[tuple[int, str, int], int]
    identities: Mapping[str, IdentityState]
    offerings: Mapping[int, OfferingState]
    offering_coins: Mapping[str, int]
    """Coins of each kind that lie at the offering contract."""


@dataclass(frozen=True, slots=True)
class History:
    """Everything that was read from one deployment up to `last_block`; events of all contracts in order."""

    chain_id: int
    clock: PeriodClock
    contracts: Mapping[str, str]
    protocol: str
    windows: Windows
    last_block: int
    timestamp: int
    events: tuple[Event, ...]
    coin_moves: tuple[CoinMove, ...]
    submissions: Mapping[str, Submission]
    evidences: Mapping[str, Evidence]
    codes: tuple[Code, ...]
    wires: tuple[Wire, ...]
    snapshot: Snapshot

    def of(self, contract: str, *names: str) -> Iterator[Event]:
        """Events of a contract in order; of the given names if there are any."""
        return (e for e in self.events if e.contract == contract and (not names or e.name in names))


def share_name(asset_id: int) -> str:
    """Under which name a share clone's events stand."""
    return f"RevenueShare {asset_id}"
