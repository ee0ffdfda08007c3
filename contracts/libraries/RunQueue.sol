// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title A first-in-first-out queue's bookkeeping in 39 bits, its entries elsewhere under small keys
/// @notice The oldest entries lie in a ring of 16 keys that are used over and over; only while that is full do
/// newer ones go on to a second ring of 32,767. So an account whose periods are settled soon never needs a fresh
/// slot again, and nobody's queue costs more per step for being long.
/// @dev `queue` = first ring's head (4 bits), its length (5), second ring's head (15), its length (15). The second
/// ring is only used while the first is not empty or has just run out, so the order is: first ring, then second.
library RunQueue {
    uint256 internal constant BITS = 39;
    uint256 internal constant LENGTHS = 0x1f << 4 | 0x7fff << 24;

    uint256 private constant RING = 16;
    uint256 private constant SPILL_MAX = 0x7fff;

    /// @notice So many periods with a move of this account wait for settlement.
    error TooManyWaiting(uint256 waiting);

    /// @notice Entries in the queue.
    function lengthOf(uint256 queue) internal pure returns (uint256) {
        return (queue >> 4 & 0x1f) + (queue >> 24 & 0x7fff);
    }

    /// @notice Key of the entry `place` (0 or 1) behind the oldest; the queue is longer than that.
    function keyOf(uint256 queue, uint256 place) internal pure returns (uint256) {
        uint256 ringLength = queue >> 4 & 0x1f;
        if (place < ringLength) return (queue + place) & 0xf;
        return RING + ((queue >> 9) + place - ringLength & 0x7fff);
    }

    /// @notice The queue without its oldest entry.
    function pop(uint256 queue) internal pure returns (uint256) {
        uint256 ringLength = queue >> 4 & 0x1f;
        uint256 spill = queue & ~uint256(0x1ff);
        if (ringLength > 1) return spill | ((queue + 1) & 0xf) | (ringLength - 1) << 4;
        if (ringLength == 1) return spill;
        uint256 spillLength = queue >> 24 & 0x7fff;
        if (spillLength == 1) return 0;
        return ((queue >> 9) + 1 & 0x7fff) << 9 | (spillLength - 1) << 24;
    }

    /// @notice The queue with one entry more, which belongs under `key`.
    function push(uint256 queue) internal pure returns (uint256 longer, uint256 key) {
        uint256 ringLength = queue >> 4 & 0x1f;
        uint256 spillLength = queue >> 24 & 0x7fff;
        if (spillLength == 0 && ringLength < RING) return (queue + (1 << 4), (queue + ringLength) & 0xf);
        require(spillLength < SPILL_MAX, TooManyWaiting(ringLength + spillLength));
        return (queue + (1 << 24), RING + ((queue >> 9) + spillLength & 0x7fff));
    }
}
