// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title ERC-7943 for fungible tokens: who may hold and move a token that stands for something real
/// @notice ERC-165 id 0x3edbb4c4. The views never revert.
interface IERC7943Fungible {
    /// @notice The tokens moved without the holder's will.
    event ForcedTransfer(address indexed from, address indexed to, uint256 amount);

    /// @notice So much of the account is frozen now; what was set before no longer counts.
    event Frozen(address indexed account, uint256 amount);

    error ERC7943CannotSend(address account);
    error ERC7943CannotReceive(address account);
    error ERC7943CannotTransfer(address from, address to, uint256 amount);
    error ERC7943InsufficientUnfrozenBalance(address account, uint256 amount, uint256 unfrozen);

    /// @notice Moves tokens of an account that will not or cannot move them itself. Agents only.
    /// @dev Requirements: `from` is not `to`; `canReceive(to)`; `from` holds `amount` beyond its liens, which outrank
    /// an agent. What is taken of frozen tokens is unfrozen first. What `from` earned until now stays its own.
    function forcedTransfer(address from, address to, uint256 amount) external returns (bool);

    /// @notice Freezes `amount` of an account's tokens, more than it holds if need be, instead of what was frozen
    /// before. Agents only.
    /// @dev Requirements: not more than the supply; the account is not zero.
    function setFrozenTokens(address account, uint256 amount) external returns (bool);

    /// @notice Whether the account may send at all.
    function canSend(address account) external view returns (bool);

    /// @notice Whether the account may receive at all.
    function canReceive(address account) external view returns (bool);

    /// @notice What was last frozen of the account's tokens, whether it holds as much or not.
    function getFrozenTokens(address account) external view returns (uint256 amount);

    /// @notice Whether exactly this transfer would go through now.
    function canTransfer(address from, address to, uint256 amount) external view returns (bool);
}
