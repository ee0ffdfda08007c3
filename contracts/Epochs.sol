// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Payouts} from "./Payouts.sol";
import {Periods} from "./Periods.sol";
import {IAssetRegistry, Terms} from "./interfaces/IAssetRegistry.sol";
import {IRevenueShare} from "./interfaces/IRevenueShare.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";
import {IVaultFactory} from "./interfaces/IVaultFactory.sol";
import {FundsWord} from "./libraries/FundsWord.sol";
import {TermsHash} from "./libraries/TermsHash.sol";

/// @title Which vault an asset's periods use, and the bond that lies there
/// @notice One idea serves a switch of currency and a loss: from some period on, money goes to a new vault, and
/// what lies in the old one is paid from there.
abstract contract Epochs is Payouts, Periods {
    /// @notice An epoch's vault and first period.
    struct Start {
        address vault;
        uint32 fromPeriod;
    }

    IAssetRegistry public immutable registry;
    IVaultFactory public immutable vaults;

    mapping(uint32 assetId => Asset) internal _assets;
    mapping(uint32 assetId => mapping(uint256 epoch => Start)) private _epochs;

    constructor(IAssetRegistry registry_, IVaultFactory vaults_)
        Periods(registry_.genesis(), registry_.periodSeconds())
    {
        (registry, vaults) = (registry_, vaults_);
    }

    /// @inheritdoc ISettlement
    function openAsset(uint32 assetId, Terms calldata terms) external returns (address vault, address share) {
        if (_assets[assetId].vault != address(0)) revert AlreadyOpen(assetId);
        IVaultFactory.Opening memory o = vaults.open(assetId, TermsHash.hashOf(terms), terms.stablecoin);
        (vault, share) = (o.vault, o.share);
        (_assets[assetId].share, _assets[assetId].nextPeriod) = (share, o.fromPeriod);
        _enter(assetId, 0, vault, o.fromPeriod);
        emit AssetOpened(_nextSequence(), assetId, vault, share, terms.stablecoin, o.fromPeriod);
        IRevenueShare(share).initialize(assetId, o.owner, o.fromPeriod, vault, terms.stablecoin);
    }

    /// @inheritdoc ISettlement
    function startEpoch(uint32 assetId, address coin) external {
        Asset storage a = _open(assetId);
        (address vault, uint32 fromPeriod) = vaults.renew(assetId, coin, msg.sender);
        uint16 epoch = a.epoch + 1;
        _enter(assetId, epoch, vault, fromPeriod);
        emit EpochStarted(_nextSequence(), assetId, epoch, fromPeriod, vault, coin);
        IRevenueShare(a.share).startEpoch(fromPeriod, vault, coin);
    }

    /// @inheritdoc ISettlement
    function recognizeLoss(uint32 assetId, uint32 epoch) external nonReentrant {
        address vault = _vaultOfEpoch(assetId, epoch);
        (uint128 balance, uint128 obligations) = vaults.weigh(vault, epoch);
        _funds[vault] = _funds[vault].withImpaired(balance < obligations);
        _losses[vault] = Loss(balance, obligations);
        emit LossRecognized(_nextSequence(), assetId, epoch, balance, obligations);
        IRevenueShare(_assets[assetId].share).impair(epoch, balance, obligations);
    }

    /// @inheritdoc ISettlement
    function depositBond(uint32 assetId, uint32 epoch, uint128 amount) external nonReentrant {
        uint64 number = _nextWhileSelling();
        address vault = _vaultOfEpoch(assetId, epoch);
        uint256 booked = _bookIn(vault, amount, 0);
        FundsWord funds = _funds[vault];
        _funds[vault] = funds.having(funds.booked(), funds.bondFree() + amount);
        emit BondDeposited(number, assetId, epoch, msg.sender, amount);
        _pull(vault, msg.sender, amount, booked);
    }

    /// @inheritdoc ISettlement
    function withdrawBond(uint32 assetId, uint32 epoch, uint128 amount) external nonReentrant {
        address owner = registry.ownerOf(assetId);
        if (msg.sender != owner) revert NotOwner(assetId, msg.sender, owner);
        _requireNotFrozen(owner);
        address vault = _vaultOfEpoch(assetId, epoch);
        uint256 paid = _bookOut(vault, owner, amount, amount);
        emit BondWithdrawn(_nextSequence(), assetId, epoch, owner, amount, paid);
        _push(vault, _coinOf(vault), owner, paid);
    }

    /// @inheritdoc ISettlement
    function assetOf(uint32 assetId) external view returns (Asset memory) {
        return _assets[assetId];
    }

    /// @inheritdoc ISettlement
    function vaultOfEpoch(uint32 assetId, uint32 epoch) external view returns (address vault, uint32 fromPeriod) {
        vault = _vaultOfEpoch(assetId, epoch);
        fromPeriod = _epochs[assetId][epoch].fromPeriod;
    }

    /// @inheritdoc ISettlement
    function vaultOf(uint32 assetId, uint32 period) external view returns (address vault, address coin) {
        vault = _vaultOf(assetId, period);
        coin = _coinOf(vault);
    }

    function _open(uint32 assetId) internal view returns (Asset storage a) {
        a = _assets[assetId];
        if (a.vault == address(0)) revert NotOpen(assetId);
    }

    /// @dev Where the money of a period lies, by binary search: the number of epochs must not be able to make
    /// redeeming dear.
    function _vaultOf(uint32 assetId, uint256 period) internal view returns (address) {
        Asset storage a = _assets[assetId];
        (address vault, uint32 epochFrom) = (a.vault, a.epochFrom);
        if (vault == address(0)) revert NotOpen(assetId);
        if (period >= epochFrom) return vault;
        (uint256 epoch, uint256 end) = (0, a.epoch);
        while (epoch + 1 < end) {
            uint256 middle = (epoch + end) / 2;
            if (_epochs[assetId][middle].fromPeriod <= period) epoch = middle;
            else end = middle;
        }
        return _epochs[assetId][epoch].vault;
    }

    function _enter(uint32 assetId, uint16 epoch, address vault, uint32 fromPeriod) private {
        Asset storage a = _assets[assetId];
        (a.vault, a.epochFrom, a.epoch) = (vault, fromPeriod, epoch);
        Start storage start = _epochs[assetId][epoch];
        (start.vault, start.fromPeriod) = (vault, fromPeriod);
    }

    function _vaultOfEpoch(uint32 assetId, uint32 epoch) private view returns (address) {
        uint32 newest = _open(assetId).epoch;
        if (epoch > newest) revert UnknownEpoch(assetId, epoch, newest);
        return _epochs[assetId][epoch].vault;
    }
}
