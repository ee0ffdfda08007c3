// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ISettlement} from "../interfaces/ISettlement.sol";
import {Waterfall} from "./Waterfall.sol";

/// @notice All that is kept of one (asset, period) while it is open, in one storage slot.
type PeriodWord is uint256;

using PeriodWords for PeriodWord global;

/// @title The books of a period in one word
/// @notice From the lowest bit: escrow 96, sold units 40, capacity in units 40, seconds of a unit 32, credit bps 16,
/// version of the terms 16, state 8, flags 8. The terms' part is written by the first sale; the credit that is
/// locked follows from escrow and credit bps.
library PeriodWords {
    uint256 private constant ESCROW_MAX = type(uint96).max;
    uint256 private constant UNITS_MAX = type(uint40).max;
    uint256 private constant STATE_AT = 240;
    uint256 private constant SPOT = 1 << 248;
    uint256 private constant REVISED = 1 << 249;
    uint256 private constant MIXED = 1 << 250;

    /// @notice The period's escrow would not fit its 96 bits.
    error EscrowOverflow(uint256 escrow, uint256 limit);

    /// @notice The version of the terms would not fit its 16 bits.
    error VersionOverflow(uint256 version, uint256 limit);

    /// @notice Paid by tenants, in base units.
    function escrow(PeriodWord self) internal pure returns (uint256) {
        return PeriodWord.unwrap(self) & ESCROW_MAX;
    }

    /// @notice Units sold.
    function soldUnits(PeriodWord self) internal pure returns (uint256) {
        return (PeriodWord.unwrap(self) >> 96) & UNITS_MAX;
    }

    /// @notice Units that may be sold.
    function capacityUnits(PeriodWord self) internal pure returns (uint256) {
        return (PeriodWord.unwrap(self) >> 136) & UNITS_MAX;
    }

    /// @notice Device-seconds of a unit; 0 while nothing is sold.
    function unitSeconds(PeriodWord self) internal pure returns (uint256) {
        return uint32(PeriodWord.unwrap(self) >> 176);
    }

    /// @notice Credit for a full breach.
    function creditBps(PeriodWord self) internal pure returns (uint256) {
        return uint16(PeriodWord.unwrap(self) >> 208);
    }

    /// @notice Version of the terms that the first sale pinned.
    function termsVersion(PeriodWord self) internal pure returns (uint256) {
        return uint16(PeriodWord.unwrap(self) >> 224);
    }

    /// @notice What may happen next.
    function state(PeriodWord self) internal pure returns (ISettlement.State) {
        return ISettlement.State(uint8(PeriodWord.unwrap(self) >> STATE_AT));
    }

    /// @notice Whether nothing was sold, deposited or closed.
    function isUntouched(PeriodWord self) internal pure returns (bool) {
        return PeriodWord.unwrap(self) == 0;
    }

    /// @notice Whether spot revenue was deposited.
    function hasSpot(PeriodWord self) internal pure returns (bool) {
        return PeriodWord.unwrap(self) & SPOT != 0;
    }

    /// @notice Whether units were sold at more than one price; if not, each cost `escrow / soldUnits`.
    function isMixed(PeriodWord self) internal pure returns (bool) {
        return PeriodWord.unwrap(self) & MIXED != 0;
    }

    /// @notice Whether some report of it was void when it closed, or could still turn out to have been.
    function isRevised(PeriodWord self) internal pure returns (bool) {
        return PeriodWord.unwrap(self) & REVISED != 0;
    }

    /// @notice The terms' part of a word, as the first sale pins it. A capacity fits because the registry keeps
    /// devices · L below 2⁴⁰.
    function ofTerms(uint256 capacity, uint256 seconds_, uint256 bps, uint256 version)
        internal
        pure
        returns (PeriodWord)
    {
        if (version > type(uint16).max) revert VersionOverflow(version, type(uint16).max);
        return PeriodWord.wrap(capacity << 136 | seconds_ << 176 | bps << 208 | version << 224);
    }

    /// @notice A word that has no terms yet, with these.
    function withTerms(PeriodWord self, PeriodWord terms) internal pure returns (PeriodWord) {
        return PeriodWord.wrap(PeriodWord.unwrap(self) | PeriodWord.unwrap(terms));
    }

    /// @notice The largest credit that can come due: locked from the bond.
    function lockedCreditUp(PeriodWord self) internal pure returns (uint256) {
        return Waterfall.creditLockUp(escrow(self), creditBps(self));
    }

    /// @notice With more units sold at a price of 88 bits, within the capacity.
    function sold(PeriodWord self, uint256 units, uint256 price) internal pure returns (PeriodWord) {
        // units have 40 bits, so a cost has 128, and neither field runs over into the next
        unchecked {
            (uint256 before, uint256 capacity) = (soldUnits(self), capacityUnits(self));
            if (before + units > capacity) revert ISettlement.AboveCapacity(units, before, capacity);
            (uint256 escrowed, uint256 cost) = (escrow(self), units * price);
            if (escrowed + cost > ESCROW_MAX) revert EscrowOverflow(escrowed + cost, ESCROW_MAX);
            uint256 word = PeriodWord.unwrap(self) + cost + (units << 96);
            return PeriodWord.wrap(before * price == escrowed ? word : word | MIXED);
        }
    }

    /// @notice Marked as having spot revenue.
    function withSpot(PeriodWord self) internal pure returns (PeriodWord) {
        return PeriodWord.wrap(PeriodWord.unwrap(self) | SPOT);
    }

    /// @notice Closed, once.
    function closed(PeriodWord self, ISettlement.State how, bool revised) internal pure returns (PeriodWord) {
        uint256 word = PeriodWord.unwrap(self) | uint256(how) << STATE_AT;
        return PeriodWord.wrap(revised ? word | REVISED : word);
    }
}
