// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title 65-byte signatures that stand one after the other
library Signatures {
    /// @dev Half the order of secp256k1: of two valid s for one signature only the lower counts.
    uint256 private constant HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;

    /// @notice Who signed `digest` with the 65 bytes at place `i`, which the caller has checked to be there. A high
    /// s, another v than 27 and 28 and what recovers to nobody are refused with OpenZeppelin's errors.
    function recover(bytes32 digest, bytes calldata signatures, uint256 i) internal pure returns (address signer) {
        bytes32 r;
        bytes32 s;
        uint8 v;
        assembly ("memory-safe") {
            let start := add(signatures.offset, mul(i, 65))
            r := calldataload(start)
            s := calldataload(add(start, 32))
            v := byte(0, calldataload(add(start, 64)))
        }
        if (uint256(s) > HALF_ORDER) revert ECDSA.ECDSAInvalidSignatureS(s);
        signer = ecrecover(digest, v, r, s);
        if (signer == address(0)) revert ECDSA.ECDSAInvalidSignature();
    }
}
