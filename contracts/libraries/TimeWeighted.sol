// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Revenue by time held
/// @notice An account's entitlement to period p is the integral of its balance over p. Moving shares costs the
/// same for any number of holders or settled periods; a run of quiet periods is one subtraction.
/// @dev Twin: `wellhead.settlement.time_weighted`. A weight is share·seconds, a numerator share·second·base
/// units. Bounds: supply < 2⁹⁶, L < 2²² s, revenue < 2¹²⁸, so a numerator stays below 2²⁴⁶.
library TimeWeighted {
    /// @notice A run of periods: `weight` in `period`, `balance · L` in each one after it, until the next run.
    struct Run {
        uint32 period;
        uint96 balance;
        uint120 weight;
    }

    /// @notice `open` is the run that is still growing, its weight projected to its period's end. Closed runs
    /// wait in `closed[head … tail)` only while one of their periods is unsettled.
    struct Account {
        Run open;
        uint256 numerator;
        uint32 head;
        uint32 tail;
        mapping(uint32 index => Run) closed;
    }

    /// @notice `prefix[p]` = what holders earned in all periods before p; settled are the periods before `next`.
    /// `supply` never changes.
    struct Ledger {
        uint96 supply;
        uint32 next;
        mapping(uint32 period => uint128) prefix;
        mapping(address holder => Account) accounts;
    }

    /// @notice More is taken than is held.
    error InsufficientBalance(uint256 balance, uint256 amount);

    /// @notice Gives the whole supply to its issuer, who counts as its holder since the start of `period`.
    function issue(Ledger storage self, address issuer, uint96 supply, uint32 period, uint32 length) internal {
        (self.supply, self.next) = (supply, period);
        self.accounts[issuer].open = Run(period, supply, uint120(supply) * length);
    }

    /// @notice Adds `amount` at a moment with `secondsLeft` to go in `period`.
    function add(
        Account storage a,
        Ledger storage self,
        uint96 amount,
        uint32 period,
        uint32 secondsLeft,
        uint32 length
    ) internal {
        Run memory open = _openIn(a, self, period, length);
        open.balance += amount;
        open.weight += uint120(amount) * secondsLeft;
        a.open = open;
    }

    /// @notice Takes `amount` at a moment with `secondsLeft` to go in `period`.
    function take(
        Account storage a,
        Ledger storage self,
        uint96 amount,
        uint32 period,
        uint32 secondsLeft,
        uint32 length
    ) internal {
        Run memory open = _openIn(a, self, period, length);
        require(amount <= open.balance, InsufficientBalance(open.balance, amount));
        open.balance -= amount;
        open.weight -= uint120(amount) * secondsLeft;
        a.open = open;
    }

    /// @notice Records what holders earned in the next period.
    function settle(Ledger storage self, uint128 earned) internal {
        uint32 period = self.next;
        self.prefix[period + 1] = self.prefix[period] + earned;
        self.next = period + 1;
    }

    /// @notice Turns settled runs into the account's numerator, at most `maxSteps` of them.
    function accrue(Account storage a, Ledger storage self, uint256 maxSteps, uint32 length) internal {
        uint256 steps = _drain(a, self, maxSteps, length);
        Run memory open = a.open;
        if (steps == maxSteps || a.head != a.tail || open.period >= self.next) return;
        a.numerator += _earned(self, open, self.next, length);
        a.open = Run(self.next, open.balance, uint120(open.balance) * length);
    }

    /// @notice Takes the whole base units out of the numerator; `divisor` = supply · L.
    function collectDown(Account storage a, uint256 divisor) internal returns (uint256 amount) {
        amount = a.numerator / divisor;
        if (amount != 0) a.numerator %= divisor;
    }

    /// @dev The open run moved on to `period`; what it leaves behind is accrued if settled, queued if not.
    function _openIn(Account storage a, Ledger storage self, uint32 period, uint32 length)
        private
        returns (Run memory open)
    {
        open = a.open;
        if (open.period == period) return open;
        // an empty run still ends the one that waits before it, so it may not be dropped then
        if (open.balance | open.weight != 0 || a.head != a.tail) {
            _drain(a, self, 2, length);
            uint32 next = self.next;
            bool waiting = a.head != a.tail;
            if (!waiting && open.period < next) {
                a.numerator += _earned(self, open, next, length);
                open = Run(next, open.balance, uint120(open.balance) * length);
            }
            if (open.period < period && (open.weight != 0 || waiting)) _queue(a, open);
        }
        open = Run(period, open.balance, uint120(open.balance) * length);
    }

    function _queue(Account storage a, Run memory run) private {
        uint32 tail = a.tail;
        a.closed[tail] = run;
        a.tail = tail + 1;
    }

    /// @dev Accrues closed runs from the oldest on; one that is settled only in part is shortened and stays.
    /// The queue starts again at slot 0 when it is empty, so its slots are reused.
    function _drain(Account storage a, Ledger storage self, uint256 maxSteps, uint32 length)
        private
        returns (uint256 steps)
    {
        (uint32 head, uint32 tail, uint32 next) = (a.head, a.tail, self.next);
        if (head == tail) return 0;
        uint256 numerator = a.numerator;
        while (head != tail && steps < maxSteps) {
            Run memory run = a.closed[head];
            if (run.period >= next) break;
            uint32 end = head + 1 == tail ? a.open.period : a.closed[head + 1].period;
            ++steps;
            if (end > next) {
                numerator += _earned(self, run, next, length);
                a.closed[head] = Run(next, run.balance, uint120(run.balance) * length);
                break;
            }
            numerator += _earned(self, run, end, length);
            ++head;
        }
        if (steps == 0) return 0;
        a.numerator = numerator;
        (a.head, a.tail) = head == tail ? (0, 0) : (head, tail);
    }

    /// @dev Earned by `run` in its periods before `end`; `end > run.period`, all of them settled.
    function _earned(Ledger storage self, Run memory run, uint32 end, uint32 length) private view returns (uint256) {
        uint256 second = self.prefix[run.period + 1];
        uint256 earned = run.weight * (second - self.prefix[run.period]);
        if (run.balance == 0 || end == run.period + 1) return earned;
        return earned + uint256(run.balance) * length * (self.prefix[end] - second);
    }
}
