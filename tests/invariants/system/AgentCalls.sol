// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IRevenueShare} from "../../../contracts/interfaces/IRevenueShare.sol";
import {PurchaseCalls} from "./PurchaseCalls.sol";

/// @title Every call of those who may freeze and move what is somebody else's
abstract contract AgentCalls is PurchaseCalls {
    function _freezeSharesCall(address share, address account, uint256 amount) internal view returns (Act memory) {
        return Act(address(agent), abi.encodeCall(agent.freezeShares, (share, account, amount, "case")));
    }

    function _freezeLeasesCall(address account, uint256 id, uint256 amount) internal view returns (Act memory) {
        return Act(address(agent), abi.encodeCall(agent.freezeLeases, (account, id, amount, "case")));
    }

    function _forceSharesCall(address share, address from, address to, uint256 amount, bytes32 caseId)
        internal
        view
        returns (Act memory)
    {
        return Act(address(agent), abi.encodeCall(agent.forceTransfer, (share, from, to, amount, caseId)));
    }

    function _forceLeasesCall(address from, address to, uint256 id, uint256 amount, bytes32 caseId)
        internal
        view
        returns (Act memory)
    {
        return Act(address(agent), abi.encodeCall(agent.forceTransferLease, (from, to, id, amount, caseId)));
    }

    function _recoverCall(address share, address lost, address heir, bytes32 caseId)
        internal
        view
        returns (Act memory)
    {
        return Act(address(agent), abi.encodeCall(agent.recover, (share, lost, heir, caseId)));
    }

    function _scheduleCall(Act memory act) internal view returns (Act memory) {
        return Act(address(roles), abi.encodeCall(roles.schedule, (act.target, act.data, 0)));
    }

    function _executeCall(Act memory act) internal view returns (Act memory) {
        return Act(address(roles), abi.encodeCall(roles.execute, (act.target, act.data)));
    }

    function _cancelCall(address caller, Act memory act) internal view returns (Act memory) {
        return Act(address(roles), abi.encodeCall(roles.cancel, (caller, act.target, act.data)));
    }

    function _pushRevenueCall(address share, address[] memory accounts) internal pure returns (Act memory) {
        return Act(share, abi.encodeCall(IRevenueShare.claimBatch, (accounts, 1_000)));
    }
}
