// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Terms} from "../../../contracts/interfaces/IAssetRegistry.sol";
import {AssetReport} from "../../../contracts/interfaces/IReportOracle.sol";
import {OddCoin} from "../coins/OddCoin.sol";
import {Contest} from "./Contest.sol";
import {Model} from "./Model.sol";

/// @title Our own books of money, leases and shares
abstract contract Books is Contest, Model {
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
        Purse storage m = purses[_purseAt(a, period)];
        m.bondFree -= lock;
        m.booked += units * price;
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
        if (p.revised) _ghostPot(a, period, holder, units);
        uint256 m = _purseAt(a, period);
        purses[m].closedReserved -= paid;
        owedTo[m][holder] += paid;
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
        g.next = period + 1;
        _ghostPay(a, period, p.locked, e);
        _ghostEarn(a, period, e.holders);
    }

    function _ghostPay(uint256 a, uint32 period, uint256 locked, Expected memory e) private {
        uint256 m = _purseAt(a, period);
        Purse storage p = purses[m];
        p.closedReserved += e.refunds + e.credits;
        p.bondFree += locked - e.credits;
        p.holderPool += e.holders;
        owedTo[m][assets[a].owner] += e.owner;
        owedTo[m][protocol] += e.fee;
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
        uint256 m = _purseAt(a, period);
        for (uint256 i = 0; i < HOLDERS; ++i) {
            address who = people[i];
            _integrate(a, who);
            uint256 weight = weights[a][who][period];
            sum += weight;
            earnings[m][who].numerator += weight * earned;
        }
        require(sum == SUPPLY * L, "P5: weights are not supply times length");
    }

    /// @dev The floor of all that a holder ever earned in the epoch, less what he was paid.
    function _claimable(uint256 m, address who) internal view returns (uint256) {
        Earning storage e = earnings[m][who];
        return e.numerator / (SUPPLY * L) - e.paid;
    }

    // --- losses -------------------------------------------------------------------------------------------

    /// @dev What the vault pays of a claim: all of it, or the part that was left when the loss was recognized.
    function _payable(uint256 m, uint256 amount) internal view returns (uint256) {
        Purse storage g = purses[m];
        return g.impaired ? amount * g.lossBalance / g.lossObligations : amount;
    }

    /// @dev Whether a claim of that size is paid now, as far as the vault goes.
    function _vaultPays(uint256 m, uint256 amount) internal view returns (bool) {
        uint256 paid = _payable(m, amount);
        return paid != 0 && paid <= _balance(m, purses[m].vault);
    }

    /// @dev A claim leaves the books at its face value; what was not paid of it makes up for what was taken, and is
    /// over where coins came back since the loss was recognized.
    function _ghostPaid(uint256 m, uint256 amount) internal {
        purses[m].booked -= amount;
        uint256 unpaid = amount - _payable(m, amount);
        uint256 made = _min(unpaid, purses[m].taken);
        purses[m].taken -= made;
        purses[m].surplus += unpaid - made;
    }

    // --- coins --------------------------------------------------------------------------------------------

    function _can(uint256 m, uint256 power) internal view returns (bool) {
        return purses[m].powers & power != 0;
    }

    function _coinPaused(uint256 m) internal view returns (bool) {
        return _can(m, PAUSABLE) && _flag(purses[m].coin, abi.encodeWithSignature("paused()"));
    }

    function _blacklisted(uint256 m, address account) internal view returns (bool) {
        return _can(m, BLACKLISTS) && _flag(purses[m].coin, abi.encodeWithSignature("isBlacklisted(address)", account));
    }

    /// @dev Whether the coin would move between the vault and the account.
    function _coinMoves(uint256 m, address account) internal view returns (bool) {
        return !_coinPaused(m) && !_blacklisted(m, account) && !_blacklisted(m, purses[m].vault);
    }

    function _balance(uint256 m, address account) internal view returns (uint256) {
        return OddCoin(purses[m].coin).balanceOf(account);
    }

    function _flag(address target, bytes memory data) private view returns (bool) {
        (bool ok, bytes memory answer) = target.staticcall(data);
        return ok && abi.decode(answer, (bool));
    }
}
