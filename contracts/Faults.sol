// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Openings} from "./Openings.sol";
import {Terms} from "./interfaces/IAssetRegistry.sol";
import {IDisputes, Place, Reading, Shown} from "./interfaces/IDisputes.sol";
import {IFaults, Leaf, Listed, Received} from "./interfaces/IFaults.sol";
import {AssetReport, IReportOracle, Posted} from "./interfaces/IReportOracle.sol";
import {PositionTree} from "./libraries/PositionTree.sol";
import {Readings} from "./libraries/Readings.sol";
import {ReportHash} from "./libraries/ReportHash.sol";
import {SumTree} from "./libraries/SumTree.sol";

/// @title Faults
contract Faults is IFaults, Openings {
    uint40 private constant BY_RECEIPT = 1 << 32;
    uint32 private constant ALL = type(uint32).max;
    uint32 private constant NOBODY = 0;

    IDisputes public immutable disputes;
    uint64 private immutable GENESIS;
    uint32 private immutable POST_FROM;

    constructor(IReportOracle oracle_, IDisputes disputes_) Openings(oracle_) {
        disputes = disputes_;
        GENESIS = oracle_.registry().genesis();
        POST_FROM = oracle_.windows().postFrom;
    }

    /// @inheritdoc IFaults
    function proveTotals(Place memory place, Posted calldata posted, Shown calldata shown, Terms calldata terms)
        external
    {
        _requireLeaf(place.assetId, posted, ReportHash.leafOf(shown.report), shown.path);
        _requireTerms(place, terms);
        (uint256 devices,) = registry.devicesAt(place.assetId, place.period);
        bool miscounted = posted.assetCount != registry.assetCountAt(place.period);
        require(miscounted || _totalsBroken(place, shown.report, devices, terms), NoFault());
        disputes.voidProven(place, posted, msg.sender, ALL);
    }

    /// @inheritdoc IFaults
    function proveReading(
        Place memory place,
        Posted calldata posted,
        Shown calldata shown,
        Leaf calldata leaf,
        Terms calldata terms
    ) external {
        _requireLeafShown(place, posted, shown, leaf);
        _requireTerms(place, terms);
        (uint256 devices,) = registry.devicesAt(place.assetId, place.period);
        bool broken = place.index >= devices || _misplaced(place, leaf) || _ruleBroken(leaf.reading, terms);
        require(broken || _boundElsewhere(place, leaf.reading.deviceId), NoFault());
        disputes.voidProven(place, posted, msg.sender, ALL);
    }

    /// @inheritdoc IFaults
    function proveDevice(
        Place memory place,
        Posted calldata posted,
        Shown calldata shown,
        Leaf calldata leaf,
        Listed calldata listed
    ) external {
        _requireLeafShown(place, posted, shown, leaf);
        require(listed.index == place.index, IDisputes.WrongPlace(place.assetId, place.period, listed.index));
        _requireListed(place, listed);
        require(leaf.reading.deviceId != listed.deviceId, NoFault());
        disputes.voidProven(place, posted, msg.sender, ALL);
    }

    /// @inheritdoc IFaults
    function proveOrder(
        Place memory place,
        Posted calldata posted,
        Shown calldata shown,
        Listed calldata listed,
        Listed calldata later
    ) external {
        _requireShown(place, posted, shown);
        _requireListed(place, listed);
        _requireListed(place, later);
        require(listed.index < later.index && listed.deviceId >= later.deviceId, NoFault());
        uint32 liable = Readings.timesOf(shown.report) == 0 ? NOBODY : ALL;
        disputes.voidProven(place, posted, msg.sender, liable);
    }

    /// @inheritdoc IFaults
    function proveReceipt(
        Place memory place,
        Posted calldata posted,
        Shown calldata shown,
        Leaf calldata leaf,
        Received calldata received,
        Terms calldata terms
    ) external {
        _requireLeafShown(place, posted, shown, leaf);
        bool larger = _supersedes(received.reading, leaf);
        require(larger, NotLarger(Readings.hashOf(received.reading), Readings.hashOf(leaf.reading)));
        uint32 liable = _requireReceived(place, posted, received, terms);
        disputes.voidProven(place, posted, msg.sender, liable);
    }

    /// @inheritdoc IFaults
    function challengeByReceipt(
        Place memory place,
        Posted calldata posted,
        Shown calldata shown,
        bytes calldata sumPath,
        Received calldata received,
        Terms calldata terms
    ) external payable {
        require(place.index >= BY_RECEIPT, IDisputes.WrongAnswer(place.index));
        _requireShown(place, posted, shown);
        (uint256 devices,) = registry.devicesAt(place.assetId, place.period);
        _requireUnder(shown, SumTree.Node(0, 0, 0), place.index - BY_RECEIPT, devices, sumPath);
        uint32 liable = _requireReceived(place, posted, received, terms);
        disputes.openByReceipt{value: msg.value}(place, posted, msg.sender, liable);
    }

    /// @dev The report stands in the root, and the leaf under it, with the sums that it claims.
    function _requireLeafShown(Place memory place, Posted calldata posted, Shown calldata shown, Leaf calldata leaf)
        private
        view
    {
        _requireShown(place, posted, shown);
        SumTree.Node memory node = SumTree.Node(Readings.hashOf(leaf.reading), leaf.times, leaf.amounts);
        (uint256 devices,) = registry.devicesAt(place.assetId, place.period);
        _requireUnder(shown, node, place.index, devices, leaf.sumPath);
    }

    function _requireListed(Place memory place, Listed calldata listed) private view {
        (uint256 devices, bytes32 root) = registry.devicesAt(place.assetId, place.period);
        _requireDevice(listed.index, listed.deviceId, listed.agentKey, devices, root, listed.path);
    }

    function _requireTerms(Place memory place, Terms calldata terms) private view {
        bytes32 given = keccak256(abi.encode(terms));
        bytes32 inForce = registry.termsHashAt(place.assetId, place.period);
        require(given == inForce, WrongTerms(given, inForce));
    }

    /// @dev The reading is valid and signed by the listed key, of a device that was no other asset's; a member had
    /// it in time. Returns that member's bit.
    function _requireReceived(
        Place memory place,
        Posted calldata posted,
        Received calldata r,
        Terms calldata terms
    ) private view returns (uint32 liable) {
        _requireValid(place, r.reading, Readings.timesOf(r.reading));
        _requireTerms(place, terms);
        require(!_ruleBroken(r.reading, terms) && !_boundElsewhere(place, r.reading.deviceId), NoFault());
        bytes32 hash = Readings.hashOf(r.reading);
        (uint256 devices, bytes32 root) = registry.devicesAt(place.assetId, place.period);
        address key = _signerOf(hash, r.signature);
        _requireDevice(uint32(place.index), r.reading.deviceId, key, devices, root, r.devicePath);
        uint256 deadline = GENESIS + (uint256(place.period) + 1) * PERIOD_SECONDS + POST_FROM;
        require(r.receivedAt < deadline, ReceivedTooLate(r.receivedAt, deadline));
        address member = _memberAt(posted.membersVersion, r.memberPlace);
        address giver = _signerOf(Readings.receiptHash(hash, r.receivedAt), r.receiptSignature);
        require(giver == member, NotTheMember(giver, member));
        return uint32(1 << r.memberPlace);
    }

    /// @dev Of the list that posted; nobody signed a fallback root, and there the list in force now counts.
    function _memberAt(uint32 version, uint32 place) private view returns (address) {
        address[] memory list;
        if (version == 0) (list,,) = oracle.members();
        else list = oracle.membersAt(version);
        return place < list.length ? list[place] : address(0);
    }

    function _totalsBroken(Place memory place, AssetReport calldata r, uint256 devices, Terms calldata terms)
        private
        view
        returns (bool)
    {
        if (r.assetId != place.assetId || r.period != place.period || r.devices != devices) return true;
        uint256 capacity = devices * PERIOD_SECONDS;
        return uint256(r.upSeconds) + r.downSeconds + r.excusedSeconds > capacity || r.busySeconds > r.upSeconds
            || r.energyJoules > capacity * terms.maxWatts
            || r.work > uint256(terms.maxWorkPerSecond) * r.upSeconds;
    }

    function _misplaced(Place memory place, Leaf calldata leaf) private pure returns (bool) {
        Reading calldata r = leaf.reading;
        return r.assetId != place.assetId || r.period != place.period || r.deviceIndex != place.index
            || leaf.times != Readings.timesOf(r) || leaf.amounts != Readings.amountsOf(r);
    }

    function _ruleBroken(Reading calldata r, Terms calldata terms) private view returns (bool) {
        return !Readings.fits(Readings.timesOf(r), PERIOD_SECONDS)
            || r.energyJoules > uint256(terms.maxWatts) * PERIOD_SECONDS
            || r.work > uint256(terms.maxWorkPerSecond) * r.upSeconds;
    }

    /// @dev A binding that was there when the period began stands against every other claim to the device in it.
    function _boundElsewhere(Place memory place, bytes32 deviceId) private view returns (bool) {
        (bool bound, uint32 assetId) = registry.boundAssetAt(deviceId, place.period);
        return bound && assetId != place.assetId;
    }

    function _supersedes(Reading calldata r, Leaf calldata leaf) private pure returns (bool) {
        SumTree.Node memory larger = Readings.leafOf(r);
        SumTree.Node memory smaller = SumTree.Node(0, leaf.times, leaf.amounts);
        return Readings.anyLarger(larger, smaller) && !Readings.anyLarger(smaller, larger);
    }
}
