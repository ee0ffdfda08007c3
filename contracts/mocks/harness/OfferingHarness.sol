// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IssuerStatus} from "../../interfaces/ICoinRegistry.sol";
import {ILienableShare} from "../../interfaces/ILienableShare.sol";
import {ISettlement} from "../../interfaces/ISettlement.sol";
import {Vesting} from "../../libraries/Vesting.sol";

/// @title All that an offering stands on, in one contract that a test sets as it likes
/// @notice Registry, settlement, coin registry and the one share of every asset. The share keeps liens as the real
/// one does: what is under lien cannot be sent, and only its lienor moves it.
contract OfferingHarness is ILienableShare {
    struct Redirect {
        address to;
        uint64 effectiveAt;
    }

    mapping(uint32 assetId => address) public ownerOf;
    mapping(address coin => IssuerStatus) public statusOf;
    mapping(address account => uint256) public balanceOf;
    mapping(address account => uint256) public liensOf;
    mapping(address lienor => mapping(address account => uint256)) public lienOf;
    mapping(address account => bool) public canReceive;

    mapping(address account => Redirect) public redirectOf;

    mapping(uint32 assetId => bool) private _closed;
    mapping(uint32 assetId => mapping(uint32 period => bytes32)) private _terms;
    mapping(uint32 assetId => mapping(uint32 period => ISettlement.PeriodBook)) private _periods;

    error NotEnough(address account, uint256 amount, uint256 has);
    error MayNotReceive(address account);

    function setOwner(uint32 assetId, address owner, bool isOpen) external {
        (ownerOf[assetId], _closed[assetId]) = (owner, !isOpen);
    }

    function setStatus(address coin, IssuerStatus status) external {
        statusOf[coin] = status;
    }

    function setReceiver(address account, bool may) external {
        canReceive[account] = may;
    }

    function redirect(address account, address to, uint64 effectiveAt) external {
        redirectOf[account] = Redirect(to, effectiveAt);
    }

    function issue(address account, uint256 amount) external {
        balanceOf[account] += amount;
    }

    function close(
        uint32 assetId,
        uint32 period,
        ISettlement.State state,
        uint128 escrow,
        uint40 promised,
        uint40 shortfall,
        bytes32 termsHash
    ) external {
        ISettlement.PeriodBook storage p = _periods[assetId][period];
        (p.state, p.escrow, p.promised, p.shortfall) = (state, escrow, promised, shortfall);
        _terms[assetId][period] = termsHash;
    }

    function skip(uint32 assetId, uint32 from, uint32 count) external {
        for (uint32 period = from; period < from + count; ++period) {
            _periods[assetId][period].state = ISettlement.State.Skipped;
        }
    }

    function transfer(address to, uint256 amount) external {
        uint256 free = balanceOf[msg.sender] - liensOf[msg.sender];
        require(amount <= free, NotEnough(msg.sender, amount, free));
        (balanceOf[msg.sender], balanceOf[to]) = (balanceOf[msg.sender] - amount, balanceOf[to] + amount);
    }

    function lien(address account, uint256 amount) external {
        uint256 free = balanceOf[account] - liensOf[account];
        require(amount <= free, NotEnough(account, amount, free));
        liensOf[account] += amount;
        lienOf[msg.sender][account] += amount;
    }

    function release(address account, uint256 amount) external {
        _release(account, amount);
    }

    function seize(address account, address to, uint256 amount) external {
        require(canReceive[to], MayNotReceive(to));
        _release(account, amount);
        (balanceOf[account], balanceOf[to]) = (balanceOf[account] - amount, balanceOf[to] + amount);
    }

    function detectSaleRestriction(address, address to, uint256, uint256) external view returns (uint8) {
        return canReceive[to] ? 0 : 4;
    }

    function assetOf(uint32 assetId) external view returns (ISettlement.Asset memory asset) {
        if (!_closed[assetId]) asset.share = address(this);
    }

    function periodOf(uint32 assetId, uint32 period) external view returns (ISettlement.PeriodBook memory) {
        return _periods[assetId][period];
    }

    function termsHashAt(uint32 assetId, uint32 period) external view returns (bytes32) {
        return _terms[assetId][period];
    }

    function releaseDown(Vesting.Milestone memory milestone, Vesting.Delivery memory delivery)
        external
        pure
        returns (uint256)
    {
        return Vesting.releaseDown(milestone, delivery);
    }

    function purchase(uint256 shares, uint256 price) external pure returns (uint256 costUp, uint256 sharesDown) {
        costUp = Vesting.costUp(shares, price);
        sharesDown = Vesting.sharesDown(costUp, price);
    }

    function _release(address account, uint256 amount) private {
        uint256 has = lienOf[msg.sender][account];
        require(amount <= has, NotEnough(account, amount, has));
        lienOf[msg.sender][account] = has - amount;
        liensOf[account] -= amount;
    }
}
