// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title What a lienor does with a share
/// @dev The share asks the identity registry whether its caller is a lienor.
interface ILienableShare {
    /// @notice Puts free shares of an account under a lien of the caller.
    function lien(address account, uint256 amount) external;

    /// @notice Frees shares from the caller's lien.
    function release(address account, uint256 amount) external;

    /// @notice Moves shares under the caller's lien to `to`, who may receive them.
    function seize(address account, address to, uint256 amount) external;

    /// @notice Whether the account may receive at all. Never reverts.
    function canReceive(address account) external view returns (bool);
}
