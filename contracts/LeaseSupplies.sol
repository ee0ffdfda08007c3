// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {LeaseUse} from "./LeaseUse.sol";
import {ILeaseToken} from "./interfaces/ILeaseToken.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";
import {LeaseId} from "./libraries/LeaseId.sol";
import {OfferWord} from "./libraries/OfferWord.sol";
import {PackedUnits} from "./libraries/PackedUnits.sol";

/// @title How many units of each series exist
/// @notice While a period is sold at one price, Settlement's books say it: what was sold of the period, less what was
/// redeemed, is the series of that price. From the first sale at a second price on, each series of the period is
/// counted here, a word for 6 periods.
abstract contract LeaseSupplies is LeaseUse {
    uint256 private constant SUPPLY_LANES = 6;

    ISettlement public immutable settlement;

    mapping(uint256 key => uint256) private _supplies;

    constructor(ISettlement settlement_) {
        settlement = settlement_;
    }

    /// @inheritdoc ILeaseToken
    function totalSupply(uint256 id) external view returns (uint256) {
        if (id >> LeaseId.BITS != 0) return 0;
        (uint32 assetId, uint32 period, uint128 price) = LeaseId.parts(id);
        ISettlement.PeriodBook memory book = settlement.periodOf(assetId, period);
        if (book.mixed) return PackedUnits.unitsOf(_supplies, SUPPLY_LANES, id);
        return uint256(book.soldUnits) * price == book.escrow ? book.soldUnits - book.redeemedUnits : 0;
    }

    /// @dev After a sale was booked: counts it where its period has several prices, and with the first sale at a
    /// second price what was sold at the first.
    function _countMixed(OfferWord sold, uint256 units, uint256 mixed) internal {
        uint256 firstId = sold.firstId();
        uint256 count = sold.periods();
        for (uint256 i = 0; i < count; ++i) {
            if (mixed >> i & 1 == 0) continue;
            uint256 id = LeaseId.later(firstId, i);
            if (mixed >> (128 + i) & 1 != 0) _countFirstPrice(id, units);
            PackedUnits.add(_supplies, SUPPLY_LANES, id, units);
        }
    }

    /// @dev Units of a closed period were burnt. Where they are not counted here, Settlement counts them.
    function _countBurnt(uint256 id, uint256 units) internal {
        if (PackedUnits.unitsOf(_supplies, SUPPLY_LANES, id) != 0) {
            PackedUnits.subtract(_supplies, SUPPLY_LANES, id, units);
        }
    }

    /// @dev What had been sold of the period before `units` of `id` were.
    function _countFirstPrice(uint256 id, uint256 units) private {
        (uint32 assetId, uint32 period, uint128 price) = LeaseId.parts(id);
        (uint256 escrow, uint256 sold,) = settlement.salesOf(assetId, period);
        (escrow, sold) = (escrow - units * price, sold - units);
        uint256 first = LeaseId.encode(assetId, period, uint128(escrow / sold));
        PackedUnits.add(_supplies, SUPPLY_LANES, first, sold);
    }
}
