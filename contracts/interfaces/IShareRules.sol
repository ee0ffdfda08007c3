// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Policy} from "../libraries/TransferPolicy.sol";
import {IERC7943Fungible} from "./IERC7943Fungible.sol";

/// @title Who may hold and move shares, to look at
/// @notice Of an account's balance the liens come first, then what is frozen, and the rest is free to move. All of
/// it earns for the account.
interface IShareRules is IERC7943Fungible {
    /// @notice Seconds between an order to redirect and its effect.
    function REDIRECT_DELAY() external view returns (uint256);

    /// @notice Where payments of the account go from when on; zeros where no order stands.
    function redirectOf(address account) external view returns (address to, uint64 effectiveAt);

    /// @notice Shares of the account under all liens.
    function liensOf(address account) external view returns (uint256);

    /// @notice Shares that a lienor has under lien, by the account that he placed it on.
    function lienOf(address lienor, address account) external view returns (uint256);

    /// @notice Who got the shares of a lost account; zero if it was not given up for lost.
    function heirOf(address account) external view returns (address);

    /// @notice Shares of the account that it may move: neither under lien nor frozen.
    function freeOf(address account) external view returns (uint256);

    /// @notice Accounts with shares.
    function holders() external view returns (uint256);

    /// @notice The share's own rules; all zero: none beside those that hold for every share.
    function policy() external view returns (Policy memory);

    /// @notice Word `place` of the country list.
    function countries(uint256 place) external view returns (uint256);

    /// @notice Why the transfer would be refused, by ERC-1404's way of numbers; 0 = it would not.
    function detectTransferRestriction(address from, address to, uint256 amount) external view returns (uint8);

    /// @notice Why shares that `from` put up for sale under a lien should not be sold to `to`, as
    /// `detectTransferRestriction` gives it; 0 = nothing is against it. What is free of them is not asked.
    /// @param amount all that `to` would have bought and not collected
    /// @param pending other accounts that bought and have not collected: each may become a holder
    function detectSaleRestriction(address from, address to, uint256 amount, uint256 pending)
        external
        view
        returns (uint8);

    /// @notice The reason in words.
    function messageForTransferRestriction(uint8 code) external view returns (string memory);
}
