// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

import {LeaseHoldings} from "./LeaseHoldings.sol";
import {LeaseOffers} from "./LeaseOffers.sol";
import {LeaseSupplies} from "./LeaseSupplies.sol";
import {Periods} from "./Periods.sol";
import {IAssetRegistry} from "./interfaces/IAssetRegistry.sol";
import {IERC20PermitBytes} from "./interfaces/IERC20PermitBytes.sol";
import {IERC5006} from "./interfaces/IERC5006.sol";
import {IERC7943MultiToken} from "./interfaces/IERC7943MultiToken.sol";
import {IIdentityRegistry} from "./interfaces/IIdentityRegistry.sol";
import {ILeaseOffers} from "./interfaces/ILeaseOffers.sol";
import {ILeaseToken} from "./interfaces/ILeaseToken.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";
import {OfferWord} from "./libraries/OfferWord.sol";

/// @title LeaseToken
contract LeaseToken is LeaseSupplies {
    bytes32 private constant ORDER_TYPEHASH = keccak256(
        "Order(uint256 offerId,uint32 fromPeriod,uint32 count,uint40 units,address to,uint128 price,bytes32 salt)"
    );
    uint256 private constant MAX_RUN = 100;
    uint256 private constant SIGNATURE_BYTES = 65;

    /// @inheritdoc ILeaseToken
    ILeaseOffers public immutable offers;

    mapping(uint256 offerId => OfferWord) private _offers;

    constructor(IAssetRegistry registry, IIdentityRegistry identities_, ISettlement settlement_)
        LeaseHoldings(identities_)
        LeaseSupplies(settlement_)
        Periods(registry.genesis(), registry.periodSeconds())
    {
        offers = new LeaseOffers(registry, settlement_);
    }

    /// @inheritdoc ILeaseToken
    function setOffer(uint256 offerId, OfferWord word) external {
        require(msg.sender == address(offers), NotOffers(msg.sender));
        _offers[offerId] = word;
    }

    /// @inheritdoc ILeaseToken
    function buy(
        uint256 offerId,
        uint32 fromPeriod,
        uint32 count,
        uint40 units,
        address to,
        uint128 maxPrice
    ) public nonReentrant returns (uint256) {
        OfferWord sold = _part(offerId, fromPeriod, count, to);
        if (sold.price() > maxPrice) revert PriceAbove(sold.price(), maxPrice);
        return _deliver(sold, units, to, settlement.bookSale(sold, units, msg.sender));
    }

    /// @inheritdoc ILeaseToken
    function buyWithPermit(
        uint256 offerId,
        uint32 fromPeriod,
        uint32 count,
        uint40 units,
        address to,
        uint128 maxPrice,
        Permit calldata permit
    ) external returns (uint256) {
        _usePermit(_offers[offerId].assetId(), fromPeriod, permit);
        return buy(offerId, fromPeriod, count, units, to, maxPrice);
    }

    /// @inheritdoc ILeaseToken
    function buyWithAuthorization(Order calldata order, Authorized calldata authorized)
        external
        nonReentrant
        returns (uint256)
    {
        OfferWord sold = _part(order.offerId, order.fromPeriod, order.count, order.to);
        require(sold.price() == order.price, PriceMoved(sold.price(), order.price));
        uint256 mixed = settlement.bookSaleSigned(
            sold,
            order.units,
            authorized.payer,
            ISettlement.Authorization({
                validAfter: authorized.validAfter,
                validBefore: authorized.validBefore,
                nonce: orderHash(order),
                signature: authorized.signature,
                split: authorized.split
            })
        );
        return _deliver(sold, order.units, order.to, mixed);
    }

    /// @inheritdoc ILeaseToken
    function burn(address by, address holder, uint256 id, uint256 units) external {
        require(msg.sender == address(settlement), NotSettlement(msg.sender));
        _burn(holder, id, units);
        _countBurnt(id, units);
        if (by == holder) return;
        uint256 left = _freeUnits(holder, id);
        require(left == 0, NotAllUnits(by, holder, id, units, left));
    }

    /// @inheritdoc ILeaseToken
    function orderHash(Order calldata order) public pure returns (bytes32 hash) {
        bytes32 typehash = ORDER_TYPEHASH;
        assembly ("memory-safe") {
            // the struct is static: in calldata as in `encodeData`, 7 words
            let free := mload(0x40)
            mstore(free, typehash)
            calldatacopy(add(free, 32), order, 224)
            hash := keccak256(free, 256)
        }
    }

    /// @notice ERC-165.
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IERC7943MultiToken).interfaceId || interfaceId == type(IERC5006).interfaceId
            || super.supportsInterface(interfaceId);
    }

    /// @dev The vault takes the money, so it is whom the caller allows. Whoever sees a permit can use it first: it
    /// then fails here and has done its work, so the answer does not count.
    function _usePermit(uint32 assetId, uint32 period, Permit calldata p) private {
        (address vault, address coin) = settlement.vaultOf(assetId, period);
        bytes calldata signed = p.signature;
        if (!p.split) {
            try IERC20PermitBytes(coin).permit(msg.sender, vault, p.value, p.deadline, signed) {} catch {}
            return;
        }
        require(signed.length == SIGNATURE_BYTES, NotSplittable(signed.length));
        (bytes32 r, bytes32 s, uint8 v) = (bytes32(signed), bytes32(signed[32:]), uint8(signed[64]));
        try IERC20Permit(coin).permit(msg.sender, vault, p.value, p.deadline, v, r, s) {} catch {}
    }

    /// @dev What is bought of an offer, at its price of now. (`require` would work out its error's numbers each time.)
    function _part(uint256 offerId, uint32 fromPeriod, uint32 count, address to) private view returns (OfferWord) {
        OfferWord word = _offers[offerId];
        if (!word.covers(fromPeriod, count)) {
            if (OfferWord.unwrap(word) == 0) revert UnknownOffer(offerId);
            revert NotOffered(offerId, fromPeriod, count);
        }
        if (count == 0 || count > MAX_RUN) revert RunTooLong(count, MAX_RUN);
        if (word.isPlain()) return word.part(fromPeriod, count);
        if (word.isNamed()) _requireTenant(offerId, to);
        if (word.kind() != uint256(ILeaseOffers.PriceKind.Auction)) return word.part(fromPeriod, count);
        if (count != 1) revert RunTooLong(count, 1);
        return word.part(fromPeriod, 1).pricedAt(offers.priceOf(offerId, fromPeriod));
    }

    /// @dev Of a named offer: only its tenant may receive units.
    function _requireTenant(uint256 offerId, address account) private view {
        address tenant = offers.offerOf(offerId).tenant;
        require(account == tenant, NotTenant(offerId, account, tenant));
    }

    /// @dev Mints what was paid for.
    function _deliver(OfferWord sold, uint256 units, address to, uint256 mixed) private returns (uint256 firstId) {
        if (mixed != 0) _countMixed(sold, units, mixed);
        firstId = sold.firstId();
        _issue(to, firstId, sold.periods(), units);
    }
}
