// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {INativePayouts} from "./INativePayouts.sol";
import {AssetReport, Posted} from "./IReportOracle.sol";

/// @notice One device's signed, cumulative totals for one period.
struct Reading {
    uint32 assetId;
    uint32 period;
    uint32 deviceIndex;
    bytes32 deviceId;
    uint40 upSeconds;
    uint40 downSeconds;
    uint40 excusedSeconds;
    uint40 busySeconds;
    uint56 energyJoules;
    uint56 work;
    bytes32 samplesHash;
}

/// @notice A place in an asset's report. `index` below 2³²: of a device, or of the padding; plus 2³²: the empty leaf of
/// a device that holds a receipt for a reading; 2³³: a summons, which asks only for the report itself.
struct Place {
    uint32 assetId;
    uint32 period;
    uint32 revision;
    uint40 index;
}

/// @notice An asset's report and its path in the period root.
struct Shown {
    AssetReport report;
    bytes32[] path;
}

/// @notice The whole way from a signature to a period root: the reading and its path in the sum tree (66 bytes per
/// node, from the leaf upwards), its signature, and its signer's path in the device root.
struct Opening {
    Shown shown;
    Reading reading;
    bytes sumPath;
    bytes signature;
    bytes32[] devicePath;
}

/// @notice Two readings of one device that neither supersedes, each signed by its key: why a leaf is empty.
struct Equivocation {
    Reading first;
    Reading second;
    bytes firstSignature;
    bytes secondSignature;
    bytes32[] devicePath;
}

/// @title Challenges: any place of any report must be opened when somebody asks, or the report is void
/// @notice Decided by recomputation, not by vote. Bonds, rewards and pots are native coin, taken by pull.
interface IDisputes is INativePayouts {
    /// @notice A challenge in one slot; the bond in gwei; `giver`: the place of the member whose receipt it is by, whom
    /// alone it costs if nobody answers. Closed: no challenger, but a time, so it is closed for good.
    struct Challenge {
        address challenger;
        uint40 openedAt;
        uint48 bondGwei;
        uint8 giver;
    }

    event ChallengeOpened(
        uint64 sequence,
        uint32 indexed assetId,
        uint32 indexed period,
        uint32 revision,
        uint40 index,
        address indexed challenger,
        uint256 bond
    );
    event ChallengeAnswered(
        uint64 sequence,
        uint32 indexed assetId,
        uint32 indexed period,
        uint32 revision,
        uint40 index,
        address indexed answerer,
        uint256 bond
    );
    event ChallengeReturned(
        uint64 sequence,
        uint32 indexed assetId,
        uint32 indexed period,
        uint32 revision,
        uint40 index,
        address indexed challenger,
        uint256 bond
    );
    event PenaltyShared(
        uint64 sequence,
        uint32 indexed assetId,
        uint32 indexed period,
        address indexed first,
        uint256 reward,
        uint256 pot
    );
    event PotPaid(
        uint64 sequence, uint32 indexed assetId, uint32 indexed period, address indexed holder, uint256 amount
    );

    error NotOracle(address caller);
    error NotFaults(address caller);
    error NotSettlement(address caller);
    error NoSuchPlace(uint40 index, uint256 places);
    error NoPlaceInReport(uint32 assetId, uint32 assetCount);
    error PeriodOver(uint32 assetId, uint32 period);
    error ChallengesOpen(uint32 assetId, uint32 period, uint32 revision, uint256 open);
    error NoReport(uint32 assetId, uint32 period, uint32 revision);
    error AlreadyChallenged(uint32 assetId, uint32 period, uint32 revision, uint40 index);
    error NotChallenged(uint32 assetId, uint32 period, uint32 revision, uint40 index);
    error BondTooSmall(uint256 given, uint256 needed);
    error AnswerTooLate(uint256 timestamp, uint256 deadline);
    error AnswerPending(uint256 timestamp, uint256 deadline);
    error WrongAnswer(uint40 index);
    error WrongPlace(uint32 assetId, uint32 period, uint256 index);
    error WrongRoot(bytes32 computed, bytes32 root);
    error WrongTotals(uint256 times, uint256 amounts, uint256 reportedTimes, uint256 reportedAmounts);
    error WrongDevices(uint256 reported, uint256 registered);
    error InvalidReading(uint256 seconds_, uint256 periodSeconds, uint256 busy, uint256 up);
    error ReadingsOrdered(bytes32 first, bytes32 second);
    error NotVoid(uint32 assetId, uint32 period, uint32 revision);

    /// @notice Challenges a place of an asset's report, whether or not the challenger has seen anything of it. Anyone.
    /// @dev Requirements: the revision's dispute window is open (for a summons: the hard end has passed and the period
    /// is not closed); the report has a place for the asset; the place exists and was not challenged before; the bond
    /// is at least `bondOf`. What is above it is owed back.
    function open(Place calldata place, Posted calldata posted) external payable;

    /// @notice The same for the empty leaf of a device that a member gave a receipt. `Faults` only, which checked it.
    /// `liable`: the giver's bit.
    function openByReceipt(Place calldata place, Posted calldata posted, address challenger, uint32 liable)
        external
        payable;

    /// @notice Answers with the reading at the place. Anyone; the bond is his.
    /// @dev Requirements: in time; the report is in the root at the asset's place, with the registry's devices; the
    /// reading is of that place and keeps the rules that need no terms; leaf and path give root and all six totals;
    /// no node on the path counts more seconds than the devices below it have, or anything where there are none; its
    /// signature is by the key that the device root names there.
    function answerReading(Place calldata place, Posted calldata posted, Opening calldata opening) external;

    /// @notice Answers that the place is empty: 66 zero bytes there lead to root and totals, past nodes as above.
    function answerEmpty(Place calldata place, Posted calldata posted, Shown calldata shown, bytes calldata sumPath)
        external;

    /// @notice Answers that the asset has no report in that revision.
    function answerAbsent(Place calldata place, Posted calldata posted, bytes32[] calldata path) external;

    /// @notice Answers a summons with the report, whose fields keep within their types: else it cannot settle.
    function answerReport(Place calldata place, Posted calldata posted, Shown calldata shown) external;

    /// @notice Answers a receipt: the device's key signed two readings of which neither supersedes the other.
    function answerEquivocation(Place calldata place, Posted calldata posted, Equivocation calldata e) external;

    /// @notice Voids a report by a challenge that nobody answered in time. Anyone; the challenger gets his bond and,
    /// if it is the first cause, half of the penalty.
    function expire(Place calldata place, Posted calldata posted) external;

    /// @notice Returns the bond of an open challenge of a report that is void already.
    function reclaim(Place calldata place) external;

    /// @notice Voids a report whose fault is proven. `Faults` only. `liable`: whose bits pay.
    /// @dev Requirements: the report can still be contested; where not all who signed are liable, no challenge of it is
    /// open: an answer that is missing may have all of them pay.
    function voidProven(Place calldata place, Posted calldata posted, address prover, uint32 liable) external;

    /// @notice Books a tenant's part of an asset's pot, `pot · units / soldUnits`, as owed to him. Settlement only.
    function payPot(uint32 assetId, uint32 period, address holder, uint256 units, uint256 soldUnits) external;

    /// @notice Bond of the next challenge while `openChallenges` are open on the report, at this block's base fee.
    function bondOf(uint256 openChallenges) external view returns (uint256);

    /// @notice A challenge; all zero if the place was never challenged.
    function challengeOf(Place calldata place) external view returns (Challenge memory);

    /// @notice What an asset's tenants share for a period, in wei.
    function potOf(uint32 assetId, uint32 period) external view returns (uint256);
}
