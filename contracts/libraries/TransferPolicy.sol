// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Standing} from "./Standing.sol";

/// @notice Who may come in by country: anybody, only the listed countries, or all but the listed ones.
enum CountryRule {
    Any,
    Only,
    Except
}

/// @notice A share's own rules, beside the ones that hold for every share; one slot, all zero = no rules of its own.
/// @param maxHolders accounts with a balance, at most; 0 = no limit
/// @param maxBalance shares of one account, at most; 0 = no limit
/// @param lockedUntil until this second only the issuer and system contracts may send
/// @param distributionUntil until this second nobody of `homeCountry` may receive, unless of `homeClass` or higher
/// @param lowestClass receivers of a lower investor class are refused; 0 = none is
struct Policy {
    CountryRule countryRule;
    uint32 maxHolders;
    uint96 maxBalance;
    uint40 lockedUntil;
    uint40 distributionUntil;
    uint16 homeCountry;
    uint8 homeClass;
    uint8 lowestClass;
}

/// @notice What the rules are asked about.
/// @param fromIssuer the sender is the owner to whom the whole supply was issued
/// @param toListed the receiver's country is in the share's list; only read where `countryRule` is not `Any`
/// @param addsHolder there would be one account more with a balance
/// @param holders accounts with a balance before the transfer
/// @param unfrozen what the sender may move: his balance less what is frozen and under lien
/// @param toBalanceAfter the receiver's balance after the transfer
struct TransferFacts {
    Standing from;
    Standing to;
    bool fromIssuer;
    bool toListed;
    bool addsHolder;
    uint256 holders;
    uint256 amount;
    uint256 unfrozen;
    uint256 toBalanceAfter;
    uint256 timestamp;
}

/// @title May these shares move? A ladder of named rules, the first that refuses gives the reason
/// @notice The codes are ERC-1404's "restriction codes". A system contract (exempt in the identity registry) is
/// outside the rules about who a receiver is and how much he holds. Forced transfers ask none of this.
library TransferPolicy {
    uint8 internal constant ALLOWED = 0;
    uint8 internal constant SENDER_FROZEN = 1;
    uint8 internal constant SENDER_LOCKED = 2;
    uint8 internal constant RECEIVER_FROZEN = 3;
    uint8 internal constant RECEIVER_NOT_VERIFIED = 4;
    uint8 internal constant COUNTRY_REFUSED = 5;
    uint8 internal constant CLASS_TOO_LOW = 6;
    uint8 internal constant FLOWS_BACK = 7;
    uint8 internal constant INSUFFICIENT_UNFROZEN = 8;
    uint8 internal constant TOO_MANY_HOLDERS = 9;
    uint8 internal constant ABOVE_MAX_BALANCE = 10;

    error WindowWithoutCountry(uint40 distributionUntil);

    /// @notice Whether the share has no rules of its own.
    function isNone(Policy storage policy) internal view returns (bool none) {
        assembly ("memory-safe") {
            none := iszero(sload(policy.slot))
        }
    }

    /// @notice Whether a country's bit is set in the list: bit `country % 256` of word `country / 256`. One read.
    function isListed(uint256[4] storage countries, uint16 country) internal view returns (bool) {
        return country < 1024 && countries[country >> 8] >> (country & 0xff) & 1 != 0;
    }

    /// @notice Refuses a policy that cannot mean anything.
    function requireValid(Policy memory policy) internal pure {
        require(
            policy.distributionUntil == 0 || policy.homeCountry != 0, WindowWithoutCountry(policy.distributionUntil)
        );
    }

    /// @notice Why the transfer is refused; 0 = it is not.
    function restrictionOf(Policy memory p, TransferFacts memory f) internal pure returns (uint8 code) {
        code = sendRestrictionOf(p, f.from, f.fromIssuer, f.timestamp);
        if (code != ALLOWED) return code;
        code = receiveRestrictionOf(p, f.to, f.toListed, f.timestamp);
        if (code != ALLOWED) return code;
        if (f.amount > f.unfrozen) return INSUFFICIENT_UNFROZEN;
        if (_isTooManyHolders(p, f)) return TOO_MANY_HOLDERS;
        if (_isAboveMaxBalance(p, f)) return ABOVE_MAX_BALANCE;
        return ALLOWED;
    }

    /// @notice Why an account may not send at all; 0 = it may.
    function sendRestrictionOf(Policy memory p, Standing from, bool fromIssuer, uint256 timestamp)
        internal
        pure
        returns (uint8)
    {
        if (from.isFrozen()) return SENDER_FROZEN;
        if (_isLocked(p, from, fromIssuer, timestamp)) return SENDER_LOCKED;
        return ALLOWED;
    }

    /// @notice Why an account may not receive at all; 0 = it may.
    function receiveRestrictionOf(Policy memory p, Standing to, bool toListed, uint256 timestamp)
        internal
        pure
        returns (uint8)
    {
        if (to.isFrozen()) return RECEIVER_FROZEN;
        if (!to.isVerified()) return RECEIVER_NOT_VERIFIED;
        if (to.isExempt()) return ALLOWED;
        if (_isCountryRefused(p, toListed)) return COUNTRY_REFUSED;
        if (to.investorClass() < p.lowestClass) return CLASS_TOO_LOW;
        if (_flowsBack(p, to, timestamp)) return FLOWS_BACK;
        return ALLOWED;
    }

    /// @notice The reason in words.
    function messageOf(uint8 code) internal pure returns (string memory) {
        if (code == ALLOWED) return "allowed";
        if (code == SENDER_FROZEN) return "the sender is frozen";
        if (code == SENDER_LOCKED) return "locked up: only the issuer may send yet";
        if (code == RECEIVER_FROZEN) return "the receiver is frozen";
        if (code == RECEIVER_NOT_VERIFIED) return "the receiver has no live credential";
        if (code == COUNTRY_REFUSED) return "the receiver's country is not allowed";
        if (code == CLASS_TOO_LOW) return "the receiver's investor class is too low";
        if (code == FLOWS_BACK) return "no flow back into the home country during distribution";
        if (code == INSUFFICIENT_UNFROZEN) return "the rest is frozen or under lien";
        if (code == TOO_MANY_HOLDERS) return "no more holders are allowed";
        if (code == ABOVE_MAX_BALANCE) return "the receiver would hold too much";
        return "unknown code";
    }

    /// @dev Lock-up: restricted shares are not resold before their holding period has passed (as under Rule 144);
    /// selling out of issue is not a resale.
    function _isLocked(Policy memory p, Standing from, bool fromIssuer, uint256 timestamp)
        private
        pure
        returns (bool)
    {
        return timestamp < p.lockedUntil && !fromIssuer && !from.isExempt();
    }

    function _isCountryRefused(Policy memory p, bool toListed) private pure returns (bool) {
        return p.countryRule == CountryRule.Any ? false : toListed != (p.countryRule == CountryRule.Only);
    }

    /// @dev Distribution window: shares placed abroad do not flow back to the home country's public while they
    /// are being distributed (as under Regulation S, category 3); buyers of the qualified class may have them.
    function _flowsBack(Policy memory p, Standing to, uint256 timestamp) private pure returns (bool) {
        return timestamp < p.distributionUntil && to.country() == p.homeCountry && to.investorClass() < p.homeClass;
    }

    function _isTooManyHolders(Policy memory p, TransferFacts memory f) private pure returns (bool) {
        return p.maxHolders != 0 && f.addsHolder && f.holders >= p.maxHolders && !f.to.isExempt();
    }

    function _isAboveMaxBalance(Policy memory p, TransferFacts memory f) private pure returns (bool) {
        return p.maxBalance != 0 && f.toBalanceAfter > p.maxBalance && !f.to.isExempt();
    }
}
