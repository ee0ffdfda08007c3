// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title A share's books, to look at
interface IShareLedger {
    error AccountFrozen(address account);
    error ZeroSteps();
    error NotPayee(address vault, address caller, address payee);
    error NothingToPay(address vault, uint256 amount);
    error PeriodTooLong(uint256 periodSeconds, uint256 maximum);
    error NotSettlement(address caller);

    /// @notice The asset whose revenue this shares.
    function assetId() external view returns (uint32);

    /// @notice The owner to whom the supply was issued.
    function issuer() external view returns (address);

    /// @notice Number that the last event carried, ERC events aside.
    function sequence() external view returns (uint64);

    /// @notice Sum of what holders earned in all periods before `period`; 0 for periods not settled.
    function prefixOf(uint32 period) external view returns (uint128);

    /// @notice First period that is not settled.
    function nextPeriod() external view returns (uint32);

    /// @notice The epoch of the last settled period, which `claim` pays.
    function currentEpoch() external view returns (uint32);

    /// @notice Where an epoch's money is, in what coin, since which period, and whether some of it is lost.
    function epochOf(uint32 epoch) external view returns (address vault, address coin, uint32 from, bool isImpaired);

    /// @notice What holders earned in an epoch and were not yet paid, at face value. It is never less than what they
    /// can claim.
    function outstandingOf(uint32 epoch) external view returns (uint256);

    /// @notice Share·seconds that the account has in the period of its last movement, projected to its end.
    function openRunOf(address account) external view returns (uint32 period, uint96 balance, uint120 weight);

    /// @notice Closed runs that wait; the share·second·base units earned but not yet paid of the newest epoch counted,
    /// and the period up to which they are counted.
    function waitingOf(address account) external view returns (uint256 runs, uint256 numerator, uint256 upTo);
}
