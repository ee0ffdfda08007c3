// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title A share of one asset's revenue
/// @notice ERC-20, 18 decimals, one clone per asset; the whole supply is minted once, to the owner. A holder's
/// part of a period's revenue is the integral of his balance over that period, divided by supply times its
/// length. Moving shares never moves stablecoin.
interface IRevenueShare is IERC20 {
    event RevenueAdded(uint64 sequence, uint32 indexed period, uint256 earned);
    event RevenueClaimed(uint64 sequence, address indexed account, uint256 amount);

    error AlreadyInitialized();
    error NotSettlement(address caller);
    error NotVerified(address account);
    error AccountFrozen(address account);
    error AboveMaximum(uint256 amount, uint256 maximum);
    error InvalidReceiver(address account);
    error InsufficientAllowance(address spender, uint256 allowance, uint256 amount);
    error ZeroSteps();

    /// @notice Sets a fresh clone up. Settlement only, once.
    function initialize(uint32 assetId, address owner, uint32 period) external;

    /// @notice Adds what holders earned in the next period. Settlement only.
    function settlePeriod(uint128 earned) external;

    /// @notice Pays an account everything it earned in settled periods, walking at most `maxSteps` runs of its
    /// history. Anyone may call; the money goes to the account.
    /// @dev Requirements: `maxSteps` is not zero; the account is not frozen. Nothing to pay is not an error.
    function claim(address account, uint256 maxSteps) external returns (uint256 amount);

    /// @notice The asset whose revenue this shares.
    function assetId() external view returns (uint32);

    /// @notice Sum of what holders earned in all periods before `period`; 0 for periods not settled.
    function prefixOf(uint32 period) external view returns (uint128);

    /// @notice First period that is not settled.
    function nextPeriod() external view returns (uint32);

    /// @notice Share·seconds that the account has in the period of its last movement, projected to its end.
    function openRunOf(address account) external view returns (uint32 period, uint96 balance, uint120 weight);

    /// @notice Closed runs that wait for settlement, and the share·second·base units earned but not yet paid.
    function waitingOf(address account) external view returns (uint256 runs, uint256 numerator);
}
