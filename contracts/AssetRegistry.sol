// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

import {DeviceBindings} from "./DeviceBindings.sol";
import {Periods} from "./Periods.sol";
import {IAssetRegistry, Terms} from "./interfaces/IAssetRegistry.sol";
import {TermsRules} from "./libraries/TermsRules.sol";

/// @title AssetRegistry
contract AssetRegistry is DeviceBindings, AccessManaged, Periods {
    using Checkpoints for Checkpoints.Trace224;

    struct Asset {
        address owner;
        uint32 pinnedBefore;
        bool active;
    }

    struct ExcuseCeiling {
        uint32 assetId;
        uint32 fromPeriod;
        uint32 toPeriod;
        uint40 deviceSeconds;
    }

    bytes32 private constant CURTAILMENT_TYPEHASH =
        keccak256("Curtailment(uint32 assetId,uint32 fromPeriod,uint32 toPeriod,uint40 deviceSeconds)");
    uint256 private constant MAX_RUN = 100;

    address public immutable settlement;

    Asset[] private _assets;
    Checkpoints.Trace224 private _countByPeriod;
    mapping(uint32 assetId => bytes32[]) private _terms;
    mapping(uint32 assetId => Checkpoints.Trace224) private _termsByPeriod;
    mapping(uint32 assetId => DeviceList[]) private _devices;
    mapping(uint32 assetId => Checkpoints.Trace224) private _devicesByPeriod;
    mapping(uint32 assetId => mapping(uint256 period => uint40)) private _excuses;
    mapping(uint32 assetId => mapping(uint256 year => uint256)) private _maintenance;
    mapping(bytes32 digest => bool) private _usedCurtailments;

    constructor(address authority_, address settlement_, uint64 genesis_, uint32 periodSeconds_)
        AccessManaged(authority_)
        EIP712("Wellhead", "1")
        Periods(genesis_, periodSeconds_)
    {
        require(periodSeconds_ != 0 && periodSeconds_ < 1 << 22, OutOfRange("periodSeconds", periodSeconds_, 1 << 22));
        settlement = settlement_;
    }

    /// @inheritdoc IAssetRegistry
    function register(Terms calldata terms, uint32 devices, bytes32 deviceRoot) external returns (uint32 assetId) {
        TermsRules.requireValid(terms, devices, periodSeconds);
        require(deviceRoot != 0, NoDeviceRoot());
        uint32 period = currentPeriod();
        assetId = uint32(_assets.length);
        _assets.push(Asset(msg.sender, 0, false));
        _countByPeriod.push(period, assetId + 1);
        emit AssetRegistered(_nextSequence(), assetId, msg.sender);
        _addTerms(assetId, period, terms);
        _addDevices(assetId, DeviceList(period, devices, deviceRoot));
    }

    /// @inheritdoc IAssetRegistry
    function activate(uint32 assetId) external restricted {
        _requireKnown(assetId);
        require(!_assets[assetId].active, AlreadyActive(assetId));
        _assets[assetId].active = true;
        emit AssetActivated(_nextSequence(), assetId);
    }

    /// @inheritdoc IAssetRegistry
    function announceTerms(uint32 assetId, uint32 fromPeriod, Terms calldata current, Terms calldata terms)
        external
        onlyOwner(assetId)
    {
        uint32 newestFrom = _requireNewestTerms(assetId, current);
        DeviceList[] storage lists = _devices[assetId];
        TermsRules.requireValid(terms, lists[lists.length - 1].devices, periodSeconds);
        require(TermsRules.sameForHolders(current, terms), HolderTermsFixed(assetId));
        uint256 earliest = uint256(currentPeriod()) + 1 + current.noticePeriods;
        if (earliest < _assets[assetId].pinnedBefore) earliest = _assets[assetId].pinnedBefore;
        if (earliest <= newestFrom) earliest = uint256(newestFrom) + 1;
        // they were checked against the newest device list, so they may not hold before it
        if (earliest < lists[lists.length - 1].fromPeriod) earliest = lists[lists.length - 1].fromPeriod;
        require(fromPeriod >= earliest, TooEarly(fromPeriod, uint32(earliest)));
        _addTerms(assetId, fromPeriod, terms);
    }

    /// @inheritdoc IAssetRegistry
    function announceDevices(
        uint32 assetId,
        uint32 fromPeriod,
        uint32 devices,
        bytes32 deviceRoot,
        Terms calldata current
    ) external onlyOwner(assetId) {
        uint32 termsFrom = _requireNewestTerms(assetId, current);
        TermsRules.requireValid(current, devices, periodSeconds);
        require(deviceRoot != 0, NoDeviceRoot());
        DeviceList[] storage lists = _devices[assetId];
        DeviceList memory newest = lists[lists.length - 1];
        uint32 earliest = currentPeriod() + 1;
        if (earliest <= newest.fromPeriod) earliest = newest.fromPeriod + 1;
        if (earliest < termsFrom) earliest = termsFrom;
        require(fromPeriod >= earliest, TooEarly(fromPeriod, earliest));
        uint32 pinned = _assets[assetId].pinnedBefore;
        require(fromPeriod >= pinned || devices == newest.devices, DevicesPinned(devices, newest.devices, pinned));
        _addDevices(assetId, DeviceList(fromPeriod, devices, deviceRoot));
    }

    /// @inheritdoc IAssetRegistry
    function announceExcused(
        uint32 assetId,
        uint32 fromPeriod,
        uint32 toPeriod,
        uint40 deviceSeconds,
        ExcuseKind kind,
        Terms calldata terms,
        bytes calldata gridSignature
    ) external onlyOwner(assetId) {
        _requireTerms(terms, termsHashAt(assetId, fromPeriod));
        ExcuseCeiling memory e = ExcuseCeiling(assetId, fromPeriod, toPeriod, deviceSeconds);
        uint256 capacity = kind == ExcuseKind.Maintenance
            ? _useAllowance(e, terms)
            : _useCurtailment(e, terms.gridKey, gridSignature);
        _raiseCeilings(e, capacity);
        emit ExcuseAnnounced(_nextSequence(), assetId, fromPeriod, toPeriod, deviceSeconds, kind);
    }

    /// @inheritdoc IAssetRegistry
    function setDocument(uint32 assetId, bytes32 name, string calldata uri, bytes32 contentHash)
        external
        onlyOwner(assetId)
    {
        emit DocumentUpdated(_nextSequence(), assetId, name, uri, contentHash);
    }

    /// @inheritdoc IAssetRegistry
    function pin(uint32 assetId, uint32 period) external returns (bytes32 termsHash, uint32 devices) {
        require(msg.sender == settlement, NotSettlement(msg.sender));
        termsHash = termsHashAt(assetId, period);
        (devices,) = devicesAt(assetId, period);
        if (period >= _assets[assetId].pinnedBefore) _assets[assetId].pinnedBefore = period + 1;
        emit PeriodPinned(_nextSequence(), assetId, period, termsHash, devices);
    }

    /// @inheritdoc IAssetRegistry
    function assetCount() external view returns (uint32) {
        return uint32(_assets.length);
    }

    /// @inheritdoc IAssetRegistry
    function assetCountAt(uint32 period) external view returns (uint32) {
        return uint32(_countByPeriod.upperLookupRecent(period));
    }

    /// @inheritdoc IAssetRegistry
    function ownerOf(uint32 assetId) public view override returns (address) {
        _requireKnown(assetId);
        return _assets[assetId].owner;
    }

    /// @inheritdoc IAssetRegistry
    function isActive(uint32 assetId) public view override returns (bool) {
        _requireKnown(assetId);
        return _assets[assetId].active;
    }

    /// @inheritdoc IAssetRegistry
    function pinnedBefore(uint32 assetId) external view returns (uint32) {
        _requireKnown(assetId);
        return _assets[assetId].pinnedBefore;
    }

    /// @inheritdoc IAssetRegistry
    function termsHashAt(uint32 assetId, uint32 period) public view returns (bytes32) {
        uint256 place = _termsByPeriod[assetId].upperLookupRecent(period);
        return place == 0 ? bytes32(0) : _terms[assetId][place - 1];
    }

    /// @inheritdoc IAssetRegistry
    function devicesAt(uint32 assetId, uint32 period) public view returns (uint32 devices, bytes32 root) {
        uint256 place = _devicesByPeriod[assetId].upperLookupRecent(period);
        if (place == 0) return (0, 0);
        DeviceList storage list = _devices[assetId][place - 1];
        return (list.devices, list.root);
    }

    /// @inheritdoc IAssetRegistry
    function excuseCeilingOf(uint32 assetId, uint32 period) external view returns (uint40) {
        return _excuses[assetId][period];
    }

    /// @dev Versions are found by binary search: their number must not be able to make settling dear.
    function _addTerms(uint32 assetId, uint32 fromPeriod, Terms calldata terms) private {
        bytes32 hash = keccak256(abi.encode(terms));
        _terms[assetId].push(hash);
        _termsByPeriod[assetId].push(fromPeriod, uint224(_terms[assetId].length));
        emit TermsAnnounced(_nextSequence(), assetId, fromPeriod, hash, terms);
    }

    function _addDevices(uint32 assetId, DeviceList memory list) private {
        uint32 version = uint32(_devices[assetId].length);
        _devices[assetId].push(list);
        _devicesByPeriod[assetId].push(list.fromPeriod, uint224(version) + 1);
        emit DevicesAnnounced(_nextSequence(), assetId, version, list.fromPeriod, list.devices, list.root);
    }

    function _requireNewestTerms(uint32 assetId, Terms calldata current) private view returns (uint32 fromPeriod) {
        uint224 place;
        (, fromPeriod, place) = _termsByPeriod[assetId].latestCheckpoint();
        _requireTerms(current, _terms[assetId][place - 1]);
    }

    /// @dev Maintenance: notice is kept, and the year's allowance. Years count from genesis, in 365 days; an
    /// announcement stays inside one of them. Returns the device-seconds of one period.
    function _useAllowance(ExcuseCeiling memory e, Terms calldata terms) private returns (uint256) {
        uint256 periods = _runOf(e);
        uint256 earliest = uint256(currentPeriod()) + 1 + terms.noticePeriods;
        require(e.fromPeriod >= earliest, TooEarly(e.fromPeriod, uint32(earliest)));
        uint256 year = uint256(e.fromPeriod) * periodSeconds / 365 days;
        require(uint256(e.toPeriod) * periodSeconds / 365 days == year, NotOneYear(e.fromPeriod, e.toPeriod));
        (uint32 devices,) = devicesAt(e.assetId, e.fromPeriod);
        uint256 announced = _maintenance[e.assetId][year] + periods * e.deviceSeconds;
        uint256 allowance = uint256(devices) * terms.maintenanceSecondsPerYear;
        require(announced <= allowance, AboveAllowance(announced, allowance));
        _maintenance[e.assetId][year] = announced;
        return uint256(devices) * periodSeconds;
    }

    /// @dev Curtailment: the grid key signed for it, once. It may begin in the running period, for no more than
    /// the seconds to come. Returns the device-seconds that one period can still have.
    function _useCurtailment(ExcuseCeiling memory e, address gridKey, bytes calldata signature)
        private
        returns (uint256)
    {
        _runOf(e);
        uint32 current = currentPeriod();
        require(e.fromPeriod >= current, TooEarly(e.fromPeriod, current));
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(CURTAILMENT_TYPEHASH, e)));
        address signer = ECDSA.recoverCalldata(digest, signature);
        require(signer == gridKey, WrongGridSignature(signer, gridKey));
        require(!_usedCurtailments[digest], CurtailmentUsed(digest));
        _usedCurtailments[digest] = true;
        (uint32 devices,) = devicesAt(e.assetId, e.fromPeriod);
        return uint256(devices) * (e.fromPeriod == current ? _endOf(current) - block.timestamp : periodSeconds);
    }

    /// @dev What is excused under these terms, for so many devices, keeps them.
    function _raiseCeilings(ExcuseCeiling memory e, uint256 capacity) private {
        for (uint256 p = e.fromPeriod; p <= e.toPeriod; ++p) {
            uint256 ceiling = uint256(_excuses[e.assetId][p]) + e.deviceSeconds;
            require(ceiling <= capacity, AboveCapacity(ceiling, capacity));
            _excuses[e.assetId][p] = uint40(ceiling);
        }
        Asset storage asset = _assets[e.assetId];
        if (e.toPeriod >= asset.pinnedBefore) asset.pinnedBefore = e.toPeriod + 1;
    }

    /// @dev A run stays inside one version of the terms and of the device list: it was checked against those.
    function _runOf(ExcuseCeiling memory e) private view returns (uint256 periods) {
        require(e.fromPeriod <= e.toPeriod, PeriodsOutOfOrder(e.fromPeriod, e.toPeriod));
        periods = uint256(e.toPeriod) - e.fromPeriod + 1;
        require(periods <= MAX_RUN, RunTooLong(periods, MAX_RUN));
        _requireOneVersion(_termsByPeriod[e.assetId], e);
        _requireOneVersion(_devicesByPeriod[e.assetId], e);
    }

    function _requireOneVersion(Checkpoints.Trace224 storage versions, ExcuseCeiling memory e) private view {
        bool same = versions.upperLookupRecent(e.fromPeriod) == versions.upperLookupRecent(e.toPeriod);
        require(same, NotOneVersion(e.fromPeriod, e.toPeriod));
    }

    function _requireTerms(Terms calldata terms, bytes32 inForce) private pure {
        bytes32 given = keccak256(abi.encode(terms));
        require(given == inForce, WrongTerms(given, inForce));
    }

    function _requireKnown(uint32 assetId) private view {
        require(assetId < _assets.length, UnknownAsset(assetId, uint32(_assets.length)));
    }
}
