// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Merkle tree whose nodes carry the sums of everything below them
/// @notice One tree per asset and period. A leaf stands at its device's index, so the root proves every
/// total and a path proves one device's share of it, at exactly one place.
/// @dev Twin: `wellhead.reports.sum_tree`. Bytes: `docs/protocol.md`, "The sum tree".
library SumTree {
    /// @notice A node's hash and six sums. `times`: up, down, excused, busy, 40 bits each; `amounts`: energy, work,
    /// 56 bits each; first in the highest bits, as the 66 packed bytes have them.
    struct Node {
        bytes32 hash;
        uint256 times;
        uint256 amounts;
    }

    uint256 internal constant NODE_SIZE = 66;

    /// @dev Bits into which a sum of two fields carries when it does not fit its own.
    uint256 private constant TIME_CARRIES = (1 << 40) | (1 << 80) | (1 << 120) | (1 << 160);
    uint256 private constant AMOUNT_CARRIES = (1 << 56) | (1 << 112);

    /// @notice The path leads to an index outside the tree.
    error IndexOutsideSumTree(uint256 index, uint256 depth);

    /// @notice A path is not so many nodes of 66 bytes.
    error WrongSumPathLength(uint256 length, uint256 depth);

    /// @notice A node without a hash claims sums.
    error SumsWithoutHash(uint256 level);

    /// @notice A node counts more seconds than the devices below it have, or anything where there are none.
    error NoRoom(uint256 level, uint256 secondsSeen, uint256 room);

    /// @notice Two nodes' sums do not fit their parent.
    error SumOverflow(uint256 level);

    /// @notice The root that `leaf` at `index` gives with `path`: `depth` siblings of 66 bytes, from the leaf upwards.
    /// `leaf` becomes the root.
    function climb(Node memory leaf, uint256 index, uint256 depth, bytes calldata path) internal pure {
        if (path.length != depth * NODE_SIZE) revert WrongSumPathLength(path.length, depth);
        if (index >> depth != 0) revert IndexOutsideSumTree(index, depth);
        if (leaf.hash == 0 && leaf.times | leaf.amounts != 0) revert SumsWithoutHash(0);
        (uint256 level, uint256 carried) = _climb(leaf, index, depth, path);
        if (level == depth) return;
        if (carried != 0) revert SumOverflow(level);
        revert SumsWithoutHash(level);
    }

    /// @notice Reverts if a sibling on the path of `index` counts more seconds than the devices below it have, or
    /// anything where there are none. `path` is one that `climb` took; there are `devices` of them from index 0 on.
    /// @dev Siblings below the level at which the path parts from the last device's are full of devices, where the
    /// index is a device: what they count may be a lie about devices, but no device hides behind the list's end.
    function requireRoom(uint256 index, uint256 devices, uint256 periodSeconds, bytes calldata path) internal pure {
        unchecked {
            uint256 last = devices == 0 ? 0 : devices - 1;
            uint256 level = index < last ? Math.log2(index ^ last) : 0;
            for (uint256 offset = level * NODE_SIZE; offset < path.length; offset += NODE_SIZE) {
                uint256 start = ((index >> level) ^ 1) << level;
                uint256 room = start < devices ? devices - start : 0;
                if (room > 1 << level) room = 1 << level;
                _requireRoom(level++, room * periodSeconds, path[offset:]);
            }
        }
    }

    /// @dev The first node of `path` fits into `room` seconds.
    function _requireRoom(uint256 level, uint256 room, bytes calldata path) private pure {
        uint256 times;
        uint256 amounts;
        assembly ("memory-safe") {
            times := shr(96, calldataload(add(path.offset, 32)))
            amounts := shr(144, calldataload(add(path.offset, 52)))
        }
        unchecked {
            uint256 seen = (times >> 120) + uint40(times >> 80) + uint40(times >> 40);
            if (seen > room || (room == 0 && times | amounts != 0)) revert NoRoom(level, seen, room);
        }
    }

    /// @dev Climbs to the root, or up to the first level at which a sum carries out of its field or the sibling is a
    /// node without hash that claims sums. Three words on the stack hold the node; 160 bytes beyond the free pointer
    /// hold what is hashed, `0x01 ‖ left (66) ‖ right (66)`. The node's last store runs over its end by 18 bytes, so
    /// it is written before its sibling.
    function _climb(Node memory leaf, uint256 index, uint256 depth, bytes calldata path)
        private
        pure
        returns (uint256 level, uint256 carried)
    {
        (uint256 times, uint256 amounts) = (TIME_CARRIES, AMOUNT_CARRIES);
        assembly ("memory-safe") {
            let buffer := add(mload(0x40), 1)
            let timeMask := times
            let amountMask := amounts
            let node := mload(leaf)
            times := mload(add(leaf, 32))
            amounts := mload(add(leaf, 64))
            let sibling := path.offset
            mstore8(sub(buffer, 1), 1)
            for {} lt(level, depth) { level := add(level, 1) } {
                let right := mul(and(shr(level, index), 1), 66)
                let mine := add(buffer, right)
                mstore(mine, node)
                mstore(add(mine, 32), shl(96, times))
                mstore(add(mine, 52), shl(144, amounts))
                calldatacopy(add(buffer, sub(66, right)), sibling, 66)
                let other := shr(96, calldataload(add(sibling, 32)))
                let sum := add(times, other)
                // a + b carries into a bit where it differs from a ^ b
                carried := and(xor(xor(times, other), sum), timeMask)
                times := sum
                let some := other
                other := shr(144, calldataload(add(sibling, 52)))
                sum := add(amounts, other)
                carried := or(carried, and(xor(xor(amounts, other), sum), amountMask))
                amounts := sum
                if or(carried, and(iszero(calldataload(sibling)), gt(or(some, other), 0))) { break }
                node := keccak256(sub(buffer, 1), 133)
                sibling := add(sibling, 66)
            }
            mstore(leaf, node)
            mstore(add(leaf, 32), times)
            mstore(add(leaf, 64), amounts)
        }
    }
}
