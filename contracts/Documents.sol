// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {DeviceBindings} from "./DeviceBindings.sol";
import {IAssetRegistry} from "./interfaces/IAssetRegistry.sol";

/// @title An asset's documents, after ERC-1643
abstract contract Documents is DeviceBindings {
    mapping(uint32 assetId => mapping(bytes32 name => Document)) private _documents;

    /// @inheritdoc IAssetRegistry
    function setDocument(uint32 assetId, bytes32 name, string calldata uri, bytes32 contentHash)
        external
        onlyOwner(assetId)
    {
        require(contentHash != 0, NoContentHash(name));
        _documents[assetId][name] = Document(uri, contentHash, uint64(block.timestamp));
        emit DocumentUpdated(_nextSequence(), assetId, name, uri, contentHash);
    }

    /// @inheritdoc IAssetRegistry
    function removeDocument(uint32 assetId, bytes32 name) external onlyOwner(assetId) {
        bytes32 contentHash = _documents[assetId][name].contentHash;
        require(contentHash != 0, NoDocument(assetId, name));
        delete _documents[assetId][name];
        emit DocumentRemoved(_nextSequence(), assetId, name, contentHash);
    }

    /// @inheritdoc IAssetRegistry
    function getDocument(uint32 assetId, bytes32 name) external view returns (Document memory) {
        return _documents[assetId][name];
    }
}
