// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {Sequenced} from "./Sequenced.sol";
import {Credential, IIdentityRegistry} from "./interfaces/IIdentityRegistry.sol";
import {Standing, StandingLib} from "./libraries/Standing.sol";

/// @title IdentityRegistry
contract IdentityRegistry is IIdentityRegistry, AccessManaged, EIP712, Sequenced {
    bytes32 private constant CREDENTIAL_TYPEHASH = keccak256(
        "Credential(address account,uint16 country,uint8 investorClass,uint40 issuedAt,uint40 expiresAt)"
    );

    /// @dev One slot. `standing` never has the verified bit: time decides that when it is read.
    struct Record {
        uint32 standing;
        uint40 expiresAt;
        uint40 issuedAt;
    }

    mapping(address account => Record) private _records;

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
        require(account != address(0), ZeroAccount());
        require(expiresAt > block.timestamp, CredentialExpired(account, expiresAt, block.timestamp));
        require(issuedAt <= block.timestamp, CredentialFromFuture(account, issuedAt, block.timestamp));
        Record storage record = _records[account];
        require(issuedAt > record.issuedAt, CredentialNotNewer(account, issuedAt, record.issuedAt));
        (record.issuedAt, record.expiresAt) = (issuedAt, expiresAt);
        record.standing = uint32(credential.country) << 16 | uint32(credential.investorClass) << 8
            | uint8(record.standing);
        emit CredentialAccepted(
            _nextSequence(), account, attestor, credential.country, credential.investorClass, issuedAt, expiresAt
        );
    }

    /// @inheritdoc IIdentityRegistry
    function revoke(address account) external restricted {
        uint40 timestamp = uint40(block.timestamp);
        Record storage record = _records[account];
        (record.issuedAt, record.expiresAt) = (timestamp, 0);
        emit CredentialRevoked(_nextSequence(), account, timestamp);
    }

    /// @inheritdoc IIdentityRegistry
    function setFrozen(address account, bool frozen) external restricted {
        // minting and burning pass the zero address: freezing it would stop every redemption
        require(account != address(0), ZeroAccount());
        Record storage record = _records[account];
        record.standing = record.standing & ~StandingLib.FROZEN | (frozen ? StandingLib.FROZEN : 0);
        emit AccountFrozen(_nextSequence(), account, frozen);
    }

    /// @inheritdoc IIdentityRegistry
    function setPowers(address account, uint8 newPowers) external restricted {
        require(account != address(0), ZeroAccount());
        require(newPowers <= StandingLib.POWERS, UnknownPowers(newPowers, StandingLib.POWERS));
        Record storage record = _records[account];
        record.standing = record.standing & ~uint32(StandingLib.POWERS) | newPowers;
        emit PowersUpdated(_nextSequence(), account, newPowers);
    }

    /// @inheritdoc IIdentityRegistry
    function setAttestor(address attestor, bool active) external restricted {
        isAttestor[attestor] = active;
        emit AttestorUpdated(_nextSequence(), attestor, active);
    }

    /// @inheritdoc IIdentityRegistry
    function standingOf(address account) external view returns (Standing) {
        return _standingOf(account);
    }

    /// @inheritdoc IIdentityRegistry
    function standingsOf(address from, address to) external view returns (Standing, Standing) {
        return (_standingOf(from), _standingOf(to));
    }

    /// @inheritdoc IIdentityRegistry
    function frozenAmong(address[] calldata accounts) external view returns (uint256[] memory places) {
        places = new uint256[](accounts.length);
        uint256 count = 0;
        for (uint256 i = 0; i < accounts.length; ++i) {
            if (_records[accounts[i]].standing & StandingLib.FROZEN != 0) places[count++] = i;
        }
        assembly ("memory-safe") {
            mstore(places, count)
        }
    }

    /// @inheritdoc IIdentityRegistry
    function isVerified(address account) external view returns (bool) {
        return _standingOf(account).isVerified();
    }

    /// @inheritdoc IIdentityRegistry
    function isFrozen(address account) external view returns (bool) {
        return _standingOf(account).isFrozen();
    }

    /// @inheritdoc IIdentityRegistry
    function identityOf(address account) external view returns (Identity memory) {
        Record memory record = _records[account];
        Standing standing = Standing.wrap(record.standing);
        return Identity(
            record.issuedAt,
            record.expiresAt,
            standing.country(),
            standing.investorClass(),
            standing.isFrozen(),
            standing.powers()
        );
    }

    /// @dev Every transfer of shares asks this twice: one read, and no branch.
    function _standingOf(address account) private view returns (Standing standing) {
        Record storage record = _records[account];
        uint32 verified = StandingLib.VERIFIED;
        assembly ("memory-safe") {
            let word := sload(record.slot)
            // exempt is bit 2; alive while expiresAt, bits 32 to 71, is later than now
            let isAlive := or(and(shr(2, word), 1), gt(and(shr(32, word), 0xffffffffff), timestamp()))
            standing := or(and(word, 0xffffffff), mul(verified, isAlive))
        }
    }
}
