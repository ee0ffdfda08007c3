// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TimeWeighted} from "../../libraries/TimeWeighted.sol";

/// @title A share's whole life in one call, with a clock of its own
/// @notice Genesis is second 0. Nothing persists when it is called by `eth_call`, so every call is a new life.
contract ShareHarness {
    using TimeWeighted for TimeWeighted.Account;
    using TimeWeighted for TimeWeighted.Ledger;

    enum Kind {
        Move,
        Settle,
        Claim
    }

    /// @notice `amount` of shares from holder `from` to holder `to` at `time`; or what the next period earned; or
    /// a claim for `from` in at most `amount` steps.
    struct Step {
        Kind kind;
        uint8 from;
        uint8 to;
        uint128 amount;
        uint64 time;
    }

    struct Final {
        uint32 period;
        uint96 balance;
        uint120 weight;
        uint256 numerator;
        uint256 waiting;
    }

    TimeWeighted.Ledger private _ledger;

    function live(uint96 supply, uint32 length, uint8 holders, Step[] calldata steps)
        external
        returns (uint256[] memory claimed, Final[] memory last)
    {
        claimed = new uint256[](holders);
        last = new Final[](holders);
        _ledger.issue(address(1), supply, 0, length);
        for (uint256 i = 0; i < steps.length; ++i) {
            Step calldata s = steps[i];
            if (s.kind == Kind.Settle) _ledger.settle(s.amount);
            else if (s.kind == Kind.Claim) claimed[s.from] += _claim(s, supply, length);
            else _move(s, length);
        }
        for (uint8 h = 0; h < holders; ++h) {
            TimeWeighted.Account storage a = _account(h);
            last[h] = Final(a.open.period, a.open.balance, a.open.weight, a.numerator, a.tail - a.head);
        }
    }

    function _claim(Step calldata s, uint96 supply, uint32 length) private returns (uint256) {
        _account(s.from).accrue(_ledger, s.amount, length);
        return _account(s.from).collectDown(uint256(supply) * length);
    }

    function _move(Step calldata s, uint32 length) private {
        uint32 period = uint32(s.time / length);
        uint32 left = uint32((uint256(period) + 1) * length - s.time);
        _account(s.from).take(_ledger, uint96(s.amount), period, left, length);
        _account(s.to).add(_ledger, uint96(s.amount), period, left, length);
    }

    function _account(uint8 holder) private view returns (TimeWeighted.Account storage) {
        return _ledger.accounts[address(uint160(holder) + 1)];
    }
}
