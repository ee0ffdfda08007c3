// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

import {Periods} from "./Periods.sol";
import {Sequenced} from "./Sequenced.sol";
import {IAssetRegistry} from "./interfaces/IAssetRegistry.sol";

/// @title Which asset each device works for: one at a time, agreed by the key on the machine
/// @notice What is told of a device in a period is what was so when the period began. A binding that ends leaves that
/// behind, so nobody can let go of a device, or let another asset have it, to hide that two assets counted it.
abstract contract DeviceBindings is IAssetRegistry, EIP712, Periods, Sequenced {
    using Checkpoints for Checkpoints.Trace224;

    bytes32 private constant BINDING_TYPEHASH = keccak256("Binding(bytes32 deviceId,address owner,uint32 assetId)");

    mapping(bytes32 deviceId => DeviceBinding) private _bindings;

    /// @dev Bindings that ended, by the first period that each was there for: `assetId << 32 | first period without`.
    mapping(bytes32 deviceId => Checkpoints.Trace224) private _endedByPeriod;

    modifier onlyOwner(uint32 assetId) {
        address owner = ownerOf(assetId);
        require(msg.sender == owner, NotOwner(assetId, msg.sender, owner));
        _;
    }

    /// @inheritdoc IAssetRegistry
    function bindDevices(
        uint32 assetId,
        bytes32[] calldata deviceIds,
        address[] calldata agentKeys,
        bytes[] calldata signatures
    ) external onlyOwner(assetId) {
        require(isActive(assetId), NotActive(assetId));
        uint256 count = deviceIds.length;
        require(
            agentKeys.length == count && signatures.length == count,
            LengthMismatch(count, agentKeys.length, signatures.length)
        );
        for (uint256 i = 0; i < count; ++i) {
            _bind(assetId, deviceIds[i], agentKeys[i], signatures[i]);
        }
    }

    /// @inheritdoc IAssetRegistry
    function releaseDevices(uint32 assetId, bytes32[] calldata deviceIds) external onlyOwner(assetId) {
        for (uint256 i = 0; i < deviceIds.length; ++i) {
            DeviceBinding storage binding = _bindings[deviceIds[i]];
            require(binding.boundAt != 0 && binding.assetId == assetId, DeviceNotBound(deviceIds[i], assetId));
            (uint32 from, uint32 until) = (_firstAfter(binding.boundAt), currentPeriod() + 1);
            if (from != until) _endedByPeriod[deviceIds[i]].push(from, uint224(assetId) << 32 | until);
            delete _bindings[deviceIds[i]];
            emit DeviceReleased(_nextSequence(), deviceIds[i], assetId);
        }
    }

    /// @inheritdoc IAssetRegistry
    function bindingOf(bytes32 deviceId) external view returns (DeviceBinding memory) {
        return _bindings[deviceId];
    }

    /// @inheritdoc IAssetRegistry
    function boundAssetAt(bytes32 deviceId, uint32 period) external view returns (bool bound, uint32 assetId) {
        DeviceBinding storage binding = _bindings[deviceId];
        if (binding.boundAt != 0 && period >= _firstAfter(binding.boundAt)) return (true, binding.assetId);
        uint224 ended = _endedByPeriod[deviceId].upperLookupRecent(period);
        return period < uint32(ended) ? (true, uint32(ended >> 32)) : (false, 0);
    }

    /// @inheritdoc IAssetRegistry
    function ownerOf(uint32 assetId) public view virtual returns (address);

    /// @inheritdoc IAssetRegistry
    function isActive(uint32 assetId) public view virtual returns (bool);

    /// @dev The first period that begins after the moment.
    function _firstAfter(uint256 timestamp) private view returns (uint32) {
        return uint32((timestamp - genesis) / periodSeconds) + 1;
    }

    function _bind(uint32 assetId, bytes32 deviceId, address agentKey, bytes calldata signature) private {
        DeviceBinding storage binding = _bindings[deviceId];
        require(binding.boundAt == 0 || binding.assetId == assetId, DeviceTaken(deviceId, binding.assetId));
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(BINDING_TYPEHASH, deviceId, msg.sender, assetId)));
        address signer = ECDSA.recoverCalldata(digest, signature);
        require(signer == agentKey, WrongAgentSignature(deviceId, signer, agentKey));
        // a renewal may name another key, but the device has been the asset's since the first
        uint64 since = binding.boundAt == 0 ? uint64(block.timestamp) : binding.boundAt;
        _bindings[deviceId] = DeviceBinding(assetId, signer, since);
        emit DeviceBound(_nextSequence(), deviceId, assetId, signer);
    }
}
