"""The index's sums against the chain's own: vaults' books, series' and shares' supplies, at the final block.

Every event of money or tokens is an addend of a sum that its contract keeps too. What the events' numbers do
not show (the token standards' own events carry none) shows here.
"""

import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from wellhead.chain.index import repository
from wellhead.chain.index.models import IndexState
from wellhead.chain.index.reader import ChainReader, Header
from wellhead.chain.index.schema import schema_of
from wellhead.chain.keccak import keccak256
from wellhead.errors import StateError

CALLS_PER_BATCH = 256
NOBODY = bytes(20)
PERIOD_MAX = (1 << 32) - 1
PRICE_MAX = (1 << 128) - 1
"""A series' id is asset, period and price, from the highest bits down."""

FUNDS_CALL = keccak256(b"fundsOf(address)")[:4]
SERIES_SUPPLY_CALL = keccak256(b"totalSupply(uint256)")[:4]
SUPPLY_CALL = keccak256(b"totalSupply()")[:4]

Sums = Counter[Any]


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """A sum that the chain keeps differently."""

    subject: str
    indexed: int
    on_chain: int

    def __str__(self) -> str:
        """One line for a log or an alarm."""
        return f"{self.subject}: {self.indexed} by events, {self.on_chain} on the chain"


@dataclass(frozen=True, slots=True)
class _Total:
    """One sum, and the question whose answer's first word is the chain's."""

    subject: str
    indexed: int
    contract: str
    data: bytes


def compare_totals(
    sessions: sessionmaker[Session], reader: ChainReader, state: IndexState, from_period: int
) -> list[Difference]:
    """Every sum that differs at the newest final block; of leases, series of `from_period` on.

    Raises NodeFault, and StateError while nothing final is indexed.
    """
    if state.finalized_hash is None:
        raise StateError("nothing final is indexed yet: there are no totals to compare")
    with sessions() as session:
        totals = _totals(session, state, from_period)
    at = Header(state.finalized, state.finalized_hash, b"", 0, 0)
    found = []
    for start in range(0, len(totals), CALLS_PER_BATCH):
        part = totals[start : start + CALLS_PER_BATCH]
        answers = reader.call_at([(total.contract, total.data) for total in part], at)
        for total, answer in zip(part, answers, strict=True):
            on_chain = int.from_bytes(answer[:32])
            if on_chain != total.indexed:
                found.append(Difference(total.subject, total.indexed, on_chain))
    return sorted(found)


def _totals(session: Session, state: IndexState, from_period: int) -> list[_Total]:
    rows = _Rows(session, state.finalized)
    leases = {c.address for c in repository.contracts(session) if c.kind == "LeaseToken"}
    totals = [
        _Total(
            f"vault 0x{vault.hex()}, booked", booked, state.settlement, FUNDS_CALL + vault.rjust(32, b"\0")
        )
        for vault, booked in sorted(_booked(rows).items())
    ]
    for token in sorted(leases):
        totals += [
            _Total(f"leases of series {series:#x}", supply, token, SERIES_SUPPLY_CALL + series.to_bytes(32))
            for series, supply in sorted(_series(rows).items())
            if series >> 128 & 0xFFFFFFFF >= from_period
        ]
    shares = _shares(rows)
    totals += [
        _Total(f"shares of 0x{share.hex()}", supply, "0x" + share.hex(), SUPPLY_CALL)
        for share, supply in sorted(shares.items())
    ]
    return totals


@dataclass(frozen=True)
class _Rows:
    """Stored events up to a block, by the columns that are asked for."""

    session: Session
    up_to: int

    def of(self, kind: str, event: str, *names: str) -> Iterator[Sequence[Any]]:
        """Values of these columns; `contract` is the writer."""
        schema = schema_of(kind, event)
        placed = ["block_number", "log_index", "contract", "transaction_hash"]
        columns = placed + [column.name for column in schema.columns]
        places = [columns.index(name) for name in names]
        for row in repository.rows_of(self.session, schema, self.up_to):
            yield [row[place] for place in places]


def _booked(rows: _Rows) -> Sums:
    """What came into each vault through the books and has not gone out, without the holders' part."""
    vaults = _Vaults(rows)
    sums: Sums = Counter(dict.fromkeys(vaults.all, 0))
    for series, count, units in rows.of("Settlement", "SaleBooked", "first_id", "count", "units"):
        asset, first, price = int(series) >> 160, int(series) >> 128 & PERIOD_MAX, int(series) & PRICE_MAX
        sums[vaults.at(asset, first)] += count * int(units) * price
    for asset, period, amount in rows.of("Settlement", "SpotDeposited", "asset_id", "period", "amount"):
        sums[vaults.at(asset, period)] += int(amount)
    for event, sign in (("BondDeposited", 1), ("BondWithdrawn", -1)):
        for asset, epoch, amount in rows.of("Settlement", event, "asset_id", "epoch", "amount"):
            sums[vaults.of_epoch(asset, epoch)] += sign * int(amount)
    for event in ("PeriodSettled", "PeriodUnreported"):
        for asset, period, holders in rows.of("Settlement", event, "asset_id", "period", "outcome_holders"):
            sums[vaults.at(asset, period)] -= int(holders)
    for vault, amount in rows.of("Settlement", "Claimed", "vault", "amount"):
        sums[bytes(vault)] -= int(amount)
    return sums


class _Vaults:
    """Which vault the money of an asset's period is in."""

    def __init__(self, rows: _Rows) -> None:
        self._epochs: dict[int, list[tuple[int, bytes]]] = {}
        opened = rows.of("Settlement", "AssetOpened", "asset_id", "first_period", "vault")
        later = rows.of("Settlement", "EpochStarted", "asset_id", "from_period", "vault")
        for started in (opened, later):
            for asset, first, vault in started:
                self._epochs.setdefault(asset, []).append((first, bytes(vault)))

    @property
    def all(self) -> list[bytes]:
        """Every vault."""
        return [vault for epochs in self._epochs.values() for _, vault in epochs]

    def of_epoch(self, asset: int, epoch: int) -> bytes:
        """The vault of an epoch; empty where the index lost the event that names it."""
        epochs = self._epochs.get(asset, [])
        return epochs[epoch][1] if epoch < len(epochs) else b""

    def at(self, asset: int, period: int) -> bytes:
        """The vault of a period."""
        epochs = self._epochs.get(asset, [])
        return self.of_epoch(asset, max(0, bisect_right(epochs, period, key=lambda each: each[0]) - 1))


def _series(rows: _Rows) -> Sums:
    """Units of each series that was ever sold, made and not burned."""
    sums: Sums = Counter()
    for first, count in rows.of("Settlement", "SaleBooked", "first_id", "count"):
        sums.update({int(first) + (later << 128): 0 for later in range(count)})
    for sender, receiver, series, units in rows.of(
        "LeaseToken", "TransferSingle", "from", "to", "id", "value"
    ):
        _move(sums, int(series), bytes(sender), bytes(receiver), int(units))
    for sender, receiver, ids, values in rows.of(
        "LeaseToken", "TransferBatch", "from", "to", "ids", "values"
    ):
        for series, units in zip(_listed(ids), _listed(values), strict=True):
            _move(sums, series, bytes(sender), bytes(receiver), units)
    return sums


def _shares(rows: _Rows) -> Sums:
    """Shares of each token, made and not burned."""
    sums: Sums = Counter({bytes(share): 0 for (share,) in rows.of("Settlement", "AssetOpened", "share")})
    for share, sender, receiver, amount in rows.of(
        "RevenueShare", "Transfer", "contract", "from", "to", "value"
    ):
        _move(sums, bytes(share), bytes(sender), bytes(receiver), int(amount))
    return sums


def _move(sums: Sums, key: int | bytes, sender: bytes, receiver: bytes, amount: int) -> None:
    sums[key] += (amount if sender == NOBODY else 0) - (amount if receiver == NOBODY else 0)


def _listed(text: str) -> list[int]:
    return [int(each) for each in json.loads(text)]
