// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {RunQueue} from "./RunQueue.sol";
import {Runs} from "./Runs.sol";
import {SettledTime} from "./SettledTime.sol";

/// @title Revenue by time held
/// @notice An account's entitlement to period p is the integral of its balance over p. Moving shares costs the
/// same for any number of holders or settled periods; a run of quiet periods is one subtraction. Revenue comes in
/// epochs, each with money of its own: what an account earned is never mixed across them.
/// @dev Twin: `wellhead.settlement.time_weighted`. Bounds: see `Runs` and `SettledTime`.
library TimeWeighted {
    using Runs for uint256;
    using SettledTime for uint256;
    using SettledTime for SettledTime.Ledger;
    using SettledTime for SettledTime.Account;

    /// @notice A second: its period, the seconds left in it (itself included), and the length of every period.
    struct Moment {
        uint256 period;
        uint256 left;
        uint256 length;
    }

    /// @dev Runs that a move may count on its way: more come off the queue than it puts on.
    uint256 private constant STEPS_OF_MOVE = 3;

    /// @notice More is taken than is held.
    error InsufficientBalance(uint256 balance, uint256 amount);
    /// @notice The calendar of the ledger is full.
    error CalendarFull(uint256 period, uint256 maximum);
    /// @notice All that was ever earned does not fit.
    error TooMuchEarned(uint256 prefix, uint256 earned);
    /// @notice More would be paid than was earned.
    error PaidAboveEarned(uint256 paid, uint256 earned);
    /// @notice An epoch begins with an unsettled period, after the first of the one before it.
    error EpochTooEarly(uint256 fromPeriod, uint256 earliest);
    /// @notice There is no such epoch, or nothing of it is settled.
    error UnknownEpoch(uint256 epoch, uint256 last);

    /// @notice Gives the whole supply to its issuer, who counts as its holder since the start of `period`.
    function issue(
        SettledTime.Ledger storage self,
        address issuer,
        uint256 supply,
        uint32 period,
        uint256 length,
        address vault
    ) internal {
        self.head = uint256(period) | uint256(period) << 32;
        (self.epochs[0].vault, self.epochs[0].from) = (vault, period);
        self.accounts[issuer].word = Runs.pack(period, supply, supply * length);
    }

    /// @notice Moves `amount` at that moment.
    function move(SettledTime.Ledger storage self, address from, address to, uint256 amount, Moment memory moment)
        internal
    {
        uint256 word = _openIn(self, from, moment);
        uint256 balance = word.balanceOf();
        require(amount <= balance, InsufficientBalance(balance, amount));
        uint256 change = Runs.pack(0, amount, amount * moment.left);
        self.accounts[from].word = word - change;
        word = _openIn(self, to, moment);
        self.accounts[to].word = word + change;
    }

    /// @notice Records what holders earned in the next period, the first of its epoch perhaps.
    function settle(SettledTime.Ledger storage self, uint128 earned) internal {
        uint256 head = self.head;
        uint256 period = head.nextOf();
        require(period < SettledTime.UP_TO, CalendarFull(period, SettledTime.UP_TO));
        uint256 prefix = self.prefixOf(period);
        require(earned <= type(uint128).max - prefix, TooMuchEarned(prefix, earned));
        if (head >> 80 & 0xff != 0) head = _switch(self, head, prefix);
        self.head = head + 1;
        ++period;
        self.prefixes[period >> 1] |= (prefix + earned) << ((period & 1) << 7);
    }

    /// @notice From `fromPeriod` on, revenue is paid from `vault`.
    function startEpoch(SettledTime.Ledger storage self, uint32 fromPeriod, address vault)
        internal
        returns (uint16 epoch)
    {
        epoch = self.lastEpoch;
        uint256 earliest = uint256(self.epochs[epoch].from) + 1;
        uint256 next = self.head.nextOf();
        if (earliest < next) earliest = next;
        require(fromPeriod >= earliest, EpochTooEarly(fromPeriod, earliest));
        self.lastEpoch = ++epoch;
        self.head |= 1 << 80;
        (self.epochs[epoch].vault, self.epochs[epoch].from) = (vault, fromPeriod);
    }

    /// @notice Counts at most `maxSteps` settled runs of an account and takes the whole base units out of what it
    /// earned in the current epoch. The caller books them.
    function collectDown(
        SettledTime.Ledger storage self,
        address holder,
        uint256 maxSteps,
        SettledTime.Scale memory scale
    ) internal returns (uint256 amount) {
        SettledTime.Account storage a = self.accounts[holder];
        uint256 counted = maxSteps == 0 ? 0 : self.countOpen(a, scale);
        uint256 divisor = scale.divisor;
        if (counted != 0) {
            uint256 numerator = counted >> SettledTime.UP_TO_BITS;
            a.earned = numerator % divisor << SettledTime.UP_TO_BITS | counted & SettledTime.UP_TO;
            return numerator / divisor;
        }
        SettledTime.Walk memory w = self.begin(a, scale.length);
        uint256 word = w.word;
        self.walk(holder, w, maxSteps);
        if (w.upTo > w.from) {
            amount = w.numerator / divisor;
            w.numerator %= divisor;
        }
        a.writeEarned(w);
        if (w.word != word) a.word = w.word;
    }

    /// @notice Counts `amount` of the current epoch as paid, and takes that many numbers of the sequence; returns the
    /// head as it was.
    function book(SettledTime.Ledger storage self, uint256 amount, uint256 numbers) internal returns (uint256) {
        uint256 head = self.head;
        (uint256 paid, uint256 earned) = (head.paidOf() + amount, self.prefixOf(head.nextOf()));
        require(paid <= earned, PaidAboveEarned(paid, earned));
        self.head = head + (amount << 128) + (numbers << 88);
        return head;
    }

    /// @notice Undoes a collection of the current epoch that was booked and could not be paid.
    function giveBack(SettledTime.Ledger storage self, address holder, uint256 amount, uint256 divisor) internal {
        self.head -= amount << 128;
        self.accounts[holder].earned += amount * divisor << SettledTime.UP_TO_BITS;
    }

    /// @notice The same as `collectDown` and `book` for an earlier epoch, but that no number is taken.
    function collectPastDown(
        SettledTime.Ledger storage self,
        address holder,
        uint256 epoch,
        uint256 maxSteps,
        SettledTime.Scale memory scale
    ) internal returns (uint256 amount) {
        uint256 current = self.head.epochOf();
        require(epoch < current, UnknownEpoch(epoch, current));
        SettledTime.Walk memory w = self.begin(self.accounts[holder], scale.length);
        self.walk(holder, w, maxSteps);
        amount = _takePastDown(self, holder, epoch, w, scale.divisor);
        self.accounts[holder].writeEarned(w);
        self.accounts[holder].word = w.word;
        uint128 outstanding = self.epochs[epoch].outstanding;
        require(amount <= outstanding, PaidAboveEarned(amount, outstanding));
        self.epochs[epoch].outstanding = uint128(outstanding - amount);
    }

    /// @notice Earned in an epoch and not yet paid.
    function outstandingOf(SettledTime.Ledger storage self, uint256 epoch) internal view returns (uint256) {
        uint256 head = self.head;
        if (epoch == head.epochOf()) return self.prefixOf(head.nextOf()) - head.paidOf();
        return self.epochs[epoch].outstanding;
    }

    /// @notice Where an epoch's money is, and whether some of it is lost; both in one read.
    function vaultOf(SettledTime.Ledger storage self, uint256 epoch)
        internal
        view
        returns (address vault, bool isImpaired)
    {
        SettledTime.Epoch storage e = self.epochs[epoch];
        assembly ("memory-safe") {
            let word := sload(e.slot)
            vault := and(word, 0xffffffffffffffffffffffffffffffffffffffff)
            isImpaired := and(shr(192, word), 1)
        }
    }

    /// @notice An account's word.
    function wordOf(SettledTime.Ledger storage self, address holder) internal view returns (uint256) {
        return self.accounts[holder].word;
    }

    /// @notice Closed runs that wait; the numerator of the newest epoch counted, and the period up to which.
    function waitingOf(SettledTime.Ledger storage self, address holder)
        internal
        view
        returns (uint256 runs, uint256 numerator, uint256 upTo)
    {
        SettledTime.Account storage a = self.accounts[holder];
        runs = RunQueue.lengthOf(a.word.queueOf());
        (numerator, upTo) = (a.earned >> SettledTime.UP_TO_BITS, a.earned & SettledTime.UP_TO);
    }

    /// @notice Sets or clears one of the token's flags of an account.
    function setFlag(SettledTime.Ledger storage self, address holder, uint256 flag, bool value) internal {
        self.accounts[holder].word = self.accounts[holder].word.withFlag(flag, value);
    }

    /// @notice Number that the token's last event carried.
    function sequenceOf(uint256 head) internal pure returns (uint256) {
        return head >> 88 & 0xffffffffff;
    }

    /// @notice Takes the next one.
    function nextSequence(SettledTime.Ledger storage self) internal returns (uint64) {
        uint256 head = self.head + (1 << 88);
        self.head = head;
        return uint64(sequenceOf(head));
    }

    /// @dev The epoch that begins with the period being settled takes over; what its predecessor owes is noted.
    function _switch(SettledTime.Ledger storage self, uint256 head, uint256 prefix) private returns (uint256) {
        (uint256 period, uint256 epoch) = (head.nextOf(), head.epochOf());
        if (self.epochs[epoch + 1].from != period) return head;
        self.epochs[epoch].outstanding = uint128(prefix - head.paidOf());
        uint256 isSwitching = ++epoch < self.lastEpoch ? 1 : 0;
        return period | period << 32 | epoch << 64 | isSwitching << 80 | sequenceOf(head) << 88 | prefix << 128;
    }

    /// @dev The account's word with its open run moved on to the moment's period; what that leaves behind is counted
    /// if settled, and waits if not. The caller writes the word.
    function _openIn(SettledTime.Ledger storage self, address holder, Moment memory moment)
        private
        returns (uint256 word)
    {
        SettledTime.Account storage a = self.accounts[holder];
        word = a.word;
        uint256 start = word.periodOf();
        if (start == moment.period) return word;
        uint256 balance = word.balanceOf();
        uint256 opened = Runs.pack(moment.period, balance, balance * moment.length);
        if (word.isWaiting() || (start < self.head.nextOf() && !word.isEmpty())) {
            SettledTime.Walk memory w = self.begin(a, moment.length);
            self.walk(holder, w, STEPS_OF_MOVE);
            a.writeEarned(w);
            word = w.word;
            if (w.upTo > start) {
                start = w.upTo;
                word = word.withRun(Runs.pack(start, balance, balance * moment.length));
            }
        }
        // an empty run still ends the one that waits before it, so it may not be dropped then
        if (start < moment.period && (!word.isEmpty() || word.isWaiting())) {
            (uint256 queue, uint256 key) = RunQueue.push(word.queueOf());
            a.waiting[key] = word & Runs.RUN;
            word = word.withQueue(queue);
        }
        return word.withRun(opened);
    }

    /// @dev Out of what is counted last, if that is the epoch, or out of what was put aside when a later one began.
    function _takePastDown(
        SettledTime.Ledger storage self,
        address holder,
        uint256 epoch,
        SettledTime.Walk memory w,
        uint256 divisor
    ) private returns (uint256 amount) {
        if (w.numerator != 0 && self.epochAt(w.upTo - 1) == epoch) {
            amount = w.numerator / divisor;
            w.numerator %= divisor;
            return amount;
        }
        uint256 numerator = self.past[epoch][holder];
        amount = numerator / divisor;
        if (amount != 0) self.past[epoch][holder] = numerator % divisor;
    }
}
