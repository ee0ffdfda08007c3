// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Stage} from "../base/Stage.sol";
import {vm} from "../base/Vm.sol";

/// @title Somebody who holds one stolen key, and uses it for whatever that key can do
/// @notice Which key is drawn once per run. What it can do follows from the role; everything else must be refused,
/// and the thief never has a coin, a share or a lease (checked with the invariants).
abstract contract Adversary is Stage {
    uint256 private constant KEYS = 10;

    /// @dev 0 = not drawn yet; else one more than the key's place in `_holder`.
    uint256 internal stolen;
    uint256 private _scheduledAt;
    uint32 private _scheduledQuorum;

    function adversary(uint256 seed) external turn {
        if (stolen == 0) stolen = 1 + _draw(seed, 7) % KEYS;
        address holder = _holder(stolen - 1);
        _tryForbidden(holder, seed);
        _tryOthersPowers(holder, seed);
        if (stolen == 1) _asRegistrar(seed);
        if (stolen == 2) _asCompliance(seed);
        if (stolen == 3) _do(guardian, _pauseCall(clock + _draw(seed, 9) % 1_500));
        if (stolen == 4) _asAdmin(seed);
        if (stolen == 5) _asAttestor();
        if (stolen == 10) _asRecovery(seed);
        _done(Action.Adversary);
    }

    /// @dev Registrar, compliance, guardian, admin, attestor, a member, the deployer, the protocol's purse, nobody,
    /// recovery.
    function _holder(uint256 key) private view returns (address) {
        if (key == 0) return registrar;
        if (key == 1) return compliance;
        if (key == 2) return guardian;
        if (key == 3) return admin;
        if (key == 4) return attestor;
        if (key == 5) return vm.addr(memberKeys[0]);
        if (key == 6) return address(this);
        if (key == 7) return protocol;
        return key == 8 ? thief : recovery;
    }

    function _tryForbidden(address holder, uint256 seed) private {
        uint256 a = _asset(seed);
        Purse storage p = purses[_drawPurse(a, seed)];
        Act memory act = _forbidden(_draw(seed, 1) % 6, p.vault, p.coin, assets[a].id, thief);
        _refused(holder, act, "R36: a key did what no key may");
    }

    /// @dev Of the restricted functions, only its own.
    function _tryOthersPowers(address holder, uint256 seed) private {
        uint256 which = _draw(seed, 2) % 4;
        address coin = purses[_drawPurse(touched, seed)].coin;
        if (which == 0 && holder != registrar) _refused(holder, _coinStatusCall(coin, 0), "R37: registrar's power");
        if (which == 1 && holder != compliance) {
            _refused(holder, _setFrozenCall(thief, true), "R37: compliance's power");
        }
        if (which == 2 && holder != guardian) _refused(holder, _pauseCall(clock + 1), "R37: guardian's power");
        if (which == 3) _refused(holder, _setMembersCall(_thieves(), 1), "P10: members changed without delay");
    }

    function _asRegistrar(uint256 seed) private {
        AssetGhost storage g = assets[touched];
        _do(registrar, _coinStatusCall(purses[_drawPurse(touched, seed)].coin, uint8(_draw(seed, 3) % 4)));
        _refused(registrar, _activateCall(g.id), "P8: activated twice");
    }

    function _asCompliance(uint256 seed) private {
        address account = people[_draw(seed, 3) % people.length];
        if (_draw(seed, 4) % 2 == 0) _do(compliance, _setFrozenCall(account, _draw(seed, 5) % 2 == 0));
        else _do(compliance, _revokeCall(account));
    }

    /// @dev Rotates the quorum, for members are changed with a delay that outlasts every window.
    function _asAdmin(uint256 seed) private {
        if (_scheduledAt == 0) {
            _scheduledQuorum = uint32(2 + _draw(seed, 3) % 2);
            _scheduledAt = clock;
            Act memory act = _setMembersCall(_memberList(), _scheduledQuorum);
            _do(admin, Act(address(roles), abi.encodeCall(roles.schedule, (act.target, act.data, 0))));
            return;
        }
        Act memory change = _setMembersCall(_memberList(), _scheduledQuorum);
        Act memory execute = Act(address(roles), abi.encodeCall(roles.execute, (change.target, change.data)));
        if (clock < _scheduledAt + HARD_END + 1) return _refused(admin, execute, "P10: members changed before notice");
        if (clock < _scheduledAt + HARD_END + 1 + 7 days) {
            _do(admin, execute);
            memberQuorum = _scheduledQuorum;
            versionSince.push(clock);
        }
        _scheduledAt = 0;
    }

    function _asAttestor() private {
        if (_readVerified(thief)) return;
        _passTo(clock + 1);
        _verify(thief, 1_000_000_000);
    }

    /// @dev Whatever recovery orders can be seen before it is done, and the guardian cancels it.
    function _asRecovery(uint256 seed) private {
        address victim = people[_draw(seed, 3) % HOLDERS];
        address share = assets[touched].share;
        Act memory act = _draw(seed, 4) % 2 == 0
            ? _forceSharesCall(share, victim, thief, 1, bytes32(turns | 1 << 128))
            : _recoverCall(share, victim, thief, bytes32(turns | 1 << 128));
        _refused(recovery, act, "R36: shares were taken without notice");
        _do(recovery, _scheduleCall(act));
        _refused(recovery, _executeCall(act), "R36: shares were taken without notice");
        _do(guardian, _cancelCall(recovery, act));
        _refused(recovery, _executeCall(act), "R36: shares were taken by what was cancelled");
    }

    function _thieves() private view returns (address[] memory list) {
        list = new address[](1);
        list[0] = thief;
    }
}
