// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Numbered events
/// @notice Every event of a contract, ERC transfers aside, carries the next number: an indexer that misses one
/// sees the gap.
abstract contract Sequenced {
    /// @notice Number that the last event carried.
    uint64 public sequence;

    function _nextSequence() internal returns (uint64) {
        // 2⁶⁴ events would take longer than the chain
        unchecked {
            return ++sequence;
        }
    }
}
