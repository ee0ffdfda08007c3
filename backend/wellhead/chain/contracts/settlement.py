"""Settlement: the books."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from wellhead.chain.contract import AbiStruct, ContractCall, ContractWrapper
from wellhead.chain.contracts.vault import VaultContract

ZERO_ADDRESS = "0x" + "00" * 20


class PeriodState(IntEnum):
    """What became of an asset's period."""

    OPEN = 0
    """Sales, deposits, one closing may still happen."""
    SETTLED = 1
    """Closed by its accepted report."""
    UNREPORTED = 2
    """Closed without report: everything sold goes back."""
    SKIPPED = 3
    """Passed: nothing sold, nothing deposited."""


@dataclass(frozen=True, slots=True)
class Book:
    """An asset and its newest epoch; the free bond is that epoch's, in base units of `coin`.

    An asset that is not open has no vault, share or coin: their addresses are zero.
    """

    vault: str
    next_period: int
    share: str
    coin: str
    bond_free: int
    epoch: int
    epoch_from: int


@dataclass(frozen=True, slots=True)
class Funds:
    """A vault's books: `booked` is all in it but the holders' part, `bond_free` the part that backs nothing.

    An impaired vault pays `balance / obligations` of every claim and takes nothing more.
    """

    booked: int
    bond_free: int
    impaired: bool
    balance: int
    obligations: int

    def payable(self, amount: int) -> int:
        """Base units that the vault pays for a claim, rounded down."""
        return amount * self.balance // self.obligations if self.impaired else amount


@dataclass(frozen=True, slots=True)
class PeriodBook:
    """One asset's period; see `ISettlement.PeriodBook`."""

    escrow: int
    spot: int
    reserved: int
    sold_units: int
    capacity_units: int
    unit_seconds: int
    terms_version: int
    credit_bps: int
    state: PeriodState
    revised: bool
    promised: int
    shortfall: int
    breach: int
    redeemed_units: int
    mixed: bool


class SettlementContract(ContractWrapper):
    """Escrow, bonds, the waterfall, payouts."""

    artifact_name = "Settlement"

    def pause_sales(self, until: int) -> ContractCall:
        """Stop sales and deposits for a while (guardian)."""
        return self.prepare("pauseSales", until)

    def open_asset(self, asset_id: int, terms: AbiStruct) -> ContractCall:
        """Open an active asset: vault, share token, first period (anyone)."""
        return self.prepare("openAsset", asset_id, terms.as_tuple())

    def start_epoch(self, asset_id: int, coin: str) -> ContractCall:
        """Send the money of later periods to a new vault, in `coin` (owner)."""
        return self.prepare("startEpoch", asset_id, coin)

    def recognize_loss(self, asset_id: int, epoch: int) -> ContractCall:
        """Let an epoch's vault that lost coins pay every claim alike (anyone)."""
        return self.prepare("recognizeLoss", asset_id, epoch)

    def deposit_bond(self, asset_id: int, amount: int, epoch: int = 0) -> ContractCall:
        """Add to an epoch's bond; the sender has approved its vault."""
        return self.prepare("depositBond", asset_id, epoch, amount)

    def withdraw_bond(self, asset_id: int, amount: int, epoch: int = 0) -> ContractCall:
        """Take back an epoch's free bond (owner)."""
        return self.prepare("withdrawBond", asset_id, epoch, amount)

    def deposit_spot(self, asset_id: int, period: int, amount: int, code: bytes) -> ContractCall:
        """Add spot revenue to a period; the sender has approved the vault."""
        return self.prepare("depositSpot", asset_id, period, amount, code)

    def settle(self, asset_id: int, terms: AbiStruct, evidence: AbiStruct) -> ContractCall:
        """Settle the next period by its accepted report (anyone)."""
        return self.prepare("settle", asset_id, terms.as_tuple(), evidence.as_tuple())

    def settle_unreported(
        self, asset_id: int, period: int, terms: AbiStruct, absences: Sequence[AbiStruct]
    ) -> ContractCall:
        """Close the next period, which is `period`, without report, after the hard end (anyone)."""
        shown = [absence.as_tuple() for absence in absences]
        return self.prepare("settleUnreported", asset_id, period, terms.as_tuple(), shown)

    def skip(self, asset_id: int, from_period: int, count: int) -> ContractCall:
        """Pass empty periods from the next one, which is `from_period`, on (anyone)."""
        return self.prepare("skip", asset_id, from_period, count)

    def redeem(self, holder: str, lease_id: int, units: int) -> ContractCall:
        """Burn lease units of a closed period for refund and credit (anyone)."""
        return self.prepare("redeem", holder, lease_id, units)

    def claim(self, vault: str, coin: str, payee: str) -> ContractCall:
        """Pay a payee what he is owed (anyone)."""
        return self.prepare("claim", vault, coin, payee)

    def claim_batch(self, vault: str, coin: str, payees: Sequence[str]) -> ContractCall:
        """Pay many payees, passing over those who cannot receive (anyone)."""
        return self.prepare("claimBatch", vault, coin, list(payees))

    def owed(self, vault: str, coin: str, payee: str, block: int | str = "latest") -> int:
        """Base units that a payee may take, before a loss."""
        return int(self.read("owed", vault, coin, payee, block=block))

    def funds_of(self, vault: str, block: int | str = "latest") -> Funds:
        """A vault's books."""
        funds, loss = self.read("fundsOf", vault, block=block)
        return Funds(*funds, *loss)

    def book_of(self, asset_id: int, block: int | str = "latest") -> Book:
        """An asset and its newest epoch."""
        vault, epoch_from, epoch, next_period, share = self.read("assetOf", asset_id, block=block)
        coin = VaultContract(self.chain, vault).coin() if vault != ZERO_ADDRESS else ZERO_ADDRESS
        free = self.funds_of(vault, block).bond_free
        return Book(vault, next_period, share, coin, free, epoch, epoch_from)

    def vault_of_epoch(self, asset_id: int, epoch: int, block: int | str = "latest") -> tuple[str, int]:
        """An epoch's vault and first period; raises ContractReverted for one that is not there."""
        vault, from_period = self.read("vaultOfEpoch", asset_id, epoch, block=block)
        return str(vault), int(from_period)

    def vault_of(self, asset_id: int, period: int, block: int | str = "latest") -> tuple[str, str]:
        """Vault and coin of a period: whom a buyer approves."""
        vault, coin = self.read("vaultOf", asset_id, period, block=block)
        return str(vault), str(coin)

    def period_of(self, asset_id: int, period: int, block: int | str = "latest") -> PeriodBook:
        """An asset's period."""
        values = list(self.read("periodOf", asset_id, period, block=block))
        values[8] = PeriodState(values[8])
        return PeriodBook(*values)

    def paused_until(self, block: int | str = "latest") -> int:
        """Sales and deposits rest until then, Unix seconds."""
        return int(self.read("pausedUntil", block=block))

    def protocol(self) -> str:
        """Who receives the fees."""
        return str(self.read("protocol"))
