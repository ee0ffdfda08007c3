// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

/// @title The EIP-712 domain that readings, receipts and period reports are signed under
/// @notice `{name: "Wellhead", version: "1", chainId, verifyingContract: ReportOracle}`; rebuilt if the chain's id
/// changes, so a fork's signatures are worth nothing here.
abstract contract OracleDomain {
    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant NAME = keccak256("Wellhead");
    bytes32 private constant VERSION = keccak256("1");

    address private immutable VERIFYING_CONTRACT;
    uint256 private immutable CHAIN_ID;
    bytes32 private immutable SEPARATOR;

    /// @param oracle The ReportOracle's address, known before it is created.
    constructor(address oracle) {
        (VERIFYING_CONTRACT, CHAIN_ID) = (oracle, block.chainid);
        SEPARATOR = keccak256(abi.encode(DOMAIN_TYPEHASH, NAME, VERSION, block.chainid, oracle));
    }

    function _separator() internal view returns (bytes32) {
        if (block.chainid == CHAIN_ID) return SEPARATOR;
        return keccak256(abi.encode(DOMAIN_TYPEHASH, NAME, VERSION, block.chainid, VERIFYING_CONTRACT));
    }

    function _digestOf(bytes32 structHash) internal view returns (bytes32) {
        return MessageHashUtils.toTypedDataHash(_separator(), structHash);
    }
}
