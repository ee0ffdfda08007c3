// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title The calendar that every contract of a deployment shares
/// @notice Period p is the half-open interval `[genesis + p·L, genesis + (p+1)·L)` in UTC seconds.
interface IPeriods {
    /// @notice A moment before the first period.
    error BeforeGenesis(uint256 timestamp, uint256 genesis);

    /// @notice First second of period 0.
    function genesis() external view returns (uint64);

    /// @notice Length L of every period, in seconds.
    function periodSeconds() external view returns (uint32);

    /// @notice The period that is running.
    /// @dev Requirements: genesis has passed.
    function currentPeriod() external view returns (uint32);
}
