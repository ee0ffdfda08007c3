// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {ShareLedger} from "./ShareLedger.sol";
import {IERC7943Fungible} from "./interfaces/IERC7943Fungible.sol";
import {IShareRules} from "./interfaces/IShareRules.sol";
import {Standing} from "./libraries/Standing.sol";
import {Runs} from "./libraries/Runs.sol";
import {SettledTime} from "./libraries/SettledTime.sol";
import {TimeWeighted} from "./libraries/TimeWeighted.sol";
import {Policy, TransferFacts, TransferPolicy} from "./libraries/TransferPolicy.sol";

/// @title Which movements of shares are allowed
/// @notice Every movement ends in `_moveAs`, and each of the ways there has its own rule: `_requireAllowed` (holder)
/// or `canReceive` alone (agent, lienor).
abstract contract ShareRules is IShareRules, ShareLedger, IERC20Errors {
    using Runs for uint256;
    using TimeWeighted for SettledTime.Ledger;
    using TransferPolicy for Policy;

    /// @inheritdoc IShareRules
    uint256 public constant REDIRECT_DELAY = 7 days;

    /// @inheritdoc IShareRules
    function policy() external view returns (Policy memory) {
        return _policy;
    }

    /// @inheritdoc IShareRules
    function countries(uint256 place) external view returns (uint256) {
        return _countries[place];
    }

    /// @inheritdoc IShareRules
    function redirectOf(address account) external view returns (address to, uint64 effectiveAt) {
        return (_redirects[account].to, _redirects[account].effectiveAt);
    }

    /// @inheritdoc IShareRules
    function lienOf(address lienor, address account) external view returns (uint256) {
        return _liens[lienor][account];
    }

    /// @inheritdoc IShareRules
    function heirOf(address account) external view returns (address) {
        return _heirs[account];
    }

    /// @inheritdoc IShareRules
    function holders() external view returns (uint256) {
        return _holders;
    }

    /// @inheritdoc IERC7943Fungible
    function canSend(address account) external view returns (bool) {
        return TransferPolicy.sendRestrictionOf(
            _policy, identities.standingOf(account), account == issuer, block.timestamp
        ) == TransferPolicy.ALLOWED && account != address(0);
    }

    /// @inheritdoc IERC7943Fungible
    function canReceive(address account) public view returns (bool) {
        if (account == address(0) || account == address(this)) return false;
        Standing standing = identities.standingOf(account);
        bool isListed = TransferPolicy.isListed(_countries, standing.country());
        return TransferPolicy.receiveRestrictionOf(_policy, standing, isListed, block.timestamp)
            == TransferPolicy.ALLOWED;
    }

    /// @inheritdoc IERC7943Fungible
    function canTransfer(address from, address to, uint256 amount) external view returns (bool) {
        return amount <= _balanceOf(from) && detectTransferRestriction(from, to, amount) == TransferPolicy.ALLOWED;
    }

    /// @inheritdoc IShareRules
    function detectTransferRestriction(address from, address to, uint256 amount) public view returns (uint8) {
        if (from == address(0)) return TransferPolicy.SENDER_FROZEN;
        if (to == address(0) || to == address(this)) return TransferPolicy.RECEIVER_NOT_VERIFIED;
        return _restrictionOf(from, to, amount, freeOf(from), 0);
    }

    /// @inheritdoc IShareRules
    function detectSaleRestriction(address from, address to, uint256 amount, uint256 pending)
        external
        view
        returns (uint8)
    {
        if (to == address(0) || to == address(this)) return TransferPolicy.RECEIVER_NOT_VERIFIED;
        return _restrictionOf(from, to, amount, amount, pending);
    }

    /// @inheritdoc IShareRules
    function messageForTransferRestriction(uint8 code) external pure returns (string memory) {
        return TransferPolicy.messageOf(code);
    }

    /// @inheritdoc IERC7943Fungible
    function getFrozenTokens(address account) public view returns (uint256) {
        return _restraintOf(account).frozen;
    }

    /// @inheritdoc IShareRules
    function liensOf(address account) public view returns (uint256) {
        return _restraintOf(account).liens;
    }

    /// @inheritdoc IShareRules
    function freeOf(address account) public view returns (uint256) {
        uint256 balance = _balanceOf(account);
        Restraint memory r = _restraintOf(account);
        uint256 bound = uint256(r.frozen) + r.liens;
        return bound < balance ? balance - bound : 0;
    }

    /// @dev Moves shares and counts holders. No rule is asked here, but that no payment is under way.
    function _moveAs(address from, address to, uint256 amount) internal {
        _requireNoPayment();
        if (amount != 0 && from != to) {
            bool leaves = amount == _balanceOf(from);
            bool comes = _balanceOf(to) == 0;
            if (comes && !leaves) ++_holders;
            if (leaves && !comes) --_holders;
        }
        uint32 period = currentPeriod();
        _ledger.move(from, to, amount, TimeWeighted.Moment(period, _endOf(period) - block.timestamp, periodSeconds));
        emit IERC20.Transfer(from, to, amount);
    }

    function _restraintOf(address account) internal view returns (Restraint memory r) {
        if (_ledger.wordOf(account).flagsOf() & RESTRAINED != 0) r = _restraints[account];
    }

    /// @dev Reverts with ERC-7943's own errors where the transfer is refused.
    function _requireAllowed(address from, address to, uint256 amount, uint256 free) internal view {
        require(to != address(0) && to != address(this), ERC20InvalidReceiver(to));
        uint8 code = _restrictionOf(from, to, amount, free, 0);
        if (code == TransferPolicy.ALLOWED) return;
        require(code > TransferPolicy.SENDER_LOCKED, ERC7943CannotSend(from));
        require(code > TransferPolicy.FLOWS_BACK, ERC7943CannotReceive(to));
        require(
            code != TransferPolicy.INSUFFICIENT_UNFROZEN, ERC7943InsufficientUnfrozenBalance(from, amount, free)
        );
        revert ERC7943CannotTransfer(from, to, amount);
    }

    /// @dev A share without rules of its own asks the few that hold for all.
    function _restrictionOf(address from, address to, uint256 amount, uint256 free, uint256 pending)
        private
        view
        returns (uint8)
    {
        TransferFacts memory f;
        (f.from, f.to) = identities.standingsOf(from, to);
        (f.amount, f.unfrozen, f.timestamp) = (amount, free, block.timestamp);
        if (_policy.isNone()) {
            if (f.from.isFrozen()) return TransferPolicy.SENDER_FROZEN;
            if (f.to.isFrozen()) return TransferPolicy.RECEIVER_FROZEN;
            if (!f.to.isVerified()) return TransferPolicy.RECEIVER_NOT_VERIFIED;
            return amount > free ? TransferPolicy.INSUFFICIENT_UNFROZEN : TransferPolicy.ALLOWED;
        }
        (f.fromIssuer, f.holders) = (from == issuer, _holders + pending);
        f.toListed = TransferPolicy.isListed(_countries, f.to.country());
        uint256 toBalance = _balanceOf(to);
        f.addsHolder = amount != 0 && toBalance == 0 && amount < _balanceOf(from);
        // no balance exceeds the supply, whatever is asked
        f.toBalanceAfter = from == to || amount > SUPPLY ? toBalance : toBalance + amount;
        return TransferPolicy.restrictionOf(_policy, f);
    }

    function _balanceOf(address account) internal view returns (uint256) {
        return _ledger.wordOf(account).balanceOf();
    }
}
