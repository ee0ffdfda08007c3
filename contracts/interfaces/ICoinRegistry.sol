// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice How far the issuer's licence carries a coin (GENIUS Act); 0 = not allowed here.
enum IssuerStatus {
    NotAllowed,
    Unknown,
    ForeignComparable,
    Permitted
}

/// @title Stablecoins that assets may use, with the standing of their issuers
/// @notice A status decides where new money may go; it never stops a payment.
/// @dev Warning: a coin is trusted to move exactly what it is asked to. `Vault.pull` refuses fees on transfer,
/// and what a coin takes from a vault afterwards is shared out by `Settlement.recognizeLoss`; whether its issuer
/// is who he says, the attestation has to show.
interface ICoinRegistry {
    /// @notice What is on record for a coin. `attestation` hashes the document that the status rests on.
    struct Coin {
        IssuerStatus status;
        uint8 decimals;
        bytes32 attestation;
    }

    event CoinStatusUpdated(
        uint64 sequence, address indexed coin, IssuerStatus status, uint8 decimals, bytes32 attestation
    );

    error NotAContract(address coin);
    error DecimalsOutOfRange(address coin, uint8 decimals, uint8 limit);

    /// @notice Sets a coin's issuer status. Registrar only.
    /// @dev Requirements: the coin is a contract and, to be allowed, answers `decimals()` with at most 18.
    function setCoinStatus(address coin, IssuerStatus status, bytes32 attestation) external;

    /// @notice A coin's issuer status; `NotAllowed` where none was set.
    function statusOf(address coin) external view returns (IssuerStatus);

    /// @notice What is on record for a coin.
    function coinOf(address coin) external view returns (Coin memory);
}
