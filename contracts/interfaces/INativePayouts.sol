// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Native coin that is owed, and taken later
interface INativePayouts {
    event WeiClaimed(uint64 sequence, address indexed payee, uint256 amount);

    error NoWeiOwed(address payee);

    /// @notice What the payee may take.
    function owedWei(address payee) external view returns (uint256);

    /// @notice Pays a payee what he is owed. Anyone.
    /// @dev Requirements: something is owed; the payee takes it (his failure is his own).
    function claimWei(address payee) external;
}
