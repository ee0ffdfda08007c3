// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Periods} from "./Periods.sol";
import {Sequenced} from "./Sequenced.sol";
import {IAssetRegistry, Terms} from "./interfaces/IAssetRegistry.sol";
import {ILeaseOffers} from "./interfaces/ILeaseOffers.sol";
import {ILeaseToken} from "./interfaces/ILeaseToken.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";
import {OfferWord, OfferWordLib} from "./libraries/OfferWord.sol";
import {Pricing} from "./libraries/Pricing.sol";

/// @title LeaseOffers
/// @notice Created by LeaseToken, which alone it serves: offers live here, what a purchase reads of them lives there.
contract LeaseOffers is ILeaseOffers, Sequenced, Periods {
    IAssetRegistry public immutable registry;
    ISettlement public immutable settlement;
    ILeaseToken public immutable leases;

    Offer[] private _offers;

    constructor(IAssetRegistry registry_, ISettlement settlement_)
        Periods(registry_.genesis(), registry_.periodSeconds())
    {
        (registry, settlement, leases) = (registry_, settlement_, ILeaseToken(msg.sender));
    }

    /// @inheritdoc ILeaseOffers
    function offer(Run calldata run, Ask calldata ask, Terms calldata terms) external returns (uint256 offerId) {
        Offer memory o;
        _setRun(o, run);
        _setTerms(o, terms);
        _setPrice(o, ask);
        offerId = _offers.length;
        _offers.push(o);
        emit OfferMade(_nextSequence(), offerId, o.assetId, o);
        leases.setOffer(offerId, _wordOf(o));
    }

    /// @inheritdoc ILeaseOffers
    function closeOffer(uint256 offerId) external {
        Offer memory o = offerOf(offerId);
        _requireOwner(o.assetId);
        _offers[offerId].open = o.open = false;
        emit OfferClosed(_nextSequence(), offerId);
        leases.setOffer(offerId, _wordOf(o));
    }

    /// @inheritdoc ILeaseOffers
    function reprice(uint256 offerId, uint32 maxPeriods) external returns (uint128 price) {
        Offer memory o = offerOf(offerId);
        require(o.kind == PriceKind.Utilization, NotByUtilization(offerId, o.kind));
        uint256 period = _walk(o, maxPeriods);
        price = o.price;
        if (period == o.pricedBefore) return price;
        (_offers[offerId].price, _offers[offerId].pricedBefore) = (price, uint32(period));
        emit OfferRepriced(_nextSequence(), offerId, uint32(period), price);
        leases.setOffer(offerId, _wordOf(o));
    }

    /// @inheritdoc ILeaseOffers
    function offerOf(uint256 offerId) public view returns (Offer memory) {
        require(offerId < _offers.length, UnknownOffer(offerId, _offers.length));
        return _offers[offerId];
    }

    /// @inheritdoc ILeaseOffers
    function offerCount() external view returns (uint256) {
        return _offers.length;
    }

    /// @inheritdoc ILeaseOffers
    function priceOf(uint256 offerId, uint32 period) external view returns (uint128) {
        Offer memory o = offerOf(offerId);
        if (o.kind != PriceKind.Auction) return o.price;
        (uint256 start, uint256 ahead) = (_startOf(period), block.timestamp + o.leadSeconds);
        require(ahead >= start, AuctionNotOpen(period, block.timestamp, start - o.leadSeconds));
        uint256 step = (ahead - start) * o.steps / o.leadSeconds;
        if (step >= o.steps) step = o.steps - 1;
        return uint128(Pricing.auctionPrice(o.price, o.lowest, step, o.steps));
    }

    /// @dev Moves the price by the closed periods that are not in it yet, at most so many; returns the first period
    /// that still is not.
    function _walk(Offer memory o, uint256 maxPeriods) private view returns (uint256 period) {
        period = o.pricedBefore;
        uint256 end = uint256(o.toPeriod) + 1;
        if (end > period + maxPeriods) end = period + maxPeriods;
        for (; period < end; ++period) {
            (, uint40 sold, ISettlement.State state) = settlement.salesOf(o.assetId, uint32(period));
            if (state == ISettlement.State.Open) break;
            if (state == ISettlement.State.Unreported) continue;
            o.price = uint128(Pricing.nextPrice(o.price, sold, o.targetUnits, o.lowest, o.highest));
        }
    }

    function _setRun(Offer memory o, Run calldata run) private view {
        (o.assetId, o.fromPeriod, o.toPeriod, o.tenant) = (run.assetId, run.fromPeriod, run.toPeriod, run.tenant);
        require(o.fromPeriod <= o.toPeriod, PeriodsOutOfOrder(o.fromPeriod, o.toPeriod));
        o.open = true;
        _requireOwner(o.assetId);
    }

    /// @dev The terms are those of the whole run: one version, whose hash the registry knows.
    function _setTerms(Offer memory o, Terms calldata terms) private view {
        (bytes32 given, bytes32 inForce) =
            (keccak256(abi.encode(terms)), registry.termsHashAt(o.assetId, o.fromPeriod));
        require(given == inForce, WrongTerms(given, inForce));
        o.termsVersion = registry.termsVersionAt(o.assetId, o.fromPeriod);
        bool oneVersion = registry.termsVersionAt(o.assetId, o.toPeriod) == o.termsVersion;
        require(oneVersion, NotOneVersion(o.fromPeriod, o.toPeriod));
        (o.unitSeconds, o.reservedForSpot, o.creditBps) =
            (terms.unitSeconds, terms.reservedForSpot, terms.creditBps);
    }

    function _setPrice(Offer memory o, Ask calldata ask) private view {
        (o.kind, o.price) = (ask.kind, ask.price);
        require(o.price != 0, ZeroPrice());
        if (o.kind == PriceKind.Fixed) return;
        (o.lowest, o.highest) = (ask.lowest, o.kind == PriceKind.Auction ? o.price : ask.highest);
        bool within = o.lowest != 0 && o.lowest <= o.price && o.price <= o.highest;
        require(within, OutsideBounds(o.price, o.lowest, o.highest));
        if (o.kind == PriceKind.Utilization) {
            require(ask.targetUnits != 0, Pricing.ZeroTarget());
            // wherever the price goes, it can be written
            OfferWordLib.fitting("highest", o.highest, OfferWordLib.PRICE_BITS);
            uint32 next = currentPeriod() + 1;
            (o.targetUnits, o.pricedBefore) = (ask.targetUnits, next > o.fromPeriod ? next : o.fromPeriod);
        } else {
            require(ask.leadSeconds != 0, ZeroLead());
            (o.leadSeconds, o.steps) = (ask.leadSeconds, ask.steps);
            // refuses an auction of no steps or of too many
            Pricing.auctionPrice(o.price, o.lowest, 0, o.steps);
        }
    }

    function _requireOwner(uint32 assetId) private view {
        address owner = registry.ownerOf(assetId);
        require(msg.sender == owner, NotOwner(assetId, msg.sender, owner));
    }

    function _wordOf(Offer memory o) private pure returns (OfferWord) {
        OfferWordLib.Fields memory f;
        (f.price, f.assetId, f.fromPeriod) = (o.price, o.assetId, o.fromPeriod);
        f.periods = uint256(o.toPeriod) - o.fromPeriod + 1;
        (f.termsVersion, f.unitSeconds) = (o.termsVersion, o.unitSeconds);
        (f.reservedForSpot, f.creditBps) = (o.reservedForSpot, o.creditBps);
        (f.kind, f.named, f.open) = (uint256(o.kind), o.tenant != address(0), o.open);
        return OfferWordLib.pack(f);
    }
}
