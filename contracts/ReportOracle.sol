// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {Periods} from "./Periods.sol";
import {Sequenced} from "./Sequenced.sol";
import {IAssetRegistry} from "./interfaces/IAssetRegistry.sol";
import {AssetReport, Evidence, IReportOracle, PeriodReport, Windows} from "./interfaces/IReportOracle.sol";
import {PositionTree} from "./libraries/PositionTree.sol";
import {TermsRules} from "./libraries/TermsRules.sol";

/// @title ReportOracle
contract ReportOracle is IReportOracle, AccessManaged, EIP712, Periods, Sequenced {
    bytes32 private constant ASSET_REPORT_TYPEHASH = keccak256(
        "AssetReport(uint32 assetId,uint32 period,uint32 devices,uint40 upSeconds,uint40 downSeconds,"
        "uint40 excusedSeconds,uint40 busySeconds,uint56 energyJoules,uint56 work,bytes32 telemetryRoot)"
    );
    bytes32 private constant PERIOD_REPORT_TYPEHASH = keccak256(
        "PeriodReport(uint32 period,uint32 revision,bytes32 root,uint32 assetCount,uint32 rulesVersion,bytes32 bundle)"
    );
    uint32 private constant MAX_REVISION = 2;

    IAssetRegistry public immutable registry;
    uint32 private immutable POST_FROM;
    uint32 private immutable POST_UNTIL;
    uint32 private immutable DISPUTE;
    uint32 private immutable ANSWER;
    uint32 private immutable REVISION;
    uint32 private immutable HARD_END;

    uint32 private _quorum;
    address[] private _members;
    mapping(address => bool) private _isMember;
    mapping(uint32 period => mapping(uint32 revision => Posted)) private _posted;

    constructor(
        address authority_,
        IAssetRegistry registry_,
        uint64 genesis_,
        uint32 periodSeconds_,
        Windows memory w,
        address[] memory members_,
        uint32 quorum_
    ) AccessManaged(authority_) EIP712("Wellhead", "1") Periods(genesis_, periodSeconds_) {
        uint256 slowest = uint256(w.answer) + w.revision + w.dispute;
        slowest = MAX_REVISION * slowest + w.postUntil + w.dispute;
        require(w.postFrom < w.postUntil && w.dispute != 0 && slowest <= w.hardEnd, InvalidWindows(w));
        registry = registry_;
        (POST_FROM, POST_UNTIL, DISPUTE) = (w.postFrom, w.postUntil, w.dispute);
        (ANSWER, REVISION, HARD_END) = (w.answer, w.revision, w.hardEnd);
        _setMembers(members_, quorum_);
    }

    /// @inheritdoc IReportOracle
    function submit(PeriodReport calldata report, bytes[] calldata signatures) external {
        uint32 known = TermsRules.RULES_VERSION;
        require(report.rulesVersion == known, UnknownRules(report.rulesVersion, known));
        require(report.root != 0, ZeroRoot());
        _requirePostable(report.period, report.revision);
        uint32 registered = registry.assetCountAt(report.period);
        require(report.assetCount == registered, WrongAssetCount(report.assetCount, registered));
        _requireQuorum(_hashTypedDataV4(keccak256(abi.encode(PERIOD_REPORT_TYPEHASH, report))), signatures);
        _posted[report.period][report.revision] = Posted(report.root, report.assetCount, uint40(block.timestamp));
        emit ReportPosted(
            _nextSequence(),
            report.period,
            report.revision,
            report.root,
            report.assetCount,
            report.rulesVersion,
            report.bundle,
            signatures.length
        );
    }

    /// @inheritdoc IReportOracle
    function setMembers(address[] calldata newMembers, uint32 newQuorum) external restricted {
        _setMembers(newMembers, newQuorum);
    }

    /// @inheritdoc IReportOracle
    function requireAccepted(Evidence calldata evidence) external view {
        AssetReport calldata r = evidence.report;
        Posted memory posted = _posted[r.period][evidence.revision];
        require(posted.root != 0, NothingPosted(r.period, evidence.revision));
        uint256 until = uint256(posted.postedAt) + DISPUTE;
        require(block.timestamp >= until, DisputeOpen(r.period, block.timestamp, until));
        bytes32 leaf = keccak256(abi.encode(ASSET_REPORT_TYPEHASH, r));
        bytes32 root = PositionTree.rootOf(PositionTree.REPORTS, leaf, r.assetId, posted.assetCount, evidence.path);
        require(root == posted.root, NotInReport(r.assetId, r.period, evidence.revision, root, posted.root));
        _requireAbsent(r.assetId, r.period, evidence.revision, evidence.absences);
    }

    /// @inheritdoc IReportOracle
    function requireUnreported(uint32 assetId, uint32 period, bytes32[][] calldata absences) external view {
        uint256 hardEnd = hardEndOf(period);
        require(block.timestamp >= hardEnd, BeforeHardEnd(period, block.timestamp, hardEnd));
        _requireAbsent(assetId, period, revisionsOf(period), absences);
    }

    /// @inheritdoc IReportOracle
    function postedOf(uint32 period, uint32 revision) external view returns (Posted memory) {
        return _posted[period][revision];
    }

    /// @inheritdoc IReportOracle
    function revisionsOf(uint32 period) public view returns (uint32 count) {
        while (count <= MAX_REVISION && _posted[period][count].root != 0) ++count;
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
    function members() external view returns (address[] memory, uint32 quorum) {
        return (_members, _quorum);
    }

    /// @inheritdoc IReportOracle
    function windows() external view returns (Windows memory) {
        return Windows(POST_FROM, POST_UNTIL, DISPUTE, ANSWER, REVISION, HARD_END);
    }

    /// @inheritdoc IReportOracle
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    /// @dev The first revision belongs into the period's post window; a later one comes no later than `REVISION`
    /// after the last moment at which the one before could have been found wrong.
    function _requirePostable(uint32 period, uint32 revision) private view {
        require(revision <= MAX_REVISION, TooManyRevisions(revision, MAX_REVISION));
        uint32 next = revisionsOf(period);
        require(revision == next, WrongRevision(period, revision, next));
        uint256 from = _endOf(period) + POST_FROM;
        uint256 until = _endOf(period) + POST_UNTIL;
        if (revision != 0) {
            from = _posted[period][revision - 1].postedAt;
            until = from + DISPUTE + ANSWER + REVISION;
        }
        bool open = block.timestamp >= from && block.timestamp <= until;
        require(open, OutsidePostWindow(period, block.timestamp, from, until));
    }

    /// @dev Ascending signers make doubles impossible; ECDSA refuses high s, other lengths and the zero address.
    function _requireQuorum(bytes32 digest, bytes[] calldata signatures) private view {
        uint256 count = signatures.length;
        require(count >= _quorum, TooFewSignatures(count, _quorum));
        require(count <= _members.length, TooManySignatures(count, _members.length));
        address previous;
        for (uint256 i = 0; i < count; ++i) {
            address signer = ECDSA.recoverCalldata(digest, signatures[i]);
            require(signer > previous, SignersOutOfOrder(previous, signer));
            require(_isMember[signer], NotMember(signer));
            previous = signer;
        }
    }

    function _requireAbsent(uint32 assetId, uint32 period, uint32 before, bytes32[][] calldata absences) private view {
        require(absences.length == before, AbsenceProofsMissing(absences.length, before));
        for (uint32 q = 0; q < before; ++q) {
            Posted memory posted = _posted[period][q];
            bytes32 root = PositionTree.rootOf(PositionTree.REPORTS, 0, assetId, posted.assetCount, absences[q]);
            require(root == posted.root, StillPresent(assetId, period, q));
        }
    }

    function _setMembers(address[] memory newMembers, uint32 newQuorum) private {
        uint256 count = newMembers.length;
        require(newQuorum <= count && uint256(newQuorum) * 2 > count, InvalidQuorum(newQuorum, count));
        for (uint256 i = 0; i < _members.length; ++i) {
            _isMember[_members[i]] = false;
        }
        for (uint256 i = 0; i < count; ++i) {
            require(newMembers[i] != address(0), InvalidMember(address(0)));
            require(!_isMember[newMembers[i]], DuplicateMember(newMembers[i]));
            _isMember[newMembers[i]] = true;
        }
        (_members, _quorum) = (newMembers, newQuorum);
        emit MembersUpdated(_nextSequence(), newMembers, newQuorum);
    }
}
