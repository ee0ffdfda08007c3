// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Periods} from "./Periods.sol";
import {Absence, AssetReport, Evidence, IReportOracle, Posted, Windows} from "./interfaces/IReportOracle.sol";
import {Contests} from "./libraries/Contests.sol";
import {PositionTree} from "./libraries/PositionTree.sol";
import {ReportHash} from "./libraries/ReportHash.sol";

/// @title Which report stands
/// @notice Reads only: one slot for the revision, one for what is contested of the asset's period.
abstract contract Acceptance is IReportOracle, Periods {
    uint32 internal constant MAX_REVISION = 2;

    uint32 internal immutable POST_FROM;
    uint32 internal immutable POST_UNTIL;
    uint32 internal immutable DISPUTE;
    uint32 internal immutable ANSWER;
    uint32 internal immutable REVISION;
    uint32 internal immutable HARD_END;

    mapping(uint256 period => mapping(uint256 revision => bytes32)) internal _posted;
    mapping(uint256 assetId => mapping(uint256 period => uint256)) internal _contests;

    constructor(Windows memory w) {
        uint256 slowest = uint256(w.answer) + w.revision + w.dispute;
        slowest = MAX_REVISION * slowest + w.postUntil + w.dispute;
        bool ordered = w.postFrom < w.postUntil && w.dispute != 0 && w.answer != 0;
        require(ordered && slowest <= w.hardEnd, InvalidWindows(w));
        (POST_FROM, POST_UNTIL, DISPUTE) = (w.postFrom, w.postUntil, w.dispute);
        (ANSWER, REVISION, HARD_END) = (w.answer, w.revision, w.hardEnd);
    }

    /// @inheritdoc IReportOracle
    function requireContestable(uint32 assetId, uint32 period, uint32 revision, Posted calldata posted)
        external
        view
    {
        uint256 word = _requireUnvoided(assetId, period, revision, posted);
        uint256 until = _undecidedUntil(word, revision, posted);
        bool contestable = block.timestamp < until || Contests.openOf(word, revision) != 0;
        require(contestable, DisputeOver(period, block.timestamp, until));
    }

    /// @inheritdoc IReportOracle
    function requireAccepted(Evidence calldata evidence) external view returns (bool revised) {
        AssetReport calldata r = evidence.report;
        uint32 revision = evidence.revision;
        Posted calldata posted = evidence.posted;
        uint256 word = _requireUnvoided(r.assetId, r.period, revision, posted);
        uint256 until = _undecidedUntil(word, revision, posted);
        require(block.timestamp >= until, DisputeOpen(r.period, block.timestamp, until));
        uint256 open = Contests.openOf(word, revision);
        require(open == 0, Challenged(r.assetId, r.period, revision, open));
        bytes32 leaf = ReportHash.leafOf(r);
        bytes32 root = PositionTree.rootOf(PositionTree.REPORTS, leaf, r.assetId, posted.assetCount, evidence.path);
        require(root == posted.root, NotInReport(r.assetId, r.period, revision, root, posted.root));
        _requireAbsent(r.assetId, r.period, revision, evidence.absences);
        return Contests.anyDoubt(word);
    }

    /// @inheritdoc IReportOracle
    function requireUnreported(uint32 assetId, uint32 period, Absence[] calldata absences) external view {
        uint256 hardEnd = hardEndOf(period);
        require(block.timestamp >= hardEnd, BeforeHardEnd(period, block.timestamp, hardEnd));
        _requireAbsent(assetId, period, revisionsOf(period), absences);
    }

    /// @inheritdoc IReportOracle
    function wasVoided(uint32 assetId, uint32 period) external view returns (bool) {
        return Contests.anyDoubt(_contests[assetId][period]);
    }

    /// @inheritdoc IReportOracle
    function isVoid(uint32 assetId, uint32 period, uint32 revision, Posted calldata posted)
        external
        view
        returns (bool)
    {
        _requirePosted(period, revision, posted);
        return _isVoid(_contests[assetId][period], revision, posted);
    }

    /// @inheritdoc IReportOracle
    function contestOf(uint32 assetId, uint32 period) external view returns (uint256) {
        return _contests[assetId][period];
    }

    /// @inheritdoc IReportOracle
    function postedHashOf(uint32 period, uint32 revision) external view returns (bytes32) {
        return _posted[period][revision];
    }

    /// @inheritdoc IReportOracle
    function revisionsOf(uint32 period) public view returns (uint32 count) {
        while (count <= MAX_REVISION && _posted[period][count] != 0) ++count;
    }

    /// @inheritdoc IReportOracle
    function postDeadlineOf(uint32 period) external view returns (uint256) {
        return _endOf(period) + POST_UNTIL;
    }

    /// @inheritdoc IReportOracle
    function hardEndOf(uint32 period) public view returns (uint256) {
        return _endOf(period) + HARD_END;
    }

    /// @inheritdoc IReportOracle
    function windows() external view returns (Windows memory) {
        return Windows(POST_FROM, POST_UNTIL, DISPUTE, ANSWER, REVISION, HARD_END);
    }

    function _requirePosted(uint32 period, uint32 revision, Posted calldata posted) internal view {
        bytes32 known = _posted[period][revision];
        bytes32 given = ReportHash.postedOf(posted);
        require(given == known, NotPosted(period, revision, given, known));
    }

    /// @dev Reverts unless the revision was posted as given and is not void for the asset, marked or not.
    function _requireUnvoided(uint32 assetId, uint32 period, uint32 revision, Posted calldata posted)
        internal
        view
        returns (uint256 word)
    {
        _requirePosted(period, revision, posted);
        word = _contests[assetId][period];
        require(word == 0 || !_isVoid(word, revision, posted), Void(assetId, period, revision));
    }

    function _disputeEnd(Posted calldata posted) internal view returns (uint256) {
        return uint256(posted.postedAt) + DISPUTE * (posted.membersVersion == 0 ? 3 : 1);
    }

    /// @dev Until when neither a fault nor an answer's contents can be held against the report too late.
    function _undecidedUntil(uint256 word, uint32 revision, Posted calldata posted) private view returns (uint256) {
        uint256 checked = word == 0 ? 0 : Contests.checkedUntil(word, revision);
        uint256 end = _disputeEnd(posted);
        return checked > end ? checked : end;
    }

    /// @dev A challenge can be opened until the dispute's end and answered in the answer window after its opening:
    /// one that is open after both is without an answer, whichever it is and whoever looks.
    function _isVoid(uint256 word, uint32 revision, Posted calldata posted) private view returns (bool) {
        if (Contests.isMarked(word, revision)) return true;
        uint256 shown = Contests.summonedUntil(word, revision);
        if (shown != 0 && block.timestamp > shown) return true;
        return Contests.openOf(word, revision) != 0 && block.timestamp > _disputeEnd(posted) + ANSWER;
    }

    function _requireAbsent(uint32 assetId, uint32 period, uint32 before, Absence[] calldata absences) private view {
        require(absences.length == before, AbsenceProofsMissing(absences.length, before));
        if (before == 0) return;
        uint256 word = _contests[assetId][period];
        for (uint32 q = 0; q < before; ++q) {
            Posted calldata posted = absences[q].posted;
            _requirePosted(period, q, posted);
            // an asset beyond the positions of a tree has no report in it
            if (assetId >= posted.assetCount || Contests.isMarked(word, q)) continue;
            // its penalty has to be taken before the period closes, for half of it is the tenants'
            require(!_isVoid(word, q, posted), NotExpired(assetId, period, q));
            bytes32 root = PositionTree.rootOf(PositionTree.REPORTS, 0, assetId, posted.assetCount, absences[q].path);
            require(root == posted.root, StillPresent(assetId, period, q));
        }
    }
}
