// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Terms} from "./IAssetRegistry.sol";

/// @notice What an owner offers. Money is in base units of `coin`.
/// @param price for a whole share (10¹⁸ of its units); a purchase is rounded up
/// @param softCap below it everybody is refunded
/// @param hardCap the most that is taken; what it can buy is put under a lien
/// @param minTicket the least that one subscription pays, unless it takes all that is left
/// @param opensAt first second of the window; @param closesAt first second after it
/// @param evidence hours count only under terms of this evidence level or a higher one
/// @param milestoneUnits lease units, delivered and paid, that release the whole raise
/// @param minUnitPrice a period's units count only as far as its charge pays this for each; 0 = all delivered count
/// @param vestingPeriods periods after the close in which hours count; then the rest goes back
struct OfferingPlan {
    uint32 assetId;
    address coin;
    uint128 price;
    uint128 softCap;
    uint128 hardCap;
    uint128 minTicket;
    uint40 opensAt;
    uint40 closesAt;
    uint8 evidence;
    uint64 milestoneUnits;
    uint128 minUnitPrice;
    uint32 vestingPeriods;
}

/// @notice A subscription by one signature: the struct hash is the nonce of the EIP-3009 authorization that pays
/// for it, so whoever carries it can do nothing else with it. `salt` lets the same be ordered twice.
struct SubscriptionOrder {
    uint256 offeringId;
    address subscriber;
    uint96 shares;
    uint256 salt;
}

/// @notice The subscriber's signature over EIP-3009's `ReceiveWithAuthorization` of the price to the offering
/// contract. `split` asks for the coin's form with `v, r, s`; otherwise it goes as bytes (ERC-1271 wallets).
struct Payment {
    uint256 validAfter;
    uint256 validBefore;
    bytes signature;
    bool split;
}

/// @title Selling an asset's shares to investors, and holding the proceeds until they are earned
/// @notice Until the window closes, subscriptions are paid in. Below the soft cap everybody is refunded. At or
/// above it subscribers collect their shares, and the raise is released to the owner as the asset's hours are
/// delivered and paid for, at most a 90th of it each period. What is not released by the last period goes back
/// to the subscribers, or to whom they assigned that right, by what each paid: not to the shares' holders, among
/// whom an owner who kept most shares would get most of what he failed to earn.
/// @dev Shares stay with the owner under a lien until they are collected; coins lie here, each offering's counted
/// apart. Everything is pulled: whoever cannot receive stops nobody else.
/// @dev Warning: a coin whose issuer takes coins away pays the first who come; offerings in that coin share the loss
/// in that order. Fees on transfer are refused.
interface IShareOffering {
    /// @notice An offering as it stands. `held` is what lies here for it, `released` what the owner may have had,
    /// `withdrawn` of that, `nextPeriod` the first period not yet counted,
    /// `subscribers` who ever subscribed.
    struct Offering {
        address owner;
        uint32 assetId;
        uint32 nextPeriod;
        uint32 lastPeriod;
        address share;
        uint40 opensAt;
        uint40 closesAt;
        uint8 evidence;
        bool unsoldReleased;
        address coin;
        uint96 soldShares;
        uint128 price;
        uint128 minTicket;
        uint128 softCap;
        uint128 hardCap;
        uint128 raised;
        uint128 held;
        uint128 released;
        uint128 withdrawn;
        uint128 minUnitPrice;
        uint64 milestoneUnits;
        uint32 subscribers;
    }

    /// @notice What a subscriber paid and has not had back, and the shares that he has not collected.
    struct Subscription {
        uint128 paid;
        uint96 shares;
    }

    event OfferingOpened(
        uint64 sequence,
        uint256 indexed offeringId,
        uint32 indexed assetId,
        address indexed owner,
        address share,
        uint256 shares,
        uint32 firstPeriod,
        OfferingPlan plan
    );
    event OfferingCancelled(uint64 sequence, uint256 indexed offeringId);
    event Subscribed(
        uint64 sequence, uint256 indexed offeringId, address indexed subscriber, uint256 shares, uint256 paid
    );
    event SharesCollected(
        uint64 sequence, uint256 indexed offeringId, address indexed subscriber, uint256 shares
    );
    event UnsoldReleased(uint64 sequence, uint256 indexed offeringId, uint256 shares);
    event ProceedsReleased(
        uint64 sequence, uint256 indexed offeringId, uint32 fromPeriod, uint32 periods, uint256 amount
    );
    event ProceedsWithdrawn(uint64 sequence, uint256 indexed offeringId, address indexed payee, uint256 amount);
    event Refunded(
        uint64 sequence, uint256 indexed offeringId, address indexed subscriber, address payee, uint256 amount
    );
    event UnearnedReturned(
        uint64 sequence, uint256 indexed offeringId, address indexed subscriber, address payee, uint256 amount
    );
    event RightAssigned(
        uint64 sequence, uint256 indexed offeringId, address indexed subscriber, address from, address to
    );

    error UnknownOffering(uint256 offeringId, uint256 count);
    error NotOwner(uint256 assetId, address caller, address owner);
    error NotOpen(uint32 assetId);
    error CoinNotAllowed(address coin);
    error ZeroField(bytes32 field);
    error CapsOutOfOrder(uint256 minTicket, uint256 softCap, uint256 hardCap);
    error WindowOutOfOrder(uint256 opensAt, uint256 closesAt, uint256 timestamp);
    error WindowTooLong(uint256 closesAt, uint256 latest);
    error UnknownEvidence(uint8 evidence, uint8 highest);
    error VestsTooSoon(uint256 periods, uint256 least);
    error VestsTooLong(uint256 periods, uint256 most);
    error NotInWindow(uint256 timestamp, uint256 opensAt, uint256 closesAt);
    error WindowNotClosed(uint256 timestamp, uint256 closesAt);
    error BelowTicket(uint256 amount, uint256 minTicket);
    error AboveHardCap(uint256 amount, uint256 raised, uint256 hardCap);
    error OwnSubscription(address owner);
    error SaleRestricted(address owner, address subscriber, uint256 shares, uint8 code);
    error NotExactAmount(address coin, uint256 asked, uint256 received);
    error NotSplitSignature(uint256 length);
    error BelowSoftCap(uint256 raised, uint256 softCap);
    error SoftCapReached(uint256 raised, uint256 softCap);
    error AlreadyReleased(uint256 offeringId);
    error AlreadySubscribed(uint256 raised);
    error PeriodNotClosed(uint32 assetId, uint32 period);
    error AboveLastPeriod(uint256 period, uint256 lastPeriod);
    error StillVesting(uint32 nextPeriod, uint32 lastPeriod);
    error WrongTerms(bytes32 given, bytes32 inForce);
    error NothingToPay(uint256 offeringId, address account);
    error NotPayee(address caller, address payee);
    error ZeroAccount();
    error AccountFrozen(address account);

    /// @notice Opens an offering of the caller's shares; those that the hard cap can buy go under a lien.
    /// @dev Requirements: the asset is the caller's and open, and he is not frozen; the coin is allowed; price, soft
    /// cap and milestone are not zero; the caps stand in order and the ticket below the hard cap; the window lies in
    /// order and closes in the future, within 365 days; the evidence level exists; at least 90 periods, since none
    /// releases more than a 90th, and at most 3,650; so many shares are free.
    function open(OfferingPlan calldata plan) external returns (uint256 offeringId);

    /// @notice Ends an offering in which nobody has subscribed yet. Owner only.
    function cancel(uint256 offeringId) external;

    /// @notice Subscribes for `shares`; the caller has approved this contract for their price.
    /// @dev Requirements: inside the window; the price reaches the minimum ticket, or is all that is left, and fits
    /// below the hard cap; the subscriber is not the owner; the share's rules let the owner, who is not frozen, send
    /// him all that he will have bought here, with every subscriber counted as a holder (`detectSaleRestriction`);
    /// exactly the price arrives.
    function subscribe(uint256 offeringId, uint96 shares) external;

    /// @notice Subscribes by the subscriber's one signature; anyone may bring it.
    /// @dev Requirements: those of `subscribe`, and the coin accepts the authorization.
    function subscribeSigned(SubscriptionOrder calldata order, Payment calldata payment) external;

    /// @notice Moves a subscriber's shares to him. Anyone may call.
    /// @dev Requirements: closed at or above the soft cap; he has shares to collect and may receive them now
    /// (`canReceive`). Limits on holders and balances were asked for when he paid.
    function collect(uint256 offeringId, address subscriber) external;

    /// @notice Frees the shares that nobody bought. Anyone may call, once.
    /// @dev Requirements: closed.
    function releaseUnsold(uint256 offeringId) external;

    /// @notice Pays a subscriber back. Anyone may call; the money goes to him or to whom he assigned it.
    /// @dev Requirements: closed below the soft cap; he has paid; the payee is not frozen.
    function refund(uint256 offeringId, address subscriber) external;

    /// @notice Counts the next `periods` periods and releases what they earned. Anyone may call.
    /// @dev Requirements: at least one; closed at or above the soft cap; the periods are closed, none lies after the
    /// last; `terms` are those of every period in which something was delivered.
    function vest(uint256 offeringId, uint32 periods, Terms calldata terms) external;

    /// @notice Pays the owner what is released, or where the share redirects his payments. Anyone may call.
    /// @dev Requirements: something is; the payee is not frozen.
    function withdraw(uint256 offeringId) external;

    /// @notice Pays a subscriber his part of what was not released. Anyone may call; the money goes to him or to whom
    /// he assigned it.
    /// @dev Requirements: all periods are counted; there is something for him; the payee is not frozen.
    function takeBack(uint256 offeringId, address subscriber) external;

    /// @notice Gives away the right to refund and return of a subscription, for good: only the new payee may pass it
    /// on. The shares stay the subscriber's to collect.
    /// @dev Requirements: the caller is its payee and not frozen; `to` is not zero.
    function assign(uint256 offeringId, address subscriber, address to) external;

    /// @notice Offerings opened so far; ids count from 0.
    function count() external view returns (uint256);

    /// @notice An offering.
    /// @dev Requirements: it exists.
    function offeringOf(uint256 offeringId) external view returns (Offering memory);

    /// @notice A subscriber's subscription.
    function subscriptionOf(uint256 offeringId, address subscriber) external view returns (Subscription memory);

    /// @notice Who gets a subscription's refund or return: the subscriber or whom he assigned it to, or where the
    /// share redirects that account's payments.
    /// @dev Requirements: the offering exists.
    function payeeOf(uint256 offeringId, address subscriber) external view returns (address);

    /// @notice Price of so many shares, rounded up.
    function costUp(uint256 offeringId, uint96 shares) external view returns (uint256);

    /// @notice Whether this subscription would be taken now, the coins aside. Never reverts.
    function canSubscribe(uint256 offeringId, address subscriber, uint96 shares) external view returns (bool);

    /// @notice The nonce that the EIP-3009 authorization of an order has to carry.
    function nonceOf(SubscriptionOrder calldata order) external pure returns (bytes32);
}
