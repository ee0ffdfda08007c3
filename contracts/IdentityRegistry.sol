// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {Sequenced} from "./Sequenced.sol";
import {Credential, IIdentityRegistry} from "./interfaces/IIdentityRegistry.sol";

/// @title IdentityRegistry
contract IdentityRegistry is IIdentityRegistry, AccessManaged, EIP712, Sequenced {
    bytes32 private constant CREDENTIAL_TYPEHASH = keccak256(
        "Credential(address account,uint16 country,uint8 investorClass,uint40 issuedAt,uint40 expiresAt)"
    );

    mapping(address account => Identity) private _identities;

    /// @inheritdoc IIdentityRegistry
    mapping(address attestor => bool) public isAttestor;

    constructor(address authority_) AccessManaged(authority_) EIP712("Wellhead", "1") {}

    /// @inheritdoc IIdentityRegistry
    function present(Credential calldata credential, bytes calldata signature) external {
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(CREDENTIAL_TYPEHASH, credential)));
        address attestor = ECDSA.recoverCalldata(digest, signature);
        require(isAttestor[attestor], NotAttestor(attestor));
        (address account, uint40 issuedAt, uint40 expiresAt) =
            (credential.account, credential.issuedAt, credential.expiresAt);
        require(expiresAt > block.timestamp, CredentialExpired(account, expiresAt, block.timestamp));
        require(issuedAt <= block.timestamp, CredentialFromFuture(account, issuedAt, block.timestamp));
        Identity storage identity = _identities[account];
        require(issuedAt > identity.issuedAt, CredentialNotNewer(account, issuedAt, identity.issuedAt));
        (identity.issuedAt, identity.expiresAt) = (issuedAt, expiresAt);
        (identity.country, identity.investorClass) = (credential.country, credential.investorClass);
        emit CredentialAccepted(
            _nextSequence(), account, attestor, credential.country, credential.investorClass, issuedAt, expiresAt
        );
    }

    /// @inheritdoc IIdentityRegistry
    function revoke(address account) external restricted {
        uint40 timestamp = uint40(block.timestamp);
        Identity storage identity = _identities[account];
        (identity.issuedAt, identity.expiresAt) = (timestamp, 0);
        emit CredentialRevoked(_nextSequence(), account, timestamp);
    }

    /// @inheritdoc IIdentityRegistry
    function setFrozen(address account, bool frozen) external restricted {
        // minting and burning pass the zero address: freezing it would stop every redemption
        require(account != address(0), ZeroAccount());
        _identities[account].frozen = frozen;
        emit AccountFrozen(_nextSequence(), account, frozen);
    }

    /// @inheritdoc IIdentityRegistry
    function setAttestor(address attestor, bool active) external restricted {
        isAttestor[attestor] = active;
        emit AttestorUpdated(_nextSequence(), attestor, active);
    }

    /// @inheritdoc IIdentityRegistry
    function isVerified(address account) external view returns (bool) {
        return _identities[account].expiresAt > block.timestamp;
    }

    /// @inheritdoc IIdentityRegistry
    function isFrozen(address account) external view returns (bool) {
        return _identities[account].frozen;
    }

    /// @inheritdoc IIdentityRegistry
    function identityOf(address account) external view returns (Identity memory) {
        return _identities[account];
    }
}
