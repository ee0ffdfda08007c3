// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Equivocation, Opening, Reading, Shown} from "../../../contracts/interfaces/IDisputes.sol";
import {AssetReport} from "../../../contracts/interfaces/IReportOracle.sol";
import {Books} from "./Books.sol";
import {vm} from "./Vm.sol";

/// @title The machines: device lists, what each machine's agent signed for a period, and the sums over it
/// @notice Everything follows from one seed per report, so nothing but the seed has to be remembered.
abstract contract Telemetry is Books {
    uint256 internal constant DEVICES_MAX = 13;

    /// @dev A node of the tree of sums.
    struct Sum {
        bytes32 hash;
        uint256 times;
        uint256 amounts;
    }

    bytes32 private constant READING = keccak256(
        "Reading(uint32 assetId,uint32 period,uint32 deviceIndex,bytes32 deviceId,uint40 upSeconds,uint40 downSeconds,"
        "uint40 excusedSeconds,uint40 busySeconds,uint56 energyJoules,uint56 work,bytes32 samplesHash)"
    );
    bytes32 private constant DEVICE = keccak256("Device(uint32 deviceIndex,bytes32 deviceId,address agentKey)");

    mapping(uint256 index => bytes32) private _deviceLeaves;
    mapping(uint256 devices => bytes32) private _deviceRoots;

    function _agentKey(uint256 index) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode("agent", index)));
    }

    // --- the list of devices ------------------------------------------------------------------------------

    function _deviceRoot(uint256 devices) internal returns (bytes32 root) {
        root = _deviceRoots[devices];
        if (root != 0) return root;
        for (uint256 i = 0; i < devices; ++i) {
            _deviceLeaf(i);
        }
        bytes32[] memory level = _deviceLevel(devices);
        while (level.length > 1) level = _pairs(0x03, level);
        root = _deviceRoots[devices] = level[0];
    }

    function _devicePath(uint256 devices, uint256 index) internal view returns (bytes32[] memory path) {
        bytes32[] memory level = _deviceLevel(devices);
        path = new bytes32[](_depth(level.length));
        for (uint256 i = 0; i < path.length; ++i) {
            path[i] = level[(index >> i) ^ 1];
            level = _pairs(0x03, level);
        }
    }

    function _deviceLevel(uint256 devices) private view returns (bytes32[] memory level) {
        level = new bytes32[](_width(devices));
        for (uint256 i = 0; i < devices; ++i) {
            level[i] = _deviceLeaves[i];
        }
    }

    function _deviceLeaf(uint256 index) private {
        if (_deviceLeaves[index] != 0) return;
        address agentOf = vm.addr(_agentKey(index));
        _deviceLeaves[index] = keccak256(abi.encode(DEVICE, index, bytes32(index + 1), agentOf));
    }

    // --- readings -----------------------------------------------------------------------------------------

    /// @dev Whether anything came from the device. The first is always heard of.
    function _heard(uint256 seed, uint256 index) internal pure returns (bool) {
        return index == 0 || _draw(seed, 0xd0 + index) % 6 != 0;
    }

    function _reading(uint256 a, uint256 period, uint256 seed, uint256 index)
        internal
        view
        returns (Reading memory r)
    {
        uint256 w = _draw(seed, 0x7e1e + index);
        (r.assetId, r.period, r.deviceIndex) = (assets[a].id, uint32(period), uint32(index));
        r.deviceId = bytes32(index + 1);
        // a third of the reports are of machines that were up throughout
        r.upSeconds = seed % 3 == 0 ? L : uint40(w % (L + 1));
        uint256 rest = L - r.upSeconds;
        r.downSeconds = uint40((w >> 32) % (rest + 1));
        r.excusedSeconds = uint40((w >> 64) % (rest - r.downSeconds + 1));
        r.busySeconds = uint40((w >> 96) % (uint256(r.upSeconds) + 1));
        r.energyJoules = uint56((w >> 128) % (1_000 * L + 1));
        r.work = uint56((w >> 192) % (1_000 * uint256(r.upSeconds) + 1));
        r.samplesHash = bytes32(seed);
    }

    function _readingHash(Reading memory r) internal pure returns (bytes32) {
        return keccak256(abi.encode(READING, r));
    }

    /// @dev The report that adds up the readings.
    function _report(uint256 a, uint256 period, uint256 seed) internal view returns (AssetReport memory r) {
        (r.assetId, r.period, r.devices) = (assets[a].id, uint32(period), _devicesAt(a, period));
        Sum[] memory level = _sums(a, period, seed, r.devices);
        while (level.length > 1) level = _sumsAbove(level);
        r.telemetryRoot = level[0].hash;
        r.upSeconds = uint40(level[0].times >> 120);
        r.downSeconds = uint40(level[0].times >> 80);
        r.excusedSeconds = uint40(level[0].times >> 40);
        r.busySeconds = uint40(level[0].times);
        (r.energyJoules, r.work) = (uint56(level[0].amounts >> 56), uint56(level[0].amounts));
    }

    function _sumPath(uint256 a, uint256 period, uint256 seed, uint256 index)
        internal
        view
        returns (bytes memory path)
    {
        Sum[] memory level = _sums(a, period, seed, _devicesAt(a, period));
        uint256 depth = _depth(level.length);
        for (uint256 i = 0; i < depth; ++i) {
            path = bytes.concat(path, _packed(level[(index >> i) ^ 1]));
            level = _sumsAbove(level);
        }
    }

    function _sums(uint256 a, uint256 period, uint256 seed, uint256 devices)
        private
        view
        returns (Sum[] memory level)
    {
        level = new Sum[](_width(devices));
        for (uint256 i = 0; i < devices; ++i) {
            if (!_heard(seed, i)) continue;
            Reading memory r = _reading(a, period, seed, i);
            level[i].hash = _readingHash(r);
            level[i].times = uint256(r.upSeconds) << 120 | uint256(r.downSeconds) << 80
                | uint256(r.excusedSeconds) << 40 | r.busySeconds;
            level[i].amounts = uint256(r.energyJoules) << 56 | r.work;
        }
    }

    function _sumsAbove(Sum[] memory level) private pure returns (Sum[] memory next) {
        next = new Sum[](level.length / 2);
        for (uint256 i = 0; i < next.length; ++i) {
            (Sum memory left, Sum memory right) = (level[2 * i], level[2 * i + 1]);
            next[i].hash = keccak256(bytes.concat(bytes1(0x01), _packed(left), _packed(right)));
            (next[i].times, next[i].amounts) = (left.times + right.times, left.amounts + right.amounts);
        }
    }

    function _packed(Sum memory s) private pure returns (bytes memory) {
        return abi.encodePacked(s.hash, uint160(s.times), uint112(s.amounts));
    }

    // --- trees --------------------------------------------------------------------------------------------

    function _width(uint256 count) internal pure returns (uint256 width) {
        width = 1;
        while (width < count) width *= 2;
    }

    function _depth(uint256 width) internal pure returns (uint256 depth) {
        while (1 << depth < width) ++depth;
    }

    function _pairs(bytes1 tag, bytes32[] memory level) internal pure returns (bytes32[] memory next) {
        next = new bytes32[](level.length / 2);
        for (uint256 i = 0; i < next.length; ++i) {
            next[i] = keccak256(bytes.concat(tag, level[2 * i], level[2 * i + 1]));
        }
    }
}
