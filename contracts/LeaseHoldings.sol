// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import {ERC1155Utils} from "@openzeppelin/contracts/token/ERC1155/utils/ERC1155Utils.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {Periods} from "./Periods.sol";
import {IERC7943MultiToken} from "./interfaces/IERC7943MultiToken.sol";
import {IIdentityRegistry} from "./interfaces/IIdentityRegistry.sol";
import {ILeaseToken} from "./interfaces/ILeaseToken.sol";
import {LeaseId} from "./libraries/LeaseId.sol";
import {PackedUnits} from "./libraries/PackedUnits.sol";
import {Standing, StandingLib} from "./libraries/Standing.sol";

/// @title Who holds lease tokens, and what may move
/// @notice ERC-1155 with packed balances: a word for 3 periods of one holder, each with the units that he has and
/// those of them that he has granted out, and above them one bit a period that says whether an agent has frozen
/// any.
abstract contract LeaseHoldings is ILeaseToken, IERC7943MultiToken, ERC1155, Periods, ReentrancyGuardTransient {
    uint256 private constant HOLDING_LANES = 3;
    uint256 private constant HOLDING_BITS = 80;
    uint256 private constant GRANTED_SHIFT = 40;
    uint256 private constant FLAGS_SHIFT = 240;

    IIdentityRegistry public immutable identities;

    mapping(address account => mapping(uint256 key => uint256)) private _holdings;
    mapping(address account => mapping(uint256 id => uint256)) private _frozen;

    /// @dev What an account has of one series.
    struct Holding {
        uint256 balance;
        uint256 granted;
        uint256 frozen;
    }

    modifier onlyAgent() {
        require(_isAgent(msg.sender), NotAgent(msg.sender));
        _;
    }

    constructor(IIdentityRegistry identities_) ERC1155("") {
        identities = identities_;
    }

    /// @inheritdoc IERC7943MultiToken
    function forcedTransfer(address from, address to, uint256 tokenId, uint256 amount)
        external
        onlyAgent
        nonReentrant
        returns (bool)
    {
        require(from != address(0), ERC1155InvalidSender(from));
        require(from != to, ERC7943CannotTransfer(from, to, tokenId, amount));
        require(canReceive(to), ERC7943CannotReceive(to));
        _unfreezeFor(from, tokenId, amount);
        (uint256[] memory ids, uint256[] memory values) = (new uint256[](1), new uint256[](1));
        (ids[0], values[0]) = (tokenId, amount);
        _move(from, to, ids, values, true);
        emit ForcedTransfer(from, to, tokenId, amount);
        ERC1155Utils.checkOnERC1155Received(msg.sender, from, to, tokenId, amount, "");
        return true;
    }

    /// @inheritdoc IERC7943MultiToken
    function setFrozenTokens(address account, uint256 tokenId, uint256 amount) external onlyAgent returns (bool) {
        LeaseId.requireValid(tokenId);
        _setFrozen(account, tokenId, amount);
        return true;
    }

    /// @inheritdoc IERC7943MultiToken
    function canSend(address account) public view returns (bool) {
        return account != address(0) && !_standingOf(account).isFrozen();
    }

    /// @inheritdoc IERC7943MultiToken
    function canReceive(address account) public view returns (bool) {
        return canSend(account);
    }

    /// @inheritdoc IERC7943MultiToken
    function getFrozenTokens(address account, uint256 tokenId) external view returns (uint256) {
        return _frozen[account][tokenId];
    }

    /// @inheritdoc IERC7943MultiToken
    function canTransfer(address from, address to, uint256 tokenId, uint256 amount) external view returns (bool) {
        return canSend(from) && canReceive(to) && amount <= _freeUnits(from, tokenId);
    }

    /// @notice Units of a series that the account has, granted out and frozen ones included.
    function balanceOf(address account, uint256 id) public view override returns (uint256) {
        return PackedUnits.unitsOf(_holdings[account], HOLDING_LANES, id);
    }

    /// @notice No metadata: the id itself says asset, period and price.
    function uri(uint256) public pure override returns (string memory) {
        return "";
    }

    /// @dev Transfers and burns; minting is `_issue`, force is `forcedTransfer`.
    function _update(address from, address to, uint256[] memory ids, uint256[] memory values) internal override {
        _requireStanding(from, to);
        _move(from, to, ids, values, false);
    }

    /// @dev Mints `units` of each of `count` series of consecutive periods. A receiver that is a contract is called
    /// last.
    function _issue(address to, uint256 firstId, uint256 count, uint256 units) internal {
        if (to == address(0)) revert ERC1155InvalidReceiver(to);
        if (_standingOf(to).isFrozen()) revert ERC7943CannotReceive(to);
        if (count == 1) {
            PackedUnits.addChecked(_holdings[to], HOLDING_LANES, firstId, units);
            emit TransferSingle(msg.sender, address(0), to, firstId, units);
            if (to.code.length != 0) {
                ERC1155Utils.checkOnERC1155Received(msg.sender, address(0), to, firstId, units, "");
            }
            return;
        }
        PackedUnits.addRun(_holdings[to], HOLDING_LANES, firstId, count, units);
        (uint256[] memory ids, uint256[] memory values) = (new uint256[](count), new uint256[](count));
        for (uint256 i = 0; i < count; ++i) {
            (ids[i], values[i]) = (LeaseId.later(firstId, i), units);
        }
        emit TransferBatch(msg.sender, address(0), to, ids, values);
        ERC1155Utils.checkOnERC1155BatchReceived(msg.sender, address(0), to, ids, values, "");
    }

    /// @dev One call to the registry whatever moves; the zero address, which has no standing, only receives: burns.
    function _requireStanding(address from, address to) internal view {
        Standing sender;
        Standing receiver;
        if (to == address(0)) sender = _standingOf(from);
        else (sender, receiver) = identities.standingsOf(from, to);
        require(!sender.isFrozen(), ERC7943CannotSend(from));
        require(!receiver.isFrozen(), ERC7943CannotReceive(to));
    }

    function _isAgent(address account) internal view returns (bool) {
        return _standingOf(account).powers() & StandingLib.AGENT != 0;
    }

    /// @dev The owner's units that are granted out; they stand still until the period ends.
    function _grantedOf(address owner, uint256 id) internal view returns (uint256) {
        return block.timestamp < _leaseEndOf(id) ? _holdingOf(owner, id).granted : 0;
    }

    /// @dev Marks free units of the owner as granted out; returns how many were before. The caller has checked that
    /// the period is not over.
    function _grantOut(address owner, uint256 id, uint256 units) internal returns (uint256 granted) {
        Holding memory h = _holdingOf(owner, id);
        _requireFree(h, owner, id, units);
        (uint256 key, uint256 shift) = LeaseId.placeOf(id, HOLDING_LANES);
        _holdings[owner][key] += units << (shift + GRANTED_SHIFT);
        return h.granted;
    }

    /// @dev Takes back what `_grantOut` marked.
    function _takeBack(address owner, uint256 id, uint256 units) internal {
        (uint256 key, uint256 shift) = LeaseId.placeOf(id, HOLDING_LANES);
        _holdings[owner][key] -= units << (shift + GRANTED_SHIFT);
    }

    /// @dev What the account may send or redeem of a series.
    function _freeUnits(address account, uint256 id) internal view returns (uint256) {
        return _freeOf(_holdingOf(account, id), id);
    }

    /// @dev All records and all counters of an id end here.
    function _leaseEndOf(uint256 id) internal view returns (uint256) {
        return _endOf(LeaseId.periodOf(id));
    }

    function _move(address from, address to, uint256[] memory ids, uint256[] memory values, bool forced) private {
        require(ids.length == values.length, ERC1155InvalidArrayLength(ids.length, values.length));
        _take(from, ids, values, forced);
        if (to != address(0)) PackedUnits.add(_holdings[to], HOLDING_LANES, ids, values);
        if (ids.length == 1) emit TransferSingle(msg.sender, from, to, ids[0], values[0]);
        else emit TransferBatch(msg.sender, from, to, ids, values);
    }

    /// @dev Takes units that are free; by force, frozen ones too.
    function _take(address from, uint256[] memory ids, uint256[] memory values, bool forced) private {
        mapping(uint256 key => uint256) storage words = _holdings[from];
        PackedUnits.Cursor memory cursor = PackedUnits.nowhere();
        for (uint256 i = 0; i < ids.length; ++i) {
            uint256 shift = PackedUnits.seek(words, cursor, HOLDING_LANES, ids[i]);
            Holding memory h = _unpacked(cursor.word, shift, from, ids[i]);
            if (forced) h.frozen = 0;
            _requireFree(h, from, ids[i], values[i]);
            unchecked {
                cursor.word -= values[i] << shift;
            }
        }
        PackedUnits.flush(words, cursor);
    }

    function _standingOf(address account) private view returns (Standing) {
        return identities.standingOf(account);
    }

    /// @dev Before a forced transfer: what stays frozen is at most what stays.
    function _unfreezeFor(address from, uint256 id, uint256 amount) private {
        Holding memory h = _holdingOf(from, id);
        if (amount <= h.balance && h.frozen > h.balance - amount) _setFrozen(from, id, h.balance - amount);
    }

    function _setFrozen(address account, uint256 id, uint256 amount) private {
        _frozen[account][id] = amount;
        (uint256 key, uint256 shift) = LeaseId.placeOf(id, HOLDING_LANES);
        uint256 flag = 1 << (FLAGS_SHIFT + shift / HOLDING_BITS);
        uint256 word = _holdings[account][key];
        _holdings[account][key] = amount == 0 ? word & ~flag : word | flag;
        emit Frozen(account, id, amount);
    }

    function _holdingOf(address account, uint256 id) private view returns (Holding memory) {
        (uint256 key, uint256 shift) = LeaseId.placeOf(id, HOLDING_LANES);
        return _unpacked(_holdings[account][key], shift, account, id);
    }

    function _unpacked(uint256 word, uint256 shift, address account, uint256 id)
        private
        view
        returns (Holding memory h)
    {
        h.balance = word >> shift & PackedUnits.MAX;
        h.granted = word >> (shift + GRANTED_SHIFT) & PackedUnits.MAX;
        if (word >> (FLAGS_SHIFT + shift / HOLDING_BITS) & 1 != 0) h.frozen = _frozen[account][id];
    }

    /// @dev Units that are there, not frozen and, while the period lasts, not granted out.
    function _freeOf(Holding memory h, uint256 id) private view returns (uint256 free) {
        free = h.balance > h.frozen ? h.balance - h.frozen : 0;
        if (h.granted != 0 && block.timestamp < _leaseEndOf(id)) free = free > h.granted ? free - h.granted : 0;
    }

    function _requireFree(Holding memory h, address account, uint256 id, uint256 amount) private view {
        require(amount <= h.balance, ERC1155InsufficientBalance(account, h.balance, amount, id));
        if (h.frozen != 0) {
            uint256 unfrozen = h.balance > h.frozen ? h.balance - h.frozen : 0;
            require(amount <= unfrozen, ERC7943InsufficientUnfrozenBalance(account, id, amount, unfrozen));
        }
        if (h.granted != 0) {
            uint256 free = _freeOf(h, id);
            require(amount <= free, UnitsGranted(account, id, amount, free));
        }
    }
}
