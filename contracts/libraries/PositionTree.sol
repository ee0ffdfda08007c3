// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Merkle tree in which a leaf's place is part of what is proven
/// @notice The bits of the index, not the order of hashes, drive the path, and the path's length is fixed by
/// the number of leaves: so a leaf is proven at one place only, and its absence there can be proven too.
/// @dev Twin: `wellhead.chain.position_tree`. Nodes are tagged, so no node of one tree is a node of another.
library PositionTree {
    /// @notice Tag of the tree over the assets' reports.
    bytes1 internal constant REPORTS = 0x02;

    /// @notice Tag of the tree over an asset's devices.
    bytes1 internal constant DEVICES = 0x03;

    /// @notice A path's length is not the depth of a tree of `count` leaves.
    error WrongPathLength(uint256 length, uint256 depth);

    /// @notice The index lies outside a tree of `count` leaves.
    error IndexOutsideTree(uint256 index, uint256 count);

    /// @notice `ceil(log2(count))`; 0 for one leaf or none.
    function depthOf(uint256 count) internal pure returns (uint256) {
        return count < 2 ? 0 : Math.log2(count - 1) + 1;
    }

    /// @notice The root that `leaf` at `index` gives with `path` (siblings from the leaf upwards) in a tree of
    /// `count` leaves.
    function rootOf(bytes1 tag, bytes32 leaf, uint256 index, uint256 count, bytes32[] calldata path)
        internal
        pure
        returns (bytes32 node)
    {
        require(index < count, IndexOutsideTree(index, count));
        uint256 depth = depthOf(count);
        require(path.length == depth, WrongPathLength(path.length, depth));
        node = leaf;
        assembly ("memory-safe") {
            // tag ‖ left (32) ‖ right (32) beyond the free pointer
            let buffer := mload(0x40)
            mstore(buffer, tag)
            let sibling := path.offset
            let left := add(buffer, 1)
            for { let level := 0 } lt(level, depth) { level := add(level, 1) } {
                let place := shl(5, and(shr(level, index), 1))
                mstore(add(left, place), node)
                mstore(add(left, xor(place, 32)), calldataload(sibling))
                node := keccak256(buffer, 65)
                sibling := add(sibling, 32)
            }
        }
    }
}
