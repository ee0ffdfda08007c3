// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Absence, AssetReport} from "../../../contracts/interfaces/IReportOracle.sol";
import {Stage} from "./Stage.sol";

/// @title The tree over a period's reports, and the paths that open it
abstract contract Proofs is Stage {
    function _leavesOf(AssetReport[] storage reported) internal view returns (bytes32[] memory level) {
        uint256 width = 1;
        while (width < reported.length) width *= 2;
        level = new bytes32[](width);
        for (uint256 i = 0; i < reported.length; ++i) {
            level[i] = _leafOf(reported[i]);
        }
    }

    function _rootOf(AssetReport[] storage reported) internal view returns (bytes32) {
        bytes32[] memory level = _leavesOf(reported);
        while (level.length > 1) level = _pairs(0x02, level);
        return level[0];
    }

    function _pathOf(AssetReport[] storage reported, uint256 index) internal view returns (bytes32[] memory path) {
        bytes32[] memory level = _leavesOf(reported);
        uint256 depth = 0;
        while (1 << depth < level.length) ++depth;
        path = new bytes32[](depth);
        for (uint256 i = 0; i < depth; ++i) {
            path[i] = level[(index >> i) ^ 1];
            level = _pairs(0x02, level);
        }
    }

    function _present(ReportGhost storage report, uint256 index) internal view returns (bool) {
        return index < report.leaves.length && report.leaves[index].telemetryRoot != 0;
    }

    /// @dev First revision in which the asset is reported; the number of revisions if it is in none.
    function _revisionWith(uint256 period, uint256 index) internal view returns (uint256 revision) {
        ReportGhost[] storage posted = reports[period];
        while (revision < posted.length && !_present(posted[revision], index)) ++revision;
    }

    function _absences(uint256 period, uint256 index, uint256 before) internal view returns (Absence[] memory shown) {
        shown = new Absence[](before);
        for (uint256 q = 0; q < before; ++q) {
            shown[q] = Absence(reports[period][q].posted, _pathOf(reports[period][q].leaves, index));
        }
    }
}
