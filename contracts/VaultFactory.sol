// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {Vault} from "./Vault.sol";
import {IAssetRegistry} from "./interfaces/IAssetRegistry.sol";
import {ICoinRegistry, IssuerStatus} from "./interfaces/ICoinRegistry.sol";
import {IRevenueShare} from "./interfaces/IRevenueShare.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";
import {IVault} from "./interfaces/IVault.sol";
import {IVaultFactory} from "./interfaces/IVaultFactory.sol";

/// @title VaultFactory
contract VaultFactory is IVaultFactory {
    using SafeCast for uint256;

    ISettlement public immutable settlement;
    IAssetRegistry public immutable registry;
    ICoinRegistry public immutable coins;
    address public immutable shareImplementation;

    modifier onlySettlement() {
        require(msg.sender == address(settlement), NotSettlement(msg.sender));
        _;
    }

    constructor(ISettlement settlement_, IAssetRegistry registry_, ICoinRegistry coins_, address shareImplementation_) {
        (settlement, registry) = (settlement_, registry_);
        (coins, shareImplementation) = (coins_, shareImplementation_);
    }

    /// @inheritdoc IVaultFactory
    function open(uint32 assetId, bytes32 termsHash, address coin)
        external
        onlySettlement
        returns (Opening memory o)
    {
        require(registry.isActive(assetId), NotActive(assetId));
        o.fromPeriod = registry.currentPeriod();
        bytes32 inForce = registry.termsHashAt(assetId, o.fromPeriod);
        require(termsHash == inForce, WrongTerms(termsHash, inForce));
        require(coins.statusOf(coin) != IssuerStatus.NotAllowed, CoinNotAllowed(coin));
        o.owner = registry.ownerOf(assetId);
        o.share = Clones.cloneDeterministic(shareImplementation, bytes32(uint256(assetId)));
        o.vault = _createVault(assetId, 0, o.share, coin);
    }

    /// @inheritdoc IVaultFactory
    function renew(uint32 assetId, address coin, address caller)
        external
        onlySettlement
        returns (address vault, uint32 fromPeriod)
    {
        address owner = registry.ownerOf(assetId);
        require(caller == owner, NotOwner(assetId, caller, owner));
        ISettlement.Asset memory a = settlement.assetOf(assetId);
        require(a.epochFrom <= registry.currentPeriod(), EpochPending(assetId, a.epoch, a.epochFrom));
        (ISettlement.Funds memory funds,) = settlement.fundsOf(a.vault);
        address present = IVault(a.vault).coin();
        require(coin != present || funds.impaired, SameCoin(coin));
        _requireSuccessor(present, coin);
        fromPeriod = registry.changeableFrom(assetId, !funds.impaired);
        vault = _createVault(assetId, uint32(a.epoch) + 1, a.share, coin);
    }

    /// @inheritdoc IVaultFactory
    function weigh(address vault, uint32 epoch) external view returns (uint128 balance, uint128 obligations) {
        (ISettlement.Funds memory funds,) = settlement.fundsOf(vault);
        uint256 claimed = funds.booked + IRevenueShare(IVault(vault).share()).outstandingOf(epoch);
        uint256 held = IERC20(IVault(vault).coin()).balanceOf(vault);
        require(held < claimed || funds.impaired, NoLoss(vault, held, claimed));
        return held < claimed ? (held.toUint128(), claimed.toUint128()) : (uint128(1), uint128(1));
    }

    function _createVault(uint32 assetId, uint32 epoch, address share, address coin) private returns (address) {
        bytes32 salt = bytes32(uint256(assetId) << 32 | epoch);
        return address(new Vault{salt: salt}(address(settlement), share, coin));
    }

    /// @dev Tenants and holders are not moved to a coin of a weaker standing, unless theirs is not allowed any more.
    function _requireSuccessor(address present, address coin) private view {
        ICoinRegistry.Coin memory old = coins.coinOf(present);
        ICoinRegistry.Coin memory next = coins.coinOf(coin);
        require(next.status != IssuerStatus.NotAllowed, CoinNotAllowed(coin));
        require(next.status >= old.status, WeakerCoin(coin, next.status, old.status));
        require(next.decimals == old.decimals, OtherDecimals(coin, next.decimals, old.decimals));
    }
}
