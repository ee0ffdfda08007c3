// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";

import {Acceptance} from "./Acceptance.sol";
import {Members} from "./Members.sol";
import {OracleDomain} from "./OracleDomain.sol";
import {Periods} from "./Periods.sol";
import {IAssetRegistry} from "./interfaces/IAssetRegistry.sol";
import {Stakes} from "./interfaces/IMembers.sol";
import {IReportOracle, Neighbours, PeriodReport, Posted, Windows} from "./interfaces/IReportOracle.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";
import {Contests} from "./libraries/Contests.sol";
import {MemberList} from "./libraries/MemberList.sol";
import {ReportHash} from "./libraries/ReportHash.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {TermsRules} from "./libraries/TermsRules.sol";

/// @title ReportOracle
contract ReportOracle is Acceptance, Members, OracleDomain {
    IAssetRegistry public immutable registry;
    ISettlement public immutable settlement;
    address public immutable disputes;

    mapping(uint32 period => Fallback) private _fallbacks;

    modifier onlyDisputes() {
        require(msg.sender == disputes, NotDisputes(msg.sender));
        _;
    }

    constructor(
        address authority_,
        Neighbours memory n,
        uint64 genesis_,
        uint32 periodSeconds_,
        Windows memory w,
        Stakes memory s,
        address[] memory members_,
        uint32 quorum_
    )
        AccessManaged(authority_)
        OracleDomain(address(this))
        Periods(genesis_, periodSeconds_)
        Acceptance(w)
        Members(s, members_, quorum_)
    {
        require(w.hardEnd <= UNBONDING, InvalidWindows(w));
        (registry, settlement, disputes) = (IAssetRegistry(n.registry), ISettlement(n.settlement), n.disputes);
    }

    /// @inheritdoc IReportOracle
    function submit(PeriodReport calldata report, bytes calldata signatures) external {
        require(report.revision == 0, TooManyRevisions(report.revision, 0));
        uint256 end = _endOf(report.period);
        _requireOpen(report.period, end + POST_FROM, end + POST_UNTIL);
        _postSigned(report, end, signatures);
    }

    /// @inheritdoc IReportOracle
    function revise(PeriodReport calldata report, bytes calldata signatures, Posted calldata previous) external {
        (uint32 period, uint32 revision) = (report.period, report.revision);
        require(revision != 0 && revision <= MAX_REVISION, TooManyRevisions(revision, MAX_REVISION));
        _requirePosted(period, revision - 1, previous);
        _requireOpen(period, previous.postedAt, _disputeEnd(previous) + ANSWER + REVISION);
        _postSigned(report, _endOf(period), signatures);
    }

    /// @inheritdoc IReportOracle
    function submitFallback(PeriodReport calldata report) external payable {
        require(msg.value == FALLBACK_BOND, WrongFallbackBond(msg.value, FALLBACK_BOND));
        require(report.revision == 0, TooManyRevisions(report.revision, 0));
        uint256 end = _endOf(report.period);
        _requireOpen(report.period, end + POST_UNTIL + 1, end + POST_UNTIL + REVISION);
        _fallbacks[report.period] = Fallback(msg.sender, uint96(msg.value));
        emit FallbackPosted(_nextNumber(), report.period, msg.sender, msg.value);
        _post(report, end, 3 * uint256(DISPUTE), 0, 0);
    }

    /// @inheritdoc IReportOracle
    function releaseFallback(uint32 period) external {
        Fallback storage f = _fallbacks[period];
        (address poster, uint256 bond) = (f.poster, f.bond);
        require(bond != 0, NoFallback(period));
        uint256 until = hardEndOf(period) + ANSWER + POST_FROM;
        require(block.timestamp >= until, DisputeOpen(period, block.timestamp, until));
        f.bond = 0;
        owedWei[poster] += bond;
        emit FallbackReleased(_nextNumber(), period, poster, bond);
    }

    /// @inheritdoc IReportOracle
    function openChallenge(uint32 assetId, uint32 period, uint32 revision, Posted calldata posted, bool summons)
        external
        onlyDisputes
        returns (uint256 open)
    {
        uint256 word = _requireUnvoided(assetId, period, revision, posted);
        if (summons) {
            uint256 hardEnd = hardEndOf(period);
            require(block.timestamp >= hardEnd, BeforeHardEnd(period, block.timestamp, hardEnd));
            require(!Contests.anySummons(word), Summoned(assetId, period));
            word = Contests.summoned(word, revision, block.timestamp + ANSWER);
        } else {
            uint256 until = _disputeEnd(posted);
            require(block.timestamp < until, DisputeOver(period, block.timestamp, until));
            open = Contests.openOf(word, revision);
            word = Contests.opened(word, revision);
        }
        _contests[assetId][period] = word;
    }

    /// @inheritdoc IReportOracle
    function closeChallenge(uint32 assetId, uint32 period, uint32 revision, Posted calldata posted, bool summons)
        external
        onlyDisputes
    {
        uint256 word = _requireUnvoided(assetId, period, revision, posted);
        if (summons) {
            word = Contests.summoned(word, 0, 0);
        } else {
            uint256 until = block.timestamp + POST_FROM;
            word = Contests.answered(word, revision, until > _disputeEnd(posted) ? until : 0);
        }
        _contests[assetId][period] = word;
    }

    /// @inheritdoc IReportOracle
    function voidReport(uint32 assetId, uint32 period, uint32 revision, Posted calldata posted, uint32 liable)
        external
        onlyDisputes
        returns (uint256 taken)
    {
        _requirePosted(period, revision, posted);
        uint256 word = _contests[assetId][period];
        require(!Contests.isMarked(word, revision), Void(assetId, period, revision));
        word = Contests.marked(word, revision);
        if (Contests.summonedUntil(word, revision) != 0) word = Contests.summoned(word, 0, 0);
        _contests[assetId][period] = word;
        (uint128 escrow,,) = settlement.salesOf(assetId, period);
        uint256 penalty = _penaltyOf(escrow);
        if (posted.membersVersion != 0) {
            liable &= posted.signers;
            taken = _slash(posted.membersVersion, liable, penalty);
        } else if (liable != 0) {
            taken = _slashFallback(period, penalty);
        }
        emit ReportVoided(_nextNumber(), assetId, period, revision, liable, penalty, taken);
        Address.sendValue(payable(disputes), taken);
    }

    /// @inheritdoc IReportOracle
    function fallbackOf(uint32 period) external view returns (Fallback memory) {
        return _fallbacks[period];
    }

    /// @inheritdoc IReportOracle
    function domainSeparator() external view returns (bytes32) {
        return _separator();
    }

    function _postSigned(PeriodReport calldata report, uint256 end, bytes calldata signatures) private {
        Config memory c = _config;
        uint32 signers = _signersOf(_digestOf(ReportHash.messageOf(report)), signatures, c);
        _post(report, end, DISPUTE, signers, c.version);
    }

    /// @dev `window`: how long the revision can be disputed; `end`: of its period.
    function _post(PeriodReport calldata report, uint256 end, uint256 window, uint32 signers, uint32 version) private {
        if (report.rulesVersion != TermsRules.RULES_VERSION) {
            revert UnknownRules(report.rulesVersion, TermsRules.RULES_VERSION);
        }
        if (report.root == 0) revert ZeroRoot();
        uint32 period = report.period;
        unchecked {
            (window, end) = (block.timestamp + window, end + HARD_END);
        }
        if (window > end) revert AfterHardEnd(period, window, end);
        mapping(uint256 => bytes32) storage hashes = _posted[period];
        if (hashes[report.revision] != 0) revert AlreadyPosted(period, report.revision);
        hashes[report.revision] = 
            keccak256(abi.encode(report.root, report.assetCount, block.timestamp, signers, version));
        _announce(report, signers, version);
    }

    function _announce(PeriodReport calldata report, uint32 signers, uint32 version) private {
        emit ReportPosted(
            _nextNumber(),
            report.period,
            report.revision,
            report.root,
            report.assetCount,
            report.rulesVersion,
            report.bundle,
            signers,
            version
        );
    }

    function _requireOpen(uint32 period, uint256 from, uint256 until) private view {
        bool open = block.timestamp >= from && block.timestamp <= until;
        require(open, OutsidePostWindow(period, block.timestamp, from, until));
    }

    /// @dev Ascending signers make doubles impossible and walk the ascending list once.
    function _signersOf(bytes32 digest, bytes calldata signatures, Config memory c)
        private
        view
        returns (uint32 signers)
    {
        bytes memory list = MemberList.load(c.list);
        uint256 count = signatures.length / 65;
        require(count * 65 == signatures.length, WrongSignaturesLength(signatures.length));
        require(count >= c.quorum, TooFewSignatures(count, c.quorum));
        uint256 bits;
        uint256 place;
        address previous;
        for (uint256 i = 0; i < count;) {
            address signer = Signatures.recover(digest, signatures, i);
            require(signer > previous, SignersOutOfOrder(previous, signer));
            place = MemberList.placeFrom(list, place, signer);
            unchecked {
                bits |= 1 << place++;
                ++i;
            }
            previous = signer;
        }
        return uint32(bits);
    }

    function _slashFallback(uint32 period, uint256 penalty) private returns (uint256 taken) {
        Fallback storage f = _fallbacks[period];
        taken = penalty < f.bond ? penalty : f.bond;
        f.bond -= uint96(taken);
    }

    /// @dev Missed is also a period that only a fallback root saved.
    function _requireMissed(uint32 period) internal view override returns (uint256 end) {
        end = _endOf(period);
        require(block.timestamp > end + POST_UNTIL, BeforePostDeadline(period, block.timestamp, end + POST_UNTIL));
        bool posted = _posted[period][0] != 0 && _fallbacks[period].poster == address(0);
        require(!posted && registry.assetCountAt(period) != 0, NotMissed(period));
    }
}
