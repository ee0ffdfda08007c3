// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Stage} from "../base/Stage.sol";

/// @title Holders of shares: owners, tenants and investors
abstract contract Investor is Stage {
    function transferShares(uint256 seed) external turn {
        uint256 a = _asset(seed);
        address from = _shareholder(a, seed);
        address to = _draw(seed, 2) % 4 == 0 ? from : _investor(_draw(seed, 3));
        uint256 amount = _draw(seed, 4) % 3 == 0 ? holdings[a][from].balance : _draw(seed, 5) % 1e24;
        if (_draw(seed, 6) % 5 == 0) amount %= 1_000;
        Act memory act = _transferShareCall(assets[a].share, to, amount);
        string memory refusal = _refusalOf(a, from, to, amount);
        if (bytes(refusal).length != 0) {
            _refused(from, act, refusal);
        } else {
            _do(from, act);
            _ghostMove(a, from, to, amount);
        }
        if (!_readVerified(thief)) {
            _refused(from, _transferShareCall(assets[a].share, thief, 1), "R39: shares moved to a stranger");
        }
        _done(Action.TransferShares);
    }

    /// @dev Anybody may push a holder's revenue to him.
    function claimRevenue(uint256 seed) external turn {
        uint256 a = _asset(seed);
        address who = _draw(seed, 2) % 2 == 0 ? _shareholder(a, seed) : people[_draw(seed, 3) % HOLDERS];
        _claimRevenue(_drawPurse(a, seed), who, _draw(seed, 4) % 3 == 0 ? 1 : 1_000);
        _done(Action.ClaimRevenue);
    }

    /// @dev A keeper's batch: everybody good is paid in full, whoever else is in it and whatever the coin does.
    function pushRevenue(uint256 seed) external turn {
        uint256 a = _asset(seed);
        uint256 m = _purse(a, _currentEpoch(a));
        address[] memory batch = new address[](1 + _draw(seed, 1) % (HOLDERS + 1));
        uint256[] memory before = new uint256[](batch.length);
        (uint256 due, uint256 coins) = (0, 0);
        for (uint256 i = 0; i < batch.length; ++i) {
            batch[i] = people[(_draw(seed, 2) + i) % HOLDERS];
            before[i] = _balance(m, batch[i]);
            if (i == HOLDERS || !_isPaid(m, batch[i])) continue;
            due += _claimable(m, batch[i]);
            coins += _payable(m, _claimable(m, batch[i]));
        }
        if (_can(m, REBASES) || coins > _balance(m, purses[m].vault)) return _idle(Action.PushRevenue);
        Act memory act = _pushRevenueCall(assets[a].share, batch);
        contractTenant.arm(act.target, act.data);
        _do(_outsider(), act);
        require(contractTenant.succeeded() == 0, "R33: claimed from inside a payment");
        contractTenant.arm(address(0), "");
        require(_poolTaken(m) == due, "P6: a bad payee blocked a good one, or was booked as paid");
        for (uint256 i = 0; i < batch.length && i < HOLDERS; ++i) {
            if (_isPaid(m, batch[i])) _ghostPush(m, batch[i], before[i]);
        }
        _done(Action.PushRevenue);
    }

    /// @dev What would come to nothing is not taken off the books, nor a part of anything that nobody asked for.
    function _isPaid(uint256 m, address who) private view returns (bool) {
        return !purses[m].impaired && !_readFrozen(who) && _coinMoves(m, who) && _payable(m, _claimable(m, who)) != 0;
    }

    function _ghostPush(uint256 m, address who, uint256 before) private {
        uint256 due = _claimable(m, who);
        require(_balance(m, who) == before + _payable(m, due), "P6: a batch paid another amount than due");
        earnings[m][who].paid += due;
        purses[m].holderPool -= due;
        _ghostPaid(m, due);
    }

    /// @dev The share pays what was earned in the epoch of its last closed period by `claim`, in older ones by
    /// `claimEpoch`; of later ones nobody has earned anything.
    function _claimRevenue(uint256 m, address who, uint256 steps) internal {
        uint256 a = _assetOf(m);
        uint256 current = _currentEpoch(a);
        if (_epochOf(m) > current) return;
        address share = assets[a].share;
        Act memory act = _epochOf(m) == current
            ? _claimRevenueCall(share, who, steps)
            : _claimEpochCall(share, who, _epochOf(m), steps);
        if (_readFrozen(who)) return _refused(_outsider(), act, "R39: a frozen holder was paid");
        _take(m, who, steps, act);
    }

    function _take(uint256 m, address who, uint256 steps, Act memory act) private {
        uint256 due = _claimable(m, who);
        bool certain = _coinMoves(m, who) && _vaultPays(m, due) && !_can(m, REBASES);
        // a step's part of it may come to nothing
        if (steps == 1 && purses[m].impaired) certain = false;
        uint256 before = _balance(m, who);
        address by = purses[m].impaired ? who : _outsider();
        // a single step may find nothing to pay, which is no error
        if (by == who && due != 0 && steps != 1) _refused(_outsider(), act, "P1: a stranger took a part for a holder");
        if (certain || due == 0) _do(by, act);
        else if (!_may(by, act)) return;
        uint256 paid = _poolTaken(m);
        require(paid <= due, "P5: a holder was paid more than he earned");
        require(paid == due || steps == 1, "P5: a holder was paid less than he earned");
        bool exact = _balance(m, who) == before + _payable(m, paid);
        require(exact || _can(m, REBASES), "P5: a holder got another amount than was booked");
        earnings[m][who].paid += paid;
        purses[m].holderPool -= paid;
        _ghostPaid(m, paid);
        if (steps == 1 || due == 0) return;
        _do(_outsider(), act);
        require(_poolTaken(m) == 0, "P8: a claim paid twice");
    }

    /// @dev Of the last period that was closed.
    function _currentEpoch(uint256 a) internal view returns (uint256) {
        uint32 next = assets[a].next;
        return next == assets[a].openedIn ? 0 : _epochAt(a, next - 1);
    }

    /// @dev What the share booked as paid since we last looked.
    function _poolTaken(uint256 m) private view returns (uint256) {
        return purses[m].holderPool - _readBook(assets[_assetOf(m)].share, purses[m].vault, _epochOf(m)).holderPool;
    }

    function _shareholder(uint256 a, uint256 seed) private view returns (address who) {
        for (uint256 i = 0; i < HOLDERS; ++i) {
            who = people[(_draw(seed, 1) + i) % HOLDERS];
            if (holdings[a][who].balance != 0) return who;
        }
    }

    function _refusalOf(uint256 a, address from, address to, uint256 amount) private view returns (string memory) {
        if (_readFrozen(from) || _readFrozen(to)) return "R39: frozen shares moved";
        if (!_readVerified(to)) return "R39: shares moved to somebody unknown";
        uint256 balance = holdings[a][from].balance;
        if (amount > balance) return "P5: more shares moved than there are";
        if (amount > balance - _min(balance, sharesFrozen[a][from])) return "R39: frozen shares moved";
        return "";
    }
}
