// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Terms} from "./IAssetRegistry.sol";

/// @title GPU-hours for a delivery period, as tokens
/// @notice ERC-1155 id = `assetId << 160 | period << 128 | price`; one token is one unit of `unitSeconds`
/// device-seconds. A series' escrow is exactly `totalSupply(id) · price` until its period is closed.
interface ILeaseToken {
    /// @notice The owner's standing offer: units of each period in the run at one price.
    struct Offer {
        uint32 assetId;
        uint32 fromPeriod;
        uint32 toPeriod;
        bool open;
        uint128 price;
    }

    event OfferMade(
        uint64 sequence,
        uint256 indexed offerId,
        uint32 indexed assetId,
        uint32 fromPeriod,
        uint32 toPeriod,
        uint128 price
    );
    event OfferClosed(uint64 sequence, uint256 indexed offerId);

    error NotOwner(uint32 assetId, address caller, address owner);
    error NotSettlement(address caller);
    error UnknownOffer(uint256 offerId, uint256 offers);
    error NotOffered(uint256 offerId, uint32 period, uint32 fromPeriod, uint32 toPeriod);
    error PeriodsOutOfOrder(uint32 fromPeriod, uint32 toPeriod);
    error ZeroPrice();
    error AccountFrozen(address account);

    /// @notice Offers units of every period from `fromPeriod` to `toPeriod` at `price` base units each.
    /// @dev Requirements: the caller owns the asset; the price is not zero.
    function offer(uint32 assetId, uint32 fromPeriod, uint32 toPeriod, uint128 price)
        external
        returns (uint256 offerId);

    /// @notice Closes an offer; what was sold stays sold.
    function closeOffer(uint256 offerId) external;

    /// @notice Buys `units` of one period for `to`; the caller pays and has approved the asset's vault.
    /// @dev Requirements: the offer is open and covers the period; those of `Settlement.bookSale`.
    function buy(uint256 offerId, uint32 period, uint64 units, address to, Terms calldata terms)
        external
        returns (uint256 id);

    /// @notice Burns units that are redeemed. Settlement only; the holder must not be frozen.
    function burn(address holder, uint256 id, uint256 units) external;

    /// @notice Units of a series that exist.
    function totalSupply(uint256 id) external view returns (uint256);

    /// @notice An offer by id; ids count from 0.
    function offerOf(uint256 offerId) external view returns (Offer memory);
}
