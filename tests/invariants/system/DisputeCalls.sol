// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Terms} from "../../../contracts/interfaces/IAssetRegistry.sol";
import {Opening, Place, Shown} from "../../../contracts/interfaces/IDisputes.sol";
import {PeriodReport, Posted} from "../../../contracts/interfaces/IReportOracle.sol";
import {vm} from "../base/Vm.sol";
import {Calls} from "./Calls.sol";

/// @title Every call about stakes, challenges and faults
abstract contract DisputeCalls is Calls {
    function _stake(address member, uint256 amount) internal {
        vm.deal(member, amount);
        vm.prank(member);
        oracle.depositStake{value: amount}();
    }

    function _challengeCall(Place memory place, Posted memory posted) internal view returns (Act memory) {
        return Act(address(disputes), abi.encodeCall(disputes.open, (place, posted)));
    }

    function _answerReadingCall(Place memory place, Posted memory posted, Opening memory o)
        internal
        view
        returns (Act memory)
    {
        return Act(address(disputes), abi.encodeCall(disputes.answerReading, (place, posted, o)));
    }

    function _answerEmptyCall(Place memory place, Posted memory posted, Shown memory shown, bytes memory path)
        internal
        view
        returns (Act memory)
    {
        return Act(address(disputes), abi.encodeCall(disputes.answerEmpty, (place, posted, shown, path)));
    }

    function _answerAbsentCall(Place memory place, Posted memory posted, bytes32[] memory path)
        internal
        view
        returns (Act memory)
    {
        return Act(address(disputes), abi.encodeCall(disputes.answerAbsent, (place, posted, path)));
    }

    function _answerReportCall(Place memory place, Posted memory posted, Shown memory shown)
        internal
        view
        returns (Act memory)
    {
        return Act(address(disputes), abi.encodeCall(disputes.answerReport, (place, posted, shown)));
    }

    function _expireCall(Place memory place, Posted memory posted) internal view returns (Act memory) {
        return Act(address(disputes), abi.encodeCall(disputes.expire, (place, posted)));
    }

    function _reclaimCall(Place memory place) internal view returns (Act memory) {
        return Act(address(disputes), abi.encodeCall(disputes.reclaim, (place)));
    }

    function _proveTotalsCall(Place memory place, Posted memory posted, Shown memory shown, Terms memory terms)
        internal
        view
        returns (Act memory)
    {
        return Act(address(faults), abi.encodeCall(faults.proveTotals, (place, posted, shown, terms)));
    }

    function _fallbackCall(PeriodReport memory report) internal view returns (Act memory) {
        return Act(address(oracle), abi.encodeCall(oracle.submitFallback, (report)));
    }

    function _releaseFallbackCall(uint32 period) internal view returns (Act memory) {
        return Act(address(oracle), abi.encodeCall(oracle.releaseFallback, (period)));
    }

    function _chargeMissCall(uint32 period, uint32 version) internal view returns (Act memory) {
        return Act(address(oracle), abi.encodeCall(oracle.chargeMiss, (period, version)));
    }

    function _claimWeiCall(address payer, address payee) internal pure returns (Act memory) {
        return Act(payer, abi.encodeWithSignature("claimWei(address)", payee));
    }

    /// @dev What a machine's agent signs under the oracle's domain.
    function _signReading(uint256 key, bytes32 hash) internal view returns (bytes memory) {
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", oracle.domainSeparator(), hash));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }
}
