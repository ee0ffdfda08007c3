// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice One asset's totals for one period, as observed by the devices' agents.
struct AssetReport {
    uint32 assetId;
    uint32 period;
    uint32 devices;
    uint40 upSeconds;
    uint40 downSeconds;
    uint40 excusedSeconds;
    uint40 busySeconds;
    uint56 energyJoules;
    uint56 work;
    bytes32 telemetryRoot;
}

/// @notice The root over all assets' reports of a period; what members sign.
struct PeriodReport {
    uint32 period;
    uint32 revision;
    bytes32 root;
    uint32 assetCount;
    uint32 rulesVersion;
    bytes32 bundle;
}

/// @notice Shows that an asset's report stands: its leaf and path in revision `revision`, and for every earlier
/// revision the path of the empty leaf at the asset's place.
struct Evidence {
    AssetReport report;
    uint32 revision;
    bytes32[] path;
    bytes32[][] absences;
}

/// @notice How long each step may take, in seconds. Times count from the end of the period, except `dispute`,
/// which counts from the posting of a revision, and `revision`, from the last moment at which the one before
/// could have been found wrong.
struct Windows {
    uint32 postFrom;
    uint32 postUntil;
    uint32 dispute;
    uint32 answer;
    uint32 revision;
    uint32 hardEnd;
}

/// @title Period reports: a quorum of members posts one root for all assets
/// @notice A root waits through the dispute window before it settles anything. It grows neither with assets nor
/// with devices.
interface IReportOracle {
    /// @notice A posted revision.
    struct Posted {
        bytes32 root;
        uint32 assetCount;
        uint40 postedAt;
    }

    event MembersUpdated(uint64 sequence, address[] members, uint32 quorum);
    event ReportPosted(
        uint64 sequence,
        uint32 indexed period,
        uint32 revision,
        bytes32 root,
        uint32 assetCount,
        uint32 rulesVersion,
        bytes32 bundle,
        uint256 signers
    );

    error InvalidWindows(Windows windows);
    error InvalidQuorum(uint256 quorum, uint256 members);
    error InvalidMember(address member);
    error DuplicateMember(address member);
    error TooFewSignatures(uint256 signatures, uint256 quorum);
    error TooManySignatures(uint256 signatures, uint256 members);
    error NotMember(address signer);
    error SignersOutOfOrder(address previous, address signer);
    error UnknownRules(uint32 rulesVersion, uint32 known);
    error ZeroRoot();
    error WrongAssetCount(uint32 assetCount, uint32 registered);
    error WrongRevision(uint32 period, uint32 revision, uint32 next);
    error TooManyRevisions(uint32 revision, uint32 limit);
    error OutsidePostWindow(uint32 period, uint256 timestamp, uint256 from, uint256 until);
    error NothingPosted(uint32 period, uint32 revision);
    error DisputeOpen(uint32 period, uint256 timestamp, uint256 until);
    error NotInReport(uint32 assetId, uint32 period, uint32 revision, bytes32 computed, bytes32 root);
    error AbsenceProofsMissing(uint256 given, uint256 needed);
    error StillPresent(uint32 assetId, uint32 period, uint32 revision);
    error BeforeHardEnd(uint32 period, uint256 timestamp, uint256 hardEnd);

    /// @notice Posts a period's root; anyone may bring it.
    /// @dev Requirements: the period's post window is open (for a later revision: its own); the next revision, at
    /// most two after the first; known rules; the registry's asset count; a root; signatures of at least a quorum
    /// of members over `PeriodReport`, by ascending address.
    function submit(PeriodReport calldata report, bytes[] calldata signatures) external;

    /// @notice Replaces members and quorum. Restricted; its delay outlasts every window.
    /// @dev Requirements: more than half of the members make a quorum; no zero or double member.
    function setMembers(address[] calldata members, uint32 quorum) external;

    /// @notice Reverts unless the evidence shows the accepted report of its asset and period.
    /// @dev Requirements: the revision's dispute window has passed; the report is its leaf at the asset's place;
    /// every earlier revision is empty there.
    function requireAccepted(Evidence calldata evidence) external view;

    /// @notice Reverts unless the asset's period ended without a report: the hard end has passed and every posted
    /// revision is empty at the asset's place.
    function requireUnreported(uint32 assetId, uint32 period, bytes32[][] calldata absences) external view;

    /// @notice A posted revision; all zero if there is none.
    function postedOf(uint32 period, uint32 revision) external view returns (Posted memory);

    /// @notice Revisions posted for the period.
    function revisionsOf(uint32 period) external view returns (uint32);

    /// @notice When a period can no longer be posted for the first time.
    function postDeadlineOf(uint32 period) external view returns (uint256);

    /// @notice When a period without report can be closed.
    function hardEndOf(uint32 period) external view returns (uint256);

    /// @notice The members and how many must agree.
    function members() external view returns (address[] memory, uint32 quorum);

    /// @notice The windows of this deployment.
    function windows() external view returns (Windows memory);

    /// @notice EIP-712 domain separator that readings, receipts and period reports are signed under.
    function domainSeparator() external view returns (bytes32);
}
