// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title How a raise is earned: by hours that were delivered and paid for
library Vesting {
    /// @notice No period releases more than the raise divided by this.
    uint256 internal constant PERIODS_MIN = 90;
    /// @notice The longest vesting: ten years of daily periods, after which what was not earned goes back.
    uint256 internal constant PERIODS_MAX = 3_650;
    /// @notice Shares have 18 decimals; prices are per whole share.
    uint256 internal constant SHARE = 1e18;

    /// @notice What releases all of a raise: so many units; of a period's units only as many count as its charge
    /// pays at `minUnitPrice` (0 = all that were delivered).
    struct Milestone {
        uint256 raised;
        uint256 units;
        uint256 minUnitPrice;
    }

    /// @notice A settled period: device-seconds sold and not delivered, their price, and the seconds of a unit.
    struct Delivery {
        uint256 escrow;
        uint256 promised;
        uint256 shortfall;
        uint256 unitSeconds;
    }

    /// @notice Price of `shares` to a buyer.
    function costUp(uint256 shares, uint256 price) internal pure returns (uint256) {
        return (shares * price + SHARE - 1) / SHARE;
    }

    /// @notice The most shares that `amount` can buy, in however many purchases.
    function sharesDown(uint256 amount, uint256 price) internal pure returns (uint256) {
        return amount * SHARE / price;
    }

    /// @notice What one period releases of a raise.
    function releaseDown(Milestone memory m, Delivery memory d) internal pure returns (uint256) {
        uint256 earned = m.raised * _paidSeconds(m, d) / (m.units * d.unitSeconds);
        uint256 most = m.raised / PERIODS_MIN;
        return earned < most ? earned : most;
    }

    /// @notice A subscriber's part of what was not released.
    function returnDown(uint256 unreleased, uint256 paid, uint256 raised) internal pure returns (uint256) {
        return unreleased * paid / raised;
    }

    function _paidSeconds(Milestone memory m, Delivery memory d) private pure returns (uint256) {
        uint256 delivered = d.promised - d.shortfall;
        if (delivered == 0 || m.minUnitPrice == 0) return delivered;
        uint256 charge = d.escrow * delivered / d.promised;
        uint256 paid = charge * d.unitSeconds / m.minUnitPrice;
        return paid < delivered ? paid : delivered;
    }
}
