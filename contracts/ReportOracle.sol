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
    function submit(PeriodReport calldata report, bytes calldata signatures, Posted calldata previous) external {
        uint256 end = _endOf(report.period);
        _requireInWindow(report, end, previous);
        Config memory c = _config;
        uint32 signers = _signersOf(_digestOf(ReportHash.messageOf(report)), signatures, c);
        _post(report, end, DISPUTE, signers, c.version);
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
        liable &= posted.signers;
        taken = posted.membersVersion == 0
            ? _slashFallback(period, penalty)
            : _slash(posted.membersVersion, liable, penalty);
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

    /// @dev `window`: how long the revision can be disputed; `end`: of its period.
    function _post(PeriodReport calldata report, uint256 end, uint256 window, uint32 signers, uint32 version) private {
        if (report.rulesVersion != TermsRules.RULES_VERSION) {
            revert UnknownRules(report.rulesVersion, TermsRules.RULES_VERSION);
        }
        if (report.root == 0) revert ZeroRoot();
        (uint32 period, uint32 revision) = (report.period, report.revision);
        uint32 registered = registry.assetCountAt(period);
        if (report.assetCount != registered) revert WrongAssetCount(report.assetCount, registered);
        unchecked {
            (window, end) = (block.timestamp + window, end + HARD_END);
        }
        if (window > end) revert AfterHardEnd(period, window, end);
        mapping(uint256 => bytes32) storage hashes = _posted[period];
        if (hashes[revision] != 0) revert AlreadyPosted(period, revision);
        hashes[revision] = keccak256(abi.encode(report.root, registered, block.timestamp, signers, version));
        _announce(report, signers, version);
    }

    /// @dev Revision, root, number of assets, rules and bundle stand in the event as they do in calldata, and `_post`
    /// has read all that have fewer than 256 bits.
    function _announce(PeriodReport calldata report, uint32 signers, uint32 version) private {
        (bytes32 topic, uint256 place, uint256 period) = (ReportPosted.selector, _nextNumber(), report.period);
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, place)
            calldatacopy(add(data, 32), add(report, 32), 160)
            mstore(add(data, 192), signers)
            mstore(add(data, 224), version)
            log2(data, 256, topic, period)
        }
    }

    /// @dev The first revision belongs into the period's post window; a later one comes no later than `REVISION`
    /// after the last moment at which the one before could have been found wrong.
    function _requireInWindow(PeriodReport calldata report, uint256 end, Posted calldata previous) private view {
        (uint32 period, uint256 revision) = (report.period, report.revision);
        uint256 from;
        uint256 until;
        // windows have 32 bits, the end of a period 65
        unchecked {
            (from, until) = (end + POST_FROM, end + POST_UNTIL);
        }
        if (revision != 0) {
            require(revision <= MAX_REVISION, TooManyRevisions(uint32(revision), MAX_REVISION));
            _requirePosted(period, uint32(revision) - 1, previous);
            (from, until) = (previous.postedAt, _disputeEnd(previous) + ANSWER + REVISION);
        }
        _requireOpen(period, from, until);
    }

    function _requireOpen(uint32 period, uint256 from, uint256 until) private view {
        if (block.timestamp < from || block.timestamp > until) {
            revert OutsidePostWindow(period, block.timestamp, from, until);
        }
    }

    /// @dev Ascending signers make doubles impossible and walk the ascending list once.
    function _signersOf(bytes32 digest, bytes calldata signatures, Config memory c)
        private
        view
        returns (uint32 signers)
    {
        uint256 count = signatures.length / 65;
        if (signatures.length % 65 != 0) revert WrongSignaturesLength(signatures.length);
        if (count < c.quorum) revert TooFewSignatures(count, c.quorum);
        bytes memory list = MemberList.load(c.list);
        uint256 place;
        address previous;
        // places are below 32
        unchecked {
            for (uint256 i = 0; i < count; ++i) {
                address signer = Signatures.recover(digest, signatures, i);
                if (signer <= previous) revert SignersOutOfOrder(previous, signer);
                place = MemberList.placeFrom(list, place, signer);
                signers |= uint32(1 << place++);
                previous = signer;
            }
        }
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
