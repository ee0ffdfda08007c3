// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAssetRegistry, Terms} from "../interfaces/IAssetRegistry.sol";

/// @title Which terms an asset may have
/// @dev Twin: `wellhead.registry.terms.check_terms`.
library TermsRules {
    /// @notice Version of the settlement rules that these contracts apply.
    uint32 internal constant RULES_VERSION = 1;

    /// @dev Ten years of days. What is added to a period's number stays one, and nobody gives notice for ever.
    uint256 private constant MAX_NOTICE = 3_650;

    /// @notice Reverts with the rule that the terms break for `devices` devices and periods of `length` seconds.
    function requireValid(Terms calldata t, uint32 devices, uint32 length) internal pure {
        require(t.rulesVersion == RULES_VERSION, IAssetRegistry.UnknownRules(t.rulesVersion, RULES_VERSION));
        _requireAtMost("kind", t.kind, 2);
        _requireAtMost("evidence", t.evidence, 3);
        _requireBps(t.feeBps);
        _requireBps(t.holderBps);
        _requireBps(t.creditBps);
        _requireBps(t.graceBps);
        _requireSet("devices", devices);
        _requireSet("unitSeconds", t.unitSeconds);
        _requireSet("maxWatts", t.maxWatts);
        _requireSet("ratedWatts", t.ratedWatts);
        _requireSet("maxWorkPerSecond", t.maxWorkPerSecond);
        _requireSet("stablecoin", uint160(t.stablecoin));
        _requireAtMost("ratedWatts", t.ratedWatts, t.maxWatts);
        _requireAtMost("noticePeriods", t.noticePeriods, MAX_NOTICE);
        if (t.workMetric != 0) {
            _requireSet("ratedWork", t.ratedWork);
            _requireSet("ratedJoules", t.ratedJoules);
        }
        uint256 capacity = uint256(devices) * length;
        _requireBelow("seconds", capacity, 1 << 40);
        _requireBelow("joules", capacity * t.maxWatts, 1 << 56);
        _requireBelow("work", capacity * t.maxWorkPerSecond, 1 << 56);
        _requireAtMost("reservedForSpot", t.reservedForSpot, capacity / t.unitSeconds);
    }

    /// @notice Whether two sets of terms pay holders by the same rules.
    function sameForHolders(Terms calldata a, Terms calldata b) internal pure returns (bool) {
        return a.feeBps == b.feeBps && a.holderBps == b.holderBps && a.ratedWatts == b.ratedWatts
            && a.ratedWork == b.ratedWork && a.ratedJoules == b.ratedJoules && a.tariffPerKwh == b.tariffPerKwh
            && a.workMetric == b.workMetric && a.stablecoin == b.stablecoin;
    }

    function _requireBps(uint256 bps) private pure {
        require(bps <= 10_000, IAssetRegistry.AboveBps(bps, 10_000));
    }

    function _requireSet(bytes32 field, uint256 value) private pure {
        require(value != 0, IAssetRegistry.ZeroTerm(field));
    }

    function _requireAtMost(bytes32 field, uint256 value, uint256 limit) private pure {
        require(value <= limit, IAssetRegistry.OutOfRange(field, value, limit));
    }

    function _requireBelow(bytes32 field, uint256 largest, uint256 limit) private pure {
        require(largest < limit, IAssetRegistry.SumOverflow(field, largest, limit));
    }
}
