"""Deploying all contracts at addresses known beforehand, and the deployment's published form.

The contracts name each other in immutables, so each address is computed from the deployer's nonce before
the first one is created, and checked after.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from eth_typing import HexAddress, HexStr
from eth_utils import function_signature_to_4byte_selector
from web3 import Web3
from web3.types import Nonce
from web3.utils.address import get_create_address

from wellhead.chain.client import Chain
from wellhead.chain.contract import ContractCall, creation
from wellhead.chain.contracts.identity_registry import IdentityRegistryContract
from wellhead.chain.contracts.report_oracle import ascending
from wellhead.chain.contracts.roles import RolesContract
from wellhead.chain.service import Sender
from wellhead.chain.stakes import DEFAULT_COSTS, NO_STAKES, ChallengeCosts, Stakes
from wellhead.chain.windows import Windows
from wellhead.clock import PeriodClock
from wellhead.errors import ChainError, InputError

ADMIN, REGISTRAR, COMPLIANCE, GUARDIAN, MEMBERSHIP, RECOVERY = range(6)

AGENT, LIENOR, EXEMPT = 1, 2, 4
"""Powers of contracts, as in `Standing.sol`."""

RECOVERY_SECONDS_MAX = 86_400
"""How long an act of recovery stands open to see before it can be done; never longer than the hard end."""

ROLE_FUNCTIONS: tuple[tuple[int, str, tuple[str, ...]], ...] = (
    (REGISTRAR, "AssetRegistry", ("activate(uint32)",)),
    (REGISTRAR, "CoinRegistry", ("setCoinStatus(address,uint8,bytes32)",)),
    (
        COMPLIANCE,
        "IdentityRegistry",
        ("revoke(address)", "setFrozen(address,bool)", "setAttestor(address,bool)"),
    ),
    (GUARDIAN, "Settlement", ("pauseSales(uint256)",)),
    (MEMBERSHIP, "ReportOracle", ("setMembers(address[],uint32)",)),
    (ADMIN, "IdentityRegistry", ("setPowers(address,uint8)",)),
    (
        COMPLIANCE,
        "TransferAgent",
        (
            "freezeShares(address,address,uint256,bytes32)",
            "freezeLeases(address,uint256,uint256,bytes32)",
            "endGrant(uint256,bytes32)",
        ),
    ),
    (
        RECOVERY,
        "TransferAgent",
        (
            "forceTransfer(address,address,address,uint256,bytes32)",
            "forceTransferLease(address,address,uint256,uint256,bytes32)",
            "recover(address,address,address,bytes32)",
            "orderRedirect(address,address,address,bytes32)",
            "cancelRedirect(address,address,bytes32)",
            "setPolicy(address,(uint8,uint32,uint96,uint40,uint40,uint16,uint8,uint8),uint256[4],bytes32)",
        ),
    ),
)
"""Role → restricted functions; `contracts/README.md` shows it as a table."""

POWERS: tuple[tuple[str, int], ...] = (("TransferAgent", AGENT), ("ShareOffering", LIENOR))
"""Contract → what it may do on every share and lease; `contracts/README.md` shows it as a table."""

CORE = (
    "Roles",
    "AssetRegistry",
    "IdentityRegistry",
    "CoinRegistry",
    "ReportOracle",
    "LeaseToken",
    "ShareAgency",
    "RevenueShare",
    "VaultFactory",
    "Settlement",
    "Disputes",
    "Faults",
    "TransferAgent",
    "ShareOffering",
)
"""Contracts of every deployment, in order of creation."""


@dataclass(frozen=True)
class DeploymentPlan:
    """What a deployment fixes for ever, and who holds which role."""

    clock: PeriodClock
    windows: Windows
    members: tuple[str, ...]
    quorum: int
    protocol: str
    admin: str
    registrar: str
    compliance: str
    guardian: str
    recovery: str
    stakes: Stakes = NO_STAKES
    costs: ChallengeCosts = DEFAULT_COSTS

    @property
    def slow_seconds(self) -> int:
        """Delay of changes to roles, members and powers: longer than the longest window."""
        return self.windows.hard_end + 1

    @property
    def recovery_seconds(self) -> int:
        """Delay of acts of recovery."""
        return min(RECOVERY_SECONDS_MAX, self.windows.hard_end)


@dataclass(frozen=True)
class Deployment:
    """Where the contracts of one deployment live."""

    chain_id: int
    genesis: int
    period_seconds: int
    first_block: int
    contracts: dict[str, str]

    @property
    def clock(self) -> PeriodClock:
        """The deployment's calendar."""
        return PeriodClock(self.genesis, self.period_seconds)

    def to_json(self) -> str:
        """The published form."""
        return json.dumps(asdict(self), indent=2, sort_keys=True) + "\n"

    @staticmethod
    def from_json(text: str) -> "Deployment":
        """Read the published form; raises InputError naming what is missing."""
        try:
            values: dict[str, Any] = json.loads(text)
            deployment = Deployment(**values)
            missing = [name for name in CORE if name not in deployment.contracts]
        except (json.JSONDecodeError, TypeError) as error:
            raise InputError(f"deployment file: {error}") from error
        if missing:
            raise InputError(f"deployment file lacks {', '.join(missing)}")
        return deployment


def deploy(sender: Sender, plan: DeploymentPlan, told: Callable[[str], None] = lambda _: None) -> Deployment:
    """Create and wire all contracts, hand every role over and keep none; `told` hears each step."""
    chain = sender.chain
    at = predicted_addresses(chain, sender.address)
    arguments = _constructor_arguments(sender.address, plan, at)
    first_block = chain.block_number() + 1
    for name in CORE:
        mined = sender.send(f"deploy:{at['Roles']}:{name}", creation(name, arguments[name], chain))
        if mined.contract_address != at[name]:
            raise ChainError(f"{name} was created at {mined.contract_address}, not at {at[name]}")
        told(f"{name} at {at[name]}")
    for index, call in enumerate(_role_calls(sender, plan, at)):
        sender.send(f"deploy:{at['Roles']}:role-{index}", call)
    return Deployment(chain.chain_id, plan.clock.genesis, plan.clock.period_seconds, first_block, at)


def _constructor_arguments(admin: str, plan: DeploymentPlan, at: dict[str, str]) -> dict[str, list[Any]]:
    """What each contract is created with; `admin` holds all rights until the end of the deployment."""
    calendar = [plan.clock.genesis, plan.clock.period_seconds]
    neighbours = ("Roles", "AssetRegistry", "IdentityRegistry", "ReportOracle", "Disputes", "LeaseToken")
    return {
        "Roles": [admin],
        "AssetRegistry": [at["Roles"], at["Settlement"], *calendar],
        "IdentityRegistry": [at["Roles"]],
        "CoinRegistry": [at["Roles"]],
        "ReportOracle": [
            at["Roles"],
            (at["AssetRegistry"], at["Settlement"], at["Disputes"]),
            *calendar,
            plan.windows.as_tuple(),
            plan.stakes.as_tuple(),
            ascending(plan.members),
            plan.quorum,
        ],
        "LeaseToken": [at["AssetRegistry"], at["IdentityRegistry"], at["Settlement"]],
        "ShareAgency": [at["Settlement"], at["IdentityRegistry"], *calendar],
        "RevenueShare": [at["ShareAgency"]],
        "VaultFactory": [at["Settlement"], at["AssetRegistry"], at["CoinRegistry"], at["RevenueShare"]],
        "Settlement": [(*(at[name] for name in neighbours), at["VaultFactory"]), plan.protocol],
        "Disputes": [at["ReportOracle"], at["Faults"], plan.costs.answer_gas, plan.costs.min_fee],
        "Faults": [at["ReportOracle"], at["Disputes"]],
        "TransferAgent": [at["Roles"], at["LeaseToken"]],
        "ShareOffering": [
            at["IdentityRegistry"],
            at["AssetRegistry"],
            at["Settlement"],
            at["CoinRegistry"],
            *calendar,
        ],
    }


def predicted_addresses(chain: Chain, deployer: str) -> dict[str, str]:
    """Where the next deployment by `deployer` will put each contract."""
    nonce = chain.web3.eth.get_transaction_count(Web3.to_checksum_address(deployer))
    return {
        name: str(get_create_address(HexAddress(HexStr(deployer)), Nonce(nonce + place)))
        for place, name in enumerate(CORE)
    }


def _role_calls(sender: Sender, plan: DeploymentPlan, at: dict[str, str]) -> list[ContractCall]:
    """Functions to roles, roles to holders; the deployer's own right goes last."""
    roles = RolesContract(sender.chain, at["Roles"])
    identities = IdentityRegistryContract(sender.chain, at["IdentityRegistry"])
    slow = plan.slow_seconds
    calls = [
        roles.set_target_function_role(
            at[contract], [function_signature_to_4byte_selector(f) for f in functions], role
        )
        for role, contract, functions in ROLE_FUNCTIONS
    ]
    calls += [identities.set_powers(at[contract], powers) for contract, powers in POWERS]
    calls.append(roles.grant_role(REGISTRAR, plan.registrar, 0))
    calls.append(roles.grant_role(COMPLIANCE, plan.compliance, 0))
    calls.append(roles.grant_role(GUARDIAN, plan.guardian, 0))
    calls.append(roles.grant_role(RECOVERY, plan.recovery, plan.recovery_seconds))
    calls.append(roles.set_role_guardian(RECOVERY, GUARDIAN))
    calls.append(roles.grant_role(MEMBERSHIP, plan.admin, slow))
    calls.append(roles.grant_role(ADMIN, plan.admin, slow))
    calls.append(roles.renounce_role(ADMIN, sender.address))
    return calls
