// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Absence, AssetReport} from "../../../contracts/interfaces/IReportOracle.sol";
import {Fallbacks} from "./Fallbacks.sol";

/// @title Anybody who keeps things going: closes periods, deposits spot revenue, pays people what they are owed
abstract contract Keeper is Fallbacks {
    /// @dev `settle` closes the period when it is ripe, by report or without; `other` is the wrong one of the two.
    /// `unexpired`: a revision went unanswered, and nobody has taken its penalty yet.
    struct Ending {
        bool reported;
        bool ripe;
        bool empty;
        bool stuck;
        bool unexpired;
        uint256 revision;
        AssetReport report;
        Act settle;
        Act other;
        Act skip;
    }

    function depositSpot(uint256 seed) external turn {
        uint256 a = _asset(seed);
        AssetGhost storage g = assets[a];
        uint256 amount = 1 + _draw(seed, 1) % (uint256(10) ** (_draw(seed, 2) % 13));
        uint32 period = uint32(g.next + _draw(seed, 3) % (_period() - _min(g.next, _period()) + 1));
        Act memory act = _depositSpotCall(g.id, period, uint128(amount));
        address by = _draw(seed, 4) % 2 == 0 ? g.owner : _tenant(_draw(seed, 5));
        Act memory closed = _depositSpotCall(g.id, g.next - 1, uint128(amount));
        _refused(by, closed, "P8: deposited into a closed period");
        Act memory future = _depositSpotCall(g.id, _period() + 1, uint128(amount));
        _refused(by, future, "P5: deposited into a period to come");
        if (period > _period()) return _idle(Action.DepositSpot);
        uint256 m = _purseAt(a, period);
        if (_payIn(m, by, act)) {
            periods[a][period].spot += amount;
            purses[m].booked += amount;
        }
        _done(Action.DepositSpot);
    }

    /// @dev Closes an asset's next period in whatever way the state allows; every other way must be refused.
    function close(uint256 seed) external turn {
        uint256 a = _asset(seed);
        if (_tryClose(a)) _done(Action.Close);
        else _idle(Action.Close);
    }

    function claim(uint256 seed) external turn {
        (uint256 m, address payee) = _payee(seed);
        touched = _assetOf(m);
        Purse storage g = purses[m];
        Act memory act = _claimCall(g.vault, g.coin, payee);
        if (owedTo[m][payee] == 0) {
            _refused(payee, act, "P8: paid what nobody owed");
            return _idle(Action.Claim);
        }
        if (payee == address(contractTenant)) contractTenant.arm(act.target, act.data);
        _claim(m, payee, act);
        if (payee == address(contractTenant)) _disarmClaim();
        _done(Action.Claim);
    }

    function claimBatch(uint256 seed) external turn {
        _claimBatch(_drawPurse(_asset(seed), seed), _draw(seed, 1) % people.length, 1 + _draw(seed, 2) % people.length);
        _done(Action.ClaimBatch);
    }

    function recognizeLoss(uint256 seed) external turn {
        if (_tryRecognize(_drawPurse(_asset(seed), seed))) _done(Action.RecognizeLoss);
        else _idle(Action.RecognizeLoss);
    }

    /// @dev Anybody may, where a vault holds less than it owes, and again when that changed; nobody where it does not.
    function _tryRecognize(uint256 m) internal returns (bool) {
        Purse storage g = purses[m];
        Act memory act = _recognizeLossCall(assets[_assetOf(m)].id, _epochOf(m));
        uint256 balance = _balance(m, g.vault);
        bool short = balance < g.booked;
        if (!short && !g.impaired) {
            _refused(_outsider(), act, "P1: a loss was recognized that is none");
            return false;
        }
        _do(_outsider(), act);
        (g.lossBalance, g.lossObligations, g.impaired) = (balance, g.booked, short);
        return true;
    }

    function _claim(uint256 m, address payee, Act memory act) internal {
        uint256 amount = owedTo[m][payee];
        uint256 before = _balance(m, payee);
        if (_readFrozen(payee)) return _refused(payee, act, "R39: a frozen payee was paid");
        if (!_coinMoves(m, payee)) return _refused(payee, act, "P6: a payment the coin refused was booked");
        address by = purses[m].impaired ? payee : _outsider();
        if (by != _outsider()) _refused(_outsider(), act, "P1: a stranger took a part for a payee");
        if (_can(m, REBASES)) {
            if (!_may(by, act)) return;
        } else if (!_vaultPays(m, amount)) {
            return _refused(payee, act, "P1: paid what the vault does not have");
        } else {
            _do(by, act);
            require(_balance(m, payee) == before + _payable(m, amount), "P6: paid another amount than due");
        }
        owedTo[m][payee] = 0;
        _ghostPaid(m, amount);
        _refused(payee, act, "P8: claimed twice");
    }

    /// @dev Everybody good is paid, whoever else is in the batch.
    function _claimBatch(uint256 m, uint256 first, uint256 count) internal {
        Purse storage g = purses[m];
        address[] memory batch = new address[](count);
        uint256 sum = 0;
        for (uint256 i = 0; i < count; ++i) {
            batch[i] = people[(first + i) % people.length];
            sum += owedTo[m][batch[i]];
        }
        bool enough = _payable(m, sum) <= _balance(m, g.vault) && !_can(m, REBASES);
        _do(_outsider(), _claimBatchCall(g.vault, g.coin, batch));
        for (uint256 i = 0; i < count; ++i) {
            address payee = batch[i];
            uint256 left = _readOwed(g.vault, g.coin, payee);
            bool bad = _readFrozen(payee) || !_coinMoves(m, payee) || g.impaired;
            if (enough) {
                require(left == (bad ? owedTo[m][payee] : 0), "P6: a bad payee blocked a good one");
            }
            require(left == owedTo[m][payee] || left == 0, "P6: paid in part");
            _ghostPaid(m, owedTo[m][payee] - left);
            owedTo[m][payee] = left;
        }
    }

    function _tryClose(uint256 a) internal returns (bool) {
        uint32 period = assets[a].next;
        if (period >= _period()) return false;
        Ending memory e = _endingOf(a, period);
        if (e.reported) _refused(_outsider(), e.other, "P4: a reported period was closed as unreported");
        if (!e.empty) _refused(_outsider(), e.skip, "P8: skipped a period with money");
        if (!e.ripe) _refused(_outsider(), e.settle, "R8: closed before its window");
        if (!e.ripe && !e.empty) return false;
        _do(_outsider(), e.ripe ? e.settle : e.skip);
        if (e.ripe) periods[a][period].revised = _inDoubt(a, period);
        periods[a][period].unreported = e.ripe && !e.reported;
        _ghostClose(a, e.report, e.ripe && e.reported);
        _refused(_outsider(), e.settle, "P8: closed twice");
        _checkClosed(a, period);
        return true;
    }

    /// @dev How the period can end now, if it can: by the first revision that is not void and has the asset, or,
    /// after the hard end, without one. A revision that nobody can open is in the way until it is void.
    function _endingOf(uint256 a, uint32 period) internal returns (Ending memory e) {
        ReportGhost[] storage posted = reports[period];
        for (; e.revision < posted.length && !e.reported && !e.stuck; ++e.revision) {
            if (_void(a, period, e.revision)) {
                _refused(_outsider(), _settleOf(a, period, e.revision), "P7: settled by a void report");
                e.unexpired = !contests[a][period].marked[e.revision];
                if (e.unexpired) break;
                continue;
            }
            e.stuck = posted[e.revision].withheld;
            e.reported = !e.stuck && _present(posted[e.revision], a);
        }
        if (e.reported || e.stuck) --e.revision;
        if (e.reported) {
            e.ripe = clock >= _standsFrom(a, period, e.revision) && contests[a][period].open[e.revision] == 0;
            e.report = posted[e.revision].leaves[a];
            e.settle = _settleOf(a, period, e.revision);
            e.other = _unreportedOf(a, period);
        } else {
            e.ripe = !e.stuck && !e.unexpired && clock >= _endOf(period) + HARD_END;
            e.settle = _unreportedOf(a, period);
        }
        PeriodGhost storage p = periods[a][period];
        e.empty = p.sold == 0 && p.spot == 0 && clock > _endOf(period) + POST_UNTIL;
        e.skip = _skipCall(assets[a].id, period, 1);
    }

    /// @dev P4: what the contract wrote is what our formula says.
    function _checkClosed(uint256 a, uint32 period) internal view {
        PeriodGhost storage p = periods[a][period];
        PeriodView memory v = _readPeriod(assets[a].id, period);
        require(!v.open, "P8: a closed period is open");
        require(v.promised == p.promised && v.shortfall == p.shortfall, "P4: another shortfall than the formula's");
        require(v.breach == p.breach, "P4: another breach than the formula's");
        require(v.reserved == p.reserved, "P4: other refunds and credits than the formula's");
    }

    function _settleOf(uint256 a, uint32 period, uint256 revision) private view returns (Act memory) {
        AssetReport[] storage leaves = reports[period][revision].leaves;
        return _settleCall(
            assets[a].id,
            _termsAt(a, period),
            leaves[a],
            uint32(revision),
            reports[period][revision].posted,
            _pathOf(leaves, a),
            _absences(period, a, revision)
        );
    }

    function _unreportedOf(uint256 a, uint32 period) private view returns (Act memory) {
        Absence[] memory absences = _absences(period, a, reports[period].length);
        return _settleUnreportedCall(assets[a].id, period, _termsAt(a, period), absences);
    }

    /// @dev Somebody who is owed something, if anybody is.
    function _payee(uint256 seed) private view returns (uint256 m, address payee) {
        for (uint256 i = 0; i < people.length * assets.length; ++i) {
            m = _drawPurse((_draw(seed, 0xa55e7) + i / people.length) % assets.length, seed);
            payee = people[(_draw(seed, 1) + i) % people.length];
            if (owedTo[m][payee] != 0) return (m, payee);
        }
    }

    function _disarmClaim() private {
        require(contractTenant.succeeded() == 0, "R33: claimed from inside a payment");
        contractTenant.arm(address(0), "");
    }
}
