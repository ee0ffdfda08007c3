// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {NativePayouts} from "./NativePayouts.sol";
import {IMembers, Stakes} from "./interfaces/IMembers.sol";
import {MemberList} from "./libraries/MemberList.sol";

/// @title Members
/// @notice Who signs, and what he risks by it. Nothing here is read or written per signature but the list's code.
abstract contract Members is IMembers, NativePayouts, AccessManaged {
    /// @dev One slot: what posting a report reads and writes anyway.
    struct Config {
        uint64 sequence;
        uint8 quorum;
        uint24 version;
        address list;
    }

    /// @dev How long a stake stays liable after its member left.
    uint256 internal constant UNBONDING = 30 days;

    uint128 private immutable MIN_STAKE;
    uint128 private immutable FLOOR_WEI;
    uint128 private immutable WEI_PER_BASE_UNIT;
    uint128 private immutable MISS_FEE;
    uint128 internal immutable FALLBACK_BOND;
    address private immutable TREASURY;

    Config internal _config;
    uint24 private _appointment;
    mapping(uint256 version => address) private _lists;
    mapping(address member => Stake) private _stakes;
    mapping(uint32 period => bool) private _missCharged;

    constructor(Stakes memory s, address[] memory newMembers, uint32 newQuorum) {
        (MIN_STAKE, FLOOR_WEI, WEI_PER_BASE_UNIT) = (s.minStake, s.floorWei, s.weiPerBaseUnit);
        (MISS_FEE, FALLBACK_BOND, TREASURY) = (s.missFee, s.fallbackBond, s.treasury);
        _appoint(newMembers, newQuorum);
    }

    /// @inheritdoc IMembers
    function setMembers(address[] calldata newMembers, uint32 newQuorum) external restricted {
        _appoint(newMembers, newQuorum);
    }

    /// @inheritdoc IMembers
    function depositStake() external payable {
        Stake storage stake = _stakes[msg.sender];
        stake.amount += uint128(msg.value);
        stake.leftAt = 0;
        emit StakeDeposited(_nextNumber(), msg.sender, msg.value);
        if (stake.appointment != _appointment || stake.amount < MIN_STAKE) return;
        address[] memory list = _listOf(_config.version);
        (uint256 place, bool found) = MemberList.placeOf(list, msg.sender);
        if (!found) _publish(MemberList.insert(list, place, msg.sender));
    }

    /// @inheritdoc IMembers
    function leaveMembers() external {
        bool removed = _remove(msg.sender);
        require(removed || _stakes[msg.sender].amount != 0, NothingStaked(msg.sender));
        _markLeft(msg.sender);
    }

    /// @inheritdoc IMembers
    function dropMember(address member) external {
        uint256 amount = _stakes[member].amount;
        require(amount < MIN_STAKE, StakeSuffices(member, amount, MIN_STAKE));
        require(_remove(member), NotInList(member, _config.version));
    }

    /// @inheritdoc IMembers
    function withdrawStake() external {
        Stake storage stake = _stakes[msg.sender];
        uint256 amount = stake.amount;
        require(amount != 0, NothingStaked(msg.sender));
        uint256 freeAt = stake.leftAt == 0 ? type(uint256).max : stake.leftAt + UNBONDING;
        require(block.timestamp >= freeAt, StillBound(msg.sender, block.timestamp, freeAt));
        stake.amount = 0;
        owedWei[msg.sender] += amount;
        emit StakeWithdrawn(_nextNumber(), msg.sender, amount);
    }

    /// @inheritdoc IMembers
    function chargeMiss(uint32 period, uint32 version) external {
        require(!_missCharged[period], MissAlreadyCharged(period));
        uint256 end = _requireMissed(period);
        bytes memory list = MemberList.load(_lists[version]);
        bool begun = list.length != 0 && MemberList.sinceOf(list) <= end;
        bool over = version < _config.version && MemberList.sinceOf(MemberList.load(_lists[version + 1])) <= end;
        require(begun && !over, NotInForce(version, end));
        _missCharged[period] = true;
        uint256 taken = _take(MemberList.unpack(list), type(uint32).max, MISS_FEE);
        owedWei[TREASURY] += taken;
        emit MissCharged(_nextNumber(), period, version, taken);
    }

    /// @inheritdoc IMembers
    function members() external view returns (address[] memory, uint32 quorum, uint32 version) {
        (quorum, version) = (_config.quorum, _config.version);
        return (_listOf(version), quorum, version);
    }

    /// @inheritdoc IMembers
    function membersAt(uint32 version) external view returns (address[] memory) {
        return _listOf(version);
    }

    /// @inheritdoc IMembers
    function stakeOf(address member) external view returns (Stake memory) {
        return _stakes[member];
    }

    /// @inheritdoc IMembers
    function stakes() external view returns (Stakes memory) {
        return Stakes(MIN_STAKE, FLOOR_WEI, WEI_PER_BASE_UNIT, MISS_FEE, FALLBACK_BOND, TREASURY);
    }

    /// @inheritdoc IMembers
    function sequence() external view returns (uint64) {
        return _config.sequence;
    }

    /// @dev What a void costs those who signed, in all: it grows with the escrow that the report would have moved.
    function _penaltyOf(uint256 escrow) internal view returns (uint256 penalty) {
        penalty = escrow * WEI_PER_BASE_UNIT / 50;
        if (penalty < FLOOR_WEI) penalty = FLOOR_WEI;
    }

    /// @dev Takes `penalty` in equal parts from those of the list whose bits stand in `signers`, as far as each
    /// one's stake reaches.
    function _slash(uint32 version, uint32 signers, uint256 penalty) internal returns (uint256) {
        uint256 count;
        for (uint256 bits = signers; bits != 0; bits &= bits - 1) ++count;
        return count == 0 ? 0 : _take(_listOf(version), signers, penalty / count);
    }

    /// @dev Whether a period passed without members' report: reverts if not, else returns the period's end.
    function _requireMissed(uint32 period) internal view virtual returns (uint256 end);

    function _listOf(uint256 version) internal view returns (address[] memory) {
        return MemberList.unpack(MemberList.load(_lists[version]));
    }

    /// @dev The contract's next event number.
    function _nextNumber() internal override returns (uint64) {
        return ++_config.sequence;
    }

    function _take(address[] memory list, uint32 chosen, uint256 each) private returns (uint256 taken) {
        for (uint256 i = 0; i < list.length; ++i) {
            if ((chosen >> i) & 1 == 0) continue;
            Stake storage stake = _stakes[list[i]];
            uint256 part = each < stake.amount ? each : stake.amount;
            stake.amount -= uint128(part);
            taken += part;
        }
    }

    function _appoint(address[] memory newMembers, uint32 newQuorum) private {
        uint256 count = newMembers.length;
        require(count <= MemberList.MAX_MEMBERS, TooManyMembers(count, MemberList.MAX_MEMBERS));
        require(newQuorum <= count && uint256(newQuorum) * 2 > count, InvalidQuorum(newQuorum, count));
        uint24 appointment = ++_appointment;
        address[] memory old = _listOf(_config.version);
        address[] memory list = new address[](0);
        address previous;
        for (uint256 i = 0; i < count; ++i) {
            address member = newMembers[i];
            require(member > previous, MembersOutOfOrder(previous, member));
            previous = member;
            Stake storage stake = _stakes[member];
            stake.appointment = appointment;
            if (stake.amount >= MIN_STAKE && stake.leftAt == 0) list = MemberList.insert(list, list.length, member);
        }
        for (uint256 i = 0; i < old.length; ++i) {
            if (_stakes[old[i]].appointment != appointment) _markLeft(old[i]);
        }
        _config.quorum = uint8(newQuorum);
        emit MembersAppointed(_nextNumber(), newMembers, newQuorum);
        _publish(list);
    }

    function _remove(address member) private returns (bool found) {
        address[] memory list = _listOf(_config.version);
        uint256 place;
        (place, found) = MemberList.placeOf(list, member);
        if (found) _publish(MemberList.remove(list, place));
    }

    function _markLeft(address member) private {
        _stakes[member].leftAt = uint40(block.timestamp);
        emit StakeLeft(_nextNumber(), member, block.timestamp + UNBONDING);
    }

    function _publish(address[] memory list) private {
        uint24 version = ++_config.version;
        address pointer = MemberList.store(list);
        (_config.list, _lists[version]) = (pointer, pointer);
        emit MembersUpdated(_nextNumber(), version, list, _config.quorum);
    }
}
