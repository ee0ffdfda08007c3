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

    /// @notice Where payments of the account go from when on; zeros where no order stands.
    function redirectOf(address account) external view returns (address to, uint64 effectiveAt);

    /// @notice Why liened shares of `from` should not be sold to `to`, who would then have bought `amount` and not
    /// collected, as `pending` others; ERC-1404's code, 0 = nothing is against it. Never reverts.
    function detectSaleRestriction(address from, address to, uint256 amount, uint256 pending)
        external
        view
        returns (uint8);
}
