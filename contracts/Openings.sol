// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OracleDomain} from "./OracleDomain.sol";
import {IAssetRegistry} from "./interfaces/IAssetRegistry.sol";
import {IDisputes, Opening, Place, Reading, Shown} from "./interfaces/IDisputes.sol";
import {IReportOracle, Posted} from "./interfaces/IReportOracle.sol";
import {PositionTree} from "./libraries/PositionTree.sol";
import {Readings} from "./libraries/Readings.sol";
import {ReportHash} from "./libraries/ReportHash.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {SumTree} from "./libraries/SumTree.sol";

/// @title What stands where in a posted report: shared by those who answer and those who accuse
/// @dev `posted` is checked against the oracle's hash by the oracle, which is called in the same transaction.
abstract contract Openings is OracleDomain {
    IReportOracle public immutable oracle;
    IAssetRegistry public immutable registry;
    uint32 internal immutable PERIOD_SECONDS;

    constructor(IReportOracle oracle_) OracleDomain(address(oracle_)) {
        oracle = oracle_;
        registry = oracle_.registry();
        PERIOD_SECONDS = oracle_.registry().periodSeconds();
    }

    /// @dev The report stands at the asset's place under the posted root.
    function _requireShown(Place memory place, Posted calldata posted, Shown calldata shown) internal pure {
        bool same = shown.report.assetId == place.assetId && shown.report.period == place.period;
        require(same, IDisputes.WrongPlace(shown.report.assetId, shown.report.period, place.index));
        _requireLeaf(place.assetId, posted, ReportHash.leafOf(shown.report), shown.path);
    }

    /// @dev The leaf stands at the asset's place under the posted root.
    function _requireLeaf(uint32 assetId, Posted calldata posted, bytes32 leaf, bytes32[] calldata path)
        internal
        pure
    {
        _requireRoot(PositionTree.rootOf(PositionTree.REPORTS, leaf, assetId, posted.assetCount, path), posted.root);
    }

    /// @dev The device list holds the id and the key at the index.
    function _requireDevice(
        uint256 index,
        bytes32 deviceId,
        address agentKey,
        uint256 devices,
        bytes32 root,
        bytes32[] calldata path
    ) internal pure {
        bytes32 leaf = Readings.deviceHash(index, deviceId, agentKey);
        _requireRoot(PositionTree.rootOf(PositionTree.DEVICES, leaf, index, devices, path), root);
    }

    /// @dev The leaf at the index leads to the report's root and, all six sums carried up, to its totals.
    function _requireUnder(
        Shown calldata shown,
        SumTree.Node memory leaf,
        uint256 index,
        uint256 devices,
        bytes calldata path
    ) internal pure {
        SumTree.climb(leaf, index, PositionTree.depthOf(devices), path);
        _requireRoot(leaf.hash, shown.report.telemetryRoot);
        (uint256 times, uint256 amounts) = (Readings.timesOf(shown.report), Readings.amountsOf(shown.report));
        bool same = leaf.times == times && leaf.amounts == amounts;
        require(same, IDisputes.WrongTotals(leaf.times, leaf.amounts, times, amounts));
    }

    /// @dev A reading of the place, `times` its own, that keeps the rules which need no terms.
    function _requireValid(Place memory place, Reading calldata r, uint256 times) internal view {
        bool same = r.assetId == place.assetId && r.period == place.period && r.deviceIndex == uint32(place.index);
        require(same, IDisputes.WrongPlace(r.assetId, r.period, r.deviceIndex));
        bool valid = Readings.fits(times, PERIOD_SECONDS);
        require(valid, IDisputes.InvalidReading(Readings.seenOf(times), PERIOD_SECONDS, uint40(times), times >> 120));
    }

    /// @dev Who signed a struct hash under the oracle's domain: 65 bytes, low s, no ERC-1271.
    function _signerOf(bytes32 structHash, bytes calldata signature) internal view returns (address) {
        require(signature.length == 65, IReportOracle.WrongSignaturesLength(signature.length));
        return Signatures.recover(_digestOf(structHash), signature, 0);
    }

    function _requireRoot(bytes32 computed, bytes32 root) internal pure {
        require(computed == root, IDisputes.WrongRoot(computed, root));
    }
}
