// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

import {IShareAgency} from "./IShareAgency.sol";
import {IShareLedger} from "./IShareLedger.sol";
import {IShareRules} from "./IShareRules.sol";

/// @title A share of one asset's revenue
/// @notice ERC-20, 18 decimals, one clone per asset; the whole supply is minted once, to the owner. A holder's
/// part of a period's revenue is the integral of his balance over that period, divided by supply times its
/// length. Moving shares never moves stablecoin. Revenue lies in *epochs*, each with a vault and a coin of its own;
/// every account is paid exactly the floor of all it earned in each.
interface IRevenueShare is IERC20Metadata, IERC20Permit, IERC165, IShareRules, IShareLedger, IShareAgency {
    event RevenueAdded(uint64 sequence, uint32 indexed period, uint256 earned);
    /// @notice `amount` was taken off what the account earned in the current epoch; `paid` coins went to `to`, fewer
    /// where the epoch's vault lost some.
    event RevenueClaimed(uint64 sequence, address indexed account, address to, uint256 amount, uint256 paid);
    event ClaimFailed(uint64 sequence, address indexed account, address to, uint256 amount);

    error Redirected(address account, address to);
    error SignatureExpired(uint256 deadline, uint256 timestamp);
    error InvalidSignature(address signer);

    /// @notice Adds what holders earned in the next period. Settlement only.
    /// @dev Requirements: no payment is under way; all that was ever earned stays below 2¹²⁸, settled periods below
    /// 2²⁶.
    function settlePeriod(uint128 earned) external;

    /// @notice Pays an account everything it earned in settled periods of the current epoch, walking at most
    /// `maxSteps` runs of its history. Anyone may call; the money goes to the account, or where it was redirected.
    /// Returns what was taken off the account's earnings; an impaired epoch pays less.
    /// @dev Requirements: `maxSteps` is not zero; the payee is not frozen; what was earned comes to a base unit or more
    /// (an impaired epoch may pay none); where the epoch is impaired, the caller is the payee, who may rather wait
    /// for coins to come back. Having earned nothing is not an error.
    function claim(address account, uint256 maxSteps) external returns (uint256 amount);

    /// @notice Pays what `claim` would pay to an address that the account chose by its EIP-712 signature
    /// `ClaimTo(address account,address to,uint256 nonce,uint256 deadline)`. Anyone may bring it.
    /// @dev Requirements: the deadline is not past; the account signed (ERC-1271 too) with its next nonce; neither
    /// it nor `to` is frozen; `to` is not zero; its payments are not redirected.
    function claimTo(address account, address to, uint256 deadline, bytes calldata signature)
        external
        returns (uint256 amount);

    /// @notice Pays each of these accounts what `claim` would; whoever cannot be paid is passed over, and what he
    /// earned stays claimable. Of an impaired epoch nobody is paid: see `claim`.
    /// @dev Requirements: `maxSteps`, for each, is not zero.
    function claimBatch(address[] calldata accounts, uint256 maxSteps) external;
}
