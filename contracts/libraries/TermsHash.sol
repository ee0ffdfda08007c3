// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Terms} from "../interfaces/IAssetRegistry.sol";

/// @title The hash that stands for a set of terms
library TermsHash {
    /// @dev Words of the struct: all of them static, so calldata holds exactly `abi.encode(terms)`.
    uint256 private constant TERMS_BYTES = 23 * 32;

    /// @notice `keccak256(abi.encode(terms))`, taken from calldata as it stands. A field with bits above its type
    /// gives another hash, or is refused where it is read.
    function hashOf(Terms calldata terms) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, terms, TERMS_BYTES)
            hash := keccak256(free, TERMS_BYTES)
        }
    }
}
