// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title One asset's money, apart from everybody else's
/// @notice A clone that holds coins and obeys only `Settlement`, which keeps the books.
interface IVault {
    error NotSettlement(address caller);
    error NotExactAmount(address coin, uint256 expected, uint256 received);

    /// @notice Takes `amount` of `coin` from `from`, who has approved this vault.
    /// @dev Requirements: the coin moves exactly that amount (no fee on transfer).
    function pull(address coin, address from, uint256 amount) external;

    /// @notice Pays `amount` of `coin` to `to`.
    function push(address coin, address to, uint256 amount) external;
}
