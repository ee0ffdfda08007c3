// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {LeaseId} from "./LeaseId.sol";

/// @title Units of lease tokens, several periods to a word
/// @notice Consecutive periods of one asset and price share a word of 240 bits: whoever buys a run of periods
/// writes few new slots. A lane's lowest 40 bits are units; what its other bits mean is the caller's business, and
/// so are the 16 bits above the lanes.
library PackedUnits {
    /// @notice Most units that a lane holds: devices · L stays below 2⁴⁰.
    uint256 internal constant MAX = type(uint40).max;

    /// @notice The word that a batch is working on, read once and written once however many of its lanes change.
    struct Cursor {
        uint256 key;
        uint256 word;
    }

    /// @notice More units than a lane holds.
    error TooManyUnits(uint256 id, uint256 units, uint256 limit);

    /// @dev No id has this key: ids end at bit 192.
    uint256 private constant NOWHERE = type(uint256).max;

    /// @notice Units of `id`.
    function unitsOf(mapping(uint256 key => uint256) storage words, uint256 lanes, uint256 id)
        internal
        view
        returns (uint256)
    {
        (uint256 key, uint256 shift) = LeaseId.placeOf(id, lanes);
        return words[key] >> shift & MAX;
    }

    /// @notice Adds units of one id, if they fit.
    function addChecked(mapping(uint256 key => uint256) storage words, uint256 lanes, uint256 id, uint256 units)
        internal
    {
        (uint256 key, uint256 shift) = LeaseId.placeOf(id, lanes);
        uint256 word = words[key];
        unchecked {
            words[key] = word + (units << shift);
            uint256 room = MAX - (word >> shift & MAX);
            if (units > room) revert TooManyUnits(id, units, room);
        }
    }

    /// @notice Adds `units` of each of `count` consecutive periods from that of `firstId` on.
    function addRun(
        mapping(uint256 key => uint256) storage words,
        uint256 lanes,
        uint256 firstId,
        uint256 count,
        uint256 units
    ) internal {
        uint256 width = LeaseId.WORD_BITS / lanes;
        uint256 end = LeaseId.later(firstId, count);
        for (uint256 id = firstId; id != end;) {
            (uint256 key, uint256 shift) = LeaseId.placeOf(id, lanes);
            uint256 word = words[key];
            for (; id != end && shift < LeaseId.WORD_BITS; shift += width) {
                word = _plus(word, shift, id, units);
                id = LeaseId.later(id, 1);
            }
            words[key] = word;
        }
    }

    /// @notice Adds `values[i]` units of `ids[i]`, each in turn.
    function add(
        mapping(uint256 key => uint256) storage words,
        uint256 lanes,
        uint256[] memory ids,
        uint256[] memory values
    ) internal {
        Cursor memory cursor = nowhere();
        for (uint256 i = 0; i < ids.length; ++i) {
            uint256 shift = seek(words, cursor, lanes, ids[i]);
            cursor.word = _plus(cursor.word, shift, ids[i], values[i]);
        }
        flush(words, cursor);
    }

    /// @notice Adds units of one id; the caller knows that they fit.
    function add(mapping(uint256 key => uint256) storage words, uint256 lanes, uint256 id, uint256 units) internal {
        (uint256 key, uint256 shift) = LeaseId.placeOf(id, lanes);
        words[key] += units << shift;
    }

    /// @notice Takes off units of one id; the caller knows that they are there.
    function subtract(mapping(uint256 key => uint256) storage words, uint256 lanes, uint256 id, uint256 units)
        internal
    {
        (uint256 key, uint256 shift) = LeaseId.placeOf(id, lanes);
        words[key] -= units << shift;
    }

    /// @notice A cursor before its first word.
    function nowhere() internal pure returns (Cursor memory) {
        return Cursor(NOWHERE, 0);
    }

    /// @notice Moves the cursor to the word of `id`, writing the one that it leaves; returns the lane's lowest bit.
    function seek(
        mapping(uint256 key => uint256) storage words,
        Cursor memory cursor,
        uint256 lanes,
        uint256 id
    ) internal returns (uint256 shift) {
        LeaseId.requireValid(id);
        uint256 key;
        (key, shift) = LeaseId.placeOf(id, lanes);
        if (key != cursor.key) {
            flush(words, cursor);
            (cursor.key, cursor.word) = (key, words[key]);
        }
    }

    /// @notice Writes the word that the cursor is on.
    function flush(mapping(uint256 key => uint256) storage words, Cursor memory cursor) internal {
        if (cursor.key != NOWHERE) words[cursor.key] = cursor.word;
    }

    function _plus(uint256 word, uint256 shift, uint256 id, uint256 units) private pure returns (uint256) {
        unchecked {
            uint256 room = MAX - (word >> shift & MAX);
            if (units > room) revert TooManyUnits(id, units, room);
            return word + (units << shift);
        }
    }
}
