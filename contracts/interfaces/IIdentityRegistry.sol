// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Standing} from "../libraries/Standing.sol";

/// @notice What an attestor says about an address. `country` is ISO 3166-1 numeric; a newer `issuedAt` replaces
/// an older credential.
struct Credential {
    address account;
    uint16 country;
    uint8 investorClass;
    uint40 issuedAt;
    uint40 expiresAt;
}

/// @title Who may hold shares, until when, and who is frozen
interface IIdentityRegistry {
    /// @notice What is on record for an address.
    struct Identity {
        uint40 issuedAt;
        uint40 expiresAt;
        uint16 country;
        uint8 investorClass;
        bool frozen;
        uint8 powers;
    }

    event AttestorUpdated(uint64 sequence, address indexed attestor, bool active);
    event CredentialAccepted(
        uint64 sequence,
        address indexed account,
        address indexed attestor,
        uint16 country,
        uint8 investorClass,
        uint40 issuedAt,
        uint40 expiresAt
    );
    event CredentialRevoked(uint64 sequence, address indexed account, uint40 revokedAt);
    event AccountFrozen(uint64 sequence, address indexed account, bool frozen);
    event PowersUpdated(uint64 sequence, address indexed account, uint8 powers);

    error ZeroAccount();
    error NotAttestor(address signer);
    error CredentialExpired(address account, uint40 expiresAt, uint256 timestamp);
    error CredentialFromFuture(address account, uint40 issuedAt, uint256 timestamp);
    error CredentialNotNewer(address account, uint40 issuedAt, uint40 onRecord);
    error UnknownPowers(uint8 powers, uint8 known);

    /// @notice Takes an attestor's EIP-712 credential; anyone may bring it.
    /// @dev Requirements: signed by an active attestor; the account is not zero; not expired; not issued in the
    /// future; newer than what is on record.
    function present(Credential calldata credential, bytes calldata signature) external;

    /// @notice Ends an account's credential; no credential issued until now can bring it back. Compliance only.
    function revoke(address account) external;

    /// @notice Freezes an account in every share and lease, or lifts the freeze. Compliance only.
    /// @dev Requirements: the account is not zero.
    function setFrozen(address account, bool frozen) external;

    /// @notice Adds or removes an attestor. Restricted.
    function setAttestor(address attestor, bool active) external;

    /// @notice Sets what the account may do that not everybody may, on every share and lease: the bits of
    /// `StandingLib.AGENT`, `LIENOR` and `EXEMPT`. Admin only, slowly.
    /// @dev Requirements: the account is not zero; no other bits.
    /// @dev Warning: an agent can move anybody's shares. The only one at deployment is `TransferAgent`.
    function setPowers(address account, uint8 newPowers) external;

    /// @notice Everything that a transfer asks about an account, in one word; one read of storage. Never reverts.
    function standingOf(address account) external view returns (Standing);

    /// @notice Both sides of a transfer in one call.
    function standingsOf(address from, address to) external view returns (Standing, Standing);

    /// @notice Whether the account may receive shares now: its credential is alive, or it is a system contract
    /// that needs none.
    function isVerified(address account) external view returns (bool);

    /// @notice Whether the account is frozen.
    function isFrozen(address account) external view returns (bool);

    /// @notice At which places of a list, ascending, accounts stand that are frozen.
    function frozenAmong(address[] calldata accounts) external view returns (uint256[] memory places);

    /// @notice Whether the address signs credentials.
    function isAttestor(address attestor) external view returns (bool);

    /// @notice What is on record for the account.
    function identityOf(address account) external view returns (Identity memory);
}
