// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {RunQueue} from "./RunQueue.sol";

/// @title Revenue by time held
/// @notice An account's entitlement to period p is the integral of its balance over p. Moving shares costs the
/// same for any number of holders or settled periods; a run of quiet periods is one subtraction. Revenue comes in
/// epochs, each with money of its own: what an account earned is never mixed across them.
/// @dev Twin: `wellhead.settlement.time_weighted`. A weight is share·seconds, a numerator share·second·base
/// units. Bounds: supply < 2⁸⁰, L < 2²² s, all revenue < 2¹²⁸, settled periods < 2²⁶; so a weight stays below
/// 2¹⁰², a numerator below 2²³⁰, and a numerator shares a slot with the period up to which it is counted.
///
/// A *run* {period, balance, weight} is `weight` in `period` and `balance · L` in each period after it, until the
/// next run. An account's word, from the low bits: its open run (period 32, balance 80, weight 102), whose weight
/// is projected to its period's end; the queue of closed runs (39, see `RunQueue`); three flags for the token.
library TimeWeighted {
    /// @notice `earned` = numerator · 2²⁶ + the period up to which it counts; it belongs to that period's epoch.
    /// A closed run lies in `waiting` only while one of its periods is not counted.
    struct Account {
        uint256 word;
        uint256 earned;
        mapping(uint256 key => uint256 run) waiting;
    }

    /// @notice Where the revenue of the periods since `from` is paid from; what is not paid of it, once over.
    struct Epoch {
        address vault;
        uint32 from;
        bool isImpaired;
        uint128 outstanding;
    }

    /// @notice Settled are the periods before `next`. The last of them lies in epoch `epoch`, which began with
    /// `from`; all that was earned before `from`, and all that was paid since, is `paid`. A pair of prefixes is
    /// one slot. `sequence` is the token's, here to be written along.
    struct Ledger {
        uint32 next;
        uint32 from;
        uint16 epoch;
        bool isSwitching;
        uint40 sequence;
        uint128 paid;
        uint16 lastEpoch;
        mapping(uint256 pair => uint256) prefixes;
        mapping(uint256 epoch => Epoch) epochs;
        mapping(address holder => Account) accounts;
        mapping(uint256 epoch => mapping(address holder => uint256)) past;
    }

    /// @notice A second: its period, the seconds left in it (itself included), and the length of every period.
    struct Moment {
        uint256 period;
        uint256 left;
        uint256 length;
    }

    /// @dev One account on its way through settled time. `ahead` is the run at the head, once it was read.
    struct Walk {
        uint256 word;
        uint256 upTo;
        uint256 numerator;
        uint256 ahead;
        uint256 next;
        uint256 from;
        uint256 length;
    }

    uint256 private constant PERIOD = 0xffffffff;
    uint256 private constant BALANCE = (1 << 80) - 1;
    uint256 private constant WEIGHT = (1 << 102) - 1;
    uint256 private constant RUN = (1 << 214) - 1;
    uint256 private constant QUEUE = (1 << RunQueue.BITS) - 1;
    uint256 private constant FLAGS = 7 << 253;
    /// @dev Without these an account has nothing, earned nothing in its open run and waits for nothing.
    uint256 private constant HELD = RUN ^ PERIOD | RunQueue.LENGTHS << 214;
    uint256 private constant UP_TO_BITS = 26;
    uint256 private constant UP_TO = (1 << UP_TO_BITS) - 1;
    /// @dev Runs that a move may count on its way: more come off the queue than it puts on.
    uint256 private constant STEPS_OF_MOVE = 3;

    /// @notice More is taken than is held.
    error InsufficientBalance(uint256 balance, uint256 amount);
    /// @notice The calendar of the ledger is full.
    error TooManyPeriods(uint256 period, uint256 maximum);
    /// @notice More would be paid than was earned.
    error PaidAboveEarned(uint256 paid, uint256 earned);
    /// @notice An epoch begins with an unsettled period, after the one before it.
    error EpochTooEarly(uint256 fromPeriod, uint256 earliest);
    /// @notice There is no such epoch, or nothing of it is settled.
    error UnknownEpoch(uint256 epoch, uint256 current);

    /// @notice Gives the whole supply to its issuer, who counts as its holder since the start of `period`.
    function issue(Ledger storage self, address issuer, uint256 supply, uint32 period, uint256 length, address vault)
        internal
    {
        (self.next, self.from) = (period, period);
        (self.epochs[0].vault, self.epochs[0].from) = (vault, period);
        self.accounts[issuer].word = _run(period, supply, supply * length);
    }

    /// @notice Moves `amount` at that moment.
    function move(Ledger storage self, address from, address to, uint256 amount, Moment memory moment) internal {
        uint256 word = _openIn(self, from, moment);
        uint256 balance = word >> 32 & BALANCE;
        require(amount <= balance, InsufficientBalance(balance, amount));
        uint256 change = amount << 32 | amount * moment.left << 112;
        self.accounts[from].word = word - change;
        word = _openIn(self, to, moment);
        self.accounts[to].word = word + change;
    }

    /// @notice Records what holders earned in the next period, the first of its epoch perhaps.
    function settle(Ledger storage self, uint128 earned) internal {
        uint256 period = self.next;
        require(period < UP_TO, TooManyPeriods(period, UP_TO));
        uint128 prefix = prefixOf(self, period);
        if (self.isSwitching) _switch(self, uint32(period), prefix);
        prefix += earned;
        self.next = uint32(++period);
        uint256 shift = (period & 1) << 7;
        self.prefixes[period >> 1] |= uint256(prefix) << shift;
    }

    /// @notice From `fromPeriod` on, revenue is paid from `vault`.
    function startEpoch(Ledger storage self, uint32 fromPeriod, address vault) internal returns (uint16 epoch) {
        epoch = self.lastEpoch;
        uint32 earliest = self.epochs[epoch].from + 1;
        if (earliest < self.next) earliest = self.next;
        require(fromPeriod >= earliest, EpochTooEarly(fromPeriod, earliest));
        (self.lastEpoch, self.isSwitching) = (++epoch, true);
        (self.epochs[epoch].vault, self.epochs[epoch].from) = (vault, fromPeriod);
    }

    /// @notice Counts at most `maxSteps` settled runs of an account and takes the whole base units out of what it
    /// earned in the current epoch; `divisor` = supply · L.
    function collectDown(Ledger storage self, address holder, uint256 maxSteps, uint256 length, uint256 divisor)
        internal
        returns (uint256 amount)
    {
        Account storage a = self.accounts[holder];
        Walk memory w = _begin(self, a, length);
        _walk(self, holder, w, maxSteps);
        if (w.upTo > w.from) {
            amount = w.numerator / divisor;
            w.numerator -= amount * divisor;
        }
        _end(a, w);
        if (amount == 0) return 0;
        uint256 paid = self.paid + amount;
        uint256 earned = prefixOf(self, w.next);
        require(paid <= earned, PaidAboveEarned(paid, earned));
        self.paid = uint128(paid);
    }

    /// @notice The same for an earlier epoch.
    function collectPastDown(
        Ledger storage self,
        address holder,
        uint256 epoch,
        uint256 maxSteps,
        uint256 length,
        uint256 divisor
    ) internal returns (uint256 amount) {
        require(epoch < self.epoch, UnknownEpoch(epoch, self.epoch));
        Walk memory w = _begin(self, self.accounts[holder], length);
        _walk(self, holder, w, maxSteps);
        amount = _takePastDown(self, holder, epoch, w, divisor);
        _end(self.accounts[holder], w);
        uint128 outstanding = self.epochs[epoch].outstanding;
        require(amount <= outstanding, PaidAboveEarned(amount, outstanding));
        if (amount != 0) self.epochs[epoch].outstanding = uint128(outstanding - amount);
    }

    /// @notice Undoes a `collectDown` of the current epoch that could not be paid.
    function giveBack(Ledger storage self, address holder, uint256 amount, uint256 divisor) internal {
        self.paid -= uint128(amount);
        self.accounts[holder].earned += amount * divisor << UP_TO_BITS;
    }

    /// @notice What holders earned in all periods before `period`; 0 for periods not settled.
    function prefixOf(Ledger storage self, uint256 period) internal view returns (uint128) {
        return uint128(self.prefixes[period >> 1] >> ((period & 1) << 7));
    }

    /// @notice Earned in an epoch and not yet paid.
    function outstandingOf(Ledger storage self, uint256 epoch) internal view returns (uint256) {
        if (epoch == self.epoch) return prefixOf(self, self.next) - self.paid;
        return self.epochs[epoch].outstanding;
    }

    /// @notice Shares of an account.
    function balanceOf(Ledger storage self, address holder) internal view returns (uint256) {
        return self.accounts[holder].word >> 32 & BALANCE;
    }

    /// @notice An account's open run.
    function openRunOf(Ledger storage self, address holder)
        internal
        view
        returns (uint256 period, uint256 balance, uint256 weight)
    {
        uint256 word = self.accounts[holder].word;
        return (word & PERIOD, word >> 32 & BALANCE, word >> 112 & WEIGHT);
    }

    /// @notice Closed runs that wait; the numerator of the newest epoch counted, and the period up to which.
    function waitingOf(Ledger storage self, address holder)
        internal
        view
        returns (uint256 runs, uint256 numerator, uint256 upTo)
    {
        Account storage a = self.accounts[holder];
        runs = RunQueue.lengthOf(a.word >> 214 & QUEUE);
        (numerator, upTo) = (a.earned >> UP_TO_BITS, a.earned & UP_TO);
    }

    /// @notice The token's three flags of an account.
    function flagsOf(Ledger storage self, address holder) internal view returns (uint256) {
        return self.accounts[holder].word >> 253;
    }

    /// @notice Sets or clears one of them.
    function setFlag(Ledger storage self, address holder, uint256 flag, bool value) internal {
        uint256 word = self.accounts[holder].word;
        self.accounts[holder].word = value ? word | flag << 253 : word & ~(flag << 253);
    }

    /// @dev The epoch that begins with the period being settled takes over; what its predecessor owes is noted.
    function _switch(Ledger storage self, uint32 period, uint128 prefix) private {
        uint16 epoch = self.epoch;
        if (self.epochs[epoch + 1].from != period) return;
        self.epochs[epoch].outstanding = prefix - self.paid;
        (self.epoch, self.from, self.paid) = (++epoch, period, prefix);
        self.isSwitching = epoch != self.lastEpoch;
    }

    /// @dev The open run moved on to the moment's period; what it leaves behind is counted if settled, and waits
    /// if not. Not written back: the caller does.
    function _openIn(Ledger storage self, address holder, Moment memory moment) private returns (uint256 word) {
        Account storage a = self.accounts[holder];
        word = a.word;
        uint256 start = word & PERIOD;
        if (start == moment.period) return word;
        if (word & HELD == 0) return word & FLAGS | moment.period;
        if (start < self.next || _isWaiting(word)) {
            Walk memory w = _begin(self, a, moment.length);
            _walk(self, holder, w, STEPS_OF_MOVE);
            word = w.word;
            if (w.upTo > start) {
                start = w.upTo;
                uint256 held = word >> 32 & BALANCE;
                word = word & ~RUN | _run(start, held, held * moment.length);
            }
            _writeEarned(a, w);
        }
        uint256 queue = word >> 214 & QUEUE;
        // an empty run still ends the one that waits before it, so it may not be dropped then
        if (start < moment.period && (word >> 112 & WEIGHT != 0 || _isWaiting(word))) {
            uint256 key;
            (queue, key) = RunQueue.push(queue);
            a.waiting[key] = word & RUN;
        }
        uint256 balance = word >> 32 & BALANCE;
        return word & FLAGS | queue << 214 | _run(moment.period, balance, balance * moment.length);
    }

    function _begin(Ledger storage self, Account storage a, uint256 length) private view returns (Walk memory w) {
        uint256 earned = a.earned;
        (w.word, w.upTo, w.numerator) = (a.word, earned & UP_TO, earned >> UP_TO_BITS);
        (w.next, w.from, w.length) = (self.next, self.from, length);
    }

    function _walk(Ledger storage self, address holder, Walk memory w, uint256 maxSteps) private {
        while (maxSteps != 0 && _step(self, holder, w)) --maxSteps;
    }

    /// @dev Counts the oldest run, as far as it is settled and within one epoch; false if there was none.
    function _step(Ledger storage self, address holder, Walk memory w) private returns (bool) {
        bool isWaiting = _isWaiting(w.word);
        uint256 run = w.word;
        uint256 end = w.next;
        if (isWaiting) (run, end) = _oldest(self.accounts[holder], w);
        uint256 stop = end < w.next ? end : w.next;
        uint256 start = run & PERIOD;
        if (start < w.upTo) {
            start = w.upTo;
            run = _run(start, run >> 32 & BALANCE, (run >> 32 & BALANCE) * w.length);
        }
        if (start >= stop || (!isWaiting && run & HELD == 0)) return false;
        uint256 from = w.from;
        if (start < from) (from, stop) = _boundsOf(self, start, stop);
        // what is counted so far belongs to an earlier epoch
        if (w.upTo <= from && w.numerator != 0) {
            self.past[_epochOf(self, w.upTo - 1)][holder] += w.numerator;
            w.numerator = 0;
        }
        w.numerator += _earned(self, run, stop, w.length);
        w.upTo = stop;
        if (isWaiting && stop == end) w.word = w.word & ~(QUEUE << 214) | RunQueue.pop(w.word >> 214 & QUEUE) << 214;
        else w.ahead = isWaiting ? run : 0;
        return true;
    }

    /// @dev The run at the head of the queue and the period of the one behind it, which is read once.
    function _oldest(Account storage a, Walk memory w) private view returns (uint256 run, uint256 end) {
        uint256 queue = w.word >> 214 & QUEUE;
        run = w.ahead == 0 ? a.waiting[RunQueue.keyOf(queue, 0)] : w.ahead;
        if (run & PERIOD >= w.next) return (run, 0);
        uint256 second = RunQueue.lengthOf(queue) == 1 ? w.word : a.waiting[RunQueue.keyOf(queue, 1)];
        end = second & PERIOD;
        w.ahead = second & RUN;
    }

    /// @dev Out of what is counted last, if that is the epoch, or out of what was put aside when a later one began.
    function _takePastDown(Ledger storage self, address holder, uint256 epoch, Walk memory w, uint256 divisor)
        private
        returns (uint256 amount)
    {
        if (w.numerator != 0 && _epochOf(self, w.upTo - 1) == epoch) {
            amount = w.numerator / divisor;
            w.numerator -= amount * divisor;
            return amount;
        }
        uint256 numerator = self.past[epoch][holder];
        amount = numerator / divisor;
        if (amount != 0) self.past[epoch][holder] = numerator - amount * divisor;
    }

    function _end(Account storage a, Walk memory w) private {
        _writeEarned(a, w);
        if (a.word != w.word) a.word = w.word;
    }

    function _writeEarned(Account storage a, Walk memory w) private {
        uint256 earned = w.numerator << UP_TO_BITS | w.upTo;
        if (a.earned != earned) a.earned = earned;
    }

    /// @dev First period of the epoch of `start`, and `stop` or that epoch's end, whichever comes first.
    function _boundsOf(Ledger storage self, uint256 start, uint256 stop) private view returns (uint256, uint256) {
        uint256 epoch = _epochOf(self, start);
        uint256 end = self.epochs[epoch + 1].from;
        return (self.epochs[epoch].from, end < stop ? end : stop);
    }

    /// @dev Epoch of a settled period.
    function _epochOf(Ledger storage self, uint256 period) private view returns (uint256 low) {
        uint256 high = self.epoch;
        while (low < high) {
            uint256 middle = (low + high + 1) / 2;
            if (self.epochs[middle].from <= period) low = middle;
            else high = middle - 1;
        }
    }

    /// @dev Earned by `run` in its periods before `end`; `end` lies behind its period, all of them are settled.
    function _earned(Ledger storage self, uint256 run, uint256 end, uint256 length) private view returns (uint256) {
        uint256 period = run & PERIOD;
        uint256 quiet = (run >> 32 & BALANCE) * length;
        uint256 weight = run >> 112 & WEIGHT;
        uint256 first = prefixOf(self, period);
        if (weight == quiet || end == period + 1) return weight * (prefixOf(self, end) - first);
        uint256 second = prefixOf(self, period + 1);
        uint256 earned = weight * (second - first);
        return quiet == 0 ? earned : earned + quiet * (prefixOf(self, end) - second);
    }

    function _isWaiting(uint256 word) private pure returns (bool) {
        return word & RunQueue.LENGTHS << 214 != 0;
    }

    function _run(uint256 period, uint256 balance, uint256 weight) private pure returns (uint256) {
        return period | balance << 32 | weight << 112;
    }
}
