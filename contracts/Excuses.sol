// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {AssetVersions} from "./AssetVersions.sol";
import {IAssetRegistry, Terms} from "./interfaces/IAssetRegistry.sol";

/// @title Time that earns nothing and costs no credit, as announced beforehand
abstract contract Excuses is AssetVersions {
    struct ExcuseCeiling {
        uint32 assetId;
        uint32 fromPeriod;
        uint32 toPeriod;
        uint40 deviceSeconds;
    }

    bytes32 private constant CURTAILMENT_TYPEHASH =
        keccak256("Curtailment(uint32 assetId,uint32 fromPeriod,uint32 toPeriod,uint40 deviceSeconds)");
    uint256 private constant MAX_RUN = 100;

    mapping(uint32 assetId => mapping(uint256 period => uint40)) private _excuses;
    mapping(uint32 assetId => mapping(uint256 year => uint256)) private _maintenance;
    mapping(bytes32 digest => bool) private _usedCurtailments;

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
    function excuseCeilingOf(uint32 assetId, uint32 period) public view returns (uint40) {
        return period < _newest[assetId].excusedBefore ? _excuses[assetId][period] : 0;
    }

    /// @dev Maintenance: notice is kept, and the year's allowance. Years count from genesis, in 365 days; an
    /// announcement stays inside one of them. Returns the device-seconds of one period.
    function _useAllowance(ExcuseCeiling memory e, Terms calldata terms) private returns (uint256) {
        (uint256 periods, uint256 devices) = _runOf(e);
        uint256 earliest = _earliest(terms.noticePeriods);
        if (e.fromPeriod < earliest) revert TooEarly(e.fromPeriod, uint32(earliest));
        uint256 year = uint256(e.fromPeriod) * periodSeconds / 365 days;
        if (uint256(e.toPeriod) * periodSeconds / 365 days != year) revert NotOneYear(e.fromPeriod, e.toPeriod);
        uint256 announced = _maintenance[e.assetId][year] + periods * e.deviceSeconds;
        uint256 allowance = devices * terms.maintenanceSecondsPerYear;
        if (announced > allowance) revert AboveAllowance(announced, allowance);
        _maintenance[e.assetId][year] = announced;
        return devices * periodSeconds;
    }

    /// @dev Curtailment: the grid key signed for it, once. It may begin in the running period, for no more than
    /// the seconds to come. Returns the device-seconds that one period can still have.
    function _useCurtailment(ExcuseCeiling memory e, address gridKey, bytes calldata signature)
        private
        returns (uint256)
    {
        (, uint256 devices) = _runOf(e);
        uint32 current = currentPeriod();
        if (e.fromPeriod < current) revert TooEarly(e.fromPeriod, current);
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(CURTAILMENT_TYPEHASH, e)));
        address signer = ECDSA.recoverCalldata(digest, signature);
        if (signer != gridKey) revert WrongGridSignature(signer, gridKey);
        if (_usedCurtailments[digest]) revert CurtailmentUsed(digest);
        _usedCurtailments[digest] = true;
        return devices * (e.fromPeriod == current ? _endOf(current) - block.timestamp : periodSeconds);
    }

    /// @dev What is excused under these terms, for so many devices, keeps them.
    function _raiseCeilings(ExcuseCeiling memory e, uint256 capacity) private {
        for (uint256 p = e.fromPeriod; p <= e.toPeriod; ++p) {
            uint256 ceiling = uint256(_excuses[e.assetId][p]) + e.deviceSeconds;
            if (ceiling > capacity) revert AboveCapacity(ceiling, capacity);
            _excuses[e.assetId][p] = uint40(ceiling);
        }
        uint32 end = e.toPeriod + 1;
        if (end > _assets[e.assetId].pinnedBefore) _assets[e.assetId].pinnedBefore = end;
        if (end > _newest[e.assetId].excusedBefore) _newest[e.assetId].excusedBefore = end;
    }

    /// @dev A run stays inside one version of the terms and of the device list: it was checked against those.
    function _runOf(ExcuseCeiling memory e) private view returns (uint256 periods, uint256 devices) {
        if (e.fromPeriod > e.toPeriod) revert PeriodsOutOfOrder(e.fromPeriod, e.toPeriod);
        periods = uint256(e.toPeriod) - e.fromPeriod + 1;
        if (periods > MAX_RUN) revert RunTooLong(periods, MAX_RUN);
        (, devices) = _versionsOf(e.assetId, e.fromPeriod, e.toPeriod);
    }
}
