// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title What is contested of one asset's period, in one word that is zero when nothing is
/// @dev Bits, from the lowest: for each of three revisions `open (24) ‖ checkedUntil (40)`; `voided (8)`;
/// `summonedRevision (8)`; `summonedUntil (40)`.
library Contests {
    uint256 private constant ROUND = 64;
    uint256 private constant VOIDED = 192;
    uint256 private constant SUMMONED = 200;
    uint256 private constant UNTIL = 208;

    /// @notice Challenges of the revision that nobody has answered.
    function openOf(uint256 word, uint256 revision) internal pure returns (uint256) {
        return uint24(word >> (ROUND * revision));
    }

    /// @notice Until when an answered revision is not yet accepted.
    function checkedUntil(uint256 word, uint256 revision) internal pure returns (uint256) {
        return uint40(word >> (ROUND * revision + 24));
    }

    /// @notice Whether the revision is marked void.
    function isMarked(uint256 word, uint256 revision) internal pure returns (bool) {
        return (word >> (VOIDED + revision)) & 1 == 1;
    }

    /// @notice Until when the revision must be shown; 0: nobody asked.
    function summonedUntil(uint256 word, uint256 revision) internal pure returns (uint256) {
        return uint8(word >> SUMMONED) == revision ? uint40(word >> UNTIL) : 0;
    }

    /// @notice Whether a revision of the asset's period was asked to be shown, and neither was nor is marked void.
    function anySummons(uint256 word) internal pure returns (bool) {
        return uint40(word >> UNTIL) != 0;
    }

    /// @notice Whether anything was void, or may still turn out to be.
    function anyDoubt(uint256 word) internal pure returns (bool) {
        uint256 open = openOf(word, 0) | openOf(word, 1) | openOf(word, 2);
        return open | uint8(word >> VOIDED) | uint40(word >> UNTIL) != 0;
    }

    function opened(uint256 word, uint256 revision) internal pure returns (uint256) {
        require(openOf(word, revision) != type(uint24).max);
        return word + (1 << (ROUND * revision));
    }

    function answered(uint256 word, uint256 revision, uint256 until) internal pure returns (uint256) {
        uint256 place = ROUND * revision;
        word -= 1 << place;
        return (word & ~(uint256(type(uint40).max) << (place + 24))) | (until << (place + 24));
    }

    function marked(uint256 word, uint256 revision) internal pure returns (uint256) {
        return word | (1 << (VOIDED + revision));
    }

    function summoned(uint256 word, uint256 revision, uint256 until) internal pure returns (uint256) {
        return (word & ((1 << SUMMONED) - 1)) | (revision << SUMMONED) | (until << UNTIL);
    }
}
