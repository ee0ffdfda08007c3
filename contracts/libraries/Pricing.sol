// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Lease prices that are not simply fixed
/// @dev Twin: `wellhead.market.pricing`. Prices are base units per lease unit.
library Pricing {
    /// @notice Steps of an auction at most: each step is its own series.
    uint256 internal constant MAX_STEPS = 24;

    /// @notice A price cannot follow a target of zero units.
    error ZeroTarget();

    /// @notice An auction has 1 … 24 steps and stands at one of them.
    error StepOutsideAuction(uint256 step, uint256 steps);

    /// @notice An auction falls.
    error AuctionRises(uint256 startPrice, uint256 endPrice);

    /// @notice Next period's price: up to an eighth higher or lower, by how far `sold` was from `target`.
    /// @dev `price · (1 ± min(|sold − target| / target, 1) / 8)`, the change rounded down, then the owner's bounds.
    function nextPrice(uint256 price, uint256 sold, uint256 target, uint256 lowest, uint256 highest)
        internal
        pure
        returns (uint256 next)
    {
        require(target != 0, ZeroTarget());
        uint256 distance = sold > target ? sold - target : target - sold;
        if (distance > target) distance = target;
        uint256 change = price * distance / (target * 8);
        next = sold > target ? price + change : price - change;
        if (next > highest) next = highest;
        if (next < lowest) next = lowest;
    }

    /// @notice Price at `step` of a falling auction: the first step asks `startPrice`, the last `endPrice`.
    function auctionPrice(uint256 startPrice, uint256 endPrice, uint256 step, uint256 steps)
        internal
        pure
        returns (uint256)
    {
        require(steps != 0 && steps <= MAX_STEPS && step < steps, StepOutsideAuction(step, steps));
        require(endPrice <= startPrice, AuctionRises(startPrice, endPrice));
        return steps == 1 ? startPrice : startPrice - (startPrice - endPrice) * step / (steps - 1);
    }
}
