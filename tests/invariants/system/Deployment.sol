// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AssetRegistry} from "../../../contracts/AssetRegistry.sol";
import {CoinRegistry} from "../../../contracts/CoinRegistry.sol";
import {Disputes} from "../../../contracts/Disputes.sol";
import {Faults} from "../../../contracts/Faults.sol";
import {IdentityRegistry} from "../../../contracts/IdentityRegistry.sol";
import {LeaseToken} from "../../../contracts/LeaseToken.sol";
import {ReportOracle} from "../../../contracts/ReportOracle.sol";
import {RevenueShare} from "../../../contracts/RevenueShare.sol";
import {Roles} from "../../../contracts/Roles.sol";
import {Settlement} from "../../../contracts/Settlement.sol";
import {ShareAgency} from "../../../contracts/ShareAgency.sol";
import {ShareOffering} from "../../../contracts/ShareOffering.sol";
import {TransferAgent} from "../../../contracts/TransferAgent.sol";
import {VaultFactory} from "../../../contracts/VaultFactory.sol";
import {IDisputes} from "../../../contracts/interfaces/IDisputes.sol";
import {Stakes} from "../../../contracts/interfaces/IMembers.sol";
import {Neighbours as OracleNeighbours, Windows} from "../../../contracts/interfaces/IReportOracle.sol";
import {ISettlement, Neighbours} from "../../../contracts/interfaces/ISettlement.sol";
import {IControlledLease} from "../../../contracts/interfaces/IControlled.sol";
import {IVaultFactory} from "../../../contracts/interfaces/IVaultFactory.sol";
import {Cast} from "../base/Cast.sol";
import {vm} from "../base/Vm.sol";

/// @title The product as `backend/wellhead/chain/deployment.py` deploys it
abstract contract Deployment is Cast {
    uint64 internal constant GENESIS = 1_748_822_400;
    uint32 internal constant L = 1_000;
    uint32 internal constant POST_FROM = 100;
    uint32 internal constant POST_UNTIL = 600;
    uint32 internal constant DISPUTE = 300;
    uint32 internal constant ANSWER = 200;
    uint32 internal constant REVISION = 200;
    uint32 internal constant HARD_END = 2_500;
    uint32 internal constant QUORUM = 2;
    uint32 internal constant MAX_REVISION = 2;
    uint128 internal constant FLOOR_WEI = 1e15;
    uint128 internal constant WEI_PER_BASE_UNIT = 1e3;
    uint128 internal constant MISS_FEE = 1e12;
    uint128 internal constant FALLBACK_BOND = 1e16;
    uint256 internal constant STAKE = 3e16;
    uint256 internal constant ANSWER_GAS = 150_000;
    uint256 internal constant MIN_FEE = 1 gwei;

    uint256 private constant ROLES = 0;
    uint256 private constant REGISTRY = 1;
    uint256 private constant IDENTITIES = 2;
    uint256 private constant COINS = 3;
    uint256 private constant ORACLE = 4;
    uint256 private constant LEASES = 5;
    uint256 private constant AGENCY = 6;
    uint256 private constant SHARE = 7;
    uint256 private constant VAULTS = 8;
    uint256 private constant SETTLEMENT = 9;
    uint256 private constant DISPUTES = 10;
    uint256 private constant FAULTS = 11;
    uint256 private constant CONTRACTS = 12;

    Roles internal roles;
    AssetRegistry internal registry;
    IdentityRegistry internal identities;
    CoinRegistry internal coins;
    ReportOracle internal oracle;
    Disputes internal disputes;
    Faults internal faults;
    LeaseToken internal leases;
    Settlement internal settlement;
    TransferAgent internal agent;
    ShareOffering internal offering;

    function _deploy() internal {
        uint256 nonce = vm.getNonce(address(this));
        address[] memory at = new address[](CONTRACTS);
        for (uint256 i = 0; i < CONTRACTS; ++i) {
            at[i] = vm.computeCreateAddress(address(this), nonce + i);
        }
        roles = new Roles(address(this));
        registry = new AssetRegistry(at[ROLES], at[SETTLEMENT], GENESIS, L);
        identities = new IdentityRegistry(at[ROLES]);
        coins = new CoinRegistry(at[ROLES]);
        _deployOracle(at);
        leases = new LeaseToken(registry, identities, ISettlement(at[SETTLEMENT]));
        RevenueShare share = new RevenueShare(new ShareAgency(at[SETTLEMENT], identities, GENESIS, L));
        IVaultFactory vaults = new VaultFactory(ISettlement(at[SETTLEMENT]), registry, coins, address(share));
        Neighbours memory n = Neighbours(
            at[ROLES], registry, identities, oracle, IDisputes(at[DISPUTES]), address(leases), vaults
        );
        settlement = new Settlement(n, protocol);
        require(address(settlement) == at[SETTLEMENT], "Settlement is not where it was predicted");
        disputes = new Disputes(oracle, at[FAULTS], ANSWER_GAS, MIN_FEE);
        faults = new Faults(oracle, IDisputes(address(disputes)));
        agent = new TransferAgent(at[ROLES], IControlledLease(address(leases)));
        offering = new ShareOffering(identities, registry, settlement, coins, GENESIS, L);
        _giveRoles();
        vm.prank(compliance);
        identities.setAttestor(attestor, true);
    }

    function _deployOracle(address[] memory at) private {
        Windows memory w = Windows(POST_FROM, POST_UNTIL, DISPUTE, ANSWER, REVISION, HARD_END);
        Stakes memory s = Stakes(0, FLOOR_WEI, WEI_PER_BASE_UNIT, MISS_FEE, FALLBACK_BOND, protocol);
        OracleNeighbours memory n = OracleNeighbours(address(registry), at[SETTLEMENT], at[DISPUTES]);
        oracle = new ReportOracle(at[ROLES], n, GENESIS, L, w, s, _memberList(), QUORUM);
    }

    function _giveRoles() private {
        _restrict(1, address(registry), AssetRegistry.activate.selector);
        _restrict(1, address(coins), CoinRegistry.setCoinStatus.selector);
        _restrict(0, address(identities), IdentityRegistry.setPowers.selector);
        _restrict(2, address(identities), IdentityRegistry.revoke.selector);
        _restrict(2, address(identities), IdentityRegistry.setFrozen.selector);
        _restrict(2, address(identities), IdentityRegistry.setAttestor.selector);
        _restrict(2, address(agent), TransferAgent.freezeShares.selector);
        _restrict(2, address(agent), TransferAgent.freezeLeases.selector);
        _restrict(2, address(agent), TransferAgent.endGrant.selector);
        _restrict(3, address(settlement), settlement.pauseSales.selector);
        _restrict(4, address(oracle), oracle.setMembers.selector);
        _restrict(5, address(agent), TransferAgent.forceTransfer.selector);
        _restrict(5, address(agent), TransferAgent.forceTransferLease.selector);
        _restrict(5, address(agent), TransferAgent.recover.selector);
        _restrict(5, address(agent), TransferAgent.orderRedirect.selector);
        _restrict(5, address(agent), TransferAgent.cancelRedirect.selector);
        _restrict(5, address(agent), TransferAgent.setPolicy.selector);
        identities.setPowers(address(agent), 1);
        identities.setPowers(address(offering), 2);
        roles.grantRole(1, registrar, 0);
        roles.grantRole(2, compliance, 0);
        roles.grantRole(3, guardian, 0);
        roles.grantRole(5, recovery, HARD_END);
        roles.setRoleGuardian(5, 3);
        roles.grantRole(4, admin, HARD_END + 1);
        roles.grantRole(0, admin, HARD_END + 1);
        roles.renounceRole(0, address(this));
    }

    function _restrict(uint64 role, address target, bytes4 selector) private {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        roles.setTargetFunctionRole(target, selectors, role);
    }
}
