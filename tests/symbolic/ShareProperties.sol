// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TimeWeighted} from "../../contracts/libraries/TimeWeighted.sol";

/// @title What revenue by time held keeps for every balance, moment and revenue
/// @dev Supply and length are powers of two, so that dividing by their product is a shift to the solver.
contract ShareProperties {
    using TimeWeighted for TimeWeighted.Account;
    using TimeWeighted for TimeWeighted.Ledger;

    uint96 private constant SUPPLY = 1 << 80;
    uint32 private constant LENGTH = 1 << 12;
    uint256 private constant DIVISOR = uint256(SUPPLY) * LENGTH;
    address private constant ISSUER = address(1);
    address private constant OTHER = address(2);

    TimeWeighted.Ledger private _ledger;

    function check_claim_never_pays_twice(uint128 first, uint128 second, uint64 taken, uint32 left) external {
        if (left > LENGTH) return;
        _ledger.issue(ISSUER, SUPPLY, 0, LENGTH);
        _move(taken, 0, left);
        _ledger.settle(first >> 2);
        _ledger.settle(second >> 2);
        _claim(OTHER);
        assert(_claim(OTHER) == 0);
        _claim(ISSUER);
        assert(_claim(ISSUER) == 0);
    }

    function check_the_only_holder_is_paid_all_that_was_earned(uint128 first, uint128 second) external {
        _ledger.issue(ISSUER, SUPPLY, 0, LENGTH);
        _ledger.settle(first >> 2);
        uint256 paid = _claim(ISSUER);
        _ledger.settle(second >> 2);
        assert(paid + _claim(ISSUER) == uint256(first >> 2) + (second >> 2));
    }

    function check_a_period_is_settled_once(uint128 first, uint128 second) external {
        _ledger.issue(ISSUER, SUPPLY, 0, LENGTH);
        _ledger.settle(first >> 2);
        assert(_ledger.next == 1 && _ledger.prefix[1] == first >> 2);
        _ledger.settle(second >> 2);
        assert(_ledger.next == 2 && _ledger.prefix[1] == first >> 2);
        assert(_ledger.prefix[2] - _ledger.prefix[1] == second >> 2);
    }

    /// @dev Two moves at any moments of one period: the weights of all holders still add up to supply · length.
    function check_moving_preserves_the_sum_of_entitlements(uint96 a, uint32 leftA, uint96 b, uint32 leftB) external {
        if (leftA > LENGTH || leftB > leftA || a > SUPPLY || b > a) return;
        _ledger.issue(ISSUER, SUPPLY, 0, LENGTH);
        _move(a, 0, leftA);
        _ledger.accounts[OTHER].take(_ledger, b, 0, leftB, LENGTH);
        _ledger.accounts[ISSUER].add(_ledger, b, 0, leftB, LENGTH);
        TimeWeighted.Run memory x = _ledger.accounts[ISSUER].open;
        TimeWeighted.Run memory y = _ledger.accounts[OTHER].open;
        assert(uint256(x.weight) + y.weight == DIVISOR);
        assert(uint256(x.balance) + y.balance == SUPPLY);
    }

    /// @dev A move in a later period leaves what each had in the earlier one, and the sum of the later one.
    function check_moving_later_leaves_the_past_alone(uint96 a, uint32 leftA, uint96 b, uint32 leftB) external {
        if (leftA > LENGTH || leftB > LENGTH || a > SUPPLY || b > SUPPLY - a) return;
        _ledger.issue(ISSUER, SUPPLY, 0, LENGTH);
        _move(a, 0, leftA);
        uint120 past = _ledger.accounts[OTHER].open.weight;
        _move(b, 3, leftB);
        TimeWeighted.Account storage other = _ledger.accounts[OTHER];
        assert(past == 0 ? other.head == other.tail : other.closed[other.head].weight == past);
        uint256 sum = uint256(_ledger.accounts[ISSUER].open.weight) + other.open.weight;
        assert(sum == DIVISOR);
    }

    function check_nobody_gives_what_he_has_not(uint96 held, uint96 amount) external {
        if (held > SUPPLY) return;
        _ledger.issue(ISSUER, SUPPLY, 0, LENGTH);
        _move(held, 0, LENGTH);
        try this.give(amount) {
            assert(amount <= held);
        } catch {
            assert(amount > held);
        }
    }

    function give(uint96 amount) external {
        _ledger.accounts[OTHER].take(_ledger, amount, 0, LENGTH, LENGTH);
    }

    function _move(uint96 amount, uint32 period, uint32 left) private {
        _ledger.accounts[ISSUER].take(_ledger, amount, period, left, LENGTH);
        _ledger.accounts[OTHER].add(_ledger, amount, period, left, LENGTH);
    }

    function _claim(address holder) private returns (uint256) {
        _ledger.accounts[holder].accrue(_ledger, 10, LENGTH);
        return _ledger.accounts[holder].collectDown(DIVISOR);
    }
}
