// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Terms} from "../../../contracts/interfaces/IAssetRegistry.sol";
import {ILeaseToken} from "../../../contracts/interfaces/ILeaseToken.sol";
import {Offers} from "../base/Offers.sol";

/// @title Three tenants, one of them a contract that calls back
abstract contract Tenant is Offers {
    uint256 private constant RUN_MAX = 4;

    /// @dev `most`: units of each period that capacity and bond still allow; `way`: how it is paid.
    struct Purchase {
        uint256 a;
        uint256 m;
        ILeaseToken.Order order;
        address by;
        uint256 way;
        uint256 most;
    }

    function buy(uint256 seed) external turn {
        (Purchase memory b, bool found) = _choose(seed);
        if (!found) return _idle(Action.Buy);
        b.most = _mostUnits(b);
        b.order.units = uint40(b.most + 1);
        _approve(b.m, b.by);
        _refused(b.by, _buyCall(b.order), "P2 P3: sold above capacity or bond");
        if (b.most == 0) return _idle(Action.Buy);
        b.order.units = uint40(1 + _draw(seed, 7) % _min(b.most, 40));
        if (b.order.to == address(contractTenant)) contractTenant.arm(address(leases), _buyCall(b.order).data);
        _pay(b, seed);
        if (b.order.to == address(contractTenant)) _disarm();
        _done(Action.Buy);
    }

    /// @dev By allowance; where the coin can, by permit or by an authorization that somebody else brings.
    function _pay(Purchase memory b, uint256 seed) private {
        ILeaseToken.Order memory o = b.order;
        if (_readFrozen(o.to)) return _refused(b.by, _buyCall(o), "R39: a frozen tenant bought");
        uint256 cost = uint256(o.units) * o.price * o.count;
        Purse storage purse = purses[b.m];
        Payment memory p = Payment(purse.coin, purse.vault, b.by, cost, _draw(seed, 9) % 2 == 0);
        Act memory act = _buyCall(o);
        if (b.way == 1) act = _buyWithPermitCall(o, p);
        if (b.way == 2) act = _buyWithAuthorizationCall(o, p);
        address caller = b.way == 2 ? _outsider() : b.by;
        if (o.price > 1) _refused(b.by, _cheaper(o), "P10: bought below the price");
        if (!_payInBy(b.m, b.by, caller, act)) return;
        for (uint32 i = 0; i < o.count; ++i) {
            _ghostSale(b.a, o.fromPeriod + i, o.units, o.price, o.to);
        }
        if (b.way == 2) _refused(_outsider(), act, "P8: one authorization bought twice");
    }

    function _cheaper(ILeaseToken.Order memory o) private view returns (Act memory act) {
        --o.price;
        act = _buyCall(o);
        ++o.price;
    }

    function transferLease(uint256 seed) external turn {
        (uint256 a, uint256 id, address from) = _leaseHeld(seed, false);
        if (from == address(0)) return _idle(Action.TransferLease);
        address to = _tenant(_draw(seed, 5));
        uint256 free = _leasesFree(id, from);
        Act memory tooMany = _transferLeaseCall(from, to, id, free + 1);
        _refused(from, tooMany, "R39: more leases moved than are free to move");
        if (free == 0) return _idle(Action.TransferLease);
        uint256 units = 1 + _draw(seed, 6) % free;
        Act memory act = _transferLeaseCall(from, to, id, units);
        _refused(thief, act, "R39: a stranger moved leases");
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
        uint256 free = _leasesFree(id, holder);
        if (free == 0) return _idle(Action.Redeem);
        uint256 units = _draw(seed, 6) % 2 == 0 ? free : 1 + _draw(seed, 7) % free;
        Act memory act = _redeemCall(holder, id, uint64(units));
        touched = a;
        if (!periods[a][period].closed) {
            _refused(thief, act, "P8: redeemed before the period closed");
        } else if (_readFrozen(holder)) {
            _refused(thief, act, "R39: frozen leases were redeemed");
        } else {
            if (units != free) _refused(_outsider(), act, "R26: a stranger redeemed a part");
            _do(units == free ? _outsider() : holder, act);
            _ghostRedeem(a, period, id, holder, units);
            _refused(_outsider(), _redeemCall(holder, id, uint64(_leasesFree(id, holder) + 1)), "P8: redeemed twice");
        }
        _done(Action.Redeem);
    }

    /// @dev The use of leases is granted out until the period ends; the owner cannot end it earlier.
    function grant(uint256 seed) external turn {
        (uint256 a, uint256 id, address from) = _leaseHeld(seed, false);
        if (from == address(0) || from == address(contractTenant)) return _idle(Action.Grant);
        address to = _draw(seed, 5) % 2 == 0 ? _investor(_draw(seed, 6)) : _tenant(_draw(seed, 6));
        uint256 free = _leasesFree(id, from);
        _refused(from, _grantCall(to, id, uint64(free + 1)), "P3: the use of more was granted than is there");
        if (free == 0) return _idle(Action.Grant);
        uint64 units = uint64(1 + _draw(seed, 7) % free);
        Act memory act = _grantCall(to, id, units);
        touched = a;
        if (clock >= _endOf(uint32(id >> 128)) || _readFrozen(from) || _readFrozen(to)) {
            _refused(from, act, "R39: the use of leases was granted after their end or by somebody frozen");
            return _idle(Action.Grant);
        }
        uint256 record = abi.decode(_do(from, act), (uint256));
        leasesGranted[id][from] += units;
        _refused(from == to ? _outsider() : from, _endGrantCall(record), "P10: a grant was ended by its owner");
        require(leases.frozenBalanceOf(from, id) == leasesGranted[id][from], "P3: units granted out");
        if (_draw(seed, 8) % 3 == 0 && to != address(contractTenant)) {
            _do(to, _endGrantCall(record));
            leasesGranted[id][from] -= units;
        }
        _done(Action.Grant);
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

    function _choose(uint256 seed) private returns (Purchase memory b, bool found) {
        b.a = _asset(seed);
        (b.by, b.order.to) = (_tenant(_draw(seed, 3)), _tenant(_draw(seed, 4)));
        if (_draw(seed, 5) % 3 != 0) b.order.to = b.by;
        OfferGhost[] storage list = offers[b.a];
        uint32 soonest = _period() + 1;
        for (uint256 k = 0; k < 6 && k < list.length; ++k) {
            OfferGhost storage o = list[list.length - 1 - (_draw(seed, 1) + k) % _min(6, list.length)];
            if (!o.open || o.to < soonest) continue;
            if (_versionAt(b.a, o.to) != o.version || _versionAt(b.a, o.from) != o.version) continue;
            return (b, _ask(b, o, seed));
        }
        uint128 price = uint128(1 + _draw(seed, 14) % (uint256(10) ** (_draw(seed, 15) % 8)));
        return (b, _ask(b, _makeOffer(b.a, soonest, soonest, price, seed), seed));
    }

    /// @dev Fills in the order, and tries what the offer does not allow.
    function _ask(Purchase memory b, OfferGhost storage o, uint256 seed) private returns (bool) {
        ILeaseToken.Order memory order = b.order;
        uint32 from = uint32(_max(o.from, _period() + 1));
        order.offerId = o.id;
        order.fromPeriod = from + uint32(_draw(seed, 2) % (o.to - from + 1));
        order.count = _runFrom(b.a, o, order.fromPeriod, 1 + _draw(seed, 6) % RUN_MAX);
        (order.salt, order.units) = (bytes32(seed), 1);
        uint256 price = _priceNow(o, order.fromPeriod);
        order.price = price == 0 ? type(uint128).max : uint128(price);
        b.m = _purseAt(b.a, order.fromPeriod);
        bool signs = assets[b.a].kind == 0 && b.by.code.length == 0;
        b.way = signs ? _draw(seed, 8) % 3 : 0;
        if (price == 0) _refused(b.by, _buyCall(order), "P10: bought before the auction began");
        if (o.tenant != address(0) && o.tenant != order.to) {
            _refused(b.by, _buyCall(order), "R39: bought what is for another tenant");
            order.to = o.tenant;
        }
        uint32 count = order.count;
        order.count = o.to - order.fromPeriod + 2;
        _refused(b.by, _buyCall(order), "P3: bought periods that are not on offer");
        order.count = count;
        return price != 0;
    }

    /// @dev As many periods as lie in one epoch, one list of devices and the offer; an auction sells one.
    function _runFrom(uint256 a, OfferGhost storage o, uint32 from, uint256 most) private view returns (uint32 count) {
        count = 1;
        if (o.kind == AUCTION) return count;
        while (count < most && from + count <= o.to) {
            if (_devicesVersionAt(a, from + count) != _devicesVersionAt(a, from)) break;
            if (_epochAt(a, from + count) != _epochAt(a, from)) break;
            ++count;
        }
    }

    /// @dev How many units of each period capacity and bond still allow.
    function _mostUnits(Purchase memory b) private view returns (uint256 most) {
        most = type(uint40).max;
        ILeaseToken.Order memory o = b.order;
        Terms memory t = _termsAt(b.a, o.fromPeriod);
        uint256 capacity = uint256(_devicesAt(b.a, o.fromPeriod)) * L / t.unitSeconds - t.reservedForSpot;
        for (uint32 i = 0; i < o.count; ++i) {
            most = _min(most, capacity - periods[b.a][o.fromPeriod + i].sold);
        }
        if (_locks(b, most, t.creditBps) <= purses[b.m].bondFree) return most;
        uint256 above = most;
        most = 0;
        while (most + 1 < above) {
            uint256 middle = (most + above) / 2;
            if (_locks(b, middle, t.creditBps) <= purses[b.m].bondFree) most = middle;
            else above = middle;
        }
    }

    function _locks(Purchase memory b, uint256 units, uint256 bps) private view returns (uint256 locked) {
        for (uint32 i = 0; i < b.order.count; ++i) {
            uint256 escrow = periods[b.a][b.order.fromPeriod + i].escrow;
            locked += _lockFor(escrow, units * b.order.price, bps);
        }
    }

    function _disarm() internal {
        require(contractTenant.succeeded() == 0, "R33: bought from inside a purchase");
        contractTenant.arm(address(0), "");
    }
}
