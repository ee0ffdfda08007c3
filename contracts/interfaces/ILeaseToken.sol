// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OfferWord} from "../libraries/OfferWord.sol";
import {ILeaseOffers} from "./ILeaseOffers.sol";

/// @title GPU-hours for a delivery period, as tokens
/// @notice ERC-1155 id = `assetId << 160 | period << 128 | price`; one token is one unit of `unitSeconds`
/// device-seconds. A series' escrow is exactly `totalSupply(id) · price` until its period is closed.
/// @dev Warning: while a purchase pays, `Settlement` has already booked units that do not exist yet. Receivers are
/// called last, when everything is written.
interface ILeaseToken {
    /// @notice What a buyer signs for: its EIP-712 struct hash is the nonce of his EIP-3009 authorization, so whoever
    /// relays it can buy nothing else with it. `price` is the price that he agreed to, no other.
    struct Order {
        uint256 offerId;
        uint32 fromPeriod;
        uint32 count;
        uint40 units;
        address to;
        uint128 price;
        bytes32 salt;
    }

    /// @notice EIP-3009 authorization of `payer` to the vault, of the order's exact cost. `split`: the coin is called
    /// with (v, r, s) and the signature has 65 bytes; otherwise with the bytes as they are.
    struct Authorized {
        address payer;
        uint256 validAfter;
        uint256 validBefore;
        bytes signature;
        bool split;
    }

    /// @notice The caller's ERC-2612 permit of `value` to the vault, in either signature form.
    struct Permit {
        uint256 value;
        uint256 deadline;
        bytes signature;
        bool split;
    }

    error NotSettlement(address caller);
    error NotOffers(address caller);
    error UnknownOffer(uint256 offerId);
    error NotOffered(uint256 offerId, uint256 fromPeriod, uint256 count);
    error NotTenant(uint256 offerId, address account, address tenant);
    error NotAgent(address caller);
    error RunTooLong(uint256 periods, uint256 limit);
    error PriceAbove(uint256 price, uint256 maxPrice);
    error PriceMoved(uint256 price, uint256 agreed);
    error NotSplittable(uint256 signatureBytes);
    error UnitsGranted(address owner, uint256 id, uint256 amount, uint256 free);
    error NotAllUnits(address by, address holder, uint256 id, uint256 units, uint256 left);
    error ZeroUser();
    error ZeroUnits();
    error WrongExpiry(uint256 expiry, uint256 periodEnd);
    error PeriodOver(uint256 timestamp, uint256 periodEnd);
    error UnknownRecord(uint256 recordId);
    error RecordExists(uint256 recordId);

    /// @notice Buys `units` of each of `count` periods from `fromPeriod` on for `to`, at the offer's price of now. The
    /// caller pays and has approved the vault.
    /// @dev Requirements: the offer is open, covers the run and, if it names a tenant, `to` is he; 1 … 100 periods,
    /// one if it is an auction, which must have begun; the price is at most `maxPrice`; `to` is not frozen and, if
    /// it is a contract, accepts; those of `Settlement.bookSale`.
    function buy(
        uint256 offerId,
        uint32 fromPeriod,
        uint32 count,
        uint40 units,
        address to,
        uint128 maxPrice
    ) external returns (uint256 firstId);

    /// @notice The same, approving the vault by the caller's own permit first. A permit that somebody else has used
    /// already does no harm: what it allowed is allowed.
    /// @dev Requirements: those of `buy`; a split signature has 65 bytes.
    function buyWithPermit(
        uint256 offerId,
        uint32 fromPeriod,
        uint32 count,
        uint40 units,
        address to,
        uint128 maxPrice,
        Permit calldata permit
    ) external returns (uint256 firstId);

    /// @notice Buys what the payer signed for, with his EIP-3009 authorization. Anyone may relay it.
    /// @dev Requirements: those of `buy`; the price now is the order's; the authorization's value is the exact cost,
    /// its receiver the vault, its nonce `orderHash(order)`.
    function buyWithAuthorization(Order calldata order, Authorized calldata authorized)
        external
        returns (uint256 firstId);

    /// @notice Grants the use of the caller's units to `to` until the period ends: `createUserRecord` for himself.
    function grant(address to, uint256 id, uint64 units) external returns (uint256 recordId);

    /// @notice Burns units that `by` redeems.
    /// @dev Requirements: the caller is Settlement; the holder is not frozen, nor are the units; `by` is the holder,
    /// or no free units are left to him.
    function burn(address by, address holder, uint256 id, uint256 units) external;

    /// @notice Writes what purchases read of an offer.
    /// @dev Requirements: the caller is `offers`.
    function setOffer(uint256 offerId, OfferWord word) external;

    /// @notice The contract that owners make their offers in.
    function offers() external view returns (ILeaseOffers);

    /// @notice Units of a series that exist.
    function totalSupply(uint256 id) external view returns (uint256);

    /// @notice EIP-712 struct hash of an order: the nonce that pays for it.
    function orderHash(Order calldata order) external pure returns (bytes32);
}
