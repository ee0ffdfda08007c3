// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

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
    error IndexOutsideTree(uint256 index, uint256 depth);

    /// @notice A path is not so many nodes of 66 bytes.
    error WrongSumPathLength(uint256 length, uint256 depth);

    /// @notice A node without a hash claims sums.
    error SumsWithoutHash(uint256 level);

    /// @notice Two nodes' sums do not fit their parent.
    error SumOverflow(uint256 level);

    /// @notice The root that `leaf` at `index` gives with `path`: `depth` siblings of 66 bytes, from the leaf upwards.
    /// `leaf` becomes the root.
    function climb(Node memory leaf, uint256 index, uint256 depth, bytes calldata path) internal pure {
        if (path.length != depth * NODE_SIZE) revert WrongSumPathLength(path.length, depth);
        if (index >> depth != 0) revert IndexOutsideTree(index, depth);
        _requireSound(leaf.hash, leaf.times, leaf.amounts, 0);
        for (uint256 level = 0; level < depth; ++level) {
            (uint256 times, uint256 amounts) = (leaf.times, leaf.amounts);
            uint256 hisTimes;
            uint256 hisAmounts;
            bytes32 his;
            assembly ("memory-safe") {
                let sibling := add(path.offset, mul(level, 66))
                his := calldataload(sibling)
                hisTimes := shr(96, calldataload(add(sibling, 32)))
                hisAmounts := shr(144, calldataload(add(sibling, 52)))
                // 0x01 ‖ left (66) ‖ right (66) beyond the free pointer; a node's last store runs over its end by 18
                // bytes, so the node is written before its sibling on the left, and the buffer ends behind the right
                let buffer := mload(0x40)
                let right := and(shr(level, index), 1)
                let mine := add(add(buffer, 1), mul(right, 66))
                mstore8(buffer, 1)
                mstore(mine, mload(leaf))
                mstore(add(mine, 32), shl(96, times))
                mstore(add(mine, 52), shl(144, amounts))
                calldatacopy(add(add(buffer, 1), mul(iszero(right), 66)), sibling, 66)
                mstore(leaf, keccak256(buffer, 133))
            }
            _requireSound(his, hisTimes, hisAmounts, level);
            unchecked {
                (leaf.times, leaf.amounts) = (times + hisTimes, amounts + hisAmounts);
                // a + b carries into a bit where it differs from a ^ b
                uint256 carried = ((times ^ hisTimes ^ leaf.times) & TIME_CARRIES)
                    | ((amounts ^ hisAmounts ^ leaf.amounts) & AMOUNT_CARRIES);
                if (carried != 0) revert SumOverflow(level);
            }
        }
    }

    function _requireSound(bytes32 hash, uint256 times, uint256 amounts, uint256 level) private pure {
        if (hash == 0 && times | amounts != 0) revert SumsWithoutHash(level);
    }
}
