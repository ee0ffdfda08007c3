// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Terms} from "../../../contracts/interfaces/IAssetRegistry.sol";
import {AssetReport, Posted} from "../../../contracts/interfaces/IReportOracle.sol";
import {Readings} from "../system/Readings.sol";
import {vm} from "./Vm.sol";

/// @title Our own books: what must be true, kept beside the contracts and never read from them
abstract contract Ghost is Readings {
    /// @dev What a coin can do to us.
    uint256 internal constant PAUSABLE = 1;
    uint256 internal constant BLACKLISTS = 2;
    uint256 internal constant SEIZABLE = 4;
    uint256 internal constant REBASES = 8;
    uint256 internal constant TAKES_FEE = 16;

    /// @dev `froms`: first period of each epoch.
    struct AssetGhost {
        uint32 id;
        uint32 openedIn;
        uint32 next;
        address owner;
        address share;
        uint256 kind;
        uint256 maintenance;
        uint32[] froms;
    }

    /// @dev One epoch's money. It is named by asset and epoch in one number, `_purse`.
    struct Purse {
        address vault;
        address coin;
        uint256 powers;
        uint256 bondFree;
        uint256 holderPool;
        uint256 booked;
        uint256 taken;
        uint256 closedReserved;
        uint256 surplus;
        uint256 lossBalance;
        uint256 lossObligations;
        bool impaired;
    }

    struct PeriodGhost {
        uint256 escrow;
        uint256 spot;
        uint256 sold;
        uint256 locked;
        uint256 reserved;
        uint256 promised;
        uint256 shortfall;
        uint256 breach;
        uint256 excused;
        uint256 redemptions;
        uint16 creditBps;
        bool closed;
        bool revised;
        bool unreported;
        uint256[] ids;
    }

    struct OfferGhost {
        uint256 id;
        uint32 from;
        uint32 to;
        uint128 price;
        uint256 version;
        bool open;
        uint256 kind;
        address tenant;
        uint128 lowest;
        uint128 highest;
        uint256 target;
        uint256 lead;
        uint256 steps;
        uint32 pricedBefore;
    }

    struct TermsVersion {
        uint32 from;
        Terms terms;
    }

    struct DevicesVersion {
        uint32 from;
        uint32 devices;
    }

    struct Holding {
        uint256 since;
        uint256 balance;
    }

    /// @dev What a holder earned in an epoch, times supply and length, and what he was paid of it.
    struct Earning {
        uint256 numerator;
        uint256 paid;
    }

    /// @dev `seeds`: what the readings below each leaf follow from; 0 where there are none. Of a root that is
    /// withheld nobody knows a path.
    struct ReportGhost {
        Posted posted;
        AssetReport[] leaves;
        uint256[] seeds;
        bool withheld;
    }

    uint256 internal constant SUPPLY = 1_000_000e18;

    /// @dev Seconds since genesis plus genesis: warped to at each call, so that nothing else moves time.
    uint256 internal clock;

    uint256 private constant EPOCH_SHIFT = 16;

    AssetGhost[] internal assets;
    mapping(uint256 m => Purse) internal purses;
    mapping(uint256 asset => mapping(uint256 period => PeriodGhost)) internal periods;
    mapping(uint256 asset => OfferGhost[]) internal offers;
    mapping(uint256 asset => TermsVersion[]) internal termsVersions;
    mapping(uint256 asset => DevicesVersion[]) internal devicesVersions;
    mapping(uint256 asset => mapping(address => Holding)) internal holdings;
    mapping(uint256 asset => mapping(address => mapping(uint256 period => uint256))) internal weights;
    mapping(uint256 m => mapping(address => Earning)) internal earnings;
    mapping(uint256 m => mapping(address => uint256)) internal owedTo;
    mapping(uint256 id => mapping(address => uint256)) internal leasesOf;
    mapping(uint256 id => uint256) internal leaseSupply;
    mapping(uint256 id => mapping(address => uint256)) internal leasesGranted;
    mapping(uint256 id => mapping(address => uint256)) internal leasesFrozen;
    mapping(uint256 asset => mapping(address => uint256)) internal sharesFrozen;
    mapping(uint256 period => ReportGhost[]) internal reports;

    // --- time ---------------------------------------------------------------------------------------------

    function _period() internal view returns (uint32) {
        return uint32((clock - GENESIS) / L);
    }

    function _endOf(uint256 period) internal pure returns (uint256) {
        return GENESIS + (period + 1) * L;
    }

    function _passTo(uint256 timestamp) internal {
        if (timestamp > clock) clock = timestamp;
        vm.warp(clock);
    }

    // --- epochs -------------------------------------------------------------------------------------------

    function _purse(uint256 a, uint256 epoch) internal pure returns (uint256 m) {
        return a | epoch << EPOCH_SHIFT;
    }

    function _assetOf(uint256 m) internal pure returns (uint256 a) {
        return m & ((1 << EPOCH_SHIFT) - 1);
    }

    function _epochOf(uint256 m) internal pure returns (uint32) {
        return uint32(m >> EPOCH_SHIFT);
    }

    function _epochs(uint256 a) internal view returns (uint256) {
        return assets[a].froms.length;
    }

    function _epochAt(uint256 a, uint256 period) internal view returns (uint256 epoch) {
        uint32[] storage froms = assets[a].froms;
        epoch = froms.length - 1;
        while (froms[epoch] > period && epoch != 0) --epoch;
    }

    /// @dev Where the money of a period lies.
    function _purseAt(uint256 a, uint256 period) internal view returns (uint256 m) {
        return _purse(a, _epochAt(a, period));
    }

    /// @dev Units of a series that may move: neither frozen nor, while the period lasts, granted out.
    function _leasesFree(uint256 id, address who) internal view returns (uint256 free) {
        free = leasesOf[id][who] - _min(leasesOf[id][who], leasesFrozen[id][who]);
        if (clock < _endOf(uint32(id >> 128))) free -= _min(free, leasesGranted[id][who]);
    }

    // --- versions -----------------------------------------------------------------------------------------

    function _termsAt(uint256 a, uint256 period) internal view returns (Terms memory) {
        return termsVersions[a][_versionAt(a, period)].terms;
    }

    function _versionAt(uint256 a, uint256 period) internal view returns (uint256 version) {
        TermsVersion[] storage versions = termsVersions[a];
        version = versions.length - 1;
        while (versions[version].from > period) --version;
    }

    function _devicesAt(uint256 a, uint256 period) internal view returns (uint32) {
        return devicesVersions[a][_devicesVersionAt(a, period)].devices;
    }

    function _devicesVersionAt(uint256 a, uint256 period) internal view returns (uint256 version) {
        DevicesVersion[] storage versions = devicesVersions[a];
        version = versions.length - 1;
        while (versions[version].from > period) --version;
    }
}
