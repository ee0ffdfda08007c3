// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {RunQueue} from "./RunQueue.sol";

/// @title An account in one word
/// @notice A *run* {period, balance, weight} is `weight` share·seconds in `period` and `balance · L` in each period
/// after it, until the next run. From the low bits: period (32), balance (80), weight (102). An account's word is
/// its open run, whose weight is projected to its period's end; then the queue of closed runs (39, see `RunQueue`);
/// then three flags for the token.
/// @dev Bounds: supply < 2⁸⁰, L < 2²² s, so a weight stays below 2¹⁰² and no field runs into the next.
library Runs {
    uint256 internal constant RUN = (1 << 214) - 1;

    uint256 private constant PERIOD = (1 << 32) - 1;
    uint256 private constant BALANCE = (1 << 80) - 1;
    uint256 private constant WEIGHT = (1 << 102) - 1;
    uint256 private constant QUEUE = (1 << RunQueue.BITS) - 1;
    uint256 private constant FLAGS = 7 << 253;

    function pack(uint256 period, uint256 balance, uint256 weight) internal pure returns (uint256) {
        return period | balance << 32 | weight << 112;
    }

    function periodOf(uint256 word) internal pure returns (uint256) {
        return word & PERIOD;
    }

    function balanceOf(uint256 word) internal pure returns (uint256) {
        return word >> 32 & BALANCE;
    }

    function weightOf(uint256 word) internal pure returns (uint256) {
        return word >> 112 & WEIGHT;
    }

    function queueOf(uint256 word) internal pure returns (uint256) {
        return word >> 214 & QUEUE;
    }

    function flagsOf(uint256 word) internal pure returns (uint256) {
        return word >> 253;
    }

    /// @notice Neither a balance nor a weight.
    function isEmpty(uint256 word) internal pure returns (bool) {
        return word & (RUN ^ PERIOD) == 0;
    }

    /// @notice Closed runs wait.
    function isWaiting(uint256 word) internal pure returns (bool) {
        return word & RunQueue.LENGTHS << 214 != 0;
    }

    /// @notice The same word with another open run.
    function withRun(uint256 word, uint256 run) internal pure returns (uint256) {
        return word & ~RUN | run;
    }

    /// @notice The same word with another queue.
    function withQueue(uint256 word, uint256 queue) internal pure returns (uint256) {
        return word & (FLAGS | RUN) | queue << 214;
    }

    /// @notice The same word with a flag set or cleared.
    function withFlag(uint256 word, uint256 flag, bool value) internal pure returns (uint256) {
        return value ? word | flag << 253 : word & ~(flag << 253);
    }
}
