// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {RunQueue} from "./RunQueue.sol";
import {Runs} from "./Runs.sol";

/// @title What accounts earned in settled periods
/// @notice One account's way through settled time, run by run, epoch by epoch; a run of quiet periods is one step.
/// @dev Bounds: all revenue < 2¹²⁸, settled periods < 2²⁶; so a numerator (share·seconds · base units) stays below
/// 2²³⁰ and shares a slot with the period up to which it counts.
library SettledTime {
    using Runs for uint256;

    /// @notice `earned` = numerator · 2²⁶ + the period up to which it counts; it belongs to that period's epoch.
    /// A closed run lies in `waiting` only while one of its periods is not counted.
    struct Account {
        uint256 word;
        uint256 earned;
        mapping(uint256 key => uint256 run) waiting;
    }

    /// @notice Where the revenue of the periods since `from` is paid from, and, once it is over, what is not paid.
    struct Epoch {
        address vault;
        uint32 from;
        bool isImpaired;
        uint128 outstanding;
    }

    /// @notice `head`, from the low bits: the first period that is not settled (32); the first of the epoch of the
    /// last that is (32); that epoch (16); whether another one is to come (8); the token's sequence, here to be
    /// written along (40); what was earned before that epoch, and what was paid since, together (128).
    /// `prefixes` holds what was earned in all periods before p, a pair of them in a slot. `past` holds numerators
    /// of epochs that are over.
    struct Ledger {
        uint256 head;
        uint16 lastEpoch;
        mapping(uint256 pair => uint256) prefixes;
        mapping(uint256 epoch => Epoch) epochs;
        mapping(address holder => Account) accounts;
        mapping(uint256 epoch => mapping(address holder => uint256)) past;
    }

    /// @dev `ahead` is the run at the head of the queue, once it was read.
    struct Walk {
        uint256 word;
        uint256 upTo;
        uint256 numerator;
        uint256 ahead;
        uint256 next;
        uint256 from;
        uint256 length;
    }

    /// @notice A period's length and its share·seconds (supply · L); what was earned between two periods, once it was
    /// looked up, for all who stood still as long.
    struct Scale {
        uint256 length;
        uint256 divisor;
        uint256 start;
        uint256 end;
        uint256 earned;
    }

    uint256 internal constant UP_TO_BITS = 26;
    uint256 internal constant UP_TO = (1 << UP_TO_BITS) - 1;

    /// @notice First period that is not settled.
    function nextOf(uint256 head) internal pure returns (uint256) {
        return head & 0xffffffff;
    }

    /// @notice First period of the epoch of the last settled one.
    function fromOf(uint256 head) internal pure returns (uint256) {
        return head >> 32 & 0xffffffff;
    }

    /// @notice The epoch of the last settled period.
    function epochOf(uint256 head) internal pure returns (uint256) {
        return head >> 64 & 0xffff;
    }

    /// @notice What was earned before that epoch, and what was paid since.
    function paidOf(uint256 head) internal pure returns (uint256) {
        return head >> 128;
    }

    /// @notice What holders earned in all periods before `period`; 0 for periods not settled.
    function prefixOf(Ledger storage self, uint256 period) internal view returns (uint256) {
        return self.prefixes[period >> 1] >> ((period & 1) << 7) & type(uint128).max;
    }

    /// @notice An account at the point up to which it is counted.
    function begin(Ledger storage self, Account storage a, uint256 length) internal view returns (Walk memory w) {
        (uint256 earned, uint256 head) = (a.earned, self.head);
        (w.word, w.upTo, w.numerator) = (a.word, earned & UP_TO, earned >> UP_TO_BITS);
        (w.next, w.from, w.length) = (nextOf(head), fromOf(head), length);
    }

    /// @notice Counts at most `maxSteps` runs of it.
    function walk(Ledger storage self, address holder, Walk memory w, uint256 maxSteps) internal {
        while (maxSteps != 0 && _step(self, holder, w)) --maxSteps;
    }

    /// @notice The short way for whoever did not move lately: no run waits, and all that he earned since is of the
    /// current epoch. What `earned` becomes when his open run is counted; 0 where it must be walked.
    /// @dev The bounds above keep everything in its field.
    function countOpen(Ledger storage self, Account storage a, Scale memory scale) internal view returns (uint256) {
        (uint256 run, uint256 earned, uint256 head) = (a.word, a.earned, self.head);
        uint256 start = run & 0xffffffff;
        unchecked {
            uint256 quiet = (run >> 32 & (1 << 80) - 1) * scale.length;
            if (run & RunQueue.LENGTHS << 214 != 0 || quiet == 0) return 0;
            if (start < earned & UP_TO) start = earned & UP_TO;
            else if (run.weightOf() != quiet) return 0;
            uint256 from = head >> 32 & 0xffffffff;
            head &= 0xffffffff;
            if (start >= head || start < from) return 0;
            // what was earned before is of an earlier epoch
            if (earned & UP_TO <= from && earned > UP_TO) return 0;
            if (scale.start != start || scale.end != head) {
                (scale.start, scale.end) = (start, head);
                scale.earned = prefixOf(self, head) - prefixOf(self, start);
            }
            return (earned >> UP_TO_BITS) + quiet * scale.earned << UP_TO_BITS | head;
        }
    }

    /// @notice Writes down how far it came.
    function writeEarned(Account storage a, Walk memory w) internal {
        uint256 earned = w.numerator << UP_TO_BITS | w.upTo;
        if (a.earned != earned) a.earned = earned;
    }

    /// @notice Epoch of a settled period.
    function epochAt(Ledger storage self, uint256 period) internal view returns (uint256 low) {
        uint256 high = epochOf(self.head);
        while (low < high) {
            uint256 middle = (low + high + 1) / 2;
            if (self.epochs[middle].from <= period) low = middle;
            else high = middle - 1;
        }
    }

    /// @dev Counts the oldest run, as far as it is settled and within one epoch; false if there was none.
    function _step(Ledger storage self, address holder, Walk memory w) private returns (bool) {
        (uint256 run, uint256 end) = (w.word, w.next);
        bool isWaiting = run.isWaiting();
        if (isWaiting) (run, end) = _oldest(self.accounts[holder], w);
        uint256 stop = end < w.next ? end : w.next;
        uint256 start = run.periodOf();
        if (start < w.upTo) {
            start = w.upTo;
            run = Runs.pack(start, run.balanceOf(), run.balanceOf() * w.length);
        }
        if (start >= stop || (!isWaiting && run.isEmpty())) return false;
        uint256 from = w.from;
        if (start < from) (from, stop) = _boundsOf(self, start, stop);
        // what is counted so far belongs to an earlier epoch
        if (w.upTo <= from && w.numerator != 0) {
            self.past[epochAt(self, w.upTo - 1)][holder] += w.numerator;
            w.numerator = 0;
        }
        w.numerator += _earned(self, run, stop, w.length);
        w.upTo = stop;
        if (isWaiting && stop == end) w.word = w.word.withQueue(RunQueue.pop(w.word.queueOf()));
        else w.ahead = isWaiting ? run : 0;
        return true;
    }

    /// @dev The run at the head of the queue and the period of the one behind it, which is read once.
    function _oldest(Account storage a, Walk memory w) private view returns (uint256 run, uint256 end) {
        uint256 queue = w.word.queueOf();
        run = w.ahead == 0 ? a.waiting[RunQueue.keyOf(queue, 0)] : w.ahead;
        if (run.periodOf() >= w.next) return (run, 0);
        uint256 second = RunQueue.lengthOf(queue) == 1 ? w.word : a.waiting[RunQueue.keyOf(queue, 1)];
        end = second.periodOf();
        w.ahead = second & Runs.RUN;
    }

    /// @dev First period of the epoch of `start`, and `stop` or that epoch's end, whichever comes first.
    function _boundsOf(Ledger storage self, uint256 start, uint256 stop) private view returns (uint256, uint256) {
        uint256 epoch = epochAt(self, start);
        uint256 end = self.epochs[epoch + 1].from;
        return (self.epochs[epoch].from, end < stop ? end : stop);
    }

    /// @dev Earned by `run` in its periods before `end`; `end` lies behind its period, all of them are settled.
    /// Prefixes only grow, and by the bounds above nothing overflows.
    function _earned(Ledger storage self, uint256 run, uint256 end, uint256 length) private view returns (uint256) {
        uint256 period = run.periodOf();
        uint256 weight = run.weightOf();
        uint256 first = prefixOf(self, period);
        unchecked {
            uint256 quiet = run.balanceOf() * length;
            if (weight == quiet || end == period + 1) return weight * (prefixOf(self, end) - first);
            uint256 second = prefixOf(self, period + 1);
            uint256 earned = weight * (second - first);
            return quiet == 0 ? earned : earned + quiet * (prefixOf(self, end) - second);
        }
    }
}
