// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Opening, Place, Reading, Shown} from "../../../contracts/interfaces/IDisputes.sol";
import {AssetReport, Posted} from "../../../contracts/interfaces/IReportOracle.sol";
import {Members} from "./Members.sol";
import {vm} from "../base/Vm.sol";

/// @title Anybody who doubts a report, and anybody who can show that it is right
abstract contract Challenger is Members {
    uint256 private constant BOND = 2 * ANSWER_GAS * MIN_FEE;

    /// @dev Asks for any place of a report, seen or not; after the hard end, for the report itself.
    function challenge(uint256 seed) external turn {
        ChallengeGhost memory c;
        c.a = _asset(seed);
        uint256 back = _draw(seed, 1) % 3 == 0 ? 4 + _draw(seed, 2) % 3 : 1 + _draw(seed, 2) % 2;
        c.period = _period() - uint32(back);
        uint256 posted = reports[c.period].length;
        if (posted == 0) return _idle(Action.Challenge);
        c.revision = uint32(_draw(seed, 3) % 4 == 0 ? _draw(seed, 4) % posted : posted - 1);
        bool late = clock >= _endOf(c.period) + HARD_END;
        uint256 places = _width(_devicesAt(c.a, c.period));
        c.index = late ? SUMMONS : uint40(_draw(seed, 5) % places);
        c.by = _payer(_draw(seed, 6));
        if (!late) _refuseBeyond(c, places);
        if (!_tryOpen(c, _draw(seed, 7) % 3)) return _idle(Action.Challenge);
        if (_draw(seed, 8) % 3 == 0) _resolve(challenges.length - 1, seed);
        _done(Action.Challenge);
    }

    /// @dev Answers what can be answered in time, and ends what was not.
    function resolve(uint256 seed) external turn {
        if (challenges.length == 0) return _idle(Action.Resolve);
        uint256 place = _draw(seed, 1) % challenges.length;
        touched = challenges[place].a;
        if (_draw(seed, 2) % 4 != 0 && _resolve(place, seed)) _done(Action.Resolve);
        else _idle(Action.Resolve);
    }

    /// @dev Totals that no readings add up to void a report at once; right ones never do.
    function prove(uint256 seed) external turn {
        ChallengeGhost memory c;
        c.a = _asset(seed);
        c.period = _period() - uint32(1 + _draw(seed, 1) % 2);
        uint256 posted = reports[c.period].length;
        if (posted == 0) return _idle(Action.Prove);
        c.revision = uint32(posted - 1);
        ReportGhost storage r = reports[c.period][c.revision];
        address by = _payer(_draw(seed, 2));
        Act memory act = _proveTotalsCall(_at(c), r.posted, _shown(c), _termsAt(c.a, c.period));
        bool broken = !r.withheld && _present(r, c.a) && _absurd(c.a, c.period, r.leaves[c.a]);
        if (!broken || !_contestable(c.a, c.period, c.revision)) {
            _refused(by, act, "P7: a report was voided without a fault");
            return _idle(Action.Prove);
        }
        _do(by, act);
        _ghostVoid(c.a, c.period, c.revision, by);
        _refused(by, act, "P7: a fault was rewarded twice");
        _done(Action.Prove);
    }

    function claimWei(uint256 seed) external turn {
        address payer = _draw(seed, 1) % 4 == 0 ? address(oracle) : address(disputes);
        for (uint256 i = 0; i < people.length; ++i) {
            address payee = people[(_draw(seed, 2) + i) % people.length];
            if (owedWei[payer][payee] == 0) continue;
            _claimWei(payer, payee);
            return _done(Action.ClaimWei);
        }
        _refused(_outsider(), _claimWeiCall(payer, _outsider()), "P8: wei paid that nobody owed");
        _idle(Action.ClaimWei);
    }

    function _claimWei(address payer, address payee) internal {
        Act memory act = _claimWeiCall(payer, payee);
        if (payee == address(contractTenant)) contractTenant.arm(act.target, act.data);
        uint256 before = payee.balance;
        _do(_outsider(), act);
        require(payee.balance == before + owedWei[payer][payee], "P6: other wei than due");
        owedWei[payer][payee] = 0;
        _refused(_outsider(), act, "P8: wei claimed twice");
        if (payee != address(contractTenant)) return;
        require(contractTenant.succeeded() == 0, "R33: wei claimed from inside a payment");
        contractTenant.arm(address(0), "");
    }

    /// @dev `bond`: 0 too little, which is refused and tried again with enough; 1 exact; 2 more, which is owed back.
    function _tryOpen(ChallengeGhost memory c, uint256 bond) internal returns (bool) {
        ReportGhost storage r = reports[c.period][c.revision];
        Act memory act = _challengeCall(_at(c), r.posted);
        bool may = !asked[_placeOf(c)] && !_void(c.a, c.period, c.revision);
        ContestGhost storage contest = contests[c.a][c.period];
        if (c.index == SUMMONS) {
            may = may && contest.summonedUntil == 0 && !periods[c.a][c.period].closed;
            may = may && clock >= _endOf(c.period) + HARD_END;
        } else {
            may = may && clock < _disputeEnd(c.period, c.revision);
        }
        uint256 value = BOND << (contest.open[c.revision] / 64);
        (c.bond, c.openedAt) = (value, clock);
        if (!may) _refusedPaying(c.by, act, value, "P7: challenged what cannot be challenged");
        if (!may) return false;
        if (bond == 0) _refusedPaying(c.by, act, value - 1, "P7: challenged without a bond");
        if (bond == 2) {
            owedWei[address(disputes)][c.by] += 7;
            value += 7;
        }
        _doPaying(c.by, act, value);
        _ghostOpen(c);
        _refusedPaying(c.by, act, value, "P7: the same place was challenged twice");
        return true;
    }

    function _resolve(uint256 place, uint256 seed) internal returns (bool) {
        ChallengeGhost memory c = challenges[place];
        Posted memory posted = reports[c.period][c.revision].posted;
        Act memory expire = _expireCall(_at(c), posted);
        if (contests[c.a][c.period].marked[c.revision]) {
            _refused(_outsider(), expire, "P7: a report was voided twice");
            _do(_outsider(), _reclaimCall(_at(c)));
            _ghostOver(place, c.by);
            return true;
        }
        _refused(_outsider(), _reclaimCall(_at(c)), "P7: a bond was taken back while the report stands");
        if (clock > c.openedAt + ANSWER) {
            if (_answerable(c)) _refused(_outsider(), _answer(c, false), "P7: answered too late");
            _do(_outsider(), expire);
            _ghostOver(place, c.by);
            _ghostVoid(c.a, c.period, c.revision, c.by);
            return true;
        }
        _refused(_outsider(), expire, "P7: a challenge expired before its time");
        if (!_answerable(c)) {
            _refused(_outsider(), _answer(c, false), "P7: opened what cannot be opened");
            return false;
        }
        _refused(_outsider(), _answer(c, true), "P7: answered with something else than the machine signed");
        address by = _payer(_draw(seed, 9));
        _do(by, _answer(c, false));
        _ghostAnswered(place, by);
        return true;
    }

    /// @dev Whether anybody can show what was asked for. A summons asks for the report only, however absurd.
    function _answerable(ChallengeGhost memory c) private view returns (bool) {
        ReportGhost storage r = reports[c.period][c.revision];
        if (r.withheld || _void(c.a, c.period, c.revision)) return false;
        return c.index == SUMMONS || !_present(r, c.a) || r.seeds[c.a] != 0;
    }

    /// @dev `forged`: the answer with one thing wrong.
    function _answer(ChallengeGhost memory c, bool forged) private view returns (Act memory) {
        ReportGhost storage r = reports[c.period][c.revision];
        Shown memory shown = _shown(c);
        if (!_present(r, c.a)) {
            if (forged) shown.path = new bytes32[](shown.path.length + 1);
            return _answerAbsentCall(_at(c), r.posted, shown.path);
        }
        if (c.index == SUMMONS) {
            if (forged) ++shown.report.upSeconds;
            return _answerReportCall(_at(c), r.posted, shown);
        }
        bytes memory path = _sumPath(c.a, c.period, r.seeds[c.a], c.index);
        if (c.index >= shown.report.devices || !_heard(r.seeds[c.a], c.index)) {
            if (forged) path = bytes.concat(path, bytes32(0));
            return _answerEmptyCall(_at(c), r.posted, shown, path);
        }
        return _answerReadingCall(_at(c), r.posted, _opening(c, shown, path, forged));
    }

    function _opening(ChallengeGhost memory c, Shown memory shown, bytes memory path, bool forged)
        private
        view
        returns (Opening memory o)
    {
        (o.shown, o.sumPath) = (shown, path);
        o.reading = _reading(c.a, c.period, reports[c.period][c.revision].seeds[c.a], c.index);
        uint256 key = _agentKey(forged ? c.index + 1 : c.index);
        o.signature = _signReading(key, _readingHash(o.reading));
        o.devicePath = _devicePath(_devicesAt(c.a, c.period), c.index);
    }

    function _shown(ChallengeGhost memory c) private view returns (Shown memory) {
        AssetReport[] storage leaves = reports[c.period][c.revision].leaves;
        return Shown(leaves[c.a], _pathOf(leaves, c.a));
    }

    function _at(ChallengeGhost memory c) internal view returns (Place memory) {
        return Place(assets[c.a].id, c.period, c.revision, c.index);
    }

    /// @dev Beyond the list's tree there is nothing to ask for.
    function _refuseBeyond(ChallengeGhost memory c, uint256 places) private {
        Place memory place = Place(assets[c.a].id, c.period, c.revision, uint40(places));
        Act memory act = _challengeCall(place, reports[c.period][c.revision].posted);
        _refusedPaying(c.by, act, BOND << 10, "P7: challenged a place that is none");
    }

    /// @dev By the terms of the rig: a thousand watts, a thousand of work in a second.
    function _absurd(uint256 a, uint256 period, AssetReport memory r) private view returns (bool) {
        uint256 capacity = uint256(_devicesAt(a, period)) * L;
        return r.devices != _devicesAt(a, period)
            || uint256(r.upSeconds) + r.downSeconds + r.excusedSeconds > capacity || r.busySeconds > r.upSeconds
            || r.energyJoules > capacity * 1_000 || r.work > uint256(r.upSeconds) * 1_000;
    }
}
