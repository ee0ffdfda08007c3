"""CoinRegistry: which stablecoins assets may use, and how far their issuers' licences carry."""

from dataclasses import dataclass
from enum import IntEnum

from wellhead.chain.contract import ContractCall, ContractWrapper


class IssuerStatus(IntEnum):
    """How far a stablecoin issuer's licence carries."""

    NOT_ALLOWED = 0
    """No new asset or epoch may use the coin."""
    UNKNOWN = 1
    """Allowed; no licence on record."""
    FOREIGN_COMPARABLE = 2
    """Allowed; licensed under a comparable foreign regime."""
    PERMITTED = 3
    """Allowed; a GENIUS Act permitted issuer."""


@dataclass(frozen=True, slots=True)
class Coin:
    """What is on record for a coin; `attestation` (32 bytes) hashes the document that the status rests on."""

    status: IssuerStatus
    decimals: int
    attestation: bytes


class CoinRegistryContract(ContractWrapper):
    """The stablecoins."""

    artifact_name = "CoinRegistry"

    def set_coin_status(self, coin: str, status: IssuerStatus, attestation: bytes) -> ContractCall:
        """Set a stablecoin's issuer status (registrar)."""
        return self.prepare("setCoinStatus", coin, int(status), attestation)

    def coin_of(self, coin: str, block: int | str = "latest") -> Coin:
        """What is on record for a coin."""
        status, decimals, attestation = self.read("coinOf", coin, block=block)
        return Coin(IssuerStatus(status), int(decimals), bytes(attestation))
