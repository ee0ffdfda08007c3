// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IPeriods} from "./interfaces/IPeriods.sol";

/// @title The shared calendar, in the code of every contract that needs it
abstract contract Periods is IPeriods {
    /// @inheritdoc IPeriods
    uint64 public immutable override genesis;

    /// @inheritdoc IPeriods
    uint32 public immutable override periodSeconds;

    constructor(uint64 genesis_, uint32 periodSeconds_) {
        (genesis, periodSeconds) = (genesis_, periodSeconds_);
    }

    /// @inheritdoc IPeriods
    function currentPeriod() public view override returns (uint32) {
        require(block.timestamp >= genesis, BeforeGenesis(block.timestamp, genesis));
        return uint32((block.timestamp - genesis) / periodSeconds);
    }

    function _startOf(uint256 period) internal view returns (uint256) {
        return genesis + period * periodSeconds;
    }

    function _endOf(uint256 period) internal view returns (uint256) {
        return _startOf(period + 1);
    }
}
