// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Runs} from "../../libraries/Runs.sol";
import {SettledTime} from "../../libraries/SettledTime.sol";
import {TimeWeighted} from "../../libraries/TimeWeighted.sol";

/// @title A share's whole life in one call, with a clock of its own
/// @notice Genesis is second 0. Nothing persists when it is called by `eth_call`, so every call is a new life.
contract ShareHarness {
    using Runs for uint256;
    using SettledTime for uint256;
    using TimeWeighted for SettledTime.Ledger;

    enum Kind {
        Move,
        Settle,
        Claim,
        StartEpoch,
        ClaimPast,
        Refuse
    }

    /// @notice `amount` of shares from holder `from` to holder `to` at `time`; or what the next period earned; or
    /// a claim for `from` in at most `amount` steps, of the current epoch or of epoch `to`, or one whose payment
    /// fails; or an epoch that starts with period `amount`.
    struct Step {
        Kind kind;
        uint8 from;
        uint8 to;
        uint128 amount;
        uint64 time;
    }

    struct Final {
        uint256 period;
        uint256 balance;
        uint256 weight;
        uint256 numerator;
        uint256 waiting;
    }

    struct Scale {
        uint256 supply;
        uint256 length;
        uint256 holders;
    }

    SettledTime.Ledger private _ledger;

    /// @notice What each holder was paid by epoch, where everybody stands at the end, and what each epoch owes.
    function live(uint96 supply, uint32 length, uint8 holders, Step[] calldata steps)
        external
        returns (uint256[][] memory claimed, Final[] memory last, uint256[] memory outstanding)
    {
        Scale memory scale = Scale(supply, length, holders);
        claimed = new uint256[][](holders);
        for (uint256 h = 0; h < holders; ++h) claimed[h] = new uint256[](8);
        _ledger.issue(address(1), supply, 0, length, address(1));
        for (uint256 i = 0; i < steps.length; ++i) _do(steps[i], scale, claimed);
        outstanding = new uint256[](8);
        for (uint256 e = 0; e < 8; ++e) outstanding[e] = _ledger.outstandingOf(e);
        last = _standings(holders);
    }

    function _do(Step calldata s, Scale memory scale, uint256[][] memory claimed) private {
        uint256 divisor = scale.supply * scale.length;
        SettledTime.Scale memory counted;
        (counted.length, counted.divisor) = (scale.length, divisor);
        address from = _account(s.from);
        if (s.kind == Kind.Settle) _ledger.settle(s.amount);
        else if (s.kind == Kind.Move) _move(s, scale.length);
        else if (s.kind == Kind.StartEpoch) _ledger.startEpoch(uint32(s.amount), address(1));
        else if (s.kind == Kind.ClaimPast) {
            claimed[s.from][s.to] += _ledger.collectPastDown(from, s.to, s.amount, counted);
        } else {
            uint256 amount = _ledger.collectDown(from, s.amount, counted);
            _ledger.book(amount, 1);
            if (s.kind == Kind.Claim) claimed[s.from][_ledger.head.epochOf()] += amount;
            else _ledger.giveBack(from, amount, divisor);
        }
    }

    function _move(Step calldata s, uint256 length) private {
        uint256 period = s.time / length;
        uint256 left = (period + 1) * length - s.time;
        _ledger.move(_account(s.from), _account(s.to), s.amount, TimeWeighted.Moment(period, left, length));
    }

    function _standings(uint256 holders) private view returns (Final[] memory last) {
        last = new Final[](holders);
        for (uint8 h = 0; h < holders; ++h) {
            Final memory f = last[h];
            uint256 word = _ledger.wordOf(_account(h));
            (f.period, f.balance, f.weight) = (word.periodOf(), word.balanceOf(), word.weightOf());
            (f.waiting, f.numerator,) = _ledger.waitingOf(_account(h));
        }
    }

    function _account(uint8 holder) private pure returns (address) {
        return address(uint160(holder) + 1);
    }
}
