// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {Sequenced} from "./Sequenced.sol";
import {IAssetRegistry, Terms} from "./interfaces/IAssetRegistry.sol";
import {IIdentityRegistry} from "./interfaces/IIdentityRegistry.sol";
import {ILeaseToken} from "./interfaces/ILeaseToken.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";
import {LeaseId} from "./libraries/LeaseId.sol";

/// @title LeaseToken
contract LeaseToken is ILeaseToken, ERC1155, Sequenced, ReentrancyGuardTransient {
    IAssetRegistry public immutable registry;
    IIdentityRegistry public immutable identities;
    ISettlement public immutable settlement;

    Offer[] private _offers;

    /// @inheritdoc ILeaseToken
    mapping(uint256 id => uint256) public totalSupply;

    constructor(IAssetRegistry registry_, IIdentityRegistry identities_, ISettlement settlement_) ERC1155("") {
        (registry, identities, settlement) = (registry_, identities_, settlement_);
    }

    /// @inheritdoc ILeaseToken
    function offer(uint32 assetId, uint32 fromPeriod, uint32 toPeriod, uint128 price)
        external
        returns (uint256 offerId)
    {
        _requireOwner(assetId);
        require(fromPeriod <= toPeriod, PeriodsOutOfOrder(fromPeriod, toPeriod));
        require(price != 0, ZeroPrice());
        offerId = _offers.length;
        _offers.push(Offer(assetId, fromPeriod, toPeriod, true, price));
        emit OfferMade(_nextSequence(), offerId, assetId, fromPeriod, toPeriod, price);
    }

    /// @inheritdoc ILeaseToken
    function closeOffer(uint256 offerId) external {
        require(offerId < _offers.length, UnknownOffer(offerId, _offers.length));
        _requireOwner(_offers[offerId].assetId);
        _offers[offerId].open = false;
        emit OfferClosed(_nextSequence(), offerId);
    }

    /// @inheritdoc ILeaseToken
    function buy(uint256 offerId, uint32 period, uint64 units, address to, Terms calldata terms)
        external
        nonReentrant
        returns (uint256 id)
    {
        require(offerId < _offers.length, UnknownOffer(offerId, _offers.length));
        Offer memory o = _offers[offerId];
        bool offered = o.open && period >= o.fromPeriod && period <= o.toPeriod;
        require(offered, NotOffered(offerId, period, o.fromPeriod, o.toPeriod));
        settlement.bookSale(ISettlement.Sale(o.assetId, period, msg.sender, units, o.price), terms);
        id = LeaseId.encode(o.assetId, period, o.price);
        totalSupply[id] += units;
        _mint(to, id, units, "");
    }

    /// @inheritdoc ILeaseToken
    function burn(address holder, uint256 id, uint256 units) external {
        require(msg.sender == address(settlement), NotSettlement(msg.sender));
        _burn(holder, id, units);
        totalSupply[id] -= units;
    }

    /// @inheritdoc ILeaseToken
    function offerOf(uint256 offerId) external view returns (Offer memory) {
        require(offerId < _offers.length, UnknownOffer(offerId, _offers.length));
        return _offers[offerId];
    }

    /// @dev Every movement, minting and burning included, passes here: a frozen account's leases stand still.
    function _update(address from, address to, uint256[] memory ids, uint256[] memory values) internal override {
        require(!identities.isFrozen(from), AccountFrozen(from));
        require(!identities.isFrozen(to), AccountFrozen(to));
        super._update(from, to, ids, values);
    }

    function _requireOwner(uint32 assetId) private view {
        address owner = registry.ownerOf(assetId);
        require(msg.sender == owner, NotOwner(assetId, msg.sender, owner));
    }
}
