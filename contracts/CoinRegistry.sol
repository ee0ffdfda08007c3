// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";

import {Sequenced} from "./Sequenced.sol";
import {ICoinRegistry, IssuerStatus} from "./interfaces/ICoinRegistry.sol";

/// @title CoinRegistry
contract CoinRegistry is ICoinRegistry, AccessManaged, Sequenced {
    uint8 private constant MAX_DECIMALS = 18;

    mapping(address coin => Coin) private _coins;

    constructor(address authority_) AccessManaged(authority_) {}

    /// @inheritdoc ICoinRegistry
    function setCoinStatus(address coin, IssuerStatus status, bytes32 attestation) external restricted {
        require(coin.code.length != 0, NotAContract(coin));
        // a coin that broke can still be disallowed
        uint8 decimals = _coins[coin].decimals;
        if (status != IssuerStatus.NotAllowed) decimals = IERC20Metadata(coin).decimals();
        require(decimals <= MAX_DECIMALS, DecimalsOutOfRange(coin, decimals, MAX_DECIMALS));
        _coins[coin] = Coin(status, decimals, attestation);
        emit CoinStatusUpdated(_nextSequence(), coin, status, decimals, attestation);
    }

    /// @inheritdoc ICoinRegistry
    function statusOf(address coin) external view returns (IssuerStatus) {
        return _coins[coin].status;
    }

    /// @inheritdoc ICoinRegistry
    function coinOf(address coin) external view returns (Coin memory) {
        return _coins[coin];
    }
}
