"""Settlement: the books."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from wellhead.chain.contract import AbiStruct, ContractCall, ContractWrapper


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


class IssuerStatus(IntEnum):
    """How far a stablecoin issuer's licence carries."""

    NOT_ALLOWED = 0
    """No new asset may use the coin."""
    UNKNOWN = 1
    """Allowed; no licence on record."""
    FOREIGN_COMPARABLE = 2
    """Allowed; licensed under a comparable foreign regime."""
    PERMITTED = 3
    """Allowed; a GENIUS Act permitted issuer."""


@dataclass(frozen=True, slots=True)
class Book:
    """An asset's money, in base units of `coin`."""

    vault: str
    next_period: int
    share: str
    coin: str
    bond_free: int
    holder_pool: int


@dataclass(frozen=True, slots=True)
class PeriodBook:
    """One asset's period; see `ISettlement.PeriodBook`."""

    escrow: int
    spot: int
    reserved: int
    sold_units: int
    devices: int
    state: PeriodState
    terms_hash: bytes
    promised: int
    shortfall: int
    breach: int
    credit_bps: int


class SettlementContract(ContractWrapper):
    """Escrow, bonds, the waterfall, payouts."""

    artifact_name = "Settlement"

    def set_coin_status(self, coin: str, status: IssuerStatus, attestation: bytes) -> ContractCall:
        """Set a stablecoin's issuer status (registrar)."""
        return self.prepare("setCoinStatus", coin, int(status), attestation)

    def pause_sales(self, until: int) -> ContractCall:
        """Stop sales and deposits for a while (guardian)."""
        return self.prepare("pauseSales", until)

    def open_asset(self, asset_id: int, terms: AbiStruct) -> ContractCall:
        """Open an active asset: vault, share token, first period (anyone)."""
        return self.prepare("openAsset", asset_id, terms.as_tuple())

    def deposit_bond(self, asset_id: int, amount: int) -> ContractCall:
        """Add to the bond; the sender has approved the vault."""
        return self.prepare("depositBond", asset_id, amount)

    def withdraw_bond(self, asset_id: int, amount: int) -> ContractCall:
        """Take back free bond (owner)."""
        return self.prepare("withdrawBond", asset_id, amount)

    def deposit_spot(self, asset_id: int, period: int, amount: int, code: bytes) -> ContractCall:
        """Add spot revenue to a period; the sender has approved the vault."""
        return self.prepare("depositSpot", asset_id, period, amount, code)

    def settle(self, asset_id: int, terms: AbiStruct, evidence: AbiStruct) -> ContractCall:
        """Settle the next period by its accepted report (anyone)."""
        return self.prepare("settle", asset_id, terms.as_tuple(), evidence.as_tuple())

    def settle_unreported(
        self, asset_id: int, terms: AbiStruct, absences: Sequence[Sequence[bytes]]
    ) -> ContractCall:
        """Close the next period without report, after the hard end (anyone)."""
        return self.prepare("settleUnreported", asset_id, terms.as_tuple(), [list(a) for a in absences])

    def skip(self, asset_id: int, count: int) -> ContractCall:
        """Pass empty periods (anyone)."""
        return self.prepare("skip", asset_id, count)

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
        """Base units that a payee may take."""
        return int(self.read("owed", vault, coin, payee, block=block))

    def booked(self, vault: str, coin: str, block: int | str = "latest") -> int:
        """Base units that came into a vault through the books and have not gone out."""
        return int(self.read("booked", vault, coin, block=block))

    def book_of(self, asset_id: int, block: int | str = "latest") -> Book:
        """An asset's money."""
        return Book(*self.read("bookOf", asset_id, block=block))

    def period_of(self, asset_id: int, period: int, block: int | str = "latest") -> PeriodBook:
        """An asset's period."""
        values = list(self.read("periodOf", asset_id, period, block=block))
        values[5], values[6] = PeriodState(values[5]), bytes(values[6])
        return PeriodBook(*values)

    def protocol(self) -> str:
        """Who receives the fees."""
        return str(self.read("protocol"))
