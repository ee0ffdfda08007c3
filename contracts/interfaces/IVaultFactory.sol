// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IssuerStatus} from "./ICoinRegistry.sol";

/// @title Where vaults and shares come from, and by which rules an asset gets them
/// @notice Works for Settlement alone, which keeps what it makes.
interface IVaultFactory {
    /// @notice What an asset starts with.
    struct Opening {
        address vault;
        address share;
        address owner;
        uint32 fromPeriod;
    }

    error NotSettlement(address caller);
    error NotOwner(uint32 assetId, address caller, address owner);
    error NotActive(uint32 assetId);
    error WrongTerms(bytes32 given, bytes32 inForce);
    error CoinNotAllowed(address coin);
    error SameCoin(address coin);
    error WeakerCoin(address coin, IssuerStatus status, IssuerStatus present);
    error EpochPending(uint32 assetId, uint32 epoch, uint32 fromPeriod);
    error NoLoss(address vault, uint256 balance, uint256 obligations);
    error OtherDecimals(address coin, uint8 decimals, uint8 present);

    /// @notice Creates an asset's share (a clone) and the vault of its first epoch (CREATE2). Settlement only, once.
    /// @dev Requirements: the asset is active; the terms are in force now; the coin, which is theirs, is allowed.
    function open(uint32 assetId, bytes32 termsHash, address coin) external returns (Opening memory);

    /// @notice Creates the vault of an asset's next epoch in `coin`, and says with which period it begins.
    /// Settlement only.
    /// @dev Requirements: no epoch is pending; `caller` owns the asset; the coin is allowed, another than the
    /// present vault's where that is not impaired, its status is not below the one of the present vault's coin, and
    /// it has the same decimals.
    function renew(uint32 assetId, address coin, address caller) external returns (address vault, uint32 fromPeriod);

    /// @notice What a vault holds, and all nominal claims on it, the holders' included; one of one where coins that
    /// were lost have come back.
    /// @dev Requirements: the vault holds less than is claimed, or is impaired already.
    function weigh(address vault, uint32 epoch) external view returns (uint128 balance, uint128 obligations);
}
