// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title ERC-2612 with a signature of any form, as newer stablecoins have it
/// @dev Selector 0x9fd5a6cf; ERC-1271 wallets can sign, too.
interface IERC20PermitBytes {
    /// @notice Approves `spender` by the owner's signature.
    function permit(address owner, address spender, uint256 value, uint256 deadline, bytes memory signature) external;
}
