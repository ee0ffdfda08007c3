// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Merkle tree whose nodes carry the sums of everything below them
/// @notice One tree per asset and period. A leaf stands at its device's index, so the root proves every
/// total and a path proves one device's share of it, at exactly one place.
/// @dev Twin: `wellhead.reports.sum_tree`. Bytes: `docs/protocol.md`, "The sum tree".
library SumTree {
    /// @notice 66 bytes when packed: a hash and six sums.
    struct Node {
        bytes32 hash;
        uint40 upSeconds;
        uint40 downSeconds;
        uint40 excusedSeconds;
        uint40 busySeconds;
        uint56 energyJoules;
        uint56 work;
    }

    /// @notice The path leads to an index outside the tree.
    error IndexOutsideTree(uint256 index, uint256 depth);

    /// @notice A node without a hash claims sums.
    error SumsWithoutHash(uint256 level);

    /// @notice The node above `left` and `right`; reverts with a panic if a sum overflows its field.
    function parent(Node memory left, Node memory right) internal pure returns (Node memory node) {
        node.hash = keccak256(bytes.concat(bytes1(0x01), pack(left), pack(right)));
        node.upSeconds = left.upSeconds + right.upSeconds;
        node.downSeconds = left.downSeconds + right.downSeconds;
        node.excusedSeconds = left.excusedSeconds + right.excusedSeconds;
        node.busySeconds = left.busySeconds + right.busySeconds;
        node.energyJoules = left.energyJoules + right.energyJoules;
        node.work = left.work + right.work;
    }

    /// @notice The root that `leaf` at `index` gives with `path` (siblings from the leaf upwards).
    function rootOf(Node memory leaf, uint256 index, Node[] memory path) internal pure returns (Node memory node) {
        require(index >> path.length == 0, IndexOutsideTree(index, path.length));
        _requireSound(leaf, 0);
        node = leaf;
        for (uint256 level = 0; level < path.length; ++level) {
            Node memory sibling = path[level];
            _requireSound(sibling, level);
            node = (index >> level) & 1 == 0 ? parent(node, sibling) : parent(sibling, node);
        }
    }

    /// @notice The 66 bytes of a node.
    function pack(Node memory n) internal pure returns (bytes memory) {
        return abi.encodePacked(
            n.hash, n.upSeconds, n.downSeconds, n.excusedSeconds, n.busySeconds, n.energyJoules, n.work
        );
    }

    function _requireSound(Node memory n, uint256 level) private pure {
        if (n.hash != 0) return;
        uint256 any = uint256(n.upSeconds) | n.downSeconds | n.excusedSeconds | n.busySeconds | n.energyJoules | n.work;
        require(any == 0, SumsWithoutHash(level));
    }
}
