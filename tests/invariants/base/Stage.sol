// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAssetRegistry, Terms} from "../../../contracts/interfaces/IAssetRegistry.sol";
import {OddCoin} from "../coins/OddCoin.sol";
import {ContractTenant} from "./ContractTenant.sol";
import {Telemetry} from "./Telemetry.sol";
import {vm} from "./Vm.sol";

/// @title How an actor's turn is played: a call that must succeed, one that must be refused, one that may be either
abstract contract Stage is Telemetry {
    /// @dev What an actor can do; figures are counted by it.
    enum Action {
        Offer,
        CloseOffer,
        DepositBond,
        WithdrawBond,
        AnnounceTerms,
        AnnounceDevices,
        AnnounceMaintenance,
        Buy,
        TransferLease,
        Redeem,
        TransferShares,
        ClaimRevenue,
        DepositSpot,
        Post,
        Close,
        Claim,
        ClaimBatch,
        Freeze,
        Credential,
        Pause,
        CoinPower,
        Adversary,
        PassTime,
        RecognizeLoss,
        StartEpoch,
        Challenge,
        Resolve,
        Prove,
        ClaimWei,
        Fallback,
        Missed,
        Reprice,
        Grant,
        FreezeTokens,
        PushRevenue,
        Recover
    }

    /// @dev Of every asset's terms, in periods.
    uint256 internal constant NOTICE = 1;
    uint256 internal constant ACTIONS = 36;

    /// @dev No call may need more than this, whatever its coin does.
    uint256 private constant BLOCK_GAS = 30_000_000;

    /// @dev Turns that did something, turns that found nothing to do, and calls that were refused as they must be.
    uint256[ACTIONS] internal done;
    uint256[ACTIONS] internal idle;
    uint256 internal refusals;

    /// @dev Asset that the last turn moved; what is checked after every call.
    uint256 internal touched;
    uint256 internal turns;

    /// @dev Signatures that a report needs, as it was last changed after notice.
    uint256 internal memberQuorum = QUORUM;

    ContractTenant internal contractTenant;

    modifier turn() {
        vm.warp(clock);
        ++turns;
        _;
    }

    /// @dev An epoch of the asset, the newest more often than not.
    function _drawPurse(uint256 a, uint256 seed) internal view returns (uint256 m) {
        uint256 last = _epochs(a) - 1;
        return _purse(a, _draw(seed, 0xe90c) % 2 == 0 ? last : _draw(seed, 0xe90d) % (last + 1));
    }

    function _asset(uint256 seed) internal returns (uint256 a) {
        a = _draw(seed, 0xa55e7) % assets.length;
        touched = a;
    }

    function _done(Action action) internal {
        ++done[uint256(action)];
    }

    function _idle(Action action) internal {
        ++idle[uint256(action)];
    }

    /// @dev Must succeed; the run fails with the contract's own error if not.
    function _do(address by, Act memory act) internal returns (bytes memory answer) {
        bool ok;
        vm.prank(by);
        (ok, answer) = act.target.call{gas: BLOCK_GAS}(act.data);
        if (ok) return answer;
        assembly ("memory-safe") {
            revert(add(answer, 0x20), mload(answer))
        }
    }

    function _refused(address by, Act memory act, string memory broken) internal {
        vm.prank(by);
        (bool ok,) = act.target.call{gas: BLOCK_GAS}(act.data);
        require(!ok, broken);
        ++refusals;
    }

    function _doPaying(address by, Act memory act, uint256 value) internal {
        vm.deal(by, by.balance + value);
        vm.prank(by);
        (bool ok, bytes memory answer) = act.target.call{gas: BLOCK_GAS, value: value}(act.data);
        if (ok) return;
        assembly ("memory-safe") {
            revert(add(answer, 0x20), mload(answer))
        }
    }

    function _refusedPaying(address by, Act memory act, uint256 value, string memory broken) internal {
        vm.deal(by, by.balance + value);
        vm.prank(by);
        (bool ok,) = act.target.call{gas: BLOCK_GAS, value: value}(act.data);
        require(!ok, broken);
        ++refusals;
    }

    function _may(address by, Act memory act) internal returns (bool ok) {
        vm.prank(by);
        (ok,) = act.target.call{gas: BLOCK_GAS}(act.data);
        if (!ok) ++refusals;
    }

    /// @dev Money into an asset's vault: it must come in if the coin moves and takes no fee, and not otherwise.
    function _payIn(uint256 m, address by, Act memory act) internal returns (bool ok) {
        return _payInBy(m, by, by, act);
    }

    /// @dev `caller` brings what `by` pays.
    function _payInBy(uint256 m, address by, address caller, Act memory act) internal returns (bool ok) {
        _approve(m, by);
        if (purses[m].impaired) _refused(caller, act, "P1: money went into a vault that cannot pay what it owes");
        else if (_readPaused()) _refused(caller, act, "R40: sold or deposited while paused");
        else if (_can(m, REBASES)) return _may(caller, act);
        else if (_can(m, TAKES_FEE)) _refused(caller, act, "R32: less came in than was booked");
        else if (!_coinMoves(m, by)) _refused(caller, act, "P1: booked what the coin did not move");
        else if (_balance(m, purses[m].vault) < _readBooked(purses[m].vault)) {
            _refused(caller, act, "P1: paid in for a loss that nobody has recognized");
        } else {
            _do(caller, act);
            return true;
        }
    }

    // --- setting up ---------------------------------------------------------------------------------------

    function _begin() internal {
        contractTenant = new ContractTenant();
        _assemble(address(contractTenant));
        clock = GENESIS + 10 * L;
        vm.warp(clock);
        _deploy();
        versionSince.push(clock);
        for (uint256 i = 0; i < memberKeys.length; ++i) {
            stakes[i] = STAKE;
            _stake(vm.addr(memberKeys[i]), STAKE);
        }
        for (uint256 i = 0; i < HOLDERS; ++i) {
            _verify(people[i], 1_000_000_000);
        }
    }

    /// @dev Plain terms; `style` makes them odd.
    function _plainTerms(address coin, uint256 style) internal pure returns (Terms memory t) {
        (t.rulesVersion, t.evidence, t.unitSeconds) = (1, 1, style % 2 == 0 ? 100 : 7);
        (t.feeBps, t.holderBps) = style == 1 ? (0, 10_000) : (200, 4_000);
        (t.creditBps, t.graceBps) = style == 1 ? (10_000, 0) : (2_000, 50);
        (t.maxWatts, t.ratedWatts, t.maxWorkPerSecond) = (1_000, 700, 1_000);
        (t.tariffPerKwh, t.reservedForSpot) = (style == 3 ? 0 : 100_000, style == 2 ? 5 : 0);
        (t.noticePeriods, t.maintenanceSecondsPerYear) = (1, 8_000);
        if (style == 2) (t.workMetric, t.ratedWork, t.ratedJoules) = (bytes32("tokens"), 1_000, 300);
        t.stablecoin = coin;
    }

    function _addAsset(address coin, uint256 powers, uint256 kind) internal {
        uint256 a = assets.length;
        address owner = people[a % OWNERS];
        Terms memory terms = _plainTerms(coin, a % 4);
        uint32 devices = uint32(1 + (a % 4) * 3);
        _allowCoin(coin, 1);
        uint32 id = _register(owner, terms, devices, _deviceRoot(devices));
        (address vault, address share) = _open(id, terms);
        AssetGhost storage g = assets.push();
        (g.id, g.openedIn, g.next, g.owner) = (id, _period(), _period(), owner);
        (g.share, g.kind) = (share, kind);
        termsVersions[a].push(TermsVersion(_period(), terms));
        devicesVersions[a].push(DevicesVersion(_period(), devices));
        holdings[a][owner] = Holding(GENESIS + uint256(_period()) * L, SUPPLY);
        _addEpoch(a, _period(), vault, coin, powers);
    }

    function _addEpoch(uint256 a, uint32 from, address vault, address coin, uint256 powers) internal {
        Purse storage p = purses[_purse(a, _epochs(a))];
        (p.vault, p.coin, p.powers) = (vault, coin, powers);
        assets[a].froms.push(from);
        for (uint256 i = 0; i < people.length; ++i) {
            if (OddCoin(coin).balanceOf(people[i]) == 0) OddCoin(coin).mint(people[i], 1e30);
        }
    }

    /// @dev Some coins refuse even this while they are stopped, so it is done when the coin moves.
    function _approve(uint256 m, address by) internal {
        Purse storage p = purses[m];
        if (OddCoin(p.coin).allowance(by, p.vault) != 0 || !_coinMoves(m, by)) return;
        vm.prank(by);
        OddCoin(p.coin).approve(p.vault, type(uint256).max);
    }
}
