// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title A series' ERC-1155 id says all about it: `assetId << 160 | period << 128 | price`
library LeaseId {
    /// @notice The id has bits above the asset id.
    error NotLeaseId(uint256 id);

    /// @dev Bits of an id.
    uint256 internal constant BITS = 192;

    /// @dev Bits of a storage word that hold units.
    uint256 internal constant WORD_BITS = 240;

    /// @notice The id of a series.
    function encode(uint32 assetId, uint32 period, uint128 price) internal pure returns (uint256) {
        return uint256(assetId) << 160 | uint256(period) << 128 | price;
    }

    /// @notice The series that an id names; `price` in base units per unit.
    function parts(uint256 id) internal pure returns (uint32 assetId, uint32 period, uint128 price) {
        requireValid(id);
        return (uint32(id >> 160), uint32(id >> 128), uint128(id));
    }

    /// @notice The delivery period of a series.
    function periodOf(uint256 id) internal pure returns (uint256) {
        return uint32(id >> 128);
    }

    /// @notice The series of the same asset and price, so many periods later.
    function later(uint256 id, uint256 periods) internal pure returns (uint256) {
        unchecked {
            return id + (periods << 128);
        }
    }

    /// @notice Reverts if no series can have the id.
    function requireValid(uint256 id) internal pure {
        require(id >> BITS == 0, NotLeaseId(id));
    }

    /// @notice Where a series stands if `lanes` consecutive periods of one asset and price share a word of storage:
    /// the word's key and the lane's lowest bit.
    function placeOf(uint256 id, uint256 lanes) internal pure returns (uint256 key, uint256 shift) {
        unchecked {
            uint256 period = periodOf(id);
            uint256 group = period / lanes;
            key = id - ((period - group) << 128);
            shift = (period - group * lanes) * (WORD_BITS / lanes);
        }
    }
}
