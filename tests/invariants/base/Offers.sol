// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ILeaseOffers} from "../../../contracts/interfaces/ILeaseOffers.sol";
import {Stage} from "./Stage.sol";

/// @title Offers, and what each asks now
abstract contract Offers is Stage {
    uint256 internal constant FIXED = 0;
    uint256 internal constant UTILIZATION = 1;
    uint256 internal constant AUCTION = 2;

    /// @dev Half of them at a fixed price; a quarter of all for one tenant alone.
    function _makeOffer(uint256 a, uint32 from, uint32 to, uint128 price, uint256 seed)
        internal
        returns (OfferGhost storage o)
    {
        ILeaseOffers.Ask memory ask = _drawAsk(price, seed);
        address tenant = _draw(seed, 26) % 4 == 0 ? _tenant(_draw(seed, 27)) : address(0);
        ILeaseOffers.Run memory run = ILeaseOffers.Run(assets[a].id, from, to, tenant);
        o = offers[a].push();
        o.id = _offer(assets[a].owner, run, ask, _termsAt(a, from));
        (o.from, o.to, o.tenant, o.open) = (from, to, tenant, true);
        o.version = _versionAt(a, from);
        (o.kind, o.price, o.lowest, o.highest) = (uint256(ask.kind), price, ask.lowest, ask.highest);
        (o.target, o.lead, o.steps) = (ask.targetUnits, ask.leadSeconds, ask.steps);
        o.pricedBefore = uint32(_max(from, _period() + 1));
    }

    function _drawAsk(uint128 price, uint256 seed) private pure returns (ILeaseOffers.Ask memory ask) {
        uint256 kind = _draw(seed, 20) % 4;
        kind = kind == 3 ? AUCTION : kind == 2 ? UTILIZATION : FIXED;
        (ask.kind, ask.price) = (ILeaseOffers.PriceKind(kind), price);
        ask.lowest = uint128(1 + _draw(seed, 21) % price);
        ask.highest = uint128(price + _draw(seed, 22) % (uint256(price) * 2));
        ask.targetUnits = uint40(1 + _draw(seed, 23) % 30);
        ask.leadSeconds = uint32(1 + _draw(seed, 24) % 4_000);
        ask.steps = uint8(1 + _draw(seed, 25) % 24);
    }

    /// @dev What a unit costs; 0 before the auction begins.
    function _priceNow(OfferGhost storage o, uint256 period) internal view returns (uint256) {
        if (o.kind != AUCTION) return o.price;
        uint256 start = GENESIS + period * L;
        if (clock + o.lead < start) return 0;
        if (o.steps == 1) return o.price;
        uint256 step = _min((clock + o.lead - start) * o.steps / o.lead, o.steps - 1);
        return o.price - (o.price - o.lowest) * step / (o.steps - 1);
    }

    /// @dev Moves a price by the closed periods of its run that are not in it yet.
    function _ghostReprice(uint256 a, OfferGhost storage o, uint256 most) internal {
        for (; most != 0 && o.pricedBefore <= o.to && o.pricedBefore < assets[a].next; --most) {
            PeriodGhost storage p = periods[a][o.pricedBefore++];
            if (p.unreported) continue;
            uint256 distance = _min(p.sold > o.target ? p.sold - o.target : o.target - p.sold, o.target);
            uint256 change = uint256(o.price) * distance / (o.target * 8);
            uint256 next = p.sold > o.target ? o.price + change : o.price - change;
            o.price = uint128(_max(o.lowest, _min(o.highest, next)));
        }
    }
}
