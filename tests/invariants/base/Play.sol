// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Checks} from "./Checks.sol";
import {Coins} from "./Coins.sol";
import {vm} from "./Vm.sol";

/// @title All actors on one stage, the passing of time, and the end of every play
contract Play is Checks, Coins {
    uint256 private constant EPOCHS_MAX = 4;

    constructor() {
        _begin();
    }

    /// @dev Mostly some minutes of a period, sometimes two or three periods at once.
    function passTime(uint256 seed) external turn {
        uint256 span = _draw(seed, 1) % 16 == 0 ? 3 * L : _draw(seed, 1) % 4 == 0 ? L : 350;
        _passTo(clock + 1 + _draw(seed, 2) % span);
        _done(Action.PassTime);
    }

    /// @dev Opens one more asset that is paid in such a coin; the suites call it before the play.
    function add(Coin coin) external {
        vm.warp(clock);
        (address at, uint256 powers) = _coin(coin);
        _addAsset(at, powers, uint256(coin));
    }

    /// @dev The owner sends the money of later periods to a new vault: in the same coin, or in another of its kind,
    /// which may stand higher or lower.
    function startEpoch(uint256 seed) external turn {
        uint256 a = _asset(seed);
        bool soon = _period() < assets[a].froms[_epochs(a) - 1] + 4 && _draw(seed, 4) % 8 != 0;
        if (soon || _epochs(a) == EPOCHS_MAX) return _idle(Action.StartEpoch);
        Purse storage old = purses[_purse(a, _epochs(a) - 1)];
        (address coin, uint256 powers) = (old.coin, old.powers);
        if (_draw(seed, 1) % 2 == 0) {
            (coin, powers) = _coin(Coin(assets[a].kind));
            _allowCoin(coin, uint8(_draw(seed, 2) % 8 == 0 ? 0 : 1 + _draw(seed, 3) % 2));
        }
        _startEpoch(a, coin, powers);
        _done(Action.StartEpoch);
    }

    /// @dev From whatever state was reached: everything is settled or refunded, redeemed and paid out, by calls that
    /// anybody can make once compliance, guardian and issuers have done what they must.
    function finish() external {
        vm.warp(clock);
        checkAll();
        for (uint256 i = 0; i < people.length; ++i) {
            if (_readFrozen(people[i])) _do(compliance, _setFrozenCall(people[i], false));
        }
        _thawLeases();
        _forEachPurse(_repair);
        _closeEverything();
        for (uint256 a = 0; a < assets.length; ++a) {
            _redeemEverything(a);
        }
        _forEachPurse(_claimEverything);
        _claimAllWei();
        checkAll();
        _forEachPurse(_checkEmpty);
    }

    function _forEachPurse(function(uint256) internal act) private {
        for (uint256 a = 0; a < assets.length; ++a) {
            for (uint256 epoch = 0; epoch < _epochs(a); ++epoch) {
                act(_purse(a, epoch));
            }
        }
    }

    /// @dev Half of the losses are made good, the others are shared alike.
    function _repair(uint256 m) private {
        bool short = _can(m, SEIZABLE) && purses[m].taken != 0 && clock % 2 == 0;
        if (!short) _makeGood(m);
        if (short || purses[m].impaired) _tryRecognize(m);
    }

    /// @dev Past the hard end of everything that was sold: whatever the members did, each period can be closed now.
    function _closeEverything() private {
        uint32 last = _period() + 5;
        _passTo(_endOf(last) + HARD_END + DISPUTE);
        for (uint256 a = 0; a < assets.length; ++a) {
            while (assets[a].next <= last) {
                if (!_tryClose(a)) _unblock(a);
            }
        }
        _passTo(clock + ANSWER + POST_FROM);
        while (challenges.length != 0) {
            require(_resolve(0, 0), "liveness: a challenge without an end");
        }
        while (fallbacks.length != 0) {
            _release(0);
        }
    }

    /// @dev Nobody can open what stands in the way, so everybody can have it out of the way: a summons, unanswered.
    function _unblock(uint256 a) private {
        // what was not answered makes room, for the next summons or for closing, when somebody ends it
        bool ended = false;
        for (uint256 i = challenges.length; i != 0; --i) {
            if (clock > challenges[i - 1].openedAt + ANSWER) ended = _resolve(i - 1, 0) || ended;
        }
        if (ended) return;
        ChallengeGhost memory c;
        c.a = a;
        c.period = assets[a].next;
        Ending memory e = _endingOf(a, c.period);
        require(!e.ripe, "liveness: a period that is ripe cannot be closed");
        (c.revision, c.index, c.by) = (uint32(e.revision), SUMMONS, _outsider());
        if (e.stuck && contests[a][c.period].summonedUntil == 0) {
            require(_tryOpen(c, 1), "liveness: a period cannot be closed");
        }
        _passTo(clock + ANSWER + POST_FROM);
    }

    function _claimAllWei() private {
        for (uint256 i = 0; i < people.length; ++i) {
            if (owedWei[address(disputes)][people[i]] != 0) _claimWei(address(disputes), people[i]);
            if (owedWei[address(oracle)][people[i]] != 0) _claimWei(address(oracle), people[i]);
        }
        require(address(disputes).balance == potsLeft, "liveness: wei that nobody can claim");
    }

    function _redeemEverything(uint256 a) private {
        for (uint32 period = assets[a].openedIn; period < assets[a].next; ++period) {
            uint256[] storage ids = periods[a][period].ids;
            for (uint256 i = 0; i < ids.length * 3; ++i) {
                (uint256 id, address tenant) = (ids[i / 3], _tenant(i % 3));
                uint256 units = leasesOf[id][tenant];
                if (units == 0) continue;
                _do(_outsider(), _redeemCall(tenant, id, uint64(units)));
                _ghostRedeem(a, period, id, tenant, units);
            }
            PeriodGhost storage p = periods[a][period];
            require(p.reserved <= 2 * p.redemptions, "R26: more dust than one unit per refund and per credit");
        }
    }

    function _claimEverything(uint256 m) private {
        Purse storage p = purses[m];
        for (uint256 i = 0; i < people.length; ++i) {
            address payee = people[i];
            if (i < HOLDERS) _claimRevenue(m, payee, 10_000);
            if (owedTo[m][payee] != 0) _claim(m, payee, _claimCall(p.vault, p.coin, payee));
            require(_payable(m, owedTo[m][payee]) == 0, "liveness: a claim cannot be paid");
        }
        if (_payable(m, p.bondFree) == 0) return;
        AssetGhost storage g = assets[_assetOf(m)];
        _do(g.owner, _withdrawBondCall(g.id, _epochOf(m), uint128(p.bondFree)));
        _ghostPaid(m, p.bondFree);
        p.bondFree = 0;
    }

    /// @dev What is left in a vault is remainders: less than one base unit per redemption, holder and closing.
    function _checkEmpty(uint256 m) private {
        Purse storage p = purses[m];
        if (p.impaired) return;
        require(p.booked == p.closedReserved + p.holderPool, "R26: left in the vault is not the remainders");
        require(p.holderPool <= HOLDERS, "R26: holders' dust");
    }

    // --- what the suites and the soak read ----------------------------------------------------------------

    function assetCount() external view returns (uint256) {
        return assets.length;
    }

    function nameOfStolenKey() external view returns (uint256) {
        return stolen;
    }

    /// @dev One line of JSON: turns, refusals, and by action how many did something and how many found nothing.
    function figures() external view returns (string memory line) {
        line = string.concat('{"turns":', vm.toString(turns), ',"refusals":', vm.toString(refusals));
        line = string.concat(line, ',"stolen":', vm.toString(stolen), ',"done":', _list(done));
        line = string.concat(line, ',"idle":', _list(idle), "}");
    }

    function _list(uint256[ACTIONS] storage counts) private view returns (string memory text) {
        for (uint256 i = 0; i < ACTIONS; ++i) {
            text = string.concat(text, i == 0 ? "[" : ",", vm.toString(counts[i]));
        }
        text = string.concat(text, "]");
    }
}
