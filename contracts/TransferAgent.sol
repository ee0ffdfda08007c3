// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {Sequenced} from "./Sequenced.sol";
import {IControlledLease, IControlledShare} from "./interfaces/IControlled.sol";
import {ITransferAgent} from "./interfaces/ITransferAgent.sol";
import {Policy} from "./libraries/TransferPolicy.sol";

/// @title TransferAgent
contract TransferAgent is ITransferAgent, AccessManaged, Sequenced {
    IControlledLease public immutable leases;

    modifier named(bytes32 caseId) {
        require(caseId != 0, CaseMissing());
        _;
    }

    constructor(address authority_, IControlledLease leases_) AccessManaged(authority_) {
        leases = leases_;
    }

    /// @inheritdoc ITransferAgent
    function freezeShares(address share, address account, uint256 amount, bytes32 caseId)
        external
        restricted
        named(caseId)
    {
        emit SharesFrozen(_nextSequence(), caseId, share, account, amount);
        require(IControlledShare(share).setFrozenTokens(account, amount), TokenRefused(share));
    }

    /// @inheritdoc ITransferAgent
    function freezeLeases(address account, uint256 id, uint256 amount, bytes32 caseId)
        external
        restricted
        named(caseId)
    {
        emit LeasesFrozen(_nextSequence(), caseId, id, account, amount);
        require(leases.setFrozenTokens(account, id, amount), TokenRefused(address(leases)));
    }

    /// @inheritdoc ITransferAgent
    function endGrant(uint256 recordId, bytes32 caseId) external restricted named(caseId) {
        emit GrantEnded(_nextSequence(), caseId, recordId);
        leases.deleteUserRecord(recordId);
    }

    /// @inheritdoc ITransferAgent
    function forceTransfer(address share, address from, address to, uint256 amount, bytes32 caseId)
        external
        restricted
        named(caseId)
    {
        emit SharesForced(_nextSequence(), caseId, share, from, to, amount);
        require(IControlledShare(share).forcedTransfer(from, to, amount), TokenRefused(share));
    }

    /// @inheritdoc ITransferAgent
    function forceTransferLease(address from, address to, uint256 id, uint256 amount, bytes32 caseId)
        external
        restricted
        named(caseId)
    {
        emit LeasesForced(_nextSequence(), caseId, id, from, to, amount);
        require(leases.forcedTransfer(from, to, id, amount), TokenRefused(address(leases)));
    }

    /// @inheritdoc ITransferAgent
    function recover(address share, address lost, address heir, bytes32 caseId) external restricted named(caseId) {
        emit SharesRecovered(_nextSequence(), caseId, share, lost, heir);
        IControlledShare(share).recover(lost, heir);
    }

    /// @inheritdoc ITransferAgent
    function orderRedirect(address share, address lost, address heir, bytes32 caseId)
        external
        restricted
        named(caseId)
    {
        emit RedirectOrdered(_nextSequence(), caseId, share, lost, heir);
        IControlledShare(share).orderRedirect(lost, heir);
    }

    /// @inheritdoc ITransferAgent
    function cancelRedirect(address share, address lost, bytes32 caseId) external restricted named(caseId) {
        emit RedirectCancelled(_nextSequence(), caseId, share, lost);
        IControlledShare(share).cancelRedirect(lost);
    }

    /// @inheritdoc ITransferAgent
    function setPolicy(address share, Policy calldata policy, uint256[4] calldata countries, bytes32 caseId)
        external
        restricted
        named(caseId)
    {
        emit PolicyOrdered(_nextSequence(), caseId, share, policy, countries);
        IControlledShare(share).setPolicy(policy);
        IControlledShare(share).setCountries(countries);
    }
}
