"""Reads what stands on chain at one block: code, immutables, books and balances."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from wellhead.audit.history import (
    ZERO_ADDRESS,
    BookState,
    Code,
    Event,
    IdentityState,
    OfferingState,
    PeriodState,
    Snapshot,
    Wire,
)
from wellhead.audit.leases import movements
from wellhead.chain.artifacts import Artifact, load_artifact
from wellhead.chain.client import Chain
from wellhead.chain.contract import ContractWrapper
from wellhead.chain.contracts.revenue_share import RevenueShareContract
from wellhead.chain.deployment import CORE
from wellhead.chain.system import System
from wellhead.errors import ContractReverted
from wellhead.market.lease_id import lease_parts

ALL_STEPS = 1 << 32
"""More runs than any holder's history has."""

CLONE_HEAD = bytes.fromhex("363d3d373d3d3d363d73")
CLONE_TAIL = bytes.fromhex("5af43d82803e903d91602b57fd5bf3")
"""Code of an ERC-1167 clone, before and after the implementation's address."""

UNNUMBERED = ("LeaseToken",)
"""Contracts whose events are all a standard's, which carry no number."""

CALENDAR = (("genesis", "genesis"), ("periodSeconds", "period_seconds"))

WIRING: dict[str, tuple[tuple[str, str], ...]] = {
    "AssetRegistry": (("authority", "Roles"), ("settlement", "Settlement"), *CALENDAR),
    "IdentityRegistry": (("authority", "Roles"),),
    "ReportOracle": (
        ("authority", "Roles"),
        ("registry", "AssetRegistry"),
        ("settlement", "Settlement"),
        ("disputes", "Disputes"),
        *CALENDAR,
    ),
    "Disputes": (
        ("oracle", "ReportOracle"),
        ("registry", "AssetRegistry"),
        ("settlement", "Settlement"),
        ("faults", "Faults"),
    ),
    "Faults": (("oracle", "ReportOracle"), ("registry", "AssetRegistry"), ("disputes", "Disputes")),
    "LeaseToken": (("identities", "IdentityRegistry"), ("settlement", "Settlement"), *CALENDAR),
    "LeaseOffers": (
        ("registry", "AssetRegistry"),
        ("settlement", "Settlement"),
        ("leases", "LeaseToken"),
        *CALENDAR,
    ),
    "CoinRegistry": (("authority", "Roles"),),
    "VaultFactory": (
        ("settlement", "Settlement"),
        ("registry", "AssetRegistry"),
        ("coins", "CoinRegistry"),
        ("shareImplementation", "RevenueShare"),
    ),
    "Settlement": (
        ("authority", "Roles"),
        ("registry", "AssetRegistry"),
        ("identities", "IdentityRegistry"),
        ("oracle", "ReportOracle"),
        ("disputes", "Disputes"),
        ("leaseToken", "LeaseToken"),
        ("vaults", "VaultFactory"),
        *CALENDAR,
    ),
    "TransferAgent": (("authority", "Roles"), ("leases", "LeaseToken")),
    "ShareOffering": (
        ("identities", "IdentityRegistry"),
        ("registry", "AssetRegistry"),
        ("settlement", "Settlement"),
        ("coins", "CoinRegistry"),
        *CALENDAR,
    ),
    "RevenueShare": (("settlement", "Settlement"), ("identities", "IdentityRegistry"), *CALENDAR),
}
"""Contract → (view, what it must say: another contract of the deployment or a field of its file)."""


def read_codes(system: System, opened: Iterable[Mapping[str, Any]]) -> Iterator[Code]:
    """Runtime code of the core contracts, of every vault, and of every share, which is a clone.

    `opened` are the events that named a vault: an asset's opening, with its share, and each later epoch.
    """
    for name in CORE:
        yield _masked(system.chain, name, system.deployment.contracts[name], load_artifact(name))
    yield _masked(system.chain, "LeaseOffers", system.offers.address, load_artifact("LeaseOffers"))
    share = system.deployment.contracts["RevenueShare"]
    for args in opened:
        subject = f"vault of asset {args['assetId']}, epoch {args.get('epoch', 0)}"
        yield _masked(system.chain, subject, args["vault"], load_artifact("Vault"))
        if "share" in args:
            code = system.chain.code_at(args["share"])
            expected = CLONE_HEAD + bytes.fromhex(share[2:]) + CLONE_TAIL
            yield Code(f"share of asset {args['assetId']}", args["share"], expected, code)


def _masked(chain: Chain, name: str, address: str, artifact: Artifact) -> Code:
    found = bytearray(chain.code_at(address))
    for start, length in artifact.immutable_references:
        found[start : start + length] = bytes(len(found[start : start + length]))
    return Code(name, address, artifact.deployed_bytecode, bytes(found))


def read_wires(system: System) -> Iterator[Wire]:
    """The immutables that code comparison masks: each contract's neighbours and calendar."""
    at, deployment = system.deployment.contracts, system.deployment
    wrappers: dict[str, ContractWrapper] = {
        "AssetRegistry": system.registry,
        "IdentityRegistry": system.identities,
        "ReportOracle": system.oracle,
        "LeaseToken": system.leases,
        "LeaseOffers": system.offers,
        "Settlement": system.settlement,
        "TransferAgent": system.agent,
        "ShareOffering": system.offerings,
        "Disputes": system.disputes,
        "Faults": system.faults,
        "CoinRegistry": system.coins,
        "VaultFactory": system.vaults,
        "RevenueShare": system.share_at(at["RevenueShare"]),
    }
    for name, functions in WIRING.items():
        for function, target in functions:
            expected = at[target] if target in at else str(getattr(deployment, target))
            yield Wire(f"{name}.{function}", expected, str(wrappers[name].read(function)))


class ContractAt(ContractWrapper):
    """Any packaged contract at an address."""

    def __init__(self, chain: Chain, address: str, artifact_name: str) -> None:
        """Bind by the artifact's name."""
        self.artifact_name = artifact_name
        super().__init__(chain, address)


def read_snapshot(
    system: System,
    named: Mapping[str, ContractWrapper],
    shares: Mapping[int, RevenueShareContract],
    events: Iterable[Event],
    last: int,
) -> Snapshot:
    """State at block `last` for every account, payee, series and period that the events name."""
    keys = _keys(events, system.settlement.protocol())
    leases, settlement = system.leases, system.settlement
    balances = {
        (asset_id, account): shares[asset_id].balance_of(account, last) for asset_id, account in keys.holders
    }
    claimable = {}
    for asset_id, account in keys.holders:
        for epoch, amount in _claimable(shares[asset_id], account, last):
            claimable[asset_id, account, epoch] = amount
    return Snapshot(
        sequences={
            name: int(w.read("sequence", block=last)) for name, w in named.items() if name not in UNNUMBERED
        },
        domain_separator=system.oracle.domain_separator(),
        next_periods={asset_id: system.settlement.book_of(asset_id, last).next_period for asset_id in shares},
        books={(asset_id, epoch): _book(system, asset_id, epoch, last) for asset_id, epoch in keys.epochs},
        periods={
            (asset_id, period): _period(system, asset_id, period, last) for asset_id, period in keys.periods
        },
        owed={
            (vault, payee): settlement.owed(vault, coin, payee, last) for vault, coin, payee in keys.payees
        },
        lease_balances={
            (lease, holder): leases.balance_of(holder, lease, last) for lease, holder in keys.tenants
        },
        lease_supplies={lease: leases.total_supply(lease, last) for lease in {id for id, _ in keys.tenants}},
        share_balances=balances,
        claimable=claimable,
        identities={account: _identity(system, account, last) for account in keys.accounts},
        offerings=(offerings := _offerings(system, last)),
        offering_coins={
            coin: system.coin_at(coin).balance_of(system.offerings.address, last)
            for coin in {offering.coin for offering in offerings.values()}
        },
    )


def _identity(system: System, account: str, block: int) -> IdentityState:
    issued, expires, country, investor_class, frozen, powers = system.identities.read(
        "identityOf", account, block=block
    )
    return IdentityState(issued, expires, country, investor_class, frozen, powers)


def _offerings(system: System, block: int) -> dict[int, OfferingState]:
    found = {}
    for offering_id in range(int(system.offerings.read("count", block=block))):
        o = system.offerings.offering_of(offering_id, block)
        found[offering_id] = OfferingState(o.coin, o.next_period, o.raised, o.held, o.released, o.withdrawn)
    return found


def _claimable(share: RevenueShareContract, account: str, block: int) -> Iterator[tuple[int, int]]:
    """(epoch, what a claim of it would take); nothing where it is refused."""
    for epoch in range(share.current_epoch(block) + 1):
        with suppress(ContractReverted):
            yield epoch, share.claimable(account, epoch, ALL_STEPS, block)


def _book(system: System, asset_id: int, epoch: int, block: int) -> BookState:
    vault, _ = system.settlement.vault_of_epoch(asset_id, epoch, block)
    funds = system.settlement.funds_of(vault, block)
    share = system.share_at(system.vault_at(vault).share())
    holders = int(share.read("outstandingOf", epoch, block=block))
    balance = system.coin_at(system.vault_at(vault).coin()).balance_of(vault, block)
    return BookState(funds.bond_free, holders, funds.booked, balance)


def _period(system: System, asset_id: int, period: int, block: int) -> PeriodState:
    p = system.settlement.period_of(asset_id, period, block)
    return PeriodState(p.escrow, p.spot, p.reserved, p.sold_units, p.terms_version, int(p.state))


@dataclass(slots=True)
class _Keys:
    """Everything that the events name and that has state: what the snapshot asks for."""

    periods: set[tuple[int, int]] = field(default_factory=set)
    epochs: set[tuple[int, int]] = field(default_factory=set)
    payees: set[tuple[str, str, str]] = field(default_factory=set)
    tenants: set[tuple[int, str]] = field(default_factory=set)
    holders: set[tuple[int, str]] = field(default_factory=set)
    accounts: set[str] = field(default_factory=set)


def _keys(events: Iterable[Event], protocol: str) -> _Keys:
    keys = _Keys()
    vaults: dict[int, list[tuple[str, str]]] = {}
    for event in events:
        args = event.args
        if event.contract == "Settlement" and event.name in ("AssetOpened", "EpochStarted"):
            vaults.setdefault(args["assetId"], []).append((args["vault"], args["coin"]))
            keys.epochs.add((args["assetId"], args.get("epoch", 0)))
            keys.payees.add((args["vault"], args["coin"], protocol))
        elif event.contract == "IdentityRegistry" and "account" in args:
            keys.accounts.add(args["account"])
        elif event.name == "SaleBooked":
            asset_id, first, _ = lease_parts(args["firstId"])
            keys.periods |= {(asset_id, period) for period in range(first, first + args["count"])}
        elif event.name == "PeriodsSkipped":
            run = range(args["fromPeriod"], args["fromPeriod"] + args["count"])
            keys.periods |= {(args["assetId"], period) for period in run}
        elif event.contract == "Settlement" and "period" in args:
            keys.periods.add((args["assetId"], args["period"]))
            if "owner" in args:
                keys.payees |= {(*place, args["owner"]) for place in vaults[args["assetId"]]}
        elif event.name == "Redeemed":
            keys.payees |= {(*place, args["holder"]) for place in vaults[lease_parts(args["id"])[0]]}
        elif event.name in ("TransferSingle", "TransferBatch"):
            for sender, receiver, lease, _ in movements(event):
                keys.tenants |= {(lease, a) for a in (sender, receiver) if a != ZERO_ADDRESS}
        elif event.name == "Transfer" and event.contract.startswith("RevenueShare "):
            asset_id = int(event.contract.split(" ")[1])
            keys.holders |= {(asset_id, a) for a in (args["from"], args["to"]) if a != ZERO_ADDRESS}
    return keys
