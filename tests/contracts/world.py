"""A deployed system on the in-process chain, small and quick: periods of 1000 s and windows to match.

Actors are names; a name's key is `keccak256(name)`, and it is funded when it first acts. Every asset is
fresh and opens at the start of a period of its own, so tests share one world without meeting each other.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker
from tests.contracts.actors import (  # noqa: F401  (tests take them from here)
    ACTORS,
    COSTS,
    GENESIS,
    MEMBERS,
    SUPPLY,
    TENANTS,
    WINDOWS,
    Asset,
    L,
    address,
    key_of,
    lease_id,
    same,
)
from tests.contracts.messages import CREDENTIAL_TYPE, Credential, PostedReport

import wellhead.chain.models  # noqa: F401  (its table is created below)
from wellhead.chain.client import Chain
from wellhead.chain.contract import ContractCall, creation
from wellhead.chain.contracts.asset_registry import AssetRegistryContract
from wellhead.chain.contracts.coin_registry import CoinRegistryContract, IssuerStatus
from wellhead.chain.contracts.disputes import DisputesContract, FaultsContract
from wellhead.chain.contracts.identity_registry import IdentityRegistryContract
from wellhead.chain.contracts.lease_offers import Ask, LeaseOffersContract, Run
from wellhead.chain.contracts.lease_token import LeaseTokenContract
from wellhead.chain.contracts.report_oracle import ReportOracleContract
from wellhead.chain.contracts.revenue_share import RevenueShareContract
from wellhead.chain.contracts.roles import RolesContract
from wellhead.chain.contracts.settlement import Book, PeriodBook, SettlementContract
from wellhead.chain.contracts.stablecoin import StablecoinContract
from wellhead.chain.contracts.transfer_agent import TransferAgentContract
from wellhead.chain.contracts.vault import VaultContract
from wellhead.chain.deployment import DeploymentPlan, deploy
from wellhead.chain.development import BANK_KEY, fund_call, open_in_process, travel
from wellhead.chain.eip712 import Domain
from wellhead.chain.keccak import keccak256
from wellhead.chain.posted import NOT_POSTED, Posted
from wellhead.chain.service import Mined, Sender
from wellhead.chain.signatures import sign
from wellhead.chain.stakes import NO_STAKES, Stakes
from wellhead.clock import PeriodClock
from wellhead.db.base import Base
from wellhead.errors import ContractReverted
from wellhead.registry.terms import ZERO_WORD, Terms
from wellhead.reports.asset_report import AssetReport
from wellhead.reports.evidence import Absence, Evidence
from wellhead.reports.period_report import PeriodReport, build_period_report, order_signatures, sign_report
from wellhead.settlement.waterfall import Outcome, PeriodBooks, Totals, settle, unreported


class World:
    """Everything deployed, and verbs for what actors do with it."""

    def __init__(
        self,
        members: Sequence[str] = MEMBERS,
        quorum: int = 2,
        stakes: Stakes = NO_STAKES,
        chain: Chain | None = None,
    ) -> None:
        self.chain = chain or open_in_process(GENESIS)
        engine = create_engine("sqlite://")
        Base.metadata.create_all(engine)
        self.sessions = sessionmaker(engine, expire_on_commit=False)
        self.clock = PeriodClock(GENESIS, L)
        self._keys = itertools.count()
        self._senders = {"bank": Sender(self.chain, self.sessions, BANK_KEY)}
        holders = ("protocol", "admin", "registrar", "compliance", "guardian", "recovery")
        roles = [address(name) for name in holders]
        plan = DeploymentPlan(
            self.clock, WINDOWS, tuple(map(address, members)), quorum, *roles, stakes=stakes, costs=COSTS
        )
        self.deployment = deploy(self._senders["bank"], plan)
        at = self.deployment.contracts
        self.roles = RolesContract(self.chain, at["Roles"])
        self.registry = AssetRegistryContract(self.chain, at["AssetRegistry"])
        self.identities = IdentityRegistryContract(self.chain, at["IdentityRegistry"])
        self.oracle = ReportOracleContract(self.chain, at["ReportOracle"])
        self.leases = LeaseTokenContract(self.chain, at["LeaseToken"])
        self.lease_offers = LeaseOffersContract(self.chain, self.leases.offers())
        self.settlement = SettlementContract(self.chain, at["Settlement"])
        self.agent = TransferAgentContract(self.chain, at["TransferAgent"])
        self.disputes = DisputesContract(self.chain, at["Disputes"])
        self.faults = FaultsContract(self.chain, at["Faults"])
        self.coins_allowed = CoinRegistryContract(self.chain, at["CoinRegistry"])
        self.oracle_domain = Domain(self.chain.chain_id, at["ReportOracle"])
        self.registry_domain = Domain(self.chain.chain_id, at["AssetRegistry"])
        coin = self.send("issuer", creation("TestStablecoin", [], self.chain)).contract_address
        self.coin = StablecoinContract(self.chain, str(coin))
        self.allow(self.coin.address)
        self.send("compliance", self.identities.set_attestor(address("attestor"), True))
        self.postings: dict[tuple[int, int], Posted] = {}
        self._rich: set[tuple[str, str]] = set()

    # --- sending ---------------------------------------------------------------------------------------

    def sender(self, name: str) -> Sender:
        """The actor's way onto the chain."""
        if name not in self._senders:
            self._senders[name] = Sender(self.chain, self.sessions, key_of(name))
            fund = fund_call(address(name), 10**21)
            self.send("bank", ContractCall(fund["to"], fund["data"], f"fund {name}", fund["value"]))
        return self._senders[name]

    def send(self, name: str, call: ContractCall) -> Mined:
        """`name` does it."""
        return self.sender(name).send(f"test:{next(self._keys)}", call)

    def refused(self, name: str, call: ContractCall, error: str, **numbers: object) -> None:
        """The call is refused by that error with exactly those numbers, and not a bit of the chain moves."""
        self.sender(name)
        before = self._state()
        with pytest.raises(ContractReverted) as caught:
            self.send(name, call)
        assert caught.value.name == error, caught.value
        assert caught.value.args_by_name.keys() == numbers.keys(), caught.value
        for field, wanted in numbers.items():
            assert same(caught.value.args_by_name[field], wanted), f"{field} is not {wanted}: {caught.value}"
        assert self._state() == before

    def reading_refused(self, read: Callable[[], object], error: str, **numbers: object) -> None:
        """A view reverts with that error and those numbers."""
        with pytest.raises(ContractReverted) as caught:
            read()
        assert caught.value.name == error, caught.value
        for field, wanted in numbers.items():
            assert same(caught.value.args_by_name[field], wanted), f"{field} is not {wanted}: {caught.value}"

    def _state(self) -> tuple[int, bytes]:
        """Block number and state root: every balance and every slot of every contract."""
        block: Any = self.chain.web3.eth.get_block("latest")
        return int(block["number"]), bytes(block["stateRoot"])

    def allow(self, coin: str, status: IssuerStatus = IssuerStatus.UNKNOWN) -> None:
        """The registrar gives a coin that status."""
        self.send("registrar", self.coins_allowed.set_coin_status(coin, status, ZERO_WORD))

    # --- time ------------------------------------------------------------------------------------------

    @property
    def now(self) -> int:
        """The newest block's time; a refused call sees it, a sent one sees a second more."""
        return self.chain.timestamp()

    @property
    def period(self) -> int:
        """The running period."""
        return self.clock.period_at(self.now)

    def travel(self, timestamp: int) -> None:
        """To that second, unless it is already past."""
        if timestamp > self.now:
            travel(self.chain, timestamp)

    def travel_to_next_period(self) -> int:
        """To the first second of the next period, which is returned."""
        period = self.period + 1
        self.travel(self.clock.start_of(period))
        return period

    # --- actors and assets -----------------------------------------------------------------------------

    def terms(self, **changes: Any) -> Terms:
        """Plain terms with some of them changed: units of 100 s, energy at 0.10 a kWh."""
        plain = Terms(
            1, 0, 1, 100, 200, 4_000, 2_000, 50, 1_000, 700, 1_000, 0, 0, 100_000, 0, 1, 8_000,
            address("grid"), self.coin.address, ZERO_WORD, ZERO_WORD, ZERO_WORD, ZERO_WORD,
        )  # fmt: skip
        return replace(plain, **changes)

    def register(self, owner: str = "owner", devices: int = 4, **changes: Any) -> tuple[int, Terms]:
        """A registered asset's id and terms; not active yet."""
        asset_id, terms = self.registry.asset_count(), self.terms(**changes)
        self.send(owner, self.registry.register(terms, devices, keccak256(b"devices")))
        return asset_id, terms

    def asset(self, owner: str = "owner", devices: int = 4, bond: int = 10**9, **changes: Any) -> Asset:
        """A fresh asset, open since the period that begins now, with that bond."""
        self.travel_to_next_period()
        asset_id, terms = self.register(owner, devices, **changes)
        self.send("registrar", self.registry.activate(asset_id))
        self.send("outsider", self.settlement.open_asset(asset_id, terms))
        book = self.book(asset_id)
        share = RevenueShareContract(self.chain, book.share)
        asset = Asset(asset_id, owner, terms, devices, book.vault, share, book.next_period)
        if bond:
            self.give_coins(owner, asset)
            self.send(owner, self.settlement.deposit_bond(asset_id, bond))
        return asset

    def give_coins(self, name: str, asset: Asset) -> None:
        """Coins for the actor, and his approval of the asset's vault."""
        if (name, "") not in self._rich:
            self.send("issuer", self.coin.mint(address(name), 10**24))
            self._rich.add((name, ""))
        if (name, asset.vault) not in self._rich:
            self.send(name, self.coin.approve(asset.vault, 2**256 - 1))
            self._rich.add((name, asset.vault))

    def verify(self, name: str, seconds: int = 10**8) -> None:
        """The attestor lets the actor hold shares from now on, for that long."""
        credential = Credential(address(name), 840, 1, self.now, self.now + seconds)
        self.send("outsider", self.identities.present(credential, self.attest(credential)))

    def attest(self, credential: Credential, attestor: str = "attestor") -> bytes:
        """The attestor's signature."""
        names = (name for name, _ in CREDENTIAL_TYPE.fields)
        values = dict(zip(names, credential.as_tuple(), strict=True))
        domain = Domain(self.chain.chain_id, self.identities.address)
        return sign(key_of(attestor), domain.digest(CREDENTIAL_TYPE.hash(values)))

    # --- sales and deposits ----------------------------------------------------------------------------

    def offer(self, asset: Asset, period: int, price: int, until: int | None = None) -> int:
        """An offer's id."""
        until = period if until is None else until
        self.send(asset.owner, self.lease_offers.offer(Run(asset.id, period, until), Ask(price), asset.terms))
        return self.lease_offers.offer_count() - 1

    def buy(self, asset: Asset, tenant: str, period: int, units: int, price: int) -> int:
        """The tenant buys at a fresh offer; returns the series' id."""
        self.give_coins(tenant, asset)
        offer_id = self.offer(asset, period, price)
        self.send(tenant, self.leases.buy(offer_id, period, 1, units, address(tenant), price))
        return asset.lease(period, price)

    def spot(self, asset: Asset, period: int, amount: int, payer: str = "owner") -> None:
        """Spot revenue for a period that has begun."""
        self.give_coins(payer, asset)
        self.send(payer, self.settlement.deposit_spot(asset.id, period, amount, keccak256(b"spot")))

    # --- reports ---------------------------------------------------------------------------------------

    def report_of(self, asset: Asset, period: int, totals: Totals) -> AssetReport:
        """The asset's totals as a leaf."""
        t = totals
        return AssetReport(
            asset.id, period, asset.devices, t.up, t.down, t.excused, 0, t.energy, t.work, keccak256(b"t")
        )

    def build(
        self, period: int, totals: Mapping[Asset, Totals] | Sequence[AssetReport], revision: int = 0
    ) -> PostedReport:
        """The report of a period over these assets, not posted yet."""
        reports = (
            [self.report_of(asset, period, t) for asset, t in totals.items()]
            if isinstance(totals, Mapping)
            else list(totals)
        )
        count = self.registry.asset_count_at(period)
        report, tree = build_period_report(period, revision, reports, count, keccak256(b"bundle"))
        return PostedReport(report, tree, {r.asset_id: r for r in reports})

    def signatures(self, report: PeriodReport, *members: str) -> list[bytes]:
        """These members' signatures, by ascending address."""
        signed = [sign_report(self.oracle_domain, report, key_of(name)) for name in members]
        return order_signatures(self.oracle_domain, report, signed)

    def post(
        self, period: int, totals: Mapping[Asset, Totals] | Sequence[AssetReport], revision: int = 0
    ) -> PostedReport:
        """Posted by anyone as soon as that is allowed."""
        self.travel(self.clock.end_of(period) + WINDOWS.post_from)
        return self.submit(self.build(period, totals, revision))

    def submit(self, built: PostedReport, *members: str) -> PostedReport:
        """Posted with the members' signatures, two if none is named; later revisions in order."""
        report = built.report
        signatures = self.signatures(report, *(members or MEMBERS[:2]))
        previous = self.postings.get((report.period, report.revision - 1), NOT_POSTED)
        mined = self.send("outsider", self.oracle.submit(report, signatures, previous))
        posted = self.oracle.posted_in(mined.transaction_hash)
        self.postings[report.period, report.revision] = posted
        return replace(built, posted=posted)

    def pass_dispute(self, period: int, revision: int = 0) -> None:
        """To the first second in which the revision stands."""
        known = self.postings.get((period, revision)) or self.oracle.posted_of(period, revision)
        self.travel(known.disputable_until(WINDOWS))

    def settle(self, asset: Asset, evidence: Evidence) -> Mined:
        """Settled by anyone."""
        return self.send("outsider", self.settlement.settle(asset.id, asset.terms, evidence))

    def skip(self, asset_id: int, count: int) -> ContractCall:
        """The call that passes the asset's next periods."""
        return self.settlement.skip(asset_id, self.book(asset_id).next_period, count)

    def settle_unreported(self, asset_id: int, terms: Terms, absences: Sequence[Absence]) -> ContractCall:
        """The call that closes the asset's next period as unreported."""
        return self.settlement.settle_unreported(asset_id, self.book(asset_id).next_period, terms, absences)

    def report_and_settle(self, asset: Asset, period: int, totals: Totals) -> Outcome:
        """The whole way for one asset; returns what the Python twin says came out."""
        posted = self.post(period, {asset: totals})
        self.pass_dispute(period)
        wanted = self.expected(asset, period, totals)
        self.settle(asset, posted.evidence(asset.id))
        return wanted

    def expected(self, asset: Asset, period: int, totals: Totals | None) -> Outcome:
        """What the Python twin makes of the open period; no totals: of its being unreported."""
        p = self.period_book(asset, period)
        ceiling = self.registry.excuse_ceiling_of(asset.id, period)
        books = PeriodBooks(asset.devices, L, p.sold_units, p.escrow, p.reserved, p.spot, ceiling)
        return unreported(books, asset.terms) if totals is None else settle(totals, books, asset.terms)

    # --- looking ---------------------------------------------------------------------------------------

    def book(self, asset: Asset | int) -> Book:
        """An asset's money."""
        return self.settlement.book_of(asset.id if isinstance(asset, Asset) else asset)

    def period_book(self, asset: Asset, period: int) -> PeriodBook:
        """An asset's period."""
        return self.settlement.period_of(asset.id, period)

    def owed(self, asset: Asset, name: str) -> int:
        """What the actor may take from the asset's vault."""
        return self.settlement.owed(asset.vault, self.coin.address, address(name))

    def claim(self, asset: Asset, name: str) -> ContractCall:
        """The call that pays the actor what he is owed."""
        return self.settlement.claim(asset.vault, self.coin.address, address(name))

    def coins(self, name: str) -> int:
        """Coins that the actor has."""
        return self.coin.balance_of(address(name))

    def holders_part(self, asset: Asset, epoch: int = 0) -> int:
        """What holders earned in an epoch and were not yet paid, at face value."""
        return int(asset.share.read("outstandingOf", epoch))

    def check_books(self, asset: Asset, until: int | None = None) -> None:
        """P1: every base unit is in exactly one place, and the vault has it; `until` ends the search.

        Of an asset with one epoch. What holders earned and were not paid is the share's to count.
        """
        booked = self.settlement.funds_of(asset.vault).booked
        assert self.coin.balance_of(asset.vault) == booked + self.holders_part(asset)
        book, places = self.book(asset), 0
        for period in range(asset.opened_in, until or max(self.period, book.next_period) + 4):
            p = self.period_book(asset, period)
            places += p.reserved + (p.escrow + p.spot if p.state == 0 else 0)
        places += book.bond_free + sum(self.owed(asset, name) for name in ACTORS)
        assert places == booked


def up(seconds: int, *, down: int = 0, excused: int = 0, energy: int = 0, work: int = 0) -> Totals:
    """An asset's totals for a period."""
    return Totals(seconds, down, excused, energy, work)


def vault_of(world: World, asset: Asset) -> VaultContract:
    """The asset's vault."""
    return VaultContract(world.chain, asset.vault)
