// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {PeriodReport} from "../../../contracts/interfaces/IReportOracle.sol";
import {Challenger} from "./Challenger.sol";

/// @title What happens where the members post nothing
abstract contract Fallbacks is Challenger {
    /// @dev Anybody posts a root that no member signed, with a bond.
    function fallbackRoot(uint256 seed) external turn {
        touched = _draw(seed, 0xa55e7) % assets.length;
        uint32 period = _period() - 1;
        if (period < assets[0].openedIn || reports[period].length != 0) return _idle(Action.Fallback);
        _passTo(_endOf(period) + POST_UNTIL + 1 + _draw(seed, 1) % 50);
        if (clock > _endOf(period) + POST_UNTIL + REVISION) return _idle(Action.Fallback);
        address by = _payer(_draw(seed, 2));
        PeriodReport memory r = _compose(period, seed);
        Act memory act = _fallbackCall(r);
        _refusedPaying(by, act, FALLBACK_BOND - 1, "P7: a fallback root without its bond");
        _doPaying(by, act, FALLBACK_BOND);
        _refusedPaying(by, act, FALLBACK_BOND, "P8: the same root was posted twice");
        _ghostPosted(r, 0, 0);
        (posterOf[period], fallbackBonds[period]) = (by, FALLBACK_BOND);
        fallbacksLeft += FALLBACK_BOND;
        fallbacks.push(period);
        _done(Action.Fallback);
    }

    /// @dev A period that only a fallback saved, or nobody, costs the members of that time a fee, once; what is left
    /// of a fallback's bond goes back when nobody can contest it any more.
    function missed(uint256 seed) external turn {
        touched = _draw(seed, 0xa55e7) % assets.length;
        bool released = fallbacks.length != 0 && _release(_draw(seed, 1) % fallbacks.length);
        uint32 period = _period() - 1 - uint32(_draw(seed, 2) % 5);
        if (period < assets[0].openedIn || !_charge(period)) {
            return released ? _done(Action.Missed) : _idle(Action.Missed);
        }
        _done(Action.Missed);
    }

    function _charge(uint32 period) private returns (bool) {
        uint256 version = _versionAtEnd(period);
        Act memory act = _chargeMissCall(period, uint32(version));
        bool posted = reports[period].length != 0 && posterOf[period] == address(0);
        if (posted || clock <= _endOf(period) + POST_UNTIL || missCharged[period]) {
            _refused(_outsider(), act, "P7: members paid for a period that they had not missed");
            return false;
        }
        _refused(_outsider(), _chargeMissCall(period, uint32(version + 1)), "P7: other members paid");
        _do(_outsider(), act);
        missCharged[period] = true;
        owedWei[address(oracle)][protocol] += _fromStakes(7, MISS_FEE);
        _refused(_outsider(), act, "P8: members paid twice");
        return true;
    }

    function _release(uint256 place) internal returns (bool) {
        uint32 period = fallbacks[place];
        Act memory act = _releaseFallbackCall(period);
        bool over = clock >= _endOf(period) + HARD_END + ANSWER + POST_FROM;
        uint256 bond = fallbackBonds[period];
        if (!over || bond == 0) _refused(posterOf[period], act, "P7: a fallback's bond was released early or twice");
        if (!over) return false;
        fallbacks[place] = fallbacks[fallbacks.length - 1];
        fallbacks.pop();
        if (bond == 0) return false;
        _do(_outsider(), act);
        owedWei[address(oracle)][posterOf[period]] += bond;
        (fallbackBonds[period], fallbacksLeft) = (0, fallbacksLeft - bond);
        return true;
    }

    /// @dev The list that was in force when the period ended; versions count from 1.
    function _versionAtEnd(uint256 period) private view returns (uint256 version) {
        version = versionSince.length;
        while (version > 1 && versionSince[version - 1] > _endOf(period)) --version;
    }
}
