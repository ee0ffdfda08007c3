// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Terms} from "../../../contracts/interfaces/IAssetRegistry.sol";
import {AssetReport} from "../../../contracts/interfaces/IReportOracle.sol";

/// @title The settlement formula once more, written from docs/protocol.md and from nothing else
abstract contract Model {
    struct Known {
        uint256 capacity;
        uint256 sold;
        uint256 escrow;
        uint256 locked;
        uint256 spot;
        uint256 excused;
    }

    struct Expected {
        uint256 promised;
        uint256 shortfall;
        uint256 breach;
        uint256 refunds;
        uint256 credits;
        uint256 fee;
        uint256 owner;
        uint256 holders;
    }

    /// @dev A period that was reported, if `reported`; else one that goes back to the tenants.
    function _expect(Known memory k, Terms memory t, AssetReport memory r, bool reported)
        internal
        pure
        returns (Expected memory e)
    {
        uint256 up = reported ? _least(r.upSeconds, k.capacity) : 0;
        e.promised = k.sold * t.unitSeconds;
        e.shortfall = e.promised > up ? e.promised - up : 0;
        uint256 charge = e.promised == 0 ? 0 : k.escrow * (e.promised - e.shortfall) / e.promised;
        e.refunds = k.escrow - charge;
        if (reported && e.shortfall != 0) {
            e.breach = e.shortfall * _bad(k, t, r, up) / (k.capacity - up);
            e.credits = _least(k.escrow * e.breach * t.creditBps / (e.promised * 10_000), k.locked);
        }
        uint256 revenue = charge + k.spot;
        e.fee = revenue * t.feeBps / 10_000;
        uint256 energy = reported ? _least(revenue - e.fee, _energyCost(t, r, up)) : 0;
        e.holders = (revenue - e.fee - energy) * t.holderBps / 10_000;
        e.owner = revenue - e.fee - e.holders;
    }

    function _bad(Known memory k, Terms memory t, AssetReport memory r, uint256 up) private pure returns (uint256) {
        uint256 rest = k.capacity - up;
        uint256 down = _least(r.downSeconds, rest);
        uint256 excused = _least(r.excusedSeconds, _least(k.excused, rest - down));
        uint256 unknown = rest - down - excused;
        return down + unknown - _least(unknown, k.capacity * t.graceBps / 10_000);
    }

    function _energyCost(Terms memory t, AssetReport memory r, uint256 up) private pure returns (uint256) {
        uint256 joules = _least(r.energyJoules, uint256(t.ratedWatts) * up);
        if (t.workMetric != 0) joules = _least(joules, uint256(r.work) * t.ratedJoules / t.ratedWork);
        return uint256(t.tariffPerKwh) * joules / 3_600_000;
    }

    function _least(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
