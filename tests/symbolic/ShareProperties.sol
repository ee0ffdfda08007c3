// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {RunQueue} from "../../contracts/libraries/RunQueue.sol";
import {Runs} from "../../contracts/libraries/Runs.sol";
import {SettledTime} from "../../contracts/libraries/SettledTime.sol";
import {TimeWeighted} from "../../contracts/libraries/TimeWeighted.sol";

/// @title What revenue by time held keeps for every balance, moment and revenue
/// @dev Supply and length are powers of two, so that dividing by their product is a shift to the solver.
contract ShareProperties {
    using Runs for uint256;
    using SettledTime for uint256;
    using SettledTime for SettledTime.Ledger;
    using TimeWeighted for SettledTime.Ledger;

    uint256 private constant SUPPLY = 1 << 79;
    uint256 private constant LENGTH = 1 << 12;
    uint256 private constant DIVISOR = SUPPLY * LENGTH;
    address private constant ISSUER = address(1);
    address private constant OTHER = address(2);

    SettledTime.Ledger private _ledger;

    function check_claim_never_pays_twice(uint128 first, uint128 second, uint64 taken, uint32 left) external {
        if (left > LENGTH) return;
        _issue();
        _move(taken, 0, left);
        _ledger.settle(first >> 2);
        _ledger.settle(second >> 2);
        _claim(OTHER);
        assert(_claim(OTHER) == 0);
        _claim(ISSUER);
        assert(_claim(ISSUER) == 0);
    }

    /// @dev The same of an epoch that is over, whatever was claimed of the one after it.
    function check_claim_of_a_past_epoch_never_pays_twice(uint128 first, uint128 second, uint64 taken, uint32 left)
        external
    {
        if (left > LENGTH) return;
        _issue();
        _move(taken, 0, left);
        _ledger.settle(first >> 2);
        _ledger.startEpoch(1, OTHER);
        _ledger.settle(second >> 2);
        _claim(OTHER);
        _claimPast(OTHER);
        assert(_claimPast(OTHER) == 0);
        assert(_claim(OTHER) == 0);
    }

    function check_the_only_holder_is_paid_all_that_was_earned(uint128 first, uint128 second) external {
        _issue();
        _ledger.settle(first >> 2);
        uint256 paid = _claim(ISSUER);
        _ledger.settle(second >> 2);
        assert(paid + _claim(ISSUER) == uint256(first >> 2) + (second >> 2));
        assert(_ledger.outstandingOf(0) == 0);
    }

    /// @dev What is earned of an epoch is paid of that epoch, in whichever order it is claimed.
    function check_money_of_two_epochs_is_never_mixed(uint128 first, uint128 second, bool pastFirst) external {
        _issue();
        _ledger.settle(first >> 2);
        _ledger.startEpoch(1, OTHER);
        _ledger.settle(second >> 2);
        if (pastFirst) assert(_claimPast(ISSUER) == first >> 2);
        assert(_claim(ISSUER) == second >> 2);
        if (!pastFirst) assert(_claimPast(ISSUER) == first >> 2);
        assert(_ledger.outstandingOf(0) == 0 && _ledger.outstandingOf(1) == 0);
    }

    /// @dev A payment that fails is owed as before.
    function check_what_could_not_be_paid_is_still_owed(uint128 first) external {
        _issue();
        _ledger.settle(first >> 2);
        uint256 amount = _claim(ISSUER);
        _ledger.giveBack(ISSUER, amount, DIVISOR);
        assert(_ledger.outstandingOf(0) == first >> 2);
        assert(_claim(ISSUER) == amount);
    }

    function check_a_period_is_settled_once(uint128 first, uint128 second) external {
        _issue();
        _ledger.settle(first >> 2);
        assert(_ledger.head.nextOf() == 1 && _ledger.prefixOf(1) == first >> 2);
        _ledger.settle(second >> 2);
        assert(_ledger.head.nextOf() == 2 && _ledger.prefixOf(1) == first >> 2);
        assert(_ledger.prefixOf(2) - _ledger.prefixOf(1) == second >> 2);
    }

    /// @dev Two moves at any moments of one period: the weights of all holders still add up to supply · length.
    function check_moving_preserves_the_sum_of_entitlements(uint96 a, uint32 leftA, uint96 b, uint32 leftB) external {
        if (leftA > LENGTH || leftB > leftA || a > SUPPLY || b > a) return;
        _issue();
        _move(a, 0, leftA);
        _ledger.move(OTHER, ISSUER, b, TimeWeighted.Moment(0, leftB, LENGTH));
        (uint256 x, uint256 y) = (_ledger.wordOf(ISSUER), _ledger.wordOf(OTHER));
        assert(x.weightOf() + y.weightOf() == DIVISOR);
        assert(x.balanceOf() + y.balanceOf() == SUPPLY);
    }

    /// @dev A move in a later period leaves what each had in the earlier one, and the sum of the later one.
    function check_moving_later_leaves_the_past_alone(uint96 a, uint32 leftA, uint96 b) external {
        if (leftA > LENGTH || a > SUPPLY || b > SUPPLY - a) return;
        _issue();
        _move(a, 0, leftA);
        uint256 past = _ledger.wordOf(OTHER);
        _move(b, 3, LENGTH / 4);
        (uint256 x, uint256 y) = (_ledger.wordOf(ISSUER), _ledger.wordOf(OTHER));
        if (past.isEmpty()) assert(!y.isWaiting());
        else assert(y.isWaiting() && this.oldestOf(OTHER) == past);
        assert(x.weightOf() + y.weightOf() == DIVISOR);
        assert(x.balanceOf() + y.balanceOf() == SUPPLY);
    }

    /// @dev External, so that the place is hashed when it is run: what the compiler hashes, Halmos cannot follow.
    function oldestOf(address holder) external view returns (uint256) {
        return _ledger.accounts[holder].waiting[RunQueue.keyOf(_ledger.wordOf(holder).queueOf(), 0)];
    }

    function check_nobody_gives_what_he_has_not(uint96 held, uint96 amount) external {
        if (held > SUPPLY) return;
        _issue();
        _move(held, 0, LENGTH);
        try this.give(amount) {
            assert(amount <= held);
        } catch (bytes memory reason) {
            if (bytes4(reason) == TimeWeighted.InsufficientBalance.selector) assert(amount > held);
        }
    }

    function give(uint96 amount) external {
        _ledger.move(OTHER, ISSUER, amount, TimeWeighted.Moment(0, LENGTH, LENGTH));
    }

    function _issue() private {
        _ledger.issue(ISSUER, SUPPLY, 0, LENGTH, ISSUER);
    }

    function _move(uint256 amount, uint256 period, uint256 left) private {
        _ledger.move(ISSUER, OTHER, amount, TimeWeighted.Moment(period, left, LENGTH));
    }

    function _claim(address holder) private returns (uint256 amount) {
        amount = _ledger.collectDown(holder, 10, _scale());
        _ledger.book(amount, 1);
    }

    /// @dev Of the first epoch, when the second has begun.
    function _claimPast(address holder) private returns (uint256) {
        return _ledger.collectPastDown(holder, 0, 10, _scale());
    }

    function _scale() private pure returns (SettledTime.Scale memory scale) {
        (scale.length, scale.divisor) = (LENGTH, DIVISOR);
    }
}
