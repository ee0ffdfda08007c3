// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

import {DeviceBindings} from "./DeviceBindings.sol";
import {IAssetRegistry, Terms} from "./interfaces/IAssetRegistry.sol";
import {TermsHash} from "./libraries/TermsHash.sol";

/// @title What is in force for an asset in each period
/// @notice Versions of terms and device lists start at a period and follow one another. The newest are kept in
/// one slot, so the usual question costs one read; older ones are found by binary search, so their number cannot
/// make settling dear.
abstract contract AssetVersions is DeviceBindings {
    using Checkpoints for Checkpoints.Trace224;
    using SafeCast for uint256;

    /// @notice `pinnedBefore` is the last period sold or excused, plus one.
    struct Asset {
        address owner;
        uint32 pinnedBefore;
        bool active;
    }

    /// @notice The newest versions; after `excusedBefore` no time is excused.
    struct Newest {
        uint32 termsVersion;
        uint32 termsFrom;
        uint32 noticePeriods;
        uint32 devicesVersion;
        uint32 devicesFrom;
        uint32 devices;
        uint32 excusedBefore;
    }

    /// @notice Assets registered until now, and before the period of the last registration.
    struct Count {
        uint32 now_;
        uint32 from;
        uint32 before;
        uint32 beforeFrom;
    }

    Count private _count;
    Checkpoints.Trace224 private _countByPeriod;
    mapping(uint32 assetId => Asset) internal _assets;
    mapping(uint32 assetId => Newest) internal _newest;
    mapping(uint32 assetId => mapping(uint256 version => bytes32)) private _terms;
    mapping(uint32 assetId => mapping(uint256 version => DeviceList)) private _devices;
    mapping(uint32 assetId => Checkpoints.Trace224) private _termsByPeriod;
    mapping(uint32 assetId => Checkpoints.Trace224) private _devicesByPeriod;

    /// @inheritdoc IAssetRegistry
    function assetCount() public view returns (uint32) {
        return _count.now_;
    }

    /// @inheritdoc IAssetRegistry
    function assetCountAt(uint32 period) external view returns (uint32) {
        Count memory count = _count;
        if (period >= count.from) return count.now_;
        if (period >= count.beforeFrom) return count.before;
        return uint32(_countByPeriod.upperLookupRecent(period));
    }

    /// @inheritdoc IAssetRegistry
    function ownerOf(uint32 assetId) public view override returns (address owner) {
        owner = _assets[assetId].owner;
        if (owner == address(0)) revert UnknownAsset(assetId, assetCount());
    }

    /// @inheritdoc IAssetRegistry
    function isActive(uint32 assetId) public view override returns (bool) {
        ownerOf(assetId);
        return _assets[assetId].active;
    }

    /// @inheritdoc IAssetRegistry
    function pinnedBefore(uint32 assetId) external view returns (uint32) {
        ownerOf(assetId);
        return _assets[assetId].pinnedBefore;
    }

    /// @inheritdoc IAssetRegistry
    function changeableFrom(uint32 assetId, bool afterNotice) external view returns (uint32 period) {
        ownerOf(assetId);
        uint256 earliest = _earliest(afterNotice ? _noticeOf(assetId) : 0);
        period = _assets[assetId].pinnedBefore;
        if (earliest > period) period = earliest.toUint32();
    }

    /// @inheritdoc IAssetRegistry
    function termsVersionAt(uint32 assetId, uint32 period) public view returns (uint32 version) {
        bool known;
        (known, version) = _termsPlace(assetId, period);
        if (!known) revert NoTerms(assetId, period);
    }

    /// @inheritdoc IAssetRegistry
    function termsHashAt(uint32 assetId, uint32 period) public view returns (bytes32) {
        (bool known, uint32 version) = _termsPlace(assetId, period);
        return known ? _terms[assetId][version] : bytes32(0);
    }

    /// @inheritdoc IAssetRegistry
    function evidenceAt(uint32 assetId, uint32 period) external view returns (uint8) {
        uint224 entry = _termsByPeriod[assetId].upperLookupRecent(period);
        if (entry == 0) revert NoTerms(assetId, period);
        return uint8(entry >> 32);
    }

    /// @inheritdoc IAssetRegistry
    function devicesAt(uint32 assetId, uint32 period) public view returns (uint32 devices, bytes32 root) {
        (bool known, uint32 version) = _devicesPlace(assetId, period);
        if (!known) return (0, 0);
        DeviceList storage list = _devices[assetId][version];
        return (list.devices, list.root);
    }

    function _newAsset(address owner) internal returns (uint32 assetId) {
        uint32 period = currentPeriod();
        Count memory count = _count;
        assetId = count.now_;
        if (period != count.from) (count.before, count.beforeFrom, count.from) = (assetId, count.from, period);
        count.now_ = assetId + 1;
        _count = count;
        _countByPeriod.push(period, assetId + 1);
        _assets[assetId].owner = owner;
    }

    function _addTerms(uint32 assetId, uint32 version, uint32 fromPeriod, Terms calldata terms) internal {
        bytes32 hash = TermsHash.hashOf(terms);
        _terms[assetId][version] = hash;
        Newest storage newest = _newest[assetId];
        (newest.termsVersion, newest.termsFrom, newest.noticePeriods) = (version, fromPeriod, terms.noticePeriods);
        uint224 entry = (uint224(version) + 1) | uint224(terms.evidence) << 32;
        _termsByPeriod[assetId].push(fromPeriod, entry | uint224(terms.noticePeriods) << 40);
        emit TermsAnnounced(_nextSequence(), assetId, fromPeriod, hash, terms);
    }

    function _addDevices(uint32 assetId, uint32 version, DeviceList memory list) internal {
        _devices[assetId][version] = list;
        Newest storage newest = _newest[assetId];
        (newest.devicesVersion, newest.devicesFrom, newest.devices) = (version, list.fromPeriod, list.devices);
        _devicesByPeriod[assetId].push(list.fromPeriod, uint224(version) + 1);
        emit DevicesAnnounced(_nextSequence(), assetId, version, list.fromPeriod, list.devices, list.root);
    }

    /// @dev The terms and device list of a run; it lies in one version of each.
    function _versionsOf(uint32 assetId, uint32 fromPeriod, uint32 toPeriod)
        internal
        view
        returns (uint32 termsVersion, uint32 devices)
    {
        Newest memory newest = _newest[assetId];
        if (fromPeriod >= newest.termsFrom && fromPeriod >= newest.devicesFrom) {
            return (newest.termsVersion, newest.devices);
        }
        termsVersion = termsVersionAt(assetId, fromPeriod);
        (, uint32 first) = _devicesPlace(assetId, fromPeriod);
        (, uint32 last) = _devicesPlace(assetId, toPeriod);
        bool same = first == last && termsVersion == termsVersionAt(assetId, toPeriod);
        if (!same) revert NotOneVersion(fromPeriod, toPeriod);
        devices = _devices[assetId][first].devices;
    }

    function _requireNewestTerms(uint32 assetId, Terms calldata current) internal view {
        _requireTerms(current, _terms[assetId][_newest[assetId].termsVersion]);
    }

    function _requireTerms(Terms calldata terms, bytes32 inForce) internal pure {
        bytes32 given = TermsHash.hashOf(terms);
        if (given != inForce) revert WrongTerms(given, inForce);
    }

    function _earliest(uint256 noticePeriods) internal view returns (uint256) {
        return uint256(currentPeriod()) + 1 + noticePeriods;
    }

    /// @dev That of the terms in force, so that terms announced for later cannot shorten it; nor less than theirs.
    function _noticeOf(uint32 assetId) private view returns (uint256 notice) {
        notice = uint32(_termsByPeriod[assetId].upperLookupRecent(currentPeriod()) >> 40);
        uint256 newest = _newest[assetId].noticePeriods;
        if (newest > notice) notice = newest;
    }

    function _termsPlace(uint32 assetId, uint32 period) private view returns (bool known, uint32 version) {
        Newest storage newest = _newest[assetId];
        if (period >= newest.termsFrom) return (_assets[assetId].owner != address(0), newest.termsVersion);
        uint32 place = uint32(_termsByPeriod[assetId].upperLookupRecent(period));
        return place == 0 ? (false, 0) : (true, place - 1);
    }

    function _devicesPlace(uint32 assetId, uint32 period) private view returns (bool known, uint32 version) {
        Newest storage newest = _newest[assetId];
        if (period >= newest.devicesFrom) return (newest.devices != 0, newest.devicesVersion);
        uint32 place = uint32(_devicesByPeriod[assetId].upperLookupRecent(period));
        return place == 0 ? (false, 0) : (true, place - 1);
    }
}
