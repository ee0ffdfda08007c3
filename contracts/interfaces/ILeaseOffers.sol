// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Terms} from "./IAssetRegistry.sol";

/// @title What owners ask for GPU-hours
/// @notice An offer covers a run of periods under one version of the asset's terms. Its price is fixed, or follows
/// how well closed periods sold, or falls step by step towards each period's start.
interface ILeaseOffers {
    /// @notice How an offer's price is found.
    enum PriceKind {
        Fixed,
        Utilization,
        Auction
    }

    /// @notice What is offered, and to whom: every period from `fromPeriod` to `toPeriod`, to `tenant` alone or,
    /// if that is zero, to all.
    struct Run {
        uint32 assetId;
        uint32 fromPeriod;
        uint32 toPeriod;
        address tenant;
    }

    /// @notice What is asked for a unit.
    /// @dev Fixed: `price`. By utilization: `price` at first, which then moves by up to an eighth with each period of
    /// the run that closes, by how far its sold units were from `targetUnits`, within `lowest` and `highest`. By
    /// auction: from `price` down to `lowest` in even `steps` over the `leadSeconds` before each period's start;
    /// every step's units are a series of their own. What a kind does not use is ignored.
    struct Ask {
        PriceKind kind;
        uint128 price;
        uint128 lowest;
        uint128 highest;
        uint40 targetUnits;
        uint32 leadSeconds;
        uint8 steps;
    }

    /// @notice An offer. `price` is the price now; an auction's at its first step. `highest` of an auction is `price`.
    /// @dev `termsVersion` to `creditBps` are the terms in force in the whole run when the offer was made: another
    /// version sells nothing under it. `pricedBefore`: closed periods before it are in the price.
    struct Offer {
        uint128 price;
        uint32 assetId;
        uint32 fromPeriod;
        uint32 toPeriod;
        PriceKind kind;
        bool open;
        uint32 termsVersion;
        uint32 unitSeconds;
        uint32 reservedForSpot;
        uint16 creditBps;
        uint32 leadSeconds;
        uint8 steps;
        uint40 targetUnits;
        uint32 pricedBefore;
        uint128 lowest;
        uint128 highest;
        address tenant;
    }

    event OfferMade(uint64 sequence, uint256 indexed offerId, uint32 indexed assetId, Offer offer);
    event OfferRepriced(uint64 sequence, uint256 indexed offerId, uint32 pricedBefore, uint128 price);
    event OfferClosed(uint64 sequence, uint256 indexed offerId);

    error NotOwner(uint32 assetId, address caller, address owner);
    error UnknownOffer(uint256 offerId, uint256 offers);
    error PeriodsOutOfOrder(uint32 fromPeriod, uint32 toPeriod);
    error WrongTerms(bytes32 given, bytes32 inForce);
    error NotOneVersion(uint32 fromPeriod, uint32 toPeriod);
    error ZeroPrice();
    error OutsideBounds(uint256 price, uint256 lowest, uint256 highest);
    error ZeroLead();
    error NotByUtilization(uint256 offerId, PriceKind kind);
    error AuctionNotOpen(uint256 period, uint256 timestamp, uint256 opensAt);

    /// @notice Offers units of every period of the run.
    /// @dev Requirements: the caller owns the asset; the run is in order; `terms` are in force in all of it, as one
    /// version; the price is not zero. By utilization: the price lies within the bounds, the lower is not zero, nor
    /// is the target. By auction: the price falls, not to zero; 1 … 24 steps; the lead time is not zero. All that a
    /// purchase needs fits a word (`OfferWord`): prices and bounds below 2⁸⁸, fewer than 2¹⁶ periods.
    function offer(Run calldata run, Ask calldata ask, Terms calldata terms) external returns (uint256 offerId);

    /// @notice Closes an offer; what was sold stays sold.
    /// @dev Requirements: the caller owns the asset.
    function closeOffer(uint256 offerId) external;

    /// @notice Moves a utilization price by the run's next closed periods, at most `maxPeriods` of them and in order.
    /// Anyone may call. A settled period counts the units sold in it, a skipped one none; a period closed
    /// without report leaves the price as it is. Only periods that begin after the offer was made count.
    /// @dev Requirements: the offer is one by utilization.
    function reprice(uint256 offerId, uint32 maxPeriods) external returns (uint128 price);

    /// @notice An offer by id; ids count from 0.
    function offerOf(uint256 offerId) external view returns (Offer memory);

    /// @notice What a unit of `period` costs now, be it for sale or not.
    /// @dev Requirements: an auction of the period has begun. Past the period's start it stands at its last step:
    /// nothing is sold then.
    function priceOf(uint256 offerId, uint32 period) external view returns (uint128);

    /// @notice Offers made so far.
    function offerCount() external view returns (uint256);
}
