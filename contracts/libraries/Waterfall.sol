// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Terms} from "../interfaces/IAssetRegistry.sol";

/// @title What one asset's period pays, to whom
/// @notice Pure arithmetic in integers, rounded down unless a name says up. It never reverts on a report that
/// was accepted: totals outside the capacity are cut to it.
/// @dev Twin: `wellhead.settlement.waterfall`. Formula: `docs/protocol.md`, "Settlement".
library Waterfall {
    uint256 internal constant BPS = 10_000;
    uint256 internal constant JOULES_PER_KWH = 3_600_000;

    /// @notice As observed over the period, summed over the asset's devices.
    struct Totals {
        uint256 upSeconds;
        uint256 downSeconds;
        uint256 excusedSeconds;
        uint256 energyJoules;
        uint256 work;
    }

    /// @notice What the contracts already know about the period. `excuseCeiling` is in device-seconds, money in
    /// base units.
    struct Books {
        uint256 capacitySeconds;
        uint256 soldUnits;
        uint256 escrow;
        uint256 lockedCredit;
        uint256 spot;
        uint256 excuseCeiling;
    }

    /// @notice Who gets what. `refundPool` and `creditPool` are what redemptions draw on.
    struct Outcome {
        uint256 promised;
        uint256 delivered;
        uint256 shortfall;
        uint256 breach;
        uint256 charge;
        uint256 refundPool;
        uint256 creditPool;
        uint256 fee;
        uint256 energyCost;
        uint256 holders;
        uint256 owner;
    }

    /// @notice The period as reported.
    function settled(Books memory b, Totals memory t, Terms calldata terms) internal pure returns (Outcome memory o) {
        uint256 up = _min(t.upSeconds, b.capacitySeconds);
        o.promised = b.soldUnits * terms.unitSeconds;
        o.delivered = _min(up, o.promised);
        o.shortfall = o.promised - o.delivered;
        if (o.shortfall != 0) o.breach = _breach(b, t, terms.graceBps, up, o.shortfall);
        if (o.promised != 0) {
            o.charge = b.escrow * o.delivered / o.promised;
            o.refundPool = b.escrow - o.charge;
            o.creditPool = _min(b.escrow * o.breach * terms.creditBps / (o.promised * BPS), b.lockedCredit);
        }
        _split(o, o.charge + b.spot, _energyPaid(t, terms, up), terms);
    }

    /// @notice The period when no report was accepted by the hard end: everything sold goes back, without
    /// credit; spot revenue is still shared out.
    function unreported(Books memory b, Terms calldata terms) internal pure returns (Outcome memory o) {
        o.promised = b.soldUnits * terms.unitSeconds;
        o.shortfall = o.promised;
        o.refundPool = b.escrow;
        _split(o, b.spot, 0, terms);
    }

    /// @notice Refund of `units` at `price`.
    function refundDown(uint256 units, uint256 price, uint256 shortfall, uint256 promised)
        internal
        pure
        returns (uint256)
    {
        return promised == 0 ? 0 : units * price * shortfall / promised;
    }

    /// @notice Credit of `units` at `price`.
    function creditDown(uint256 units, uint256 price, uint256 breach, uint256 creditBps, uint256 promised)
        internal
        pure
        returns (uint256)
    {
        return promised == 0 ? 0 : units * price * breach * creditBps / (promised * BPS);
    }

    /// @notice The largest credit that a period with so much escrow can ever earn: locked from the bond by its
    /// sales. The escrow is below 2²⁰⁰.
    function creditLockUp(uint256 escrow, uint256 creditBps) internal pure returns (uint256) {
        unchecked {
            return (escrow * creditBps + BPS - 1) / BPS;
        }
    }

    /// @dev The part of the shortfall that the owner answers for, in device-seconds. `shortfall > 0` means that
    /// `up < promised ≤ capacity`, so the divisor is not zero.
    function _breach(Books memory b, Totals memory t, uint256 graceBps, uint256 up, uint256 shortfall)
        private
        pure
        returns (uint256)
    {
        uint256 notUp = b.capacitySeconds - up;
        uint256 down = _min(t.downSeconds, notUp);
        uint256 excused = _min(_min(t.excusedSeconds, b.excuseCeiling), notUp - down);
        uint256 unknown = notUp - down - excused;
        uint256 forgiven = _min(unknown, b.capacitySeconds * graceBps / BPS);
        return shortfall * (down + unknown - forgiven) / notUp;
    }

    /// @dev Joules that the owner is paid for: no more than the rating allows for the time and the work.
    function _energyPaid(Totals memory t, Terms calldata terms, uint256 up) private pure returns (uint256 joules) {
        joules = _min(t.energyJoules, uint256(terms.ratedWatts) * up);
        if (terms.workMetric != 0) joules = _min(joules, t.work * terms.ratedJoules / terms.ratedWork);
    }

    function _split(Outcome memory o, uint256 revenue, uint256 joules, Terms calldata terms) private pure {
        o.fee = revenue * terms.feeBps / BPS;
        uint256 rest = revenue - o.fee;
        o.energyCost = _min(rest, uint256(terms.tariffPerKwh) * joules / JOULES_PER_KWH);
        rest -= o.energyCost;
        o.holders = rest * terms.holderBps / BPS;
        o.owner = rest - o.holders;
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
