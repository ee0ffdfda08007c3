// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice What a purchase needs to know of an offer, in one word of storage; and what one purchase takes of it, in
/// one word that LeaseToken hands to Settlement. From the lowest bit: price (88 bits), assetId (32), fromPeriod (32),
/// periods (16), termsVersion (16), unitSeconds (22), reservedForSpot (32), creditBps (14), kind (2), named (1), open
/// (1). 0 is no offer.
type OfferWord is uint256;

using OfferWordLib for OfferWord global;

/// @title Reading and writing an offer's word
library OfferWordLib {
    /// @notice Bits of a price: 309 million coins of 18 decimals for a unit.
    uint256 internal constant PRICE_BITS = 88;

    /// @dev First period and number of periods.
    uint256 private constant RUN = ((1 << 48) - 1) << 120;
    uint256 private constant OPEN = 1 << 255;
    uint256 private constant NAMED = 1 << 254;

    /// @notice The fields of a word, by name.
    struct Fields {
        uint256 price;
        uint256 assetId;
        uint256 fromPeriod;
        uint256 periods;
        uint256 termsVersion;
        uint256 unitSeconds;
        uint256 reservedForSpot;
        uint256 creditBps;
        uint256 kind;
        bool named;
        bool open;
    }

    /// @notice A field is too large for its place.
    error OutOfRange(bytes32 field, uint256 value, uint256 limit);

    /// @notice The word of these fields; reverts if one does not fit.
    function pack(Fields memory f) internal pure returns (OfferWord) {
        uint256 word = fitting("price", f.price, PRICE_BITS) | fitting("assetId", f.assetId, 32) << 88;
        word |= fitting("fromPeriod", f.fromPeriod, 32) << 120 | fitting("periods", f.periods, 16) << 152;
        word |= fitting("termsVersion", f.termsVersion, 16) << 168 | fitting("unitSeconds", f.unitSeconds, 22) << 184;
        word |= fitting("reservedForSpot", f.reservedForSpot, 32) << 206;
        word |= fitting("creditBps", f.creditBps, 14) << 238 | fitting("kind", f.kind, 2) << 252;
        return OfferWord.wrap(word | (f.named ? NAMED : 0) | (f.open ? OPEN : 0));
    }

    /// @notice What is bought of the offer: `count` periods from `period` on, which it covers.
    function part(OfferWord word, uint32 period, uint32 count) internal pure returns (OfferWord) {
        return OfferWord.wrap(OfferWord.unwrap(word) & ~RUN | uint256(period) << 120 | uint256(count) << 152);
    }

    /// @notice The same at a price that is not above its own.
    function pricedAt(OfferWord word, uint128 lower) internal pure returns (OfferWord) {
        return OfferWord.wrap((OfferWord.unwrap(word) >> PRICE_BITS) << PRICE_BITS | lower);
    }

    /// @notice `LeaseId.encode` of asset, first period and price.
    function firstId(OfferWord word) internal pure returns (uint256) {
        uint256 bits = OfferWord.unwrap(word);
        return (bits >> 88 & 0xffffffff) << 160 | (bits >> 120 & 0xffffffff) << 128 | uint88(bits);
    }

    /// @notice Base units that a unit costs; of an auction, at its first step.
    function price(OfferWord word) internal pure returns (uint128) {
        return uint88(OfferWord.unwrap(word));
    }

    /// @notice The asset whose units are offered.
    function assetId(OfferWord word) internal pure returns (uint32) {
        return uint32(OfferWord.unwrap(word) >> 88);
    }

    /// @notice The first period.
    function fromPeriod(OfferWord word) internal pure returns (uint32) {
        return uint32(OfferWord.unwrap(word) >> 120);
    }

    /// @notice How many periods.
    function periods(OfferWord word) internal pure returns (uint32) {
        return uint16(OfferWord.unwrap(word) >> 152);
    }

    /// @notice Version of the asset's terms that the offer was made under.
    function termsVersion(OfferWord word) internal pure returns (uint32) {
        return uint16(OfferWord.unwrap(word) >> 168);
    }

    /// @notice Device-seconds of a unit.
    function unitSeconds(OfferWord word) internal pure returns (uint32) {
        return uint32(OfferWord.unwrap(word) >> 184 & 0x3fffff);
    }

    /// @notice Units of each period that are not for sale in advance.
    function reservedForSpot(OfferWord word) internal pure returns (uint32) {
        return uint32(OfferWord.unwrap(word) >> 206);
    }

    /// @notice Largest credit, in basis points of the price.
    function creditBps(OfferWord word) internal pure returns (uint16) {
        return uint16(OfferWord.unwrap(word) >> 238 & 0x3fff);
    }

    /// @notice `ILeaseOffers.PriceKind`.
    function kind(OfferWord word) internal pure returns (uint256) {
        return OfferWord.unwrap(word) >> 252 & 3;
    }

    /// @notice Whether its price is fixed and anybody may receive units.
    function isPlain(OfferWord word) internal pure returns (bool) {
        return OfferWord.unwrap(word) >> 252 & 7 == 0;
    }

    /// @notice Whether only one tenant may receive units.
    function isNamed(OfferWord word) internal pure returns (bool) {
        return OfferWord.unwrap(word) & NAMED != 0;
    }

    /// @notice Whether the offer is open and covers the `count` periods from `period` on.
    function covers(OfferWord word, uint256 period, uint256 count) internal pure returns (bool) {
        uint256 bits = OfferWord.unwrap(word);
        uint256 from = uint32(bits >> 120);
        unchecked {
            return bits & OPEN != 0 && period >= from && period + count <= from + uint16(bits >> 152);
        }
    }

    /// @notice The value, if it fits so many bits.
    function fitting(bytes32 field, uint256 value, uint256 bits) internal pure returns (uint256) {
        require(value >> bits == 0, OutOfRange(field, value, 1 << bits));
        return value;
    }
}
