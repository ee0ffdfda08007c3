// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Absence, Evidence, IReportOracle} from "./interfaces/IReportOracle.sol";

/// @title Proofs handed on to the oracle byte for byte
/// @notice A proof is long, and taking it apart to put it together again costs more than checking it. What is
/// handed on is calldata from the proof's first byte to the end, so the oracle reads the bytes that the caller sees.
abstract contract OracleCalls {
    IReportOracle public immutable oracle;

    constructor(IReportOracle oracle_) {
        oracle = oracle_;
    }

    /// @dev `oracle.requireAccepted(evidence)`, and what it returns. Offsets inside a struct count from its start: they
    /// stay right.
    function _requireAccepted(Evidence calldata evidence) internal view returns (bool) {
        bytes memory data = abi.encodeWithSelector(IReportOracle.requireAccepted.selector, 32);
        uint256 start;
        assembly ("memory-safe") {
            start := evidence
        }
        return _ask(data, start) != 0;
    }

    /// @dev `oracle.requireUnreported(assetId, period, absences)`; an array's length stands a word before it.
    function _requireUnreported(uint32 assetId, uint32 period, Absence[] calldata absences) internal view {
        bytes memory data = abi.encodeWithSelector(IReportOracle.requireUnreported.selector, assetId, period, 96);
        uint256 start;
        assembly ("memory-safe") {
            start := sub(absences.offset, 32)
        }
        _ask(data, start);
    }

    /// @dev Calls the oracle with `head` and all calldata from `start` on; its refusal is ours, and so is the word that
    /// it returns; none is zero.
    function _ask(bytes memory head, uint256 start) private view returns (uint256 word) {
        bytes memory data = bytes.concat(head, msg.data[start:]);
        address target = address(oracle);
        assembly ("memory-safe") {
            if iszero(staticcall(gas(), target, add(data, 32), mload(data), 0, 32)) {
                let free := mload(0x40)
                returndatacopy(free, 0, returndatasize())
                revert(free, returndatasize())
            }
            if returndatasize() { word := mload(0) }
        }
    }
}
