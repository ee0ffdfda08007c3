// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title A series' ERC-1155 id says all about it: `assetId << 160 | period << 128 | price`
library LeaseId {
    /// @notice The id has bits above the asset id.
    error NotLeaseId(uint256 id);

    /// @notice The id of a series.
    function encode(uint32 assetId, uint32 period, uint128 price) internal pure returns (uint256) {
        return uint256(assetId) << 160 | uint256(period) << 128 | price;
    }

    /// @notice The series that an id names; `price` in base units per unit.
    function parts(uint256 id) internal pure returns (uint32 assetId, uint32 period, uint128 price) {
        require(id >> 192 == 0, NotLeaseId(id));
        return (uint32(id >> 160), uint32(id >> 128), uint128(id));
    }
}
