// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {NativePayouts} from "./NativePayouts.sol";
import {Openings} from "./Openings.sol";
import {Sequenced} from "./Sequenced.sol";
import {Equivocation, IDisputes, Opening, Place, Shown} from "./interfaces/IDisputes.sol";
import {IReportOracle, Posted} from "./interfaces/IReportOracle.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";
import {Contests} from "./libraries/Contests.sol";
import {PositionTree} from "./libraries/PositionTree.sol";
import {Readings} from "./libraries/Readings.sol";
import {ReportHash} from "./libraries/ReportHash.sol";
import {SumTree} from "./libraries/SumTree.sol";

/// @title Disputes
contract Disputes is IDisputes, Openings, NativePayouts, Sequenced {
    using SafeCast for uint256;

    uint40 private constant BY_RECEIPT = 1 << 32;
    uint40 private constant SUMMONS = 1 << 33;

    address public immutable faults;
    ISettlement public immutable settlement;
    address public immutable treasury;
    uint256 public immutable answerGas;
    uint256 public immutable minFee;
    uint32 private immutable ANSWER;

    mapping(uint256 place => Challenge) private _challenges;
    mapping(uint256 assetPeriod => uint256) private _pots;

    modifier onlyFaults() {
        require(msg.sender == faults, NotFaults(msg.sender));
        _;
    }

    constructor(IReportOracle oracle_, address faults_, uint256 answerGas_, uint256 minFee_) Openings(oracle_) {
        (faults, answerGas, minFee) = (faults_, answerGas_, minFee_);
        settlement = oracle_.settlement();
        treasury = oracle_.stakes().treasury;
        ANSWER = oracle_.windows().answer;
    }

    /// @notice Penalties come from the oracle, and nothing else does.
    receive() external payable {
        require(msg.sender == address(oracle), NotOracle(msg.sender));
    }

    /// @inheritdoc IDisputes
    function open(Place memory place, Posted calldata posted) external payable {
        require(place.assetId < posted.assetCount, NoPlaceInReport(place.assetId, posted.assetCount));
        if (place.index == SUMMONS) {
            (,, ISettlement.State state) = settlement.salesOf(place.assetId, place.period);
            require(state == ISettlement.State.Open, PeriodOver(place.assetId, place.period));
        } else {
            (uint256 devices,) = registry.devicesAt(place.assetId, place.period);
            uint256 places = 1 << PositionTree.depthOf(devices);
            require(place.index < places, NoSuchPlace(place.index, places));
        }
        _open(place, posted, msg.sender, 0);
    }

    /// @inheritdoc IDisputes
    function openByReceipt(Place memory place, Posted calldata posted, address challenger, uint32 liable)
        external
        payable
        onlyFaults
    {
        _open(place, posted, challenger, uint8(Math.log2(liable)));
    }

    /// @inheritdoc IDisputes
    function answerReading(Place memory place, Posted calldata posted, Opening calldata o) external {
        _requireKind(place, place.index < BY_RECEIPT);
        SumTree.Node memory leaf = Readings.leafOf(o.reading);
        _requireValid(place, o.reading, leaf.times);
        uint256 devices = _requireAtDevice(place, posted, o, leaf.hash);
        _requireUnder(o.shown, leaf, place.index, devices, o.sumPath);
        SumTree.requireRoom(place.index, devices, PERIOD_SECONDS, o.sumPath);
        _answered(place, posted);
    }

    /// @inheritdoc IDisputes
    function answerEmpty(Place memory place, Posted calldata posted, Shown calldata shown, bytes calldata sumPath)
        external
    {
        _requireKind(place, place.index < BY_RECEIPT);
        _requireShown(place, posted, shown);
        (uint256 devices,) = registry.devicesAt(place.assetId, place.period);
        require(shown.report.devices == devices, WrongDevices(shown.report.devices, devices));
        _requireUnder(shown, SumTree.Node(0, 0, 0), place.index, devices, sumPath);
        SumTree.requireRoom(place.index, devices, PERIOD_SECONDS, sumPath);
        _answered(place, posted);
    }

    /// @inheritdoc IDisputes
    function answerAbsent(Place memory place, Posted calldata posted, bytes32[] calldata path) external {
        _requireLeaf(place.assetId, posted, 0, path);
        _answered(place, posted);
    }

    /// @inheritdoc IDisputes
    function answerReport(Place memory place, Posted calldata posted, Shown calldata shown) external {
        _requireKind(place, place.index == SUMMONS);
        require(ReportHash.isClean(shown.report), NoReport(place.assetId, place.period, place.revision));
        _requireShown(place, posted, shown);
        _answered(place, posted);
    }

    /// @inheritdoc IDisputes
    function answerEquivocation(Place memory place, Posted calldata posted, Equivocation calldata e) external {
        _requireKind(place, place.index >= BY_RECEIPT && place.index < SUMMONS);
        SumTree.Node memory first = Readings.leafOf(e.first);
        SumTree.Node memory second = Readings.leafOf(e.second);
        _requireValid(place, e.first, first.times);
        _requireValid(place, e.second, second.times);
        bool unordered = Readings.anyLarger(first, second) && Readings.anyLarger(second, first);
        require(unordered, ReadingsOrdered(first.hash, second.hash));
        (uint256 devices, bytes32 root) = registry.devicesAt(place.assetId, place.period);
        address key = _signerOf(first.hash, e.firstSignature);
        _requireDevice(uint32(place.index), e.first.deviceId, key, devices, root, e.devicePath);
        key = _signerOf(second.hash, e.secondSignature);
        _requireDevice(uint32(place.index), e.second.deviceId, key, devices, root, e.devicePath);
        _answered(place, posted);
    }

    /// @inheritdoc IDisputes
    function expire(Place memory place, Posted calldata posted) external {
        Challenge memory c = _requireOpen(place);
        uint256 deadline = uint256(c.openedAt) + ANSWER;
        require(block.timestamp > deadline, AnswerPending(block.timestamp, deadline));
        _return(place, c);
        bool byReceipt = place.index >= BY_RECEIPT && place.index < SUMMONS;
        uint32 liable = byReceipt ? uint32(1) << c.giver : type(uint32).max;
        uint256 taken = oracle.voidReport(place.assetId, place.period, place.revision, posted, liable);
        _share(place, c.challenger, taken);
    }

    /// @inheritdoc IDisputes
    function reclaim(Place memory place) external {
        Challenge memory c = _requireOpen(place);
        bool void = Contests.isMarked(oracle.contestOf(place.assetId, place.period), place.revision);
        require(void, NotVoid(place.assetId, place.period, place.revision));
        _return(place, c);
    }

    /// @inheritdoc IDisputes
    function voidProven(Place memory place, Posted calldata posted, address prover, uint32 liable)
        external
        onlyFaults
    {
        oracle.requireContestable(place.assetId, place.period, place.revision, posted);
        if (liable != type(uint32).max) _requireNoChallenge(place);
        uint256 taken = oracle.voidReport(place.assetId, place.period, place.revision, posted, liable);
        _share(place, prover, taken);
    }

    /// @inheritdoc IDisputes
    function payPot(uint32 assetId, uint32 period, address holder, uint256 units, uint256 soldUnits) external {
        require(msg.sender == address(settlement), NotSettlement(msg.sender));
        uint256 amount = potOf(assetId, period) * units / soldUnits;
        if (amount == 0) return;
        owedWei[holder] += amount;
        emit PotPaid(_nextSequence(), assetId, period, holder, amount);
    }

    /// @inheritdoc IDisputes
    function bondOf(uint256 openChallenges) public view returns (uint256) {
        uint256 fee = block.basefee > minFee ? block.basefee : minFee;
        // in whole gwei, rounded up; 56 doublings are more than all coins
        uint256 gweiUp = (2 * answerGas * fee + 1 gwei - 1) / 1 gwei;
        uint256 doublings = openChallenges / 64;
        return (gweiUp << (doublings < 56 ? doublings : 56)) * 1 gwei;
    }

    /// @inheritdoc IDisputes
    function challengeOf(Place memory place) external view returns (Challenge memory) {
        return _challenges[_keyOf(place)];
    }

    /// @inheritdoc IDisputes
    function potOf(uint32 assetId, uint32 period) public view returns (uint256) {
        return _pots[(uint256(assetId) << 32) | period];
    }

    function _open(Place memory place, Posted calldata posted, address challenger, uint8 giver) private {
        Challenge storage c = _challenges[_keyOf(place)];
        require(c.openedAt == 0, AlreadyChallenged(place.assetId, place.period, place.revision, place.index));
        bool summons = place.index == SUMMONS;
        uint256 openOnes = oracle.openChallenge(place.assetId, place.period, place.revision, posted, summons);
        uint256 bond = bondOf(openOnes);
        require(msg.value >= bond, BondTooSmall(msg.value, bond));
        if (msg.value > bond) owedWei[challenger] += msg.value - bond;
        (c.challenger, c.openedAt, c.giver) = (challenger, uint40(block.timestamp), giver);
        c.bondGwei = (bond / 1 gwei).toUint48();
        emit ChallengeOpened(
            _nextSequence(), place.assetId, place.period, place.revision, place.index, challenger, bond
        );
    }

    /// @dev Closes the challenge for good; its bond is the caller's.
    function _answered(Place memory place, Posted calldata posted) private {
        Challenge memory c = _requireOpen(place);
        uint256 deadline = uint256(c.openedAt) + ANSWER;
        require(block.timestamp <= deadline, AnswerTooLate(block.timestamp, deadline));
        _challenges[_keyOf(place)] = Challenge(address(0), c.openedAt, 0, 0);
        uint256 bond = uint256(c.bondGwei) * 1 gwei;
        owedWei[msg.sender] += bond;
        oracle.closeChallenge(place.assetId, place.period, place.revision, posted, place.index == SUMMONS);
        emit ChallengeAnswered(
            _nextSequence(), place.assetId, place.period, place.revision, place.index, msg.sender, bond
        );
    }

    function _return(Place memory place, Challenge memory c) private {
        _challenges[_keyOf(place)] = Challenge(address(0), c.openedAt, 0, 0);
        uint256 bond = uint256(c.bondGwei) * 1 gwei;
        owedWei[c.challenger] += bond;
        emit ChallengeReturned(
            _nextSequence(), place.assetId, place.period, place.revision, place.index, c.challenger, bond
        );
    }

    /// @dev Half to the first who found it, half to the asset's tenants; to the treasury where there are none, or
    /// where the period is closed and they may be paid already.
    function _share(Place memory place, address first, uint256 taken) private {
        if (taken == 0) return;
        uint256 reward = taken / 2;
        uint256 pot = taken - reward;
        owedWei[first] += reward;
        (, uint40 sold, ISettlement.State state) = settlement.salesOf(place.assetId, place.period);
        bool tenants = sold != 0 && state == ISettlement.State.Open;
        if (!tenants) owedWei[treasury] += pot;
        else _pots[(uint256(place.assetId) << 32) | place.period] += pot;
        emit PenaltyShared(_nextSequence(), place.assetId, place.period, first, reward, tenants ? pot : 0);
    }

    /// @dev The report, and the signer's and the device's place in the asset's device list; returns its length.
    function _requireAtDevice(Place memory place, Posted calldata posted, Opening calldata o, bytes32 hash)
        private
        view
        returns (uint256)
    {
        _requireShown(place, posted, o.shown);
        (uint256 devices, bytes32 root) = registry.devicesAt(place.assetId, place.period);
        require(o.shown.report.devices == devices, WrongDevices(o.shown.report.devices, devices));
        address key = _signerOf(hash, o.signature);
        _requireDevice(place.index, o.reading.deviceId, key, devices, root, o.devicePath);
        return devices;
    }

    /// @dev What costs fewer than all who signed must not be first where all may have to pay.
    function _requireNoChallenge(Place memory place) private view {
        uint256 open_ = Contests.openOf(oracle.contestOf(place.assetId, place.period), place.revision);
        require(open_ == 0, ChallengesOpen(place.assetId, place.period, place.revision, open_));
    }

    function _requireOpen(Place memory place) private view returns (Challenge memory c) {
        c = _challenges[_keyOf(place)];
        bool isOpen = c.challenger != address(0);
        require(isOpen, NotChallenged(place.assetId, place.period, place.revision, place.index));
    }

    function _requireKind(Place memory place, bool kind) private pure {
        require(kind, WrongAnswer(place.index));
    }

    function _keyOf(Place memory place) private pure returns (uint256) {
        return (uint256(place.assetId) << 104) | (uint256(place.period) << 72) | (uint256(place.revision) << 40)
            | place.index;
    }

    function _nextNumber() internal override returns (uint64) {
        return _nextSequence();
    }
}
