// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Terms} from "../../../contracts/interfaces/IAssetRegistry.sol";
import {AssetReport, Posted} from "../../../contracts/interfaces/IReportOracle.sol";
import {OddCoin} from "../coins/OddCoin.sol";
import {Readings} from "../system/Readings.sol";
import {Model} from "./Model.sol";
import {vm} from "./Vm.sol";

/// @title Our own books: what must be true, kept beside the contracts and never read from them
abstract contract Ghost is Readings, Model {
    /// @dev What a coin can do to us.
    uint256 internal constant PAUSABLE = 1;
    uint256 internal constant BLACKLISTS = 2;
    uint256 internal constant SEIZABLE = 4;
    uint256 internal constant REBASES = 8;
    uint256 internal constant TAKES_FEE = 16;

    struct AssetGhost {
        uint32 id;
        uint32 openedIn;
        uint32 next;
        address owner;
        address vault;
        address share;
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
        uint256 maintenance;
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
        uint256[] ids;
    }

    struct OfferGhost {
        uint256 id;
        uint32 from;
        uint32 to;
        uint128 price;
        uint256 version;
        bool open;
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
        uint256 numerator;
        uint256 paid;
    }

    struct ReportGhost {
        Posted posted;
        AssetReport[] leaves;
    }

    uint256 internal constant SUPPLY = 1_000_000e18;

    /// @dev Seconds since genesis plus genesis: warped to at each call, so that nothing else moves time.
    uint256 internal clock;

    AssetGhost[] internal assets;
    mapping(uint256 asset => mapping(uint256 period => PeriodGhost)) internal periods;
    mapping(uint256 asset => OfferGhost[]) internal offers;
    mapping(uint256 asset => TermsVersion[]) internal termsVersions;
    mapping(uint256 asset => DevicesVersion[]) internal devicesVersions;
    mapping(uint256 asset => mapping(address => Holding)) internal holdings;
    mapping(uint256 asset => mapping(address => mapping(uint256 period => uint256))) internal weights;
    mapping(uint256 asset => mapping(address => uint256)) internal owedTo;
    mapping(uint256 id => mapping(address => uint256)) internal leasesOf;
    mapping(uint256 id => uint256) internal leaseSupply;
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
        DevicesVersion[] storage versions = devicesVersions[a];
        uint256 i = versions.length - 1;
        while (versions[i].from > period) --i;
        return versions[i].devices;
    }

    // --- leases -------------------------------------------------------------------------------------------

    function _leaseId(uint256 a, uint256 period, uint256 price) internal view returns (uint256) {
        return uint256(assets[a].id) << 160 | period << 128 | price;
    }

    function _priceOf(uint256 id) internal pure returns (uint256) {
        return uint128(id);
    }

    function _ghostSale(uint256 a, uint32 period, uint256 units, uint256 price, address to) internal {
        PeriodGhost storage p = periods[a][period];
        uint256 id = _leaseId(a, period, price);
        if (leaseSupply[id] == 0) p.ids.push(id);
        leaseSupply[id] += units;
        leasesOf[id][to] += units;
        p.creditBps = _termsAt(a, period).creditBps;
        uint256 lock = _lockFor(p.escrow, units * price, p.creditBps);
        (p.escrow, p.sold, p.locked) = (p.escrow + units * price, p.sold + units, p.locked + lock);
        assets[a].bondFree -= lock;
        assets[a].booked += units * price;
    }

    /// @dev What a sale locks of the bond: the largest credit of the whole escrow, rounded up, less what is locked.
    function _lockFor(uint256 escrow, uint256 cost, uint256 bps) internal pure returns (uint256) {
        return ((escrow + cost) * bps + 9_999) / 10_000 - (escrow * bps + 9_999) / 10_000;
    }

    function _ghostRedeem(uint256 a, uint32 period, uint256 id, address holder, uint256 units)
        internal
        returns (uint256 paid)
    {
        PeriodGhost storage p = periods[a][period];
        uint256 value = units * _priceOf(id);
        uint256 refund = p.promised == 0 ? 0 : value * p.shortfall / p.promised;
        uint256 credit = p.promised == 0 ? 0 : value * p.breach * p.creditBps / (p.promised * 10_000);
        paid = refund + credit;
        leaseSupply[id] -= units;
        leasesOf[id][holder] -= units;
        p.reserved -= paid;
        ++p.redemptions;
        assets[a].closedReserved -= paid;
        owedTo[a][holder] += paid;
    }

    // --- closing ------------------------------------------------------------------------------------------

    /// @dev Closes the asset's next period in our books, by our formula.
    function _ghostClose(uint256 a, AssetReport memory report, bool reported) internal {
        AssetGhost storage g = assets[a];
        uint32 period = g.next;
        PeriodGhost storage p = periods[a][period];
        Terms memory t = _termsAt(a, period);
        uint256 capacity = uint256(_devicesAt(a, period)) * L;
        Known memory known = Known(capacity, p.sold, p.escrow, p.locked, p.spot, p.excused);
        Expected memory e = _expect(known, t, report, reported);
        (p.promised, p.shortfall, p.breach, p.creditBps) = (e.promised, e.shortfall, e.breach, t.creditBps);
        (p.closed, p.reserved) = (true, e.refunds + e.credits);
        g.closedReserved += p.reserved;
        g.bondFree += p.locked - e.credits;
        g.holderPool += e.holders;
        owedTo[a][g.owner] += e.owner;
        owedTo[a][protocol] += e.fee;
        g.next = period + 1;
        _ghostEarn(a, period, e.holders);
    }

    // --- shares: the integral of every balance ------------------------------------------------------------

    /// @dev Adds up share-seconds from the last look until now, period by period.
    function _integrate(uint256 a, address who) internal {
        Holding storage h = holdings[a][who];
        (uint256 from, uint256 until) = (h.since, clock);
        while (h.balance != 0 && from < until) {
            uint256 period = (from - GENESIS) / L;
            uint256 to = _min(until, _endOf(period));
            weights[a][who][period] += h.balance * (to - from);
            from = to;
        }
        h.since = until;
    }

    function _ghostMove(uint256 a, address from, address to, uint256 amount) internal {
        _integrate(a, from);
        _integrate(a, to);
        holdings[a][from].balance -= amount;
        holdings[a][to].balance += amount;
    }

    /// @dev Every holder's part of a period; together they are the whole supply for the whole period.
    function _ghostEarn(uint256 a, uint32 period, uint256 earned) internal {
        uint256 sum = 0;
        for (uint256 i = 0; i < HOLDERS; ++i) {
            address who = people[i];
            _integrate(a, who);
            uint256 weight = weights[a][who][period];
            sum += weight;
            holdings[a][who].numerator += weight * earned;
        }
        require(sum == SUPPLY * L, "P5: weights are not supply times length");
    }

    /// @dev The floor of all that a holder ever earned, less what he was paid.
    function _claimable(uint256 a, address who) internal view returns (uint256) {
        Holding storage h = holdings[a][who];
        return h.numerator / (SUPPLY * L) - h.paid;
    }

    // --- losses -------------------------------------------------------------------------------------------

    /// @dev What the vault pays of a claim: all of it, or the part that was left when the loss was recognized.
    function _payable(uint256 a, uint256 amount) internal view returns (uint256) {
        AssetGhost storage g = assets[a];
        return g.impaired ? amount * g.lossBalance / g.lossObligations : amount;
    }

    /// @dev Whether a claim of that size is paid now, as far as the vault goes.
    function _vaultPays(uint256 a, uint256 amount) internal view returns (bool) {
        uint256 paid = _payable(a, amount);
        return paid != 0 && paid <= _balance(a, assets[a].vault);
    }

    /// @dev A claim leaves the books at its face value; what was not paid of it makes up for what was taken, and is
    /// over where coins came back since the loss was recognized.
    function _ghostPaid(uint256 a, uint256 amount) internal {
        assets[a].booked -= amount;
        uint256 unpaid = amount - _payable(a, amount);
        uint256 made = _min(unpaid, assets[a].taken);
        assets[a].taken -= made;
        assets[a].surplus += unpaid - made;
    }

    // --- coins --------------------------------------------------------------------------------------------

    function _can(uint256 a, uint256 power) internal view returns (bool) {
        return assets[a].powers & power != 0;
    }

    function _coinPaused(uint256 a) internal view returns (bool) {
        return _can(a, PAUSABLE) && _flag(assets[a].coin, abi.encodeWithSignature("paused()"));
    }

    function _blacklisted(uint256 a, address account) internal view returns (bool) {
        return _can(a, BLACKLISTS) && _flag(assets[a].coin, abi.encodeWithSignature("isBlacklisted(address)", account));
    }

    /// @dev Whether the coin would move between the vault and the account.
    function _coinMoves(uint256 a, address account) internal view returns (bool) {
        return !_coinPaused(a) && !_blacklisted(a, account) && !_blacklisted(a, assets[a].vault);
    }

    function _balance(uint256 a, address account) internal view returns (uint256) {
        return OddCoin(assets[a].coin).balanceOf(account);
    }

    function _flag(address target, bytes memory data) private view returns (bool) {
        (bool ok, bytes memory answer) = target.staticcall(data);
        return ok && abi.decode(answer, (bool));
    }
}
