// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAssetRegistry} from "./IAssetRegistry.sol";
import {IMembers} from "./IMembers.sol";
import {ISettlement} from "./ISettlement.sol";

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

/// @notice A posted revision. The chain keeps `keccak256(abi.encode(Posted))`; whoever needs it brings it along.
/// `signers` is a bitmap over the list of members of that version; version 0 is a fallback root, which nobody signed.
struct Posted {
    bytes32 root;
    uint32 assetCount;
    uint40 postedAt;
    uint32 signers;
    uint32 membersVersion;
}

/// @notice Shows that an asset has no report in a revision: the path of the empty leaf. The path is not looked at
/// where the revision is void for the asset.
struct Absence {
    Posted posted;
    bytes32[] path;
}

/// @notice Shows that an asset's report stands: its leaf and path in revision `revision`, and its absence from
/// every earlier one.
struct Evidence {
    AssetReport report;
    uint32 revision;
    Posted posted;
    bytes32[] path;
    Absence[] absences;
}

/// @notice How long each step may take, in seconds. Times count from the end of the period, except `dispute`,
/// which counts from the posting of a revision (three times as long for a fallback root), `answer`, from the opening
/// of a challenge, and `revision`, from the last moment at which the one before could have been found wrong.
struct Windows {
    uint32 postFrom;
    uint32 postUntil;
    uint32 dispute;
    uint32 answer;
    uint32 revision;
    uint32 hardEnd;
}

/// @notice Contracts that the oracle knows.
struct Neighbours {
    address registry;
    address settlement;
    address disputes;
}

/// @title Period reports: a quorum of members posts one root for all assets
/// @notice A root waits through the dispute window before it settles anything. It grows neither with assets nor
/// with devices. Per (asset, period): open → reported(r) → settled; reported(r) → void → reported(r + 1);
/// → unreported.
interface IReportOracle is IMembers {
    /// @notice A fallback root's poster and what is left of his bond.
    struct Fallback {
        address poster;
        uint96 bond;
    }

    event ReportPosted(
        uint64 sequence,
        uint32 indexed period,
        uint32 revision,
        bytes32 root,
        uint32 assetCount,
        uint32 rulesVersion,
        bytes32 bundle,
        uint32 signers,
        uint32 membersVersion
    );
    event FallbackPosted(uint64 sequence, uint32 indexed period, address indexed poster, uint256 bond);
    event FallbackReleased(uint64 sequence, uint32 indexed period, address indexed poster, uint256 bond);
    event ReportVoided(
        uint64 sequence,
        uint32 indexed assetId,
        uint32 indexed period,
        uint32 revision,
        uint32 liable,
        uint256 penalty,
        uint256 taken
    );

    error InvalidWindows(Windows windows);
    error NotDisputes(address caller);
    error WrongSignaturesLength(uint256 length);
    error TooFewSignatures(uint256 signatures, uint256 quorum);
    error NotMember(address signer);
    error SignersOutOfOrder(address previous, address signer);
    error UnknownRules(uint32 rulesVersion, uint32 known);
    error ZeroRoot();
    error AlreadyPosted(uint32 period, uint32 revision);
    error TooManyRevisions(uint32 revision, uint32 limit);
    error OutsidePostWindow(uint32 period, uint256 timestamp, uint256 from, uint256 until);
    error AfterHardEnd(uint32 period, uint256 until, uint256 hardEnd);
    error WrongFallbackBond(uint256 given, uint256 needed);
    error NoFallback(uint32 period);
    error NotPosted(uint32 period, uint32 revision, bytes32 given, bytes32 known);
    error DisputeOpen(uint32 period, uint256 timestamp, uint256 until);
    error DisputeOver(uint32 period, uint256 timestamp, uint256 until);
    error Challenged(uint32 assetId, uint32 period, uint32 revision, uint256 open);
    error Void(uint32 assetId, uint32 period, uint32 revision);
    error NotInReport(uint32 assetId, uint32 period, uint32 revision, bytes32 computed, bytes32 root);
    error AbsenceProofsMissing(uint256 given, uint256 needed);
    error NotExpired(uint32 assetId, uint32 period, uint32 revision);
    error StillPresent(uint32 assetId, uint32 period, uint32 revision);
    error Summoned(uint32 assetId, uint32 period);
    error BeforePostDeadline(uint32 period, uint256 timestamp, uint256 deadline);
    error BeforeHardEnd(uint32 period, uint256 timestamp, uint256 hardEnd);

    /// @notice Posts a period's root; anyone may bring it.
    /// @dev Requirements: revision 0; the period's post window is open; nothing is posted yet; known rules; a root;
    /// signatures of 65 bytes each, of at least a quorum of members, over `PeriodReport`, by ascending address. The
    /// count of assets is the members' word: a wrong one is a fault, and an asset beyond it has no report.
    function submit(PeriodReport calldata report, bytes calldata signatures) external;

    /// @notice Posts a later revision; anyone may bring it.
    /// @dev Requirements: `previous` is the revision before it, which was posted, and can still be found wrong or could
    /// so no longer ago than the revision window; at most the second after the first; its dispute window ends
    /// before the hard end; the rest as for `submit`.
    function revise(PeriodReport calldata report, bytes calldata signatures, Posted calldata previous) external;

    /// @notice Posts a root that no member signed, where none came in the post window: with a bond, and disputable
    /// three times as long. Anyone.
    /// @dev Requirements: the post window is over, and no more than the revision window ago; nothing is posted; the
    /// bond exactly; the rest as for `submit`.
    function submitFallback(PeriodReport calldata report) external payable;

    /// @notice Books what is left of a fallback's bond as owed to its poster, when nobody can contest it any more.
    function releaseFallback(uint32 period) external;

    /// @notice Counts a challenge of an asset's report. Disputes only. `summons`: one that asks only whether there is
    /// a report at all, from the hard end on, for a root that nobody can open must not hold a period for ever.
    /// @dev Requirements: posted; not void; within the dispute window (summons: from the hard end on).
    /// @return open Challenges open on that report so far (0 for a summons).
    function openChallenge(uint32 assetId, uint32 period, uint32 revision, Posted calldata posted, bool summons)
        external
        returns (uint256 open);

    /// @notice Counts an answer. Disputes only. What it showed may be checked for as long as members had to gather.
    function closeChallenge(uint32 assetId, uint32 period, uint32 revision, Posted calldata posted, bool summons)
        external;

    /// @notice Marks an asset's report void and takes the penalty from those who are liable: signers whose bits stand
    /// in `liable`, or the fallback's poster unless `liable` is zero. What was taken goes to `Disputes`. Disputes only.
    /// @dev Requirements: posted; not marked yet.
    function voidReport(uint32 assetId, uint32 period, uint32 revision, Posted calldata posted, uint32 liable)
        external
        returns (uint256 taken);

    /// @notice Reverts unless a fault of the report may still be proven: it is neither void nor accepted.
    function requireContestable(uint32 assetId, uint32 period, uint32 revision, Posted calldata posted) external view;

    /// @notice Reverts unless the evidence shows the accepted report of its asset and period.
    /// @dev Requirements: the revision's dispute window has passed; no challenge of it is open; it is not void; the
    /// report is its leaf at the asset's place; every earlier revision is marked void (`expire` marks what is void
    /// by time) or empty there.
    /// @return revised Whether a report of the asset's period was void, or may still turn out to have been.
    function requireAccepted(Evidence calldata evidence) external view returns (bool revised);

    /// @notice Reverts unless the asset's period ended without a report: the hard end has passed and every posted
    /// revision is marked void or empty at the asset's place.
    function requireUnreported(uint32 assetId, uint32 period, Absence[] calldata absences) external view;

    /// @notice Whether a report of the asset's period was void, or may still turn out to have been.
    function wasVoided(uint32 assetId, uint32 period) external view returns (bool);

    /// @notice Whether the revision is void for the asset, marked or not: also a challenge without an answer in time
    /// makes it so.
    function isVoid(uint32 assetId, uint32 period, uint32 revision, Posted calldata posted)
        external
        view
        returns (bool);

    /// @notice What is contested of the asset's period, as `Contests` packs it; 0 if nothing is.
    function contestOf(uint32 assetId, uint32 period) external view returns (uint256);

    /// @notice Hash of a posted revision; zero if there is none.
    function postedHashOf(uint32 period, uint32 revision) external view returns (bytes32);

    /// @notice Revisions posted for the period.
    function revisionsOf(uint32 period) external view returns (uint32);

    /// @notice The fallback root of a period.
    function fallbackOf(uint32 period) external view returns (Fallback memory);

    /// @notice The registry, whose assets are reported.
    function registry() external view returns (IAssetRegistry);

    /// @notice Settlement, which says what a report would move.
    function settlement() external view returns (ISettlement);

    /// @notice The only one who may contest and void.
    function disputes() external view returns (address);

    /// @notice When a period can no longer be posted for the first time by members.
    function postDeadlineOf(uint32 period) external view returns (uint256);

    /// @notice When a period without report can be closed.
    function hardEndOf(uint32 period) external view returns (uint256);

    /// @notice The windows of this deployment.
    function windows() external view returns (Windows memory);

    /// @notice EIP-712 domain separator that readings, receipts and period reports are signed under.
    function domainSeparator() external view returns (bytes32);
}
