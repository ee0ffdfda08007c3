// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Terms} from "../../../contracts/interfaces/IAssetRegistry.sol";
import {Stage} from "../base/Stage.sol";

/// @title Three tenants, one of them a contract that calls back
abstract contract Tenant is Stage {
    struct Purchase {
        uint256 a;
        uint256 offerId;
        uint32 period;
        uint256 price;
        uint256 units;
        address by;
        Terms terms;
    }

    function buy(uint256 seed) external turn {
        Purchase memory b = _choose(seed);
        uint256 most = _mostUnits(b);
        b.units = most + 1;
        _refused(b.by, _buyOf(b), "P2 P3: sold above capacity or bond");
        if (most == 0) return _idle(Action.Buy);
        b.units = 1 + _draw(seed, 7) % _min(most, 40);
        if (b.by == address(contractTenant)) contractTenant.arm(address(leases), _buyOf(b).data);
        bool frozen = _readFrozen(b.by);
        if (frozen) {
            _refused(b.by, _buyOf(b), "R39: a frozen tenant bought");
        } else if (_payIn(_purseAt(b.a, b.period), b.by, _buyOf(b))) {
            _ghostSale(b.a, b.period, b.units, b.price, b.by);
        }
        if (b.by == address(contractTenant)) _disarm();
        _done(Action.Buy);
    }

    function transferLease(uint256 seed) external turn {
        (uint256 a, uint256 id, address from) = _leaseHeld(seed, false);
        if (from == address(0)) return _idle(Action.TransferLease);
        address to = _tenant(_draw(seed, 5));
        uint256 units = 1 + _draw(seed, 6) % leasesOf[id][from];
        Act memory act = _transferLeaseCall(from, to, id, units);
        _refused(thief, act, "R39: a stranger moved leases");
        Act memory tooMany = _transferLeaseCall(from, to, id, leasesOf[id][from] + 1);
        _refused(from, tooMany, "P2: more leases moved than there are");
        if (_readFrozen(from) || _readFrozen(to)) {
            _refused(from, act, "R39: frozen leases moved");
        } else {
            _do(from, act);
            leasesOf[id][from] -= units;
            leasesOf[id][to] += units;
        }
        touched = a;
        _done(Action.TransferLease);
    }

    function redeem(uint256 seed) external turn {
        (uint256 a, uint256 id, address holder) = _leaseHeld(seed, _draw(seed, 8) % 4 != 0);
        if (holder == address(0)) return _idle(Action.Redeem);
        uint32 period = uint32(id >> 128);
        uint256 units = _draw(seed, 6) % 2 == 0 ? leasesOf[id][holder] : 1 + _draw(seed, 7) % leasesOf[id][holder];
        Act memory act = _redeemCall(holder, id, uint64(units));
        touched = a;
        if (!periods[a][period].closed) {
            _refused(thief, act, "P8: redeemed before the period closed");
        } else if (_readFrozen(holder)) {
            _refused(thief, act, "R39: frozen leases were redeemed");
        } else {
            _do(_outsider(), act);
            _ghostRedeem(a, period, id, holder, units);
            _refused(_outsider(), _redeemCall(holder, id, uint64(leasesOf[id][holder] + 1)), "P8: redeemed twice");
        }
        _done(Action.Redeem);
    }

    /// @dev A series that somebody holds: of a closed period not long ago, or of any period to come or just past.
    function _leaseHeld(uint256 seed, bool closed) private view returns (uint256 a, uint256 id, address holder) {
        for (uint256 k = 0; k < 12 * assets.length; ++k) {
            a = (_draw(seed, 0xa55e7) + k / 12) % assets.length;
            uint256 last = closed ? assets[a].next - 1 : _period() + 3;
            uint256[] storage ids = periods[a][last - (_draw(seed, 1) + k) % 10].ids;
            if (ids.length == 0) continue;
            id = ids[_draw(seed, 2) % ids.length];
            for (uint256 t = 0; t < 3; ++t) {
                holder = _tenant(_draw(seed, 3) % 3 + t);
                if (leasesOf[id][holder] != 0) return (a, id, holder);
            }
        }
        return (a, 0, address(0));
    }

    function _choose(uint256 seed) private returns (Purchase memory b) {
        b.a = _asset(seed);
        OfferGhost[] storage list = offers[b.a];
        uint32 soonest = _period() + 1;
        for (uint256 k = 0; k < 6 && k < list.length; ++k) {
            OfferGhost storage o = list[list.length - 1 - (_draw(seed, 1) + k) % _min(6, list.length)];
            if (!o.open || o.to < soonest) continue;
            if (_versionAt(b.a, o.to) != o.version || _versionAt(b.a, o.from) != o.version) continue;
            uint32 from = uint32(_max(o.from, soonest));
            b.period = from + uint32(_draw(seed, 2) % (o.to - from + 1));
            (b.offerId, b.price, b.by) = (o.id, o.price, _tenant(_draw(seed, 3)));
            b.terms = _termsAt(b.a, b.period);
            return b;
        }
        return _offered(b, seed);
    }

    /// @dev Where nothing is on offer, the owner offers the next period.
    function _offered(Purchase memory b, uint256 seed) private returns (Purchase memory) {
        (b.period, b.by) = (_period() + 1, _tenant(_draw(seed, 3)));
        b.terms = _termsAt(b.a, b.period);
        b.price = 1 + _draw(seed, 4) % (uint256(10) ** (_draw(seed, 5) % 8));
        AssetGhost storage g = assets[b.a];
        b.offerId = _offer(g.owner, g.id, b.period, b.period, uint128(b.price), b.terms);
        offers[b.a].push(OfferGhost(b.offerId, b.period, b.period, uint128(b.price), _versionAt(b.a, b.period), true));
        return b;
    }

    /// @dev How many units capacity and bond still allow.
    function _mostUnits(Purchase memory b) private view returns (uint256 most) {
        PeriodGhost storage p = periods[b.a][b.period];
        uint256 capacity = uint256(_devicesAt(b.a, b.period)) * L / b.terms.unitSeconds - b.terms.reservedForSpot;
        most = capacity - p.sold;
        uint256 locks = b.price * b.terms.creditBps;
        if (locks == 0) return most;
        // what is locked for the escrow so far, rounded up, may cover a part of the next
        uint256 covered = (p.locked + purses[_purseAt(b.a, b.period)].bondFree) * 10_000 - p.escrow * b.terms.creditBps;
        most = _min(most, covered / locks);
    }

    function _buyOf(Purchase memory b) private view returns (Act memory) {
        return _buyCall(b.offerId, b.period, b.units, b.by);
    }

    function _disarm() internal {
        require(contractTenant.succeeded() == 0, "R33: bought from inside a purchase");
        contractTenant.arm(address(0), "");
    }
}
