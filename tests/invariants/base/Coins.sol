// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TestStablecoin} from "../../../contracts/mocks/TestStablecoin.sol";
import {
    BlacklistCoin,
    EighteenDecimalsCoin,
    FalseCoin,
    FeeCoin,
    GasBurnerCoin,
    HookCoin,
    NoReturnCoin,
    PausableCoin,
    RebasingCoin,
    ReturnBombCoin,
    ZeroDecimalsCoin
} from "../coins/Coins.sol";
import {OddCoin} from "../coins/OddCoin.sol";
import {Books} from "./Books.sol";

/// @title The coins that assets are paid in, and what each can do to us
abstract contract Coins is Books {
    enum Coin {
        Stablecoin,
        ZeroDecimals,
        EighteenDecimals,
        NoReturn,
        Pausable,
        Blacklist,
        Fee,
        False,
        Rebasing,
        Hooks,
        ReturnBomb,
        Seizable,
        GasBurner
    }

    function _coin(Coin coin) internal returns (address at, uint256 powers) {
        if (coin == Coin.Stablecoin) return (address(new TestStablecoin()), PAUSABLE | BLACKLISTS);
        if (coin == Coin.ZeroDecimals) return (address(new ZeroDecimalsCoin()), 0);
        if (coin == Coin.EighteenDecimals) return (address(new EighteenDecimalsCoin()), 0);
        if (coin == Coin.NoReturn) return (address(new NoReturnCoin()), 0);
        if (coin == Coin.Pausable) return (address(new PausableCoin()), PAUSABLE);
        if (coin == Coin.Blacklist) return (address(new BlacklistCoin()), BLACKLISTS);
        if (coin == Coin.Fee) return (address(new FeeCoin()), TAKES_FEE);
        if (coin == Coin.False) return (address(new FalseCoin()), BLACKLISTS);
        if (coin == Coin.Rebasing) return (address(new RebasingCoin()), REBASES);
        if (coin == Coin.Hooks) return (address(new HookCoin()), 0);
        if (coin == Coin.ReturnBomb) return (address(new ReturnBombCoin()), BLACKLISTS);
        if (coin == Coin.GasBurner) return (address(new GasBurnerCoin()), BLACKLISTS);
        return (address(new EighteenDecimalsCoin()), SEIZABLE);
    }
}
