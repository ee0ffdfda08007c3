// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AssetReport, PeriodReport, Posted} from "../interfaces/IReportOracle.sol";

/// @title Hashes of reports: EIP-712 struct hashes, and what the chain keeps of a posted revision
/// @dev Twins: `asset_report_hash`, `period_report_hash` in `wellhead.reports`. The structs are static, so their
/// calldata is their encoding; a field with dirty bits gives another hash, which nothing was signed or posted with.
library ReportHash {
    bytes32 private constant TYPEHASH = keccak256(
        "AssetReport(uint32 assetId,uint32 period,uint32 devices,uint40 upSeconds,uint40 downSeconds,"
        "uint40 excusedSeconds,uint40 busySeconds,uint56 energyJoules,uint56 work,bytes32 telemetryRoot)"
    );

    bytes32 private constant PERIOD_TYPEHASH = keccak256(
        "PeriodReport(uint32 period,uint32 revision,bytes32 root,uint32 assetCount,uint32 rulesVersion,bytes32 bundle)"
    );

    /// @notice Struct hash of an asset's report: its leaf in the period root.
    function leafOf(AssetReport calldata report) internal pure returns (bytes32 hash) {
        bytes32 typehash = TYPEHASH;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typehash)
            calldatacopy(add(free, 32), report, 320)
            hash := keccak256(free, 352)
        }
    }

    /// @notice Whether every field keeps within its type. A hash is over whole words, so a leaf may stand for bytes
    /// that no report encodes: nobody can settle it.
    function isClean(AssetReport calldata report) internal pure returns (bool clean) {
        assembly ("memory-safe") {
            let dirt := 0
            for { let i := 0 } lt(i, 96) { i := add(i, 32) } { dirt := or(dirt, shr(32, calldataload(add(report, i)))) }
            for { let i := 96 } lt(i, 224) { i := add(i, 32) } {
                dirt := or(dirt, shr(40, calldataload(add(report, i))))
            }
            dirt := or(dirt, shr(56, or(calldataload(add(report, 224)), calldataload(add(report, 256)))))
            clean := iszero(dirt)
        }
    }

    /// @notice Struct hash of a period report: what members sign.
    function messageOf(PeriodReport calldata report) internal pure returns (bytes32 hash) {
        bytes32 typehash = PERIOD_TYPEHASH;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typehash)
            calldatacopy(add(free, 32), report, 192)
            hash := keccak256(free, 224)
        }
    }

    /// @notice `keccak256(abi.encode(posted))`.
    function postedOf(Posted calldata posted) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, posted, 160)
            hash := keccak256(free, 160)
        }
    }
}
