"""A world of a thousand assets in which each job is brought to its steady state and then done once, measured.

Everything that knows a contract's signature is here or in the tests' own world.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eth_utils import to_checksum_address
from tests.contracts.messages import PostedReport
from tests.contracts.world import WINDOWS, Asset, L, World, address, up

from wellhead.chain.artifacts import read_artifact
from wellhead.chain.contract import ContractCall
from wellhead.chain.contracts.stablecoin import StablecoinContract
from wellhead.chain.keccak import keccak256
from wellhead.chain.service import IN_PROCESS_GAS, Sender
from wellhead.registry.terms import Terms
from wellhead.reports.asset_report import AssetReport

HARNESS = Path(__file__).parents[2] / "tests/artifacts"
ASSETS = 1_000
REGISTERED_AT_ONCE = 50
PRICE = 2_345_678
BOND = 10**15
ANY_ROOT = keccak256(b"devices")


@dataclass(frozen=True)
class Done:
    """A transaction: its calldata and what its receipt says it cost."""

    calldata: bytes
    gas: int


class Direct(Sender):
    """Sends without trying first: half the work, and a refusal in the block is an error all the same."""

    def _checked_gas(self, call: ContractCall) -> int:
        return IN_PROCESS_GAS


class Stage(World):
    """The tests' world with the coin that peers were measured with, and a crowd of other assets."""

    def __init__(self, members: Sequence[str], quorum: int) -> None:
        super().__init__(members, quorum)
        self.quorum_members = tuple(members[:quorum])
        self.coin = StablecoinContract(self.chain, self.create("PlainCoin"))
        self.allow(self.coin.address)

    def sender(self, name: str) -> Sender:
        """The actor's way onto the chain."""
        known = super().sender(name)
        if not isinstance(known, Direct):
            known = self._senders[name] = Direct(self.chain, self.sessions, known.signer)
        return known

    def create(self, harness: str) -> str:
        """Address of a new harness contract without constructor arguments."""
        artifact = read_artifact(HARNESS / f"{harness}.json")
        mined = self.send("issuer", ContractCall(None, artifact.bytecode, f"create {harness}"))
        return str(mined.contract_address)

    def do(self, name: str, call: ContractCall) -> Done:
        """`name` does it, and this is what it costs."""
        return Done(call.data, self.send(name, call).gas_used)

    def crowd(self, count: int = ASSETS) -> None:
        """Registers other assets until there are `count`, many in one transaction."""
        artifact = read_artifact(HARNESS / "Repeater.json")
        repeater = self.chain.web3.eth.contract(
            to_checksum_address(self.create("Repeater")), abi=artifact.abi
        )
        call = self.registry.register(self.terms(), 4, ANY_ROOT)
        while (missing := count - self.registry.asset_count()) > 0:
            times = min(missing, REGISTERED_AT_ONCE)
            data = repeater.encode_abi("repeat", [call.to, call.data, times])
            self.send("issuer", ContractCall(repeater.address, bytes.fromhex(data[2:]), "crowd"))

    def register(
        self, owner: str = "owner", devices: int = 4, *, root: bytes = ANY_ROOT, **changes: Any
    ) -> tuple[int, Terms]:
        """A registered asset's id and terms, with a device list of that root."""
        asset_id, terms = self.registry.asset_count(), self.terms(**changes)
        self.send(owner, self.registry.register(terms, devices, root))
        return asset_id, terms

    # --- reports ---------------------------------------------------------------------------------------

    def build_among_others(self, period: int, report: AssetReport) -> PostedReport:
        """The report of a period: this asset, and something for every other one."""
        others = range(self.registry.asset_count_at(period))
        everybody = [replace(report, asset_id=i, telemetry_root=keccak256(b"other-%d" % i)) for i in others]
        everybody[report.asset_id] = report
        return self.build(period, everybody)

    def post_built(self, built: PostedReport) -> Done:
        """Posted by anyone, with exactly a quorum's signatures."""
        report = built.report
        self.travel(self.clock.end_of(report.period) + WINDOWS.post_from)
        call = self.oracle.submit(report, self.signatures(report, *self.quorum_members))
        mined = self.send("outsider", call)
        self.postings[report.period, 0] = self.oracle.posted_in(mined.transaction_hash)
        return Done(call.data, mined.gas_used)

    def post_among_others(self, period: int, report: AssetReport) -> PostedReport:
        """Posted, and open to dispute."""
        built = self.build_among_others(period, report)
        self.post_built(built)
        return replace(built, posted=self.postings[period, 0])

    def report_among_others(self, asset: Asset, period: int) -> PostedReport:
        """An asset's usual day is posted, and its dispute window passed."""
        posted = self.post_among_others(period, self.usual_report(asset, period))
        self.pass_dispute(period)
        return posted

    def usual_report(self, asset: Asset, period: int) -> AssetReport:
        """A day with some shortfall: every branch of the waterfall has something to do."""
        c = asset.capacity
        return self.report_of(asset, period, up(c // 3, down=c // 5, energy=500 * c // 3, work=7))

    # --- one asset's life ------------------------------------------------------------------------------

    def sell(self, asset: Asset, period: int, tenant: str = "tenant-a", units: int = 20) -> None:
        """A plain sale in a period to come."""
        self.buy(asset, tenant, period, units, PRICE)

    def settled_period(self, asset: Asset) -> int:
        """A period that is sold, lived through, reported and settled; returns its number."""
        period = self.period + 1
        self.sell(asset, period)
        self.travel(self.clock.end_of(period))
        self.skip_to(asset, period)
        posted = self.report_among_others(asset, period)
        self.settle(asset, posted.evidence(asset.id))
        return period

    def skip_to(self, asset: Asset, period: int) -> None:
        """Passes the asset's empty periods before `period`."""
        if self.book(asset).next_period >= period:
            return
        self.travel(self.clock.end_of(period - 1) + WINDOWS.post_until + 1)
        while (next_period := self.book(asset).next_period) < period:
            count = min(period - next_period, 100)
            self.send("outsider", self.settlement.skip(asset.id, next_period, count))

    def within_period(self, second: int) -> None:
        """To that second of the running period."""
        self.travel(self.clock.start_of(self.period) + second)

    def quiet_periods(self, asset: Asset, count: int) -> None:
        """So many periods are settled in which the account did nothing; the first and the last earn."""
        if count > 1:
            self.settled_period(asset)
            last = self.book(asset).next_period + count - 2
            self.skip_to(asset, last)
            self.travel_to_next_period()
        self.settled_period(asset)


def member_names(count: int) -> tuple[str, ...]:
    """Names of members, whose addresses ascend."""
    return tuple(sorted((f"member-{i}" for i in range(count)), key=lambda name: int(address(name), 16)))


__all__ = ["PRICE", "Done", "L", "Stage", "member_names"]
