// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IRevenueShare} from "../../../contracts/interfaces/IRevenueShare.sol";
import {ISettlement} from "../../../contracts/interfaces/ISettlement.sol";
import {AgentCalls} from "./AgentCalls.sol";

/// @title What the product shows
abstract contract Readings is AgentCalls {
    function _readFrozen(address account) internal view returns (bool) {
        return identities.isFrozen(account);
    }

    function _readVerified(address account) internal view returns (bool) {
        return identities.isVerified(account);
    }

    function _readPaused() internal view returns (bool) {
        return block.timestamp < settlement.pausedUntil();
    }

    function _readTermsHash(uint32 assetId, uint32 period) internal view returns (bytes32) {
        return registry.termsHashAt(assetId, period);
    }

    function _readPinnedBefore(uint32 assetId) internal view returns (uint32) {
        return registry.pinnedBefore(assetId);
    }

    function _readMembers() internal view returns (address[] memory members, uint32 quorum) {
        (members, quorum,) = oracle.members();
    }

    /// @dev Version of the list of members that signs now.
    function _readMembersVersion() internal view returns (uint32 version) {
        (,, version) = oracle.members();
    }

    function _readOwed(address vault, address coin, address payee) internal view returns (uint256) {
        return settlement.owed(vault, coin, payee);
    }

    function _readLeases(address holder, uint256 id) internal view returns (uint256) {
        return leases.balanceOf(holder, id);
    }

    function _readLeaseSupply(uint256 id) internal view returns (uint256) {
        return leases.totalSupply(id);
    }

    /// @dev The books of an epoch: free bond, what holders may still take, everything booked.
    function _readBook(address share, address vault, uint32 epoch) internal view returns (BookView memory b) {
        (ISettlement.Funds memory funds,) = settlement.fundsOf(vault);
        b.holderPool = IRevenueShare(share).outstandingOf(epoch);
        (b.bondFree, b.booked) = (funds.bondFree, funds.booked + b.holderPool);
    }

    /// @dev Without the holders' part.
    function _readBooked(address vault) internal view returns (uint256) {
        (ISettlement.Funds memory funds,) = settlement.fundsOf(vault);
        return funds.booked;
    }

    function _readNext(uint32 assetId) internal view returns (uint32) {
        return settlement.assetOf(assetId).nextPeriod;
    }

    function _readCoinStatus(address coin) internal view returns (uint8) {
        return uint8(coins.statusOf(coin));
    }

    function _readEpoch(uint32 assetId, uint32 epoch) internal view returns (address vault, uint32 from) {
        return settlement.vaultOfEpoch(assetId, epoch);
    }

    function _readPeriod(uint32 assetId, uint32 period) internal view returns (PeriodView memory v) {
        ISettlement.PeriodBook memory p = settlement.periodOf(assetId, period);
        v.open = p.state == ISettlement.State.Open;
        (v.escrow, v.spot, v.sold) = (p.escrow, p.spot, p.soldUnits);
        if (v.open) v.locked = p.reserved;
        else v.reserved = p.reserved;
        (v.promised, v.shortfall, v.breach) = (p.promised, p.shortfall, p.breach);
    }

    function _readRuns(address share, address account) internal view returns (uint256 runs) {
        (runs,,) = IRevenueShare(share).waitingOf(account);
    }

    function _readPrefix(address share, uint32 period) internal view returns (uint256) {
        return IRevenueShare(share).prefixOf(period);
    }
}
