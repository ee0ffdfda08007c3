// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAssetRegistry, Terms} from "../../../contracts/interfaces/IAssetRegistry.sol";
import {IssuerStatus} from "../../../contracts/interfaces/ICoinRegistry.sol";
import {Credential} from "../../../contracts/interfaces/IIdentityRegistry.sol";
import {Absence, AssetReport, Evidence, PeriodReport, Posted} from "../../../contracts/interfaces/IReportOracle.sol";
import {IRevenueShare} from "../../../contracts/interfaces/IRevenueShare.sol";
import {IShareAgency} from "../../../contracts/interfaces/IShareAgency.sol";
import {OfferWord} from "../../../contracts/libraries/OfferWord.sol";
import {vm} from "../base/Vm.sol";
import {Deployment} from "./Deployment.sol";

/// @title Every call that the rig makes of the product
/// @notice A `…Call` gives target and calldata, for a call that must succeed, must be refused, or may be either.
abstract contract Calls is Deployment {
    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant CREDENTIAL_TYPEHASH = keccak256(
        "Credential(address account,uint16 country,uint8 investorClass,uint40 issuedAt,uint40 expiresAt)"
    );
    bytes32 private constant ASSET_REPORT_TYPEHASH = keccak256(
        "AssetReport(uint32 assetId,uint32 period,uint32 devices,uint40 upSeconds,uint40 downSeconds,"
        "uint40 excusedSeconds,uint40 busySeconds,uint56 energyJoules,uint56 work,bytes32 telemetryRoot)"
    );
    bytes32 private constant PERIOD_REPORT_TYPEHASH = keccak256(
        "PeriodReport(uint32 period,uint32 revision,bytes32 root,uint32 assetCount,uint32 rulesVersion,bytes32 bundle)"
    );

    // --- assets -------------------------------------------------------------------------------------------

    function _register(address owner, Terms memory terms, uint32 devices, bytes32 root)
        internal
        returns (uint32 assetId)
    {
        vm.prank(owner);
        assetId = registry.register(terms, devices, root);
        vm.prank(registrar);
        registry.activate(assetId);
    }

    function _allowCoin(address coin, uint8 status) internal {
        vm.prank(registrar);
        coins.setCoinStatus(coin, IssuerStatus(status), 0);
    }

    function _startEpochCall(uint32 assetId, address coin) internal view returns (Act memory) {
        return Act(address(settlement), abi.encodeCall(settlement.startEpoch, (assetId, coin)));
    }

    function _open(uint32 assetId, Terms memory terms) internal returns (address vault, address share) {
        return settlement.openAsset(assetId, terms);
    }

    function _announceTermsCall(uint32 assetId, uint32 from, Terms memory current, Terms memory terms)
        internal
        view
        returns (Act memory)
    {
        return Act(address(registry), abi.encodeCall(registry.announceTerms, (assetId, from, current, terms)));
    }

    function _announceDevicesCall(uint32 assetId, uint32 from, uint32 devices, bytes32 root, Terms memory current)
        internal
        view
        returns (Act memory)
    {
        bytes memory data = abi.encodeCall(registry.announceDevices, (assetId, from, devices, root, current));
        return Act(address(registry), data);
    }

    function _announceMaintenanceCall(uint32 assetId, uint32 from, uint32 to, uint40 secs, Terms memory terms)
        internal
        view
        returns (Act memory)
    {
        IAssetRegistry.ExcuseKind kind = IAssetRegistry.ExcuseKind.Maintenance;
        bytes memory data = abi.encodeCall(registry.announceExcused, (assetId, from, to, secs, kind, terms, ""));
        return Act(address(registry), data);
    }

    // --- market -------------------------------------------------------------------------------------------

    function _depositBondCall(uint32 assetId, uint32 epoch, uint128 amount) internal view returns (Act memory) {
        return Act(address(settlement), abi.encodeCall(settlement.depositBond, (assetId, epoch, amount)));
    }

    function _withdrawBondCall(uint32 assetId, uint32 epoch, uint128 amount) internal view returns (Act memory) {
        return Act(address(settlement), abi.encodeCall(settlement.withdrawBond, (assetId, epoch, amount)));
    }

    function _depositSpotCall(uint32 assetId, uint32 period, uint128 amount) internal view returns (Act memory) {
        return Act(address(settlement), abi.encodeCall(settlement.depositSpot, (assetId, period, amount, "spot")));
    }

    function _transferLeaseCall(address from, address to, uint256 id, uint256 units)
        internal
        view
        returns (Act memory)
    {
        return Act(address(leases), abi.encodeCall(leases.safeTransferFrom, (from, to, id, units, "")));
    }

    // --- reports ------------------------------------------------------------------------------------------

    function _submitCall(PeriodReport memory report, uint256[] memory signerKeys, Posted memory previous)
        internal
        view
        returns (Act memory)
    {
        bytes32 digest = keccak256(
            abi.encodePacked(
                hex"1901", oracle.domainSeparator(), keccak256(abi.encode(PERIOD_REPORT_TYPEHASH, report))
            )
        );
        bytes memory signatures;
        for (uint256 i = 0; i < signerKeys.length; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(signerKeys[i], digest);
            signatures = abi.encodePacked(signatures, r, s, v);
        }
        if (report.revision == 0) return Act(address(oracle), abi.encodeCall(oracle.submit, (report, signatures)));
        return Act(address(oracle), abi.encodeCall(oracle.revise, (report, signatures, previous)));
    }

    function _leafOf(AssetReport memory report) internal pure returns (bytes32) {
        return report.telemetryRoot == 0 ? bytes32(0) : keccak256(abi.encode(ASSET_REPORT_TYPEHASH, report));
    }

    function _settleCall(
        uint32 assetId,
        Terms memory terms,
        AssetReport memory report,
        uint32 revision,
        Posted memory posted,
        bytes32[] memory path,
        Absence[] memory absences
    ) internal view returns (Act memory) {
        Evidence memory evidence = Evidence(report, revision, posted, path, absences);
        return Act(address(settlement), abi.encodeCall(settlement.settle, (assetId, terms, evidence)));
    }

    function _settleUnreportedCall(uint32 assetId, uint32 period, Terms memory terms, Absence[] memory absences)
        internal
        view
        returns (Act memory)
    {
        return Act(
            address(settlement), abi.encodeCall(settlement.settleUnreported, (assetId, period, terms, absences))
        );
    }

    function _skipCall(uint32 assetId, uint32 period, uint32 count) internal view returns (Act memory) {
        return Act(address(settlement), abi.encodeCall(settlement.skip, (assetId, period, count)));
    }

    // --- payouts ------------------------------------------------------------------------------------------

    function _redeemCall(address holder, uint256 id, uint64 units) internal view returns (Act memory) {
        return Act(address(settlement), abi.encodeCall(settlement.redeem, (holder, id, units)));
    }

    function _recognizeLossCall(uint32 assetId, uint32 epoch) internal view returns (Act memory) {
        return Act(address(settlement), abi.encodeCall(settlement.recognizeLoss, (assetId, epoch)));
    }

    function _claimCall(address vault, address coin, address payee) internal view returns (Act memory) {
        return Act(address(settlement), abi.encodeCall(settlement.claim, (vault, coin, payee)));
    }

    function _claimBatchCall(address vault, address coin, address[] memory payees)
        internal
        view
        returns (Act memory)
    {
        return Act(address(settlement), abi.encodeCall(settlement.claimBatch, (vault, coin, payees)));
    }

    function _claimRevenueCall(address share, address holder, uint256 steps) internal pure returns (Act memory) {
        return Act(share, abi.encodeCall(IRevenueShare.claim, (holder, steps)));
    }

    function _claimEpochCall(address share, address holder, uint32 epoch, uint256 steps)
        internal
        pure
        returns (Act memory)
    {
        return Act(share, abi.encodeCall(IShareAgency.claimEpoch, (holder, epoch, steps)));
    }

    function _transferShareCall(address share, address to, uint256 amount) internal pure returns (Act memory) {
        return Act(share, abi.encodeWithSignature("transfer(address,uint256)", to, amount));
    }

    // --- roles --------------------------------------------------------------------------------------------

    function _verify(address account, uint256 validSeconds) internal {
        uint40 expires = uint40(block.timestamp + validSeconds);
        Credential memory c = Credential(account, 840, 1, uint40(block.timestamp), expires);
        bytes32 domain = keccak256(
            abi.encode(DOMAIN_TYPEHASH, keccak256("Wellhead"), keccak256("1"), block.chainid, address(identities))
        );
        bytes32 digest =
            keccak256(abi.encodePacked(hex"1901", domain, keccak256(abi.encode(CREDENTIAL_TYPEHASH, c))));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(attestorKey, digest);
        identities.present(c, abi.encodePacked(r, s, v));
    }

    function _setFrozenCall(address account, bool frozen) internal view returns (Act memory) {
        return Act(address(identities), abi.encodeCall(identities.setFrozen, (account, frozen)));
    }

    function _revokeCall(address account) internal view returns (Act memory) {
        return Act(address(identities), abi.encodeCall(identities.revoke, (account)));
    }

    function _pauseCall(uint256 until) internal view returns (Act memory) {
        return Act(address(settlement), abi.encodeCall(settlement.pauseSales, (until)));
    }

    function _coinStatusCall(address coin, uint8 status) internal view returns (Act memory) {
        return Act(address(coins), abi.encodeCall(coins.setCoinStatus, (coin, IssuerStatus(status), 0)));
    }

    function _activateCall(uint32 assetId) internal view returns (Act memory) {
        return Act(address(registry), abi.encodeCall(registry.activate, (assetId)));
    }

    function _setMembersCall(address[] memory members, uint32 quorum) internal view returns (Act memory) {
        return Act(address(oracle), abi.encodeCall(oracle.setMembers, (members, quorum)));
    }

    /// @dev Calls that no key at all may make.
    function _forbidden(uint256 which, address vault, address coin, uint32 assetId, address thief)
        internal
        view
        returns (Act memory)
    {
        if (which == 0) return Act(vault, abi.encodeWithSignature("push(address,address,uint256)", coin, thief, 1));
        if (which == 1) return Act(vault, abi.encodeWithSignature("pull(address,uint256,uint256)", thief, 1, 0));
        if (which == 2) {
            address[] memory payees = new address[](1);
            uint256[] memory amounts = new uint256[](1);
            (payees[0], amounts[0]) = (thief, 1);
            return Act(vault, abi.encodeWithSignature("tryPush(address,address[],uint256[])", coin, payees, amounts));
        }
        if (which == 3) return Act(address(leases), abi.encodeCall(leases.burn, (thief, thief, 1, 1)));
        if (which == 4) return Act(address(registry), abi.encodeCall(registry.pin, (assetId, 1 << 30, 1)));
        OfferWord sold = OfferWord.wrap(1 | uint256(assetId) << 88 | 1 << 140 | 1 << 152 | 100 << 184);
        return Act(address(settlement), abi.encodeCall(settlement.bookSale, (sold, 1, thief)));
    }
}
