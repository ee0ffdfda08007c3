// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {LeaseHoldings} from "./LeaseHoldings.sol";
import {IERC5006} from "./interfaces/IERC5006.sol";
import {ILeaseToken} from "./interfaces/ILeaseToken.sol";
import {PackedUnits} from "./libraries/PackedUnits.sol";

/// @title The use of leases apart from their ownership (ERC-5006)
/// @notice Two counters per account and series: granted out, beside the balance; and usable, a word for 6 periods.
/// Both end by themselves with the period. A record is two slots; its id begins with its user.
abstract contract LeaseUse is LeaseHoldings, IERC5006 {
    uint256 private constant USABLE_LANES = 6;
    uint256 private constant USER_SHIFT = 96;

    /// @dev `tokenId` is a lease id, which fits; `expiry` is the end of its period.
    struct Grant {
        uint192 tokenId;
        uint64 amount;
        address owner;
    }

    mapping(address user => mapping(uint256 key => uint256)) private _usable;
    mapping(uint256 recordId => Grant) private _grants;

    /// @inheritdoc ILeaseToken
    function grant(address to, uint256 id, uint64 units) external returns (uint256) {
        return _createRecord(msg.sender, to, id, units);
    }

    /// @inheritdoc IERC5006
    function createUserRecord(address owner, address user, uint256 tokenId, uint64 amount, uint64 expiry)
        external
        returns (uint256)
    {
        _checkAuthorized(msg.sender, owner);
        uint256 end = _leaseEndOf(tokenId);
        require(expiry == end, WrongExpiry(expiry, end));
        return _createRecord(owner, user, tokenId, amount);
    }

    /// @inheritdoc IERC5006
    function deleteUserRecord(uint256 recordId) external {
        Grant memory g = _grants[recordId];
        require(g.amount != 0, UnknownRecord(recordId));
        delete _grants[recordId];
        if (block.timestamp < _leaseEndOf(g.tokenId)) {
            address user = _userOf(recordId);
            if (!_isAgent(msg.sender)) {
                _checkAuthorized(msg.sender, user);
                require(canSend(user), ERC7943CannotSend(user));
            }
            PackedUnits.subtract(_usable[user], USABLE_LANES, g.tokenId, g.amount);
            _takeBack(g.owner, g.tokenId, g.amount);
        }
        emit DeleteUserRecord(recordId);
    }

    /// @inheritdoc IERC5006
    function usableBalanceOf(address account, uint256 tokenId) external view returns (uint256) {
        if (block.timestamp >= _leaseEndOf(tokenId)) return 0;
        return PackedUnits.unitsOf(_usable[account], USABLE_LANES, tokenId);
    }

    /// @inheritdoc IERC5006
    function frozenBalanceOf(address account, uint256 tokenId) external view returns (uint256) {
        return _grantedOf(account, tokenId);
    }

    /// @inheritdoc IERC5006
    function userRecordOf(uint256 recordId) external view returns (UserRecord memory record) {
        Grant memory g = _grants[recordId];
        if (g.amount != 0) {
            record = UserRecord(g.tokenId, g.owner, g.amount, _userOf(recordId), uint64(_leaseEndOf(g.tokenId)));
        }
    }

    function _createRecord(address owner, address user, uint256 id, uint64 amount) private returns (uint256 recordId) {
        require(user != address(0), ZeroUser());
        require(amount != 0, ZeroUnits());
        uint256 end = _leaseEndOf(id);
        require(block.timestamp < end, PeriodOver(block.timestamp, end));
        _requireStanding(owner, user);
        uint256 before = _grantOut(owner, id, amount);
        PackedUnits.add(_usable[user], USABLE_LANES, id, amount);
        // instead of a counter: nothing else has granted out that much of this by this block
        uint256 salt = uint96(uint256(keccak256(abi.encode(owner, id, before, block.number))));
        recordId = uint256(uint160(user)) << USER_SHIFT | salt;
        require(_grants[recordId].amount == 0, RecordExists(recordId));
        _grants[recordId] = Grant(uint192(id), amount, owner);
        emit CreateUserRecord(recordId, id, amount, owner, user, uint64(end));
    }

    function _userOf(uint256 recordId) private pure returns (address) {
        return address(uint160(recordId >> USER_SHIFT));
    }
}
