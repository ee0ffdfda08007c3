"""A world of a thousand assets in which each job is brought to its steady state and then done once, measured.

Everything that knows a contract's signature is here or in the tests' own world.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests.contracts.messages import PostedReport
from tests.contracts.world import WINDOWS, ZERO_WORD, Asset, L, World, address, up

from wellhead.chain.artifacts import read_artifact
from wellhead.chain.contract import ContractCall
from wellhead.chain.contracts.settlement import IssuerStatus
from wellhead.chain.contracts.stablecoin import StablecoinContract
from wellhead.chain.keccak import keccak256
from wellhead.reports.asset_report import AssetReport
from wellhead.settlement.waterfall import Totals

HARNESS = Path(__file__).parents[2] / "tests/artifacts"
ASSETS = 1_000
REGISTERED_AT_ONCE = 50
PRICE = 2_345_678
BOND = 10**15


@dataclass(frozen=True)
class Done:
    """A transaction: its calldata and what its receipt says it cost."""

    calldata: bytes
    gas: int


class Stage(World):
    """The tests' world with the coin that peers were measured with, and a crowd of other assets."""

    def __init__(self, members: Sequence[str], quorum: int) -> None:
        super().__init__(members, quorum)
        self.quorum_members = tuple(members[:quorum])
        self.coin = StablecoinContract(self.chain, self.create("PlainCoin"))
        self.send(
            "registrar", self.settlement.set_coin_status(self.coin.address, IssuerStatus.UNKNOWN, ZERO_WORD)
        )

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
        repeater = self.chain.web3.eth.contract(self.create("Repeater"), abi=artifact.abi)
        call = self.registry.register(self.terms(), 4, keccak256(b"devices"))
        while (missing := count - self.registry.asset_count()) > 0:
            times = min(missing, REGISTERED_AT_ONCE)
            data = repeater.encode_abi("repeat", [call.to, call.data, times])
            self.send("issuer", ContractCall(repeater.address, bytes.fromhex(data[2:]), "crowd"))

    # --- reports ---------------------------------------------------------------------------------------

    def build_among_others(self, period: int, totals: Mapping[Asset, Totals]) -> PostedReport:
        """The report of a period: these assets, and something for every other one."""
        reports = {asset.id: self.report_of(asset, period, t) for asset, t in totals.items()}
        any_one = next(iter(reports.values()))
        everybody: list[AssetReport] = [
            reports.get(i) or replace(any_one, asset_id=i, telemetry_root=keccak256(b"other-%d" % i))
            for i in range(self.registry.asset_count_at(period))
        ]
        return self.build(period, everybody)

    def post_built(self, posted: PostedReport) -> Done:
        """Posted by anyone, with exactly a quorum's signatures."""
        self.travel(self.clock.end_of(posted.report.period) + WINDOWS.post_from)
        signatures = self.signatures(posted.report, *self.quorum_members)
        return self.do("outsider", self.oracle.submit(posted.report, signatures))

    def report_among_others(self, period: int, totals: Mapping[Asset, Totals]) -> PostedReport:
        """Posted, and its dispute window passed."""
        posted = self.build_among_others(period, totals)
        self.post_built(posted)
        self.pass_dispute(period)
        return posted

    # --- one asset's life ------------------------------------------------------------------------------

    def sell(self, asset: Asset, period: int, tenant: str = "tenant-a", units: int = 20) -> None:
        """A plain sale in a period to come."""
        self.buy(asset, tenant, period, units, PRICE)

    def totals(self, asset: Asset) -> Totals:
        """A day with some shortfall: every branch of the waterfall has something to do."""
        return up(asset.capacity // 3, down=asset.capacity // 5, energy=500 * asset.capacity // 3, work=7)

    def settled_period(self, asset: Asset) -> int:
        """A period that is sold, lived through, reported and settled; returns its number."""
        period = self.period + 1
        self.sell(asset, period)
        self.travel(self.clock.end_of(period))
        self.skip_to(asset, period)
        posted = self.report_among_others(period, {asset: self.totals(asset)})
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
