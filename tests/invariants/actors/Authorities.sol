// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OddCoin} from "../coins/OddCoin.sol";
import {RebasingCoin} from "../coins/Coins.sol";
import {Stage} from "../base/Stage.sol";

/// @title Compliance, guardian and the coins' issuers
abstract contract Authorities is Stage {
    uint256 private constant MAX_PAUSE = 7 days;

    /// @dev Freezes rarely and thaws often, so that the play goes on.
    function freeze(uint256 seed) external turn {
        address account = people[_draw(seed, 1) % HOLDERS];
        bool frozen = _draw(seed, 2) % 3 == 0;
        Act memory act = _setFrozenCall(account, frozen);
        _refused(_outsider(), act, "R37: a stranger froze an account");
        _do(compliance, act);
        _done(Action.Freeze);
    }

    function credential(uint256 seed) external turn {
        address account = people[_draw(seed, 1) % HOLDERS];
        if (!_readVerified(account)) {
            _passTo(clock + 1);
            _verify(account, 1_000_000_000);
        } else if (_draw(seed, 2) % 3 == 0) {
            _do(compliance, _revokeCall(account));
        }
        _done(Action.Credential);
    }

    /// @dev Pauses are short, so that the play goes on; the longest is tried and refused one second beyond.
    function pause(uint256 seed) external turn {
        uint256 limit = clock + MAX_PAUSE;
        _refused(guardian, _pauseCall(limit + 1), "R40: a pause without end");
        _refused(_outsider(), _pauseCall(clock + 1), "R37: a stranger paused sales");
        _do(guardian, _pauseCall(clock + (_draw(seed, 1) % 3 == 0 ? _draw(seed, 2) % 700 : 0)));
        _done(Action.Pause);
    }

    /// @dev Issuers use whatever power their coin gives them, and undo it more often than not.
    function coinPower(uint256 seed) external turn {
        uint256 m = _drawPurse(_asset(seed), seed);
        address coin = purses[m].coin;
        bool harsh = _draw(seed, 1) % 3 == 0;
        if (_can(m, REBASES)) _rebase(m, seed);
        else if (_can(m, PAUSABLE) && _draw(seed, 2) % 2 == 0) _tell(coin, "setPaused(bool)", harsh);
        else if (_can(m, BLACKLISTS)) _blacklist(m, seed, harsh);
        else if (_can(m, SEIZABLE)) _seize(m, seed);
        else return _idle(Action.CoinPower);
        _done(Action.CoinPower);
    }

    /// @dev The issuer gives back what it took and lets everybody be.
    function _makeGood(uint256 m) internal {
        Purse storage g = purses[m];
        if (_can(m, PAUSABLE)) _tell(g.coin, "setPaused(bool)", false);
        if (_can(m, BLACKLISTS)) {
            _tellOf(g.coin, g.vault, false);
            for (uint256 i = 0; i < people.length; ++i) {
                _tellOf(g.coin, people[i], false);
            }
        }
        if (_can(m, REBASES)) {
            RebasingCoin(g.coin).rebase(1e18);
            OddCoin(g.coin).mint(g.vault, g.booked);
        }
        if (g.taken != 0) OddCoin(g.coin).mint(g.vault, g.taken);
        g.taken = 0;
    }

    function _blacklist(uint256 m, uint256 seed, bool harsh) private {
        uint256 who = _draw(seed, 3) % (people.length + 1);
        _tellOf(purses[m].coin, who == people.length ? purses[m].vault : people[who], harsh);
    }

    function _seize(uint256 m, uint256 seed) private {
        Purse storage g = purses[m];
        uint256 amount = _draw(seed, 3) % 2 == 0 ? 0 : _draw(seed, 4) % (_balance(m, g.vault) + 1);
        if (amount == 0 && g.taken != 0) {
            OddCoin(g.coin).mint(g.vault, g.taken);
            g.taken = 0;
        }
        if (amount != 0 && _draw(seed, 5) % 4 == 0) {
            OddCoin(g.coin).seize(g.vault, amount);
            g.taken += amount;
        }
    }

    function _rebase(uint256 m, uint256 seed) private {
        uint256 index = RebasingCoin(purses[m].coin).index();
        RebasingCoin(purses[m].coin).rebase(index * (95 + _draw(seed, 3) % 12) / 100 + 1);
    }

    function _tell(address coin, string memory signature, bool value) private {
        (bool ok,) = coin.call(abi.encodeWithSignature(signature, value));
        require(ok, "the issuer has this power");
    }

    function _tellOf(address coin, address account, bool value) private {
        (bool ok,) = coin.call(abi.encodeWithSignature("setBlacklisted(address,bool)", account, value));
        require(ok, "the issuer has this power");
    }
}
