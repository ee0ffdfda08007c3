// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AssetReport, PeriodReport, Posted} from "../../../contracts/interfaces/IReportOracle.sol";
import {Proofs} from "../base/Proofs.sol";

/// @title The members: honest or not, they sign what they like
abstract contract Members is Proofs {
    /// @dev Posts the next revision of a period whose window is open, or waits for the window of the last period.
    function post(uint256 seed) external turn {
        touched = _draw(seed, 0xa55e7) % assets.length;
        uint256 period = _period() - 1;
        if (period < assets[0].openedIn) return _idle(Action.Post);
        ReportGhost[] storage posted = reports[period];
        if (posted.length == 0) {
            if (_draw(seed, 1) % 8 == 0) _refuseEarly(period, seed);
            _passTo(_endOf(period) + POST_FROM + _draw(seed, 2) % 50);
            if (clock > _endOf(period) + POST_UNTIL) return _idle(Action.Post);
        } else if (posted.length > MAX_REVISION || _draw(seed, 3) % 3 != 0) {
            return _idle(Action.Post);
        } else if (clock > _disputeEnd(period, posted.length - 1) + ANSWER + REVISION) {
            return _idle(Action.Post);
        } else if (clock + DISPUTE > _endOf(period) + HARD_END) {
            return _idle(Action.Post);
        }
        _submit(period, seed);
        _done(Action.Post);
    }

    function _submit(uint256 period, uint256 seed) internal {
        PeriodReport memory r = _compose(period, seed);
        Posted memory before;
        if (r.revision != 0) before = reports[period][r.revision - 1].posted;
        uint256 count = memberQuorum;
        _refused(_outsider(), _submitCall(r, _signers(count - 1, seed), before), "R3: posted without a quorum");
        _refused(_outsider(), _submitCall(r, _twice(count, seed), before), "R3: a member counted twice");
        Act memory submit = _submitCall(r, _signers(count, seed), before);
        _do(_outsider(), submit);
        _refused(_outsider(), submit, "P8: the same report was posted twice");
        _ghostPosted(r, _bits(count, seed), _readMembersVersion());
    }

    /// @dev The period's next revision. One root in twelve is of nothing that anybody could show.
    function _compose(uint256 period, uint256 seed) internal returns (PeriodReport memory r) {
        uint256 revision = reports[period].length;
        ReportGhost storage report = reports[period].push();
        bool any = false;
        for (uint256 a = 0; a < assets.length; ++a) {
            (AssetReport memory totals, uint256 from) = _totals(a, period, _draw(seed, 100 + a));
            report.leaves.push(totals);
            report.seeds.push(from);
            any = any || totals.telemetryRoot != 0;
        }
        if (!any) (report.leaves[0], report.seeds[0]) = (_report(0, period, seed), seed);
        report.withheld = _draw(seed, 99) % 12 == 0;
        bytes32 root = report.withheld ? keccak256(abi.encode(seed)) : _rootOf(report.leaves);
        uint32 count = uint32(assets.length);
        return PeriodReport(uint32(period), uint32(revision), root, count, 1, keccak256("bundle"));
    }

    function _ghostPosted(PeriodReport memory r, uint32 signers, uint32 version) internal {
        Posted memory posted = Posted(r.root, r.assetCount, uint40(clock), signers, version);
        reports[r.period][r.revision].posted = posted;
    }

    /// @dev The places of those who signed, as a bitmap.
    function _bits(uint256 count, uint256 seed) private view returns (uint32 bits) {
        uint256 leftOut = count == memberKeys.length ? count : seed % memberKeys.length;
        for (uint256 i = 0; i < memberKeys.length; ++i) {
            if (i != leftOut) bits |= uint32(1 << i);
        }
    }

    /// @dev A quarter left out, five eighths as the machines signed, an eighth anything that fits the fields.
    function _totals(uint256 a, uint256 period, uint256 seed)
        private
        view
        returns (AssetReport memory r, uint256 from)
    {
        uint256 kind = _draw(seed, 1) % 8;
        if (kind < 2) return (r, 0);
        r = _report(a, period, seed);
        if (kind < 7) return (r, seed);
        r.upSeconds = uint40(_draw(seed, 2) >> (_draw(seed, 3) % 256));
        r.downSeconds = uint40(_draw(seed, 4) >> (_draw(seed, 5) % 256));
        r.excusedSeconds = uint40(_draw(seed, 6) >> (_draw(seed, 7) % 256));
        r.energyJoules = uint56(_draw(seed, 8) >> (_draw(seed, 9) % 256));
        r.work = uint56(_draw(seed, 10) >> (_draw(seed, 11) % 256));
        r.devices = _draw(seed, 12) % 2 == 0 ? r.devices : uint32(_draw(seed, 13));
    }

    function _refuseEarly(uint256 period, uint256 seed) private {
        if (clock >= _endOf(period) + POST_FROM) return;
        PeriodReport memory r = PeriodReport(uint32(period), 0, keccak256("root"), uint32(assets.length), 1, 0);
        Posted memory none;
        Act memory submit = _submitCall(r, _signers(memberKeys.length, seed), none);
        _refused(_outsider(), submit, "R8: posted before its window");
    }

    /// @dev `count` members by ascending address.
    function _signers(uint256 count, uint256 seed) private view returns (uint256[] memory keys) {
        keys = new uint256[](count);
        uint256 leftOut = count == memberKeys.length ? count : seed % memberKeys.length;
        uint256 place = 0;
        for (uint256 i = 0; i < memberKeys.length && place < count; ++i) {
            if (i != leftOut) keys[place++] = memberKeys[i];
        }
    }

    function _twice(uint256 count, uint256 seed) private view returns (uint256[] memory keys) {
        keys = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            keys[i] = memberKeys[seed % memberKeys.length];
        }
    }
}
