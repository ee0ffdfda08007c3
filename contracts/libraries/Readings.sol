// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Reading} from "../interfaces/IDisputes.sol";
import {AssetReport} from "../interfaces/IReportOracle.sol";
import {SumTree} from "./SumTree.sol";

/// @title What a reading says, as leaf of a sum tree
/// @dev Twin: `wellhead.telemetry.reading`.
library Readings {
    bytes32 private constant READING_TYPEHASH = keccak256(
        "Reading(uint32 assetId,uint32 period,uint32 deviceIndex,bytes32 deviceId,uint40 upSeconds,uint40 downSeconds,"
        "uint40 excusedSeconds,uint40 busySeconds,uint56 energyJoules,uint56 work,bytes32 samplesHash)"
    );
    bytes32 private constant DEVICE_TYPEHASH =
        keccak256("Device(uint32 deviceIndex,bytes32 deviceId,address agentKey)");
    bytes32 private constant RECEIPT_TYPEHASH = keccak256("Receipt(bytes32 readingHash,uint40 receivedAt)");

    /// @notice Struct hash; the struct is static, so its calldata is its encoding.
    function hashOf(Reading calldata r) internal pure returns (bytes32 hash) {
        bytes32 typehash = READING_TYPEHASH;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typehash)
            calldatacopy(add(free, 32), r, 352)
            hash := keccak256(free, 384)
        }
    }

    /// @notice Leaf of a device root.
    function deviceHash(uint256 index, bytes32 deviceId, address agentKey) internal pure returns (bytes32) {
        return keccak256(abi.encode(DEVICE_TYPEHASH, index, deviceId, agentKey));
    }

    /// @notice Struct hash of a receipt.
    function receiptHash(bytes32 readingHash, uint40 receivedAt) internal pure returns (bytes32) {
        return keccak256(abi.encode(RECEIPT_TYPEHASH, readingHash, receivedAt));
    }

    /// @notice The reading's leaf.
    function leafOf(Reading calldata r) internal pure returns (SumTree.Node memory) {
        return SumTree.Node(hashOf(r), timesOf(r), amountsOf(r));
    }

    /// @notice up, down, excused, busy, as `SumTree.Node` has them.
    function timesOf(Reading calldata r) internal pure returns (uint256) {
        return (uint256(r.upSeconds) << 120) | (uint256(r.downSeconds) << 80) | (uint256(r.excusedSeconds) << 40)
            | r.busySeconds;
    }

    /// @notice energy and work.
    function amountsOf(Reading calldata r) internal pure returns (uint256) {
        return (uint256(r.energyJoules) << 56) | r.work;
    }

    /// @notice The same of a report's totals.
    function timesOf(AssetReport calldata r) internal pure returns (uint256) {
        return (uint256(r.upSeconds) << 120) | (uint256(r.downSeconds) << 80) | (uint256(r.excusedSeconds) << 40)
            | r.busySeconds;
    }

    /// @notice energy and work of a report's totals.
    function amountsOf(AssetReport calldata r) internal pure returns (uint256) {
        return (uint256(r.energyJoules) << 56) | r.work;
    }

    /// @notice Seconds that somebody saw the device: up, down and excused.
    function seenOf(uint256 times) internal pure returns (uint256) {
        return (times >> 120) + uint40(times >> 80) + uint40(times >> 40);
    }

    /// @notice Whether `times` are of no more than a period, and of no more busy time than up.
    function fits(uint256 times, uint256 periodSeconds) internal pure returns (bool) {
        return seenOf(times) <= periodSeconds && uint40(times) <= times >> 120;
    }

    /// @notice Whether some sum of `a` is larger than the same of `b`.
    function anyLarger(SumTree.Node memory a, SumTree.Node memory b) internal pure returns (bool) {
        for (uint256 shift = 0; shift < 160; shift += 40) {
            if (uint40(a.times >> shift) > uint40(b.times >> shift)) return true;
        }
        return uint56(a.amounts >> 56) > uint56(b.amounts >> 56) || uint56(a.amounts) > uint56(b.amounts);
    }
}
