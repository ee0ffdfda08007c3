// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title EIP-3009's call that only the receiver can make, in both its forms
interface IReceiveWithAuthorization {
    /// @notice Moves `value` from `from` to the caller, who is `to`, by the signature `v, r, s`.
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice The same with a bytes signature, which a contract's wallet may check by ERC-1271.
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes memory signature
    ) external;
}
