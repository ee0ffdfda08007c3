// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Stage} from "../base/Stage.sol";

/// @title Compliance and recovery, who act on shares and leases that are not theirs
abstract contract Agents is Stage {
    /// @dev An act of recovery, which stands open to see before it is done.
    struct Order {
        uint256 kind;
        uint256 a;
        uint256 id;
        address from;
        address to;
        uint256 amount;
        uint256 orderedAt;
        Act act;
    }

    uint256 private constant EXPIRY = 7 days;

    Order private _order;
    mapping(uint256 a => mapping(address => address)) private _heirs;
    uint256[] private _frozenIds;
    address[] private _frozenOf;

    /// @dev Parts of a holding, often of nothing, so that the play goes on.
    function freezeTokens(uint256 seed) external turn {
        uint256 a = _asset(seed);
        address who = people[_draw(seed, 1) % HOLDERS];
        uint256 amount = _draw(seed, 2) % 2 == 0 ? 0 : holdings[a][who].balance * (_draw(seed, 3) % 4) / 3;
        Act memory act = _freezeSharesCall(assets[a].share, who, amount);
        _refused(_outsider(), act, "R37: a stranger froze shares");
        _do(compliance, act);
        sharesFrozen[a][who] = amount;
        uint256[] storage ids = periods[a][_period() + _draw(seed, 4) % 3].ids;
        if (ids.length == 0) return _done(Action.FreezeTokens);
        uint256 id = ids[_draw(seed, 5) % ids.length];
        address tenant = _tenant(_draw(seed, 6));
        amount = _draw(seed, 7) % 2 == 0 ? 0 : _draw(seed, 8) % (leasesOf[id][tenant] + 2);
        _refused(_outsider(), _freezeLeasesCall(tenant, id, amount), "R37: a stranger froze leases");
        _do(compliance, _freezeLeasesCall(tenant, id, amount));
        if (leasesFrozen[id][tenant] == 0) {
            _frozenIds.push(id);
            _frozenOf.push(tenant);
        }
        leasesFrozen[id][tenant] = amount;
        _done(Action.FreezeTokens);
    }

    /// @dev Orders an act of recovery, has it refused before its time or cancelled by the guardian, or does it.
    function recover(uint256 seed) external turn {
        Order memory o = _order;
        if (o.orderedAt == 0) return _orderRecovery(seed);
        touched = o.a;
        Act memory execute = _executeCall(o.act);
        if (clock < o.orderedAt + HARD_END) {
            _refused(recovery, o.act, "R37: recovery did not keep its notice");
            _refused(recovery, execute, "R37: recovery did not keep its notice");
            if (_draw(seed, 1) % 8 != 0) return _idle(Action.Recover);
            _do(guardian, _cancelCall(recovery, o.act));
            _refused(recovery, execute, "R37: recovery did what was cancelled");
        } else if (clock < o.orderedAt + HARD_END + EXPIRY) {
            _refused(_outsider(), execute, "R37: a stranger acted for recovery");
            if (_recoverable(o)) _recoverNow(o, execute);
            else _refused(recovery, execute, "R39: recovery moved what may not move");
        }
        delete _order;
        _done(Action.Recover);
    }

    /// @dev At the end of a play leases are let go, so that they can be redeemed.
    function _thawLeases() internal {
        for (uint256 i = 0; i < _frozenIds.length; ++i) {
            _do(compliance, _freezeLeasesCall(_frozenOf[i], _frozenIds[i], 0));
            leasesFrozen[_frozenIds[i]][_frozenOf[i]] = 0;
        }
    }

    function _orderRecovery(uint256 seed) private {
        Order memory o;
        (o.kind, o.a, o.orderedAt) = (_draw(seed, 1) % 3, _asset(seed), clock);
        (o.from, o.to) = (people[_draw(seed, 2) % HOLDERS], people[_draw(seed, 3) % HOLDERS]);
        address share = assets[o.a].share;
        bytes32 caseId = bytes32(turns);
        o.amount = holdings[o.a][o.from].balance * (_draw(seed, 4) % 4) / 3;
        if (o.kind == 0) o.act = _forceSharesCall(share, o.from, o.to, o.amount, caseId);
        if (o.kind == 2) o.act = _recoverCall(share, o.from, o.to, caseId);
        if (o.kind == 1) {
            uint256[] storage ids = periods[o.a][_period() + 1].ids;
            if (ids.length == 0) return _idle(Action.Recover);
            (o.id, o.from, o.to) = (ids[0], _tenant(_draw(seed, 2)), _tenant(_draw(seed, 3)));
            o.amount = 1 + _draw(seed, 5) % (leasesOf[o.id][o.from] + 1);
            o.act = _forceLeasesCall(o.from, o.to, o.id, o.amount, caseId);
        }
        _refused(_outsider(), _scheduleCall(o.act), "R37: a stranger ordered a recovery");
        _do(recovery, _scheduleCall(o.act));
        _order = o;
        _done(Action.Recover);
    }

    function _recoverable(Order memory o) private view returns (bool) {
        if (o.from == o.to || _readFrozen(o.to)) return false;
        if (o.kind == 1) {
            uint256 granted = clock < _endOf(uint32(o.id >> 128)) ? leasesGranted[o.id][o.from] : 0;
            return o.amount + granted <= leasesOf[o.id][o.from];
        }
        if (!_readVerified(o.to)) return false;
        if (o.kind == 0) return o.amount <= holdings[o.a][o.from].balance;
        address heir = _heirs[o.a][o.from];
        return _heirs[o.a][o.to] == address(0) && (heir == address(0) || heir == o.to);
    }

    function _recoverNow(Order memory o, Act memory execute) private {
        _do(recovery, execute);
        if (o.kind == 1) {
            leasesOf[o.id][o.from] -= o.amount;
            leasesOf[o.id][o.to] += o.amount;
            uint256 left = leasesOf[o.id][o.from];
            leasesFrozen[o.id][o.from] = _min(left, leasesFrozen[o.id][o.from]);
            return;
        }
        mapping(address => uint256) storage frozen = sharesFrozen[o.a];
        if (o.kind == 2) {
            o.amount = holdings[o.a][o.from].balance;
            _heirs[o.a][o.from] = o.to;
            frozen[o.to] = _min(SUPPLY, frozen[o.to] + frozen[o.from]);
            frozen[o.from] = 0;
        }
        _ghostMove(o.a, o.from, o.to, o.amount);
        if (o.amount != 0) frozen[o.from] = _min(frozen[o.from], holdings[o.a][o.from].balance);
    }
}
