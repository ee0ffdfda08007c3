// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {Documents} from "./Documents.sol";
import {Excuses} from "./Excuses.sol";
import {Periods} from "./Periods.sol";
import {IAssetRegistry, Terms} from "./interfaces/IAssetRegistry.sol";
import {TermsRules} from "./libraries/TermsRules.sol";

/// @title AssetRegistry
/// @dev Devices: `DeviceBindings`; what is in force when: `AssetVersions`; excused time: `Excuses`; papers:
/// `Documents`. Here: what owner, registrar and Settlement do to an asset.
contract AssetRegistry is Excuses, Documents, AccessManaged {
    address public immutable settlement;

    constructor(address authority_, address settlement_, uint64 genesis_, uint32 periodSeconds_)
        AccessManaged(authority_)
        EIP712("Wellhead", "1")
        Periods(genesis_, periodSeconds_)
    {
        if (periodSeconds_ == 0 || periodSeconds_ >= 1 << 22) {
            revert OutOfRange("periodSeconds", periodSeconds_, 1 << 22);
        }
        settlement = settlement_;
    }

    /// @inheritdoc IAssetRegistry
    function register(Terms calldata terms, uint32 devices, bytes32 deviceRoot) external returns (uint32 assetId) {
        TermsRules.requireValid(terms, devices, periodSeconds);
        if (deviceRoot == 0) revert NoDeviceRoot();
        uint32 period = currentPeriod();
        assetId = _newAsset(msg.sender);
        emit AssetRegistered(_nextSequence(), assetId, msg.sender);
        _addTerms(assetId, 0, period, terms);
        _addDevices(assetId, 0, DeviceList(period, devices, deviceRoot));
    }

    /// @inheritdoc IAssetRegistry
    function activate(uint32 assetId) external restricted {
        if (isActive(assetId)) revert AlreadyActive(assetId);
        _assets[assetId].active = true;
        emit AssetActivated(_nextSequence(), assetId);
    }

    /// @inheritdoc IAssetRegistry
    function announceTerms(uint32 assetId, uint32 fromPeriod, Terms calldata current, Terms calldata terms)
        external
        onlyOwner(assetId)
    {
        _requireNewestTerms(assetId, current);
        Newest memory newest = _newest[assetId];
        TermsRules.requireValid(terms, newest.devices, periodSeconds);
        if (!TermsRules.sameForHolders(current, terms)) revert HolderTermsFixed(assetId);
        uint256 earliest = _earliest(current.noticePeriods);
        if (earliest < _assets[assetId].pinnedBefore) earliest = _assets[assetId].pinnedBefore;
        if (earliest <= newest.termsFrom) earliest = uint256(newest.termsFrom) + 1;
        // they were checked against the newest device list, so they may not hold before it
        if (earliest < newest.devicesFrom) earliest = newest.devicesFrom;
        if (fromPeriod < earliest) revert TooEarly(fromPeriod, uint32(earliest));
        _addTerms(assetId, newest.termsVersion + 1, fromPeriod, terms);
    }

    /// @inheritdoc IAssetRegistry
    function announceDevices(
        uint32 assetId,
        uint32 fromPeriod,
        uint32 devices,
        bytes32 deviceRoot,
        Terms calldata current
    ) external onlyOwner(assetId) {
        _requireNewestTerms(assetId, current);
        TermsRules.requireValid(current, devices, periodSeconds);
        if (deviceRoot == 0) revert NoDeviceRoot();
        Newest memory newest = _newest[assetId];
        uint256 earliest = _earliest(0);
        if (earliest <= newest.devicesFrom) earliest = uint256(newest.devicesFrom) + 1;
        if (earliest < newest.termsFrom) earliest = newest.termsFrom;
        if (fromPeriod < earliest) revert TooEarly(fromPeriod, uint32(earliest));
        uint32 pinned = _assets[assetId].pinnedBefore;
        if (fromPeriod < pinned && devices != newest.devices) revert DevicesPinned(devices, newest.devices, pinned);
        _addDevices(assetId, newest.devicesVersion + 1, DeviceList(fromPeriod, devices, deviceRoot));
    }

    /// @inheritdoc IAssetRegistry
    function pin(uint32 assetId, uint32 fromPeriod, uint32 count)
        external
        returns (uint32 termsVersion, uint32 devices)
    {
        if (msg.sender != settlement) revert NotSettlement(msg.sender);
        uint32 end = fromPeriod + count;
        (termsVersion, devices) = _versionsOf(assetId, fromPeriod, end - 1);
        if (end > _assets[assetId].pinnedBefore) _assets[assetId].pinnedBefore = end;
    }

    /// @inheritdoc IAssetRegistry
    function closingOf(uint32 assetId, uint32 period)
        external
        view
        returns (address owner, bytes32 termsHash, uint32 devices, uint40 excuseCeiling)
    {
        owner = ownerOf(assetId);
        termsHash = termsHashAt(assetId, period);
        (, devices) = _versionsOf(assetId, period, period);
        excuseCeiling = excuseCeilingOf(assetId, period);
    }
}
