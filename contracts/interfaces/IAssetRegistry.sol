// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IPeriods} from "./IPeriods.sol";

/// @notice What an asset promises and how it pays. Hashed as `keccak256(abi.encode(Terms))`; the registry keeps
/// the hash and emits the whole. Ratios are basis points, money is base units of `stablecoin`, powers are
/// watts per device; `workMetric` 0 means that no work is counted.
struct Terms {
    uint32 rulesVersion;
    uint8 kind;
    uint8 evidence;
    uint32 unitSeconds;
    uint16 feeBps;
    uint16 holderBps;
    uint16 creditBps;
    uint16 graceBps;
    uint32 maxWatts;
    uint32 ratedWatts;
    uint64 maxWorkPerSecond;
    uint64 ratedWork;
    uint64 ratedJoules;
    uint64 tariffPerKwh;
    uint32 reservedForSpot;
    uint32 noticePeriods;
    uint32 maintenanceSecondsPerYear;
    address gridKey;
    address stablecoin;
    bytes32 utilizationMetric;
    bytes32 workMetric;
    bytes32 workload;
    bytes32 documents;
}

/// @title Assets: pools of devices of one class under one set of terms
/// @notice Asset ids count from 0. Terms and device lists are versions that start at a period; nothing changes
/// for a period that has begun, and no terms for a period that has been sold.
interface IAssetRegistry is IPeriods {
    /// @notice Why excused time was announced.
    enum ExcuseKind {
        Maintenance,
        Curtailment
    }

    /// @notice A device list in force from `fromPeriod` on: its length and its root.
    struct DeviceList {
        uint32 fromPeriod;
        uint32 devices;
        bytes32 root;
    }

    /// @notice A document's address and the hash of its content; all zero if there is none.
    struct Document {
        string uri;
        bytes32 contentHash;
        uint64 updatedAt;
    }

    /// @notice Which asset a device works for, and the key that signs for it.
    struct DeviceBinding {
        uint32 assetId;
        address agentKey;
        uint64 boundAt;
    }

    event AssetRegistered(uint64 sequence, uint32 indexed assetId, address indexed owner);
    event AssetActivated(uint64 sequence, uint32 indexed assetId);
    event TermsAnnounced(uint64 sequence, uint32 indexed assetId, uint32 fromPeriod, bytes32 termsHash, Terms terms);
    event DevicesAnnounced(
        uint64 sequence, uint32 indexed assetId, uint32 version, uint32 fromPeriod, uint32 devices, bytes32 root
    );
    event DeviceBound(uint64 sequence, bytes32 indexed deviceId, uint32 indexed assetId, address agentKey);
    event DeviceReleased(uint64 sequence, bytes32 indexed deviceId, uint32 indexed assetId);
    event ExcuseAnnounced(
        uint64 sequence,
        uint32 indexed assetId,
        uint32 fromPeriod,
        uint32 toPeriod,
        uint40 deviceSeconds,
        ExcuseKind kind
    );
    event DocumentUpdated(
        uint64 sequence, uint32 indexed assetId, bytes32 indexed name, string uri, bytes32 contentHash
    );
    event DocumentRemoved(uint64 sequence, uint32 indexed assetId, bytes32 indexed name, bytes32 contentHash);

    error UnknownAsset(uint32 assetId, uint32 assetCount);
    error NotOwner(uint32 assetId, address caller, address owner);
    error NotSettlement(address caller);
    error AlreadyActive(uint32 assetId);
    error UnknownRules(uint32 rulesVersion, uint32 known);
    error AboveBps(uint256 bps, uint256 limit);
    error ZeroTerm(bytes32 field);
    error OutOfRange(bytes32 field, uint256 value, uint256 limit);
    error SumOverflow(bytes32 field, uint256 largest, uint256 limit);
    error TooEarly(uint32 fromPeriod, uint32 earliest);
    error HolderTermsFixed(uint32 assetId);
    error WrongTerms(bytes32 given, bytes32 inForce);
    error DevicesPinned(uint32 devices, uint32 pinned, uint32 pinnedThrough);
    error NoDeviceRoot();
    error DeviceTaken(bytes32 deviceId, uint32 assetId);
    error DeviceNotBound(bytes32 deviceId, uint32 assetId);
    error WrongAgentSignature(bytes32 deviceId, address recovered, address agentKey);
    error LengthMismatch(uint256 ids, uint256 keys, uint256 signatures);
    error PeriodsOutOfOrder(uint32 fromPeriod, uint32 toPeriod);
    error RunTooLong(uint256 periods, uint256 limit);
    error NotOneYear(uint32 fromPeriod, uint32 toPeriod);
    error AboveAllowance(uint256 announced, uint256 allowance);
    error AboveCapacity(uint256 deviceSeconds, uint256 capacity);
    error WrongGridSignature(address recovered, address gridKey);
    error CurtailmentUsed(bytes32 digest);
    error NotOneVersion(uint32 fromPeriod, uint32 toPeriod);
    error NotActive(uint32 assetId);
    error NoTerms(uint32 assetId, uint32 period);
    error NoContentHash(bytes32 document);
    error NoDocument(uint32 assetId, bytes32 document);

    /// @notice Registers the caller's asset; a registrar must activate it before it can be sold.
    /// @dev Requirements: the terms are valid for `devices`; `deviceRoot` is not zero. Both hold from the running
    /// period on.
    function register(Terms calldata terms, uint32 devices, bytes32 deviceRoot) external returns (uint32 assetId);

    /// @notice Lets the asset be opened for sale. Registrar only.
    function activate(uint32 assetId) external;

    /// @notice Announces other tenant-facing terms from `fromPeriod` on.
    /// @dev Requirements: the caller is the owner; `current` are the newest terms; notice is kept;
    /// `fromPeriod` comes after every period sold; no holder-facing term differs.
    function announceTerms(uint32 assetId, uint32 fromPeriod, Terms calldata current, Terms calldata terms) external;

    /// @notice Announces another device list from `fromPeriod` on.
    /// @dev Requirements: the caller is the owner; `current` are the newest terms; `fromPeriod` is not yet running;
    /// while sold periods are affected, the number of devices stays.
    function announceDevices(
        uint32 assetId,
        uint32 fromPeriod,
        uint32 devices,
        bytes32 deviceRoot,
        Terms calldata current
    ) external;

    /// @notice Binds devices to the asset, each by its agent key's signature over
    /// `Binding(bytes32 deviceId,address owner,uint32 assetId)`.
    /// @dev Requirements: the caller is the owner; the asset is active, so that nobody can take devices he does not
    /// have without a registrar's word; no device is bound to another asset. Binding again for the same asset may name
    /// another key; `boundAt` stays.
    function bindDevices(
        uint32 assetId,
        bytes32[] calldata deviceIds,
        address[] calldata agentKeys,
        bytes[] calldata signatures
    ) external;

    /// @notice Lets go of devices, so that another asset can bind them. What they were bound to in periods that have
    /// begun stays known.
    /// @dev Requirements: the caller is the owner; each device is bound to the asset.
    function releaseDevices(uint32 assetId, bytes32[] calldata deviceIds) external;

    /// @notice Announces that up to `deviceSeconds` in each of the periods are excused.
    /// @dev Requirements: the caller is the owner; `terms` are in force in `fromPeriod`, and neither terms nor device
    /// list change inside the run; a period's sum stays within its capacity; maintenance keeps notice
    /// and the yearly allowance; curtailment carries the grid key's signature over
    /// `Curtailment(uint32 assetId,uint32 fromPeriod,uint32 toPeriod,uint40 deviceSeconds)` and, in the running
    /// period, covers no more than the seconds still to come.
    function announceExcused(
        uint32 assetId,
        uint32 fromPeriod,
        uint32 toPeriod,
        uint40 deviceSeconds,
        ExcuseKind kind,
        Terms calldata terms,
        bytes calldata gridSignature
    ) external;

    /// @notice Records a document's address and hash (after ERC-1643). Owner only.
    /// @dev Requirements: a content hash.
    function setDocument(uint32 assetId, bytes32 name, string calldata uri, bytes32 contentHash) external;

    /// @notice Takes a document off the record. Owner only.
    /// @dev Requirements: it is on record.
    function removeDocument(uint32 assetId, bytes32 name) external;

    /// @notice Fixes terms and number of devices of a run of periods at its first sale. Settlement only.
    /// @dev Requirements: neither terms nor device list change inside the run.
    function pin(uint32 assetId, uint32 fromPeriod, uint32 count)
        external
        returns (uint32 termsVersion, uint32 devices);

    /// @notice A document by name.
    function getDocument(uint32 assetId, bytes32 name) external view returns (Document memory);

    /// @notice Assets registered so far.
    function assetCount() external view returns (uint32);

    /// @notice Assets registered before the end of `period`.
    function assetCountAt(uint32 period) external view returns (uint32);

    /// @notice Who owns the asset.
    function ownerOf(uint32 assetId) external view returns (address);

    /// @notice Whether a registrar has activated the asset.
    function isActive(uint32 assetId) external view returns (bool);

    /// @notice The last period that was sold or excused, plus one; 0 if none. Before it, terms and the number of
    /// devices stay.
    function pinnedBefore(uint32 assetId) external view returns (uint32);

    /// @notice First period that is neither sold nor excused and has not begun, and is past the notice that the
    /// newest terms give, if that is asked for.
    function changeableFrom(uint32 assetId, bool afterNotice) external view returns (uint32);

    /// @notice Which of the asset's terms are in force in `period`; versions count from 0.
    /// @dev Requirements: the asset was registered by then.
    function termsVersionAt(uint32 assetId, uint32 period) external view returns (uint32);

    /// @notice Hash of the terms in force in `period`; 0 before the asset's registration.
    function termsHashAt(uint32 assetId, uint32 period) external view returns (bytes32);

    /// @notice Evidence level (E0 … E3) that the terms in force in `period` promise.
    /// @dev Requirements: the asset was registered by then.
    function evidenceAt(uint32 assetId, uint32 period) external view returns (uint8);

    /// @notice What closing a period needs: the asset's owner, and terms, number of devices and excused
    /// device-seconds of the period.
    function closingOf(uint32 assetId, uint32 period)
        external
        view
        returns (address owner, bytes32 termsHash, uint32 devices, uint40 excuseCeiling);

    /// @notice Device list in force in `period`.
    function devicesAt(uint32 assetId, uint32 period) external view returns (uint32 devices, bytes32 root);

    /// @notice Excused device-seconds announced for `period`.
    function excuseCeilingOf(uint32 assetId, uint32 period) external view returns (uint40);

    /// @notice Which asset and key a device is bound to; `boundAt` 0 if none.
    function bindingOf(bytes32 deviceId) external view returns (DeviceBinding memory);

    /// @notice Which asset a device was bound to when the period began: in every second of it, whatever came later.
    function boundAssetAt(bytes32 deviceId, uint32 period) external view returns (bool bound, uint32 assetId);
}
