// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AssetRegistry} from "../../../contracts/AssetRegistry.sol";
import {IdentityRegistry} from "../../../contracts/IdentityRegistry.sol";
import {LeaseToken} from "../../../contracts/LeaseToken.sol";
import {ReportOracle} from "../../../contracts/ReportOracle.sol";
import {Roles} from "../../../contracts/Roles.sol";
import {Settlement} from "../../../contracts/Settlement.sol";
import {Windows} from "../../../contracts/interfaces/IReportOracle.sol";
import {ISettlement} from "../../../contracts/interfaces/ISettlement.sol";
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

    Roles internal roles;
    AssetRegistry internal registry;
    IdentityRegistry internal identities;
    ReportOracle internal oracle;
    LeaseToken internal leases;
    Settlement internal settlement;

    function _deploy() internal {
        uint256 nonce = vm.getNonce(address(this));
        address[6] memory at;
        for (uint256 i = 0; i < 6; ++i) {
            at[i] = vm.computeCreateAddress(address(this), nonce + i);
        }
        roles = new Roles(address(this));
        registry = new AssetRegistry(at[0], at[5], GENESIS, L);
        identities = new IdentityRegistry(at[0]);
        Windows memory w = Windows(POST_FROM, POST_UNTIL, DISPUTE, ANSWER, REVISION, HARD_END);
        oracle = new ReportOracle(at[0], registry, GENESIS, L, w, _memberList(), QUORUM);
        leases = new LeaseToken(registry, identities, ISettlement(at[5]));
        settlement = new Settlement(at[0], registry, identities, oracle, address(leases), protocol);
        require(address(settlement) == at[5], "Settlement is not where it was predicted");
        _giveRoles();
        vm.prank(compliance);
        identities.setAttestor(attestor, true);
    }

    function _giveRoles() private {
        _restrict(1, address(registry), AssetRegistry.activate.selector);
        _restrict(1, address(settlement), Settlement.setCoinStatus.selector);
        _restrict(2, address(identities), IdentityRegistry.revoke.selector);
        _restrict(2, address(identities), IdentityRegistry.setFrozen.selector);
        _restrict(2, address(identities), IdentityRegistry.setAttestor.selector);
        _restrict(3, address(settlement), Settlement.pauseSales.selector);
        _restrict(4, address(oracle), ReportOracle.setMembers.selector);
        roles.grantRole(1, registrar, 0);
        roles.grantRole(2, compliance, 0);
        roles.grantRole(3, guardian, 0);
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
