// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Terms} from "../../../contracts/interfaces/IAssetRegistry.sol";
import {Offers} from "../base/Offers.sol";

/// @title The two owners
abstract contract Owner is Offers {
    function offer(uint256 seed) external turn {
        uint256 a = _asset(seed);
        uint32 from = _period() + 1 + uint32(_draw(seed, 1) % 2);
        uint32 to = from + uint32(_draw(seed, 2) % 4);
        uint128 price = uint128(1 + _draw(seed, 3) % (uint256(10) ** (_draw(seed, 4) % 13)));
        uint256 version = _versionAt(a, from);
        while (_versionAt(a, to) != version) --to;
        _makeOffer(a, from, to, price, seed);
        _done(Action.Offer);
    }

    /// @dev Anybody lets a price follow the periods that were closed.
    function reprice(uint256 seed) external turn {
        uint256 a = _asset(seed);
        OfferGhost[] storage list = offers[a];
        if (list.length == 0) return _idle(Action.Reprice);
        OfferGhost storage o = list[list.length - 1 - _draw(seed, 1) % _min(list.length, 12)];
        uint32 most = uint32(1 + _draw(seed, 2) % 4);
        Act memory act = _repriceCall(o.id, most);
        if (o.kind != UTILIZATION) {
            _refused(_outsider(), act, "P10: a price that is fixed was moved");
            return _idle(Action.Reprice);
        }
        _ghostReprice(a, o, most);
        uint128 price = abi.decode(_do(_outsider(), act), (uint128));
        require(price == o.price, "P10: another price than the closed periods give");
        _done(Action.Reprice);
    }

    function closeOffer(uint256 seed) external turn {
        uint256 a = _asset(seed);
        OfferGhost[] storage list = offers[a];
        if (list.length == 0) return _idle(Action.CloseOffer);
        OfferGhost storage o = list[list.length - 1 - _draw(seed, 1) % _min(list.length, 4)];
        _closeOffer(assets[a].owner, o.id);
        o.open = false;
        _done(Action.CloseOffer);
    }

    function depositBond(uint256 seed) external turn {
        uint256 a = _asset(seed);
        uint256 amount = 1 + _draw(seed, 1) % (uint256(10) ** (6 + _draw(seed, 2) % 12));
        address from = _draw(seed, 3) % 8 == 0 ? _outsider() : assets[a].owner;
        uint256 m = _draw(seed, 4) % 4 == 0 ? _drawPurse(a, seed) : _purseAt(a, _period() + 1);
        if (_payIn(m, from, _depositBondCall(assets[a].id, _epochOf(m), uint128(amount)))) {
            purses[m].bondFree += amount;
            purses[m].booked += amount;
        }
        _done(Action.DepositBond);
    }

    function withdrawBond(uint256 seed) external turn {
        uint256 m = _drawPurse(_asset(seed), seed);
        AssetGhost storage g = assets[_assetOf(m)];
        Purse storage p = purses[m];
        string memory above = "P2: bond that credit is locked from was withdrawn";
        _refused(g.owner, _withdrawBondCall(g.id, _epochOf(m), uint128(p.bondFree + 1)), above);
        if (p.bondFree == 0) return _idle(Action.WithdrawBond);
        uint256 amount = 1 + _draw(seed, 1) % ((p.bondFree + 1) / 2);
        Act memory act = _withdrawBondCall(g.id, _epochOf(m), uint128(amount));
        _refused(_outsider(), act, "P1: a stranger withdrew the bond");
        _done(Action.WithdrawBond);
        if (_readFrozen(g.owner)) return _refused(g.owner, act, "R39: a frozen owner was paid");
        if (!_can(m, REBASES)) {
            if (!_coinMoves(m, g.owner) || !_vaultPays(m, amount)) {
                return _refused(g.owner, act, "P6: bond that the coin or the vault refused was booked as paid");
            }
            _do(g.owner, act);
        } else if (!_may(g.owner, act)) {
            return;
        }
        p.bondFree -= amount;
        _ghostPaid(m, amount);
    }

    /// @dev A new vault, in the same coin or in another: once none is pending, in a coin that stands no lower.
    function _startEpoch(uint256 a, address coin, uint256 powers) internal {
        AssetGhost storage g = assets[a];
        uint256 last = _epochs(a) - 1;
        Purse storage old = purses[_purse(a, last)];
        Act memory act = _startEpochCall(g.id, coin);
        _refused(_outsider(), act, "P1: a stranger moved the money of later periods");
        if (coin == old.coin && !old.impaired) return _refused(g.owner, act, "P10: a new epoch for nothing");
        uint8 status = _readCoinStatus(coin);
        if (g.froms[last] > _period()) return _refused(g.owner, act, "P10: another epoch before the last began");
        if (status == 0 || status < _readCoinStatus(old.coin)) {
            return _refused(g.owner, act, "P10: a coin of weaker standing");
        }
        uint256 earliest = _period() + (old.impaired ? 1 : 1 + NOTICE);
        uint32 pinned = _readPinnedBefore(g.id);
        _do(g.owner, act);
        (address vault, uint32 from) = _readEpoch(g.id, uint32(last + 1));
        require(from == _max(earliest, pinned), "P10: an epoch began at another period than announced");
        for (uint256 period = from; period < _period() + 8; ++period) {
            PeriodGhost storage p = periods[a][period];
            require(p.sold == 0 && p.spot == 0, "P10: money of a sold period was moved");
        }
        require(vault != old.vault, "P1: two epochs share a vault");
        _addEpoch(a, from, vault, coin, powers);
    }

    function announceTerms(uint256 seed) external turn {
        uint256 a = _asset(seed);
        TermsVersion[] storage versions = termsVersions[a];
        TermsVersion storage newest = versions[versions.length - 1];
        if (versions.length > 20) return _idle(Action.AnnounceTerms);
        Terms memory terms = newest.terms;
        terms.creditBps = uint16(_draw(seed, 1) % 10_001);
        terms.graceBps = uint16(_draw(seed, 2) % 1_001);
        terms.unitSeconds = uint32(1 + _draw(seed, 3) % 250);
        terms.reservedForSpot = uint32(_draw(seed, 4) % 4);
        uint32 from = _earliestTerms(a, newest);
        _refusedTerms(a, from, newest.terms, terms);
        _do(assets[a].owner, _announceTermsCall(assets[a].id, from, newest.terms, terms));
        versions.push(TermsVersion(from, terms));
        _done(Action.AnnounceTerms);
    }

    function announceDevices(uint256 seed) external turn {
        uint256 a = _asset(seed);
        DevicesVersion[] storage versions = devicesVersions[a];
        TermsVersion storage terms = termsVersions[a][termsVersions[a].length - 1];
        if (versions.length > 20) return _idle(Action.AnnounceDevices);
        uint32 from = uint32(_max(_max(_period() + 1, versions[versions.length - 1].from + 1), terms.from));
        uint32 pinned = _readPinnedBefore(assets[a].id);
        uint32 devices = 1 + uint32(_draw(seed, 1) % 12);
        if (from < pinned) {
            uint32 other = versions[versions.length - 1].devices + 1;
            Act memory change = _announceDevicesCall(assets[a].id, from, other, _deviceRoot(other), terms.terms);
            _refused(assets[a].owner, change, "P3: devices of a sold period changed");
            from = pinned;
        }
        if (uint256(devices) * L / terms.terms.unitSeconds < terms.terms.reservedForSpot) devices = 12;
        bytes32 root = _deviceRoot(devices);
        _do(assets[a].owner, _announceDevicesCall(assets[a].id, from, devices, root, terms.terms));
        versions.push(DevicesVersion(from, devices));
        _done(Action.AnnounceDevices);
    }

    function announceMaintenance(uint256 seed) external turn {
        uint256 a = _asset(seed);
        AssetGhost storage g = assets[a];
        uint32 from = _period() + 2;
        Terms memory t = _termsAt(a, from);
        uint256 devices = _devicesAt(a, from);
        uint256 most = _min(devices * t.maintenanceSecondsPerYear - _min(g.maintenance, devices * 8_000), devices * L);
        if (most <= periods[a][from].excused) return _idle(Action.AnnounceMaintenance);
        uint256 secs = 1 + _draw(seed, 1) % _min(most - periods[a][from].excused, 500);
        if (_draw(seed, 2) % 4 == 0) {
            Act memory late = _announceMaintenanceCall(g.id, from - 1, from - 1, uint40(secs), _termsAt(a, from - 1));
            _refused(g.owner, late, "P10: maintenance without notice");
        }
        _do(g.owner, _announceMaintenanceCall(g.id, from, from, uint40(secs), t));
        periods[a][from].excused += secs;
        g.maintenance += secs;
        _done(Action.AnnounceMaintenance);
    }

    /// @dev The first period for which the newest terms may change: notice, sales, and the versions before.
    function _earliestTerms(uint256 a, TermsVersion storage newest) private view returns (uint32) {
        uint256 earliest = _max(_period() + 1 + newest.terms.noticePeriods, newest.from + 1);
        DevicesVersion[] storage lists = devicesVersions[a];
        earliest = _max(earliest, lists[lists.length - 1].from);
        return uint32(_max(earliest, _readPinnedBefore(assets[a].id)));
    }

    function _refusedTerms(uint256 a, uint32 from, Terms memory current, Terms memory terms) private {
        address owner = assets[a].owner;
        uint32 id = assets[a].id;
        _refused(owner, _announceTermsCall(id, from - 1, current, terms), "P10: terms changed before notice");
        terms.holderBps += 1;
        _refused(owner, _announceTermsCall(id, from, current, terms), "P10: holders' terms changed");
        terms.holderBps -= 1;
        _refused(_outsider(), _announceTermsCall(id, from, current, terms), "P10: a stranger changed terms");
    }
}
