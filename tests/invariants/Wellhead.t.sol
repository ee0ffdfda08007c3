// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Coins} from "./base/Coins.sol";
import {Suite} from "./base/Suite.sol";

/// @notice Coins as they are in use.
contract UsualCoins is Suite {
    function _addAssets() internal override {
        play.add(Coins.Coin.Stablecoin);
        play.add(Coins.Coin.ZeroDecimals);
        play.add(Coins.Coin.EighteenDecimals);
        play.add(Coins.Coin.NoReturn);
    }
}

/// @notice Coins whose issuers stop, take or change them.
contract IssuersCoins is Suite {
    function _addAssets() internal override {
        play.add(Coins.Coin.Pausable);
        play.add(Coins.Coin.Blacklist);
        play.add(Coins.Coin.Rebasing);
        play.add(Coins.Coin.Seizable);
    }
}

/// @notice Coins that do something else than they should.
contract HostileCoins is Suite {
    function _addAssets() internal override {
        play.add(Coins.Coin.Hooks);
        play.add(Coins.Coin.False);
        play.add(Coins.Coin.ReturnBomb);
        play.add(Coins.Coin.Fee);
        play.add(Coins.Coin.GasBurner);
    }
}
