"""All contracts of one deployment, bound to one chain."""

from dataclasses import dataclass

from wellhead.chain.client import Chain
from wellhead.chain.contracts.asset_registry import AssetRegistryContract
from wellhead.chain.contracts.coin_registry import CoinRegistryContract
from wellhead.chain.contracts.disputes import DisputesContract, FaultsContract
from wellhead.chain.contracts.identity_registry import IdentityRegistryContract
from wellhead.chain.contracts.lease_offers import LeaseOffersContract
from wellhead.chain.contracts.lease_token import LeaseTokenContract
from wellhead.chain.contracts.report_oracle import ReportOracleContract
from wellhead.chain.contracts.revenue_share import RevenueShareContract
from wellhead.chain.contracts.roles import RolesContract
from wellhead.chain.contracts.settlement import SettlementContract
from wellhead.chain.contracts.share_offering import ShareOfferingContract
from wellhead.chain.contracts.stablecoin import StablecoinContract
from wellhead.chain.contracts.transfer_agent import TransferAgentContract
from wellhead.chain.contracts.vault import VaultContract
from wellhead.chain.contracts.vault_factory import VaultFactoryContract
from wellhead.chain.deployment import Deployment
from wellhead.chain.eip712 import Domain
from wellhead.errors import InputError


@dataclass(frozen=True)
class System:
    """One deployment as Python sees it."""

    chain: Chain
    deployment: Deployment
    registry: AssetRegistryContract
    identities: IdentityRegistryContract
    oracle: ReportOracleContract
    leases: LeaseTokenContract
    offers: LeaseOffersContract
    settlement: SettlementContract
    roles: RolesContract
    agent: TransferAgentContract
    disputes: DisputesContract
    faults: FaultsContract
    coins: CoinRegistryContract
    vaults: VaultFactoryContract
    offerings: ShareOfferingContract

    def share_at(self, address: str) -> RevenueShareContract:
        """The share token at `address`."""
        return RevenueShareContract(self.chain, address)

    def vault_at(self, address: str) -> VaultContract:
        """The vault at `address`."""
        return VaultContract(self.chain, address)

    def coin_at(self, address: str) -> StablecoinContract:
        """The stablecoin at `address`."""
        return StablecoinContract(self.chain, address)

    def domain_of(self, contract: str) -> Domain:
        """EIP-712 domain of a contract by name."""
        return Domain(self.chain.chain_id, self.deployment.contracts[contract])

    def key_of(self, *parts: object) -> str:
        """Idempotency key of one action in this deployment."""
        return ":".join([self.settlement.address[:10], *map(str, parts)])


def bind(chain: Chain, deployment: Deployment) -> System:
    """Bind to a deployment; raises InputError if it lies on another chain or has no code there."""
    if deployment.chain_id != chain.chain_id:
        raise InputError(f"deployment is on chain {deployment.chain_id}, this is chain {chain.chain_id}")
    at = deployment.contracts
    for name, address in at.items():
        if not chain.code_at(address):
            raise InputError(f"{name}: no contract at {address} on chain {chain.chain_id}")
    leases = LeaseTokenContract(chain, at["LeaseToken"])
    return System(
        chain,
        deployment,
        AssetRegistryContract(chain, at["AssetRegistry"]),
        IdentityRegistryContract(chain, at["IdentityRegistry"]),
        ReportOracleContract(chain, at["ReportOracle"]),
        leases,
        LeaseOffersContract(chain, leases.offers()),
        SettlementContract(chain, at["Settlement"]),
        RolesContract(chain, at["Roles"]),
        TransferAgentContract(chain, at["TransferAgent"]),
        DisputesContract(chain, at["Disputes"]),
        FaultsContract(chain, at["Faults"]),
        CoinRegistryContract(chain, at["CoinRegistry"]),
        VaultFactoryContract(chain, at["VaultFactory"]),
        ShareOfferingContract(chain, at["ShareOffering"]),
    )
