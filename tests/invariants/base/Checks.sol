// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Adversary} from "../actors/Adversary.sol";
import {Agents} from "../actors/Agents.sol";
import {Authorities} from "../actors/Authorities.sol";
import {Investor} from "../actors/Investor.sol";
import {Keeper} from "../actors/Keeper.sol";
import {Owner} from "../actors/Owner.sol";
import {Tenant} from "../actors/Tenant.sol";
import {OddCoin} from "../coins/OddCoin.sol";
import {vm} from "./Vm.sol";

/// @title What must be true after every call; the numbers are those of README.md beside
abstract contract Checks is Owner, Tenant, Investor, Keeper, Authorities, Agents, Adversary {
    uint256 private constant FULL_EVERY = 80;

    /// @dev The asset that moved, and every so often everything.
    function check() external {
        vm.warp(clock);
        _checkAsset(touched);
        if (turns % FULL_EVERY == 0) checkAll();
    }

    function checkAll() public {
        vm.warp(clock);
        for (uint256 a = 0; a < assets.length; ++a) {
            _checkAsset(a);
            _checkClosedPeriods(a);
            _checkShares(a);
            for (uint256 epoch = 0; epoch < _epochs(a); ++epoch) {
                _checkAllowances(_purse(a, epoch));
            }
        }
        _checkRoles();
        _checkWei();
    }

    function _checkAsset(uint256 a) private view {
        AssetGhost storage g = assets[a];
        require(_readNext(g.id) == g.next, "P8: first open period");
        uint256[] memory live = _checkOpenPeriods(a);
        for (uint256 epoch = 0; epoch < live.length; ++epoch) {
            _checkBooks(_purse(a, epoch), live[epoch]);
        }
        _checkThief(a);
    }

    /// @dev P1: every base unit is in exactly one place, and the vault has it.
    function _checkBooks(uint256 m, uint256 live) private view {
        Purse storage g = purses[m];
        BookView memory b = _readBook(assets[_assetOf(m)].share, g.vault, _epochOf(m));
        require(b.booked == g.booked, "P1: booked is not what came in less what went out");
        require(b.bondFree == g.bondFree, "P1: free bond");
        require(b.holderPool == g.holderPool, "P1: holders' pool");
        uint256 sum = b.bondFree + b.holderPool + live + g.closedReserved;
        for (uint256 i = 0; i < people.length; ++i) {
            uint256 owed = _readOwed(g.vault, g.coin, people[i]);
            require(owed == owedTo[m][people[i]], "P1: owed");
            sum += owed;
        }
        require(sum == b.booked, "P1: places do not add up to what is booked");
        if (!_can(m, REBASES)) {
            bool there = _balance(m, g.vault) + g.taken == b.booked + g.surplus;
            require(there, "P1: the vault does not have what is booked");
        }
    }

    /// @dev P2, P3 and P10 for every period that is still open; returns the money in them, by epoch.
    function _checkOpenPeriods(uint256 a) private view returns (uint256[] memory live) {
        AssetGhost storage g = assets[a];
        live = new uint256[](_epochs(a));
        for (uint256 period = g.next; period <= _period() + 5; ++period) {
            PeriodGhost storage p = periods[a][period];
            PeriodView memory v = _readPeriod(g.id, uint32(period));
            require(v.open, "P8: closed out of order");
            live[_epochAt(a, period)] += v.escrow + v.spot + v.locked;
            require(v.escrow == p.escrow && v.spot == p.spot && v.sold == p.sold, "P1: an open period's money");
            require(v.locked == p.locked, "P2: locked credit");
            if (p.sold != 0) _checkSeries(a, period, v);
            bytes32 hash = keccak256(abi.encode(_termsAt(a, period)));
            require(_readTermsHash(g.id, uint32(period)) == hash, "P10: terms changed before notice");
        }
    }

    function _checkSeries(uint256 a, uint256 period, PeriodView memory v) private view {
        PeriodGhost storage p = periods[a][period];
        (uint256 worth, uint256 units) = (0, 0);
        for (uint256 i = 0; i < p.ids.length; ++i) {
            uint256 supply = _readLeaseSupply(p.ids[i]);
            require(supply == leaseSupply[p.ids[i]], "P2: supply of a series");
            (worth, units) = (worth + supply * _priceOf(p.ids[i]), units + supply);
        }
        require(worth == v.escrow, "P2: supply times price is not the escrow");
        require(v.locked * 10_000 >= v.escrow * p.creditBps, "P2: the largest credit is not locked");
        require(units == v.sold, "P3: units sold");
        uint256 unitSeconds = _termsAt(a, period).unitSeconds;
        uint256 capacity = uint256(_devicesAt(a, period)) * L / unitSeconds;
        require(v.sold <= capacity - _termsAt(a, period).reservedForSpot, "P3: sold above capacity");
    }

    /// @dev P8: what was closed stays as it was closed, less what was redeemed; leases are those we know.
    function _checkClosedPeriods(uint256 a) private view {
        uint256[] memory reserved = new uint256[](_epochs(a));
        for (uint32 period = assets[a].openedIn; period < assets[a].next; ++period) {
            _checkClosed(a, period);
            PeriodGhost storage p = periods[a][period];
            reserved[_epochAt(a, period)] += p.reserved;
            for (uint256 i = 0; i < p.ids.length; ++i) {
                uint256 held = 0;
                for (uint256 t = 0; t < 3; ++t) {
                    uint256 units = _readLeases(_tenant(t), p.ids[i]);
                    require(units == leasesOf[p.ids[i]][_tenant(t)], "P8: leases of a tenant");
                    held += units;
                }
                require(held == leaseSupply[p.ids[i]], "P8: supply of a closed series");
            }
        }
        for (uint256 epoch = 0; epoch < reserved.length; ++epoch) {
            bool same = reserved[epoch] == purses[_purse(a, epoch)].closedReserved;
            require(same, "P1: reserved for redemptions");
        }
    }

    /// @dev P5: balances are those we know and add up to the supply; what was paid is below what was earned.
    function _checkShares(uint256 a) private view {
        uint256 sum = 0;
        for (uint256 i = 0; i < HOLDERS; ++i) {
            Holding storage h = holdings[a][people[i]];
            require(OddCoin(assets[a].share).balanceOf(people[i]) == h.balance, "P5: a holder's balance");
            sum += h.balance;
        }
        require(sum == SUPPLY, "P5: balances are not the supply");
        for (uint256 epoch = 0; epoch < _epochs(a); ++epoch) {
            uint256 m = _purse(a, epoch);
            uint256 due = 0;
            for (uint256 i = 0; i < HOLDERS; ++i) {
                due += _claimable(m, people[i]);
            }
            require(due <= purses[m].holderPool, "P5: the pool cannot pay all holders");
            require(purses[m].holderPool <= due + HOLDERS, "R26: more than one base unit of dust per holder");
        }
    }

    /// @dev R38: nobody may take coins from the product's contracts.
    function _checkAllowances(uint256 m) private view {
        Purse storage p = purses[m];
        address[6] memory holders = [
            p.vault, assets[_assetOf(m)].share, address(settlement), address(leases), address(offering), address(agent)
        ];
        for (uint256 i = 0; i < 6; ++i) {
            for (uint256 k = 0; k < 6; ++k) {
                require(OddCoin(p.coin).allowance(holders[i], holders[k]) == 0, "R38: allowance left");
            }
            require(OddCoin(p.coin).allowance(holders[i], _tenant(i)) == 0, "R38: allowance to a user");
            require(OddCoin(p.coin).allowance(holders[i], thief) == 0, "R38: allowance to the thief");
            if (i != 0) require(OddCoin(p.coin).balanceOf(holders[i]) == 0, "P1: coins outside the vault");
        }
    }

    /// @dev R36: a stolen key is worth nothing.
    function _checkThief(uint256 a) private view {
        require(OddCoin(assets[a].share).balanceOf(thief) == 0, "R36: the thief has shares");
        for (uint256 epoch = 0; epoch < _epochs(a); ++epoch) {
            uint256 m = _purse(a, epoch);
            require(_balance(m, thief) == 0, "R36: the thief has coins");
            require(_readOwed(purses[m].vault, purses[m].coin, thief) == 0, "R36: the thief is owed");
        }
    }

    /// @dev P1 in native coin: stakes, bonds, pots and what is owed are all there is, each as our books say.
    function _checkWei() private view {
        (uint256 atOracle, uint256 atDisputes) = (fallbacksLeft, challengeBonds + potsLeft);
        for (uint256 i = 0; i < stakes.length; ++i) {
            require(oracle.stakeOf(vm.addr(memberKeys[i])).amount == stakes[i], "P7: a member's stake");
            atOracle += stakes[i];
        }
        for (uint256 i = 0; i < people.length; ++i) {
            address who = people[i];
            require(oracle.owedWei(who) == owedWei[address(oracle)][who], "P1: wei owed by the oracle");
            require(disputes.owedWei(who) == owedWei[address(disputes)][who], "P1: wei owed by disputes");
            atOracle += owedWei[address(oracle)][who];
            atDisputes += owedWei[address(disputes)][who];
        }
        require(address(oracle).balance == atOracle, "P1: the oracle's wei");
        require(address(disputes).balance == atDisputes, "P1: the disputes' wei");
        require(oracle.owedWei(thief) + disputes.owedWei(thief) == 0, "R36: the thief is owed wei");
    }

    /// @dev P10, R37: members as last announced; the deployer has no role.
    function _checkRoles() private view {
        (address[] memory list, uint32 quorum) = _readMembers();
        require(quorum == memberQuorum && list.length == memberKeys.length, "P10: members changed");
        for (uint256 i = 0; i < list.length; ++i) {
            require(list[i] == vm.addr(memberKeys[i]), "P10: another member");
        }
        for (uint64 role = 0; role < 6; ++role) {
            (bool has,) = roles.hasRole(role, address(this));
            require(!has, "R37: the deployer kept a role");
        }
    }
}
