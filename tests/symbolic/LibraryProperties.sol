// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Terms} from "../../contracts/interfaces/IAssetRegistry.sol";
import {LeaseId} from "../../contracts/libraries/LeaseId.sol";
import {PeriodWord} from "../../contracts/libraries/PeriodWord.sol";
import {PositionTree} from "../../contracts/libraries/PositionTree.sol";
import {Pricing} from "../../contracts/libraries/Pricing.sol";
import {SumTree} from "../../contracts/libraries/SumTree.sol";
import {Waterfall} from "../../contracts/libraries/Waterfall.sol";

/// @title What the pure libraries keep for every input
/// @dev Where a formula multiplies what is unknown, one factor is fixed: solvers cannot do both.
contract LibraryProperties {
    uint256 private constant MIXED = 1 << 250;

    function check_a_lease_id_says_exactly_what_it_was_made_of(uint32 assetId, uint32 period, uint128 price)
        external
        pure
    {
        (uint32 a, uint32 p, uint128 c) = LeaseId.parts(LeaseId.encode(assetId, period, price));
        assert(a == assetId && p == period && c == price);
    }

    function check_two_series_never_share_an_id(
        uint32 assetId,
        uint32 period,
        uint128 price,
        uint32 assetId2,
        uint32 period2,
        uint128 price2
    ) external pure {
        bool same = LeaseId.encode(assetId, period, price) == LeaseId.encode(assetId2, period2, price2);
        assert(same == (assetId == assetId2 && period == period2 && price == price2));
    }

    function check_a_price_stays_within_its_bounds(
        uint128 price,
        uint40 sold,
        uint40 target,
        uint128 lowest,
        uint128 highest
    ) external pure {
        if (target == 0 || lowest > highest) return;
        uint256 next = Pricing.nextPrice(price, sold, target, lowest, highest);
        assert(next >= lowest && next <= highest);
    }

    function check_a_price_at_its_target_stands(uint128 price, uint40 target) external pure {
        if (target == 0) return;
        assert(Pricing.nextPrice(price, target, target, 0, type(uint256).max) == price);
    }

    function check_a_price_without_sales_falls_by_an_eighth(uint128 price) external pure {
        assert(Pricing.nextPrice(price, 0, 1, 0, type(uint256).max) == price - price / 8);
    }

    function check_an_auction_begins_at_its_start(uint128 startPrice, uint128 endPrice, uint8 steps) external pure {
        if (endPrice > startPrice || steps == 0 || steps > 24) return;
        assert(Pricing.auctionPrice(startPrice, endPrice, 0, steps) == startPrice);
    }

    function check_an_auction_of_three_steps_falls_evenly(uint128 startPrice, uint128 endPrice) external pure {
        if (endPrice > startPrice) return;
        uint256 middle = Pricing.auctionPrice(startPrice, endPrice, 1, 3);
        assert(middle <= startPrice && middle >= endPrice);
        assert(Pricing.auctionPrice(startPrice, endPrice, 2, 3) == endPrice);
    }

    function check_a_path_of_another_length_is_no_proof(bytes32 leaf, bytes32[] calldata path) external view {
        try this.positionRoot(leaf, 0, 4, path) {
            assert(path.length == 2);
        } catch {
            assert(path.length != 2);
        }
    }

    function check_a_place_beyond_the_tree_is_no_place(bytes32 leaf, uint256 index, bytes32 a, bytes32 b)
        external
        view
    {
        bytes32[] memory path = new bytes32[](2);
        (path[0], path[1]) = (a, b);
        // each place is a path of its own: where a sibling is written depends on it
        if (index < 3) index = index == 0 ? 0 : index == 1 ? 1 : 2;
        try this.positionRoot(leaf, index, 3, path) {
            assert(index < 3);
        } catch {
            assert(index >= 3);
        }
    }

    /// @dev All six sums at once: each is the sum of two, or the whole climb is refused.
    function check_sums_never_overflow_silently(uint40[8] calldata t, uint56[4] calldata a, bool right) external view {
        uint256 times = _times(t[0], t[1], t[2], t[3]);
        bytes memory sibling = abi.encodePacked(bytes32(uint256(2)), t[4], t[5], t[6], t[7], a[2], a[3]);
        bool fits = uint256(a[0]) + a[2] < 1 << 56 && uint256(a[1]) + a[3] < 1 << 56;
        for (uint256 i = 0; i < 4; ++i) fits = fits && uint256(t[i]) + t[i + 4] < 1 << 40;
        SumTree.Node memory leaf = SumTree.Node(bytes32(uint256(1)), times, uint256(a[0]) << 56 | a[1]);
        try this.sumRoot(leaf, right ? 1 : 0, sibling) returns (SumTree.Node memory root) {
            assert(fits);
            unchecked {
                assert(root.times == _times(t[0] + t[4], t[1] + t[5], t[2] + t[6], t[3] + t[7]));
                assert(root.amounts == (uint256(a[0] + a[2]) << 56 | (a[1] + a[3])));
            }
        } catch {
            assert(!fits);
        }
    }

    function check_sums_without_a_hash_are_refused(uint40 up, uint56 work, bool right) external view {
        bytes memory sibling = abi.encodePacked(bytes32(0), up, uint40(0), uint40(0), uint40(0), uint56(0), work);
        try this.sumRoot(SumTree.Node(bytes32(uint256(1)), 0, 0), right ? 1 : 0, sibling) {
            assert(up == 0 && work == 0);
        } catch {
            assert(up != 0 || work != 0);
        }
    }

    /// @dev A sale changes what is sold and paid, marks a second price, and writes nothing else of the period's word.
    function check_a_sale_writes_no_field_but_its_own(uint256 raw, uint40 units, uint88 price) external view {
        PeriodWord word = PeriodWord.wrap(raw);
        uint256 cost = uint256(units) * price;
        try this.sold(word, units, price) returns (PeriodWord after_) {
            assert(after_.escrow() == word.escrow() + cost && after_.soldUnits() == word.soldUnits() + units);
            assert(after_.soldUnits() <= word.capacityUnits());
            bool second = word.soldUnits() * price != word.escrow();
            assert(after_.isMixed() == (word.isMixed() || second));
            assert((PeriodWord.unwrap(after_) | MIXED) >> 136 == (raw | MIXED) >> 136);
        } catch {
            assert(word.soldUnits() + units > word.capacityUnits() || word.escrow() + cost > type(uint96).max);
        }
    }

    /// @dev A period that nobody reported: everything sold goes back, and the spot is shared out to the unit.
    function check_an_unreported_period_returns_all_and_shares_the_spot(uint128 escrow, uint128 spot) external view {
        Waterfall.Outcome memory o = this.unreported(escrow, spot, _terms());
        assert(o.refundPool == escrow && o.creditPool == 0 && o.charge == 0 && o.energyCost == 0);
        assert(o.fee + o.holders + o.owner == spot);
    }

    /// @dev Whatever the report says, the escrow is split into charge and refunds, and the revenue into its parts.
    function check_settling_creates_and_loses_nothing(
        uint40 up,
        uint40 down,
        uint40 excused,
        uint56 energy,
        uint128 spot,
        uint40 ceiling
    ) external view {
        Waterfall.Books memory b = Waterfall.Books(86_400 * 8, 192, 192 * 2_000_000, 19_200_000, spot, ceiling);
        Waterfall.Totals memory t = Waterfall.Totals(up, down, excused, energy, 0);
        Waterfall.Outcome memory o = this.settled(b, t, _terms());
        assert(o.charge + o.refundPool == b.escrow && o.creditPool <= b.lockedCredit);
        assert(o.fee + o.energyCost + o.holders + o.owner == o.charge + spot);
        assert(o.delivered <= o.promised && o.breach <= o.shortfall);
    }

    function positionRoot(bytes32 leaf, uint256 index, uint256 count, bytes32[] calldata path)
        external
        pure
        returns (bytes32)
    {
        return PositionTree.rootOf(PositionTree.REPORTS, leaf, index, count, path);
    }

    function sumRoot(SumTree.Node memory leaf, uint256 index, bytes calldata path)
        external
        pure
        returns (SumTree.Node memory)
    {
        SumTree.climb(leaf, index, 1, path);
        return leaf;
    }

    function sold(PeriodWord word, uint256 units, uint256 price) external pure returns (PeriodWord) {
        return word.sold(units, price);
    }

    function unreported(uint128 escrow, uint128 spot, Terms calldata terms)
        external
        pure
        returns (Waterfall.Outcome memory)
    {
        return Waterfall.unreported(Waterfall.Books(86_400, 24, escrow, 0, spot, 0), terms);
    }

    function settled(Waterfall.Books calldata b, Waterfall.Totals calldata t, Terms calldata terms)
        external
        pure
        returns (Waterfall.Outcome memory)
    {
        return Waterfall.settled(b, t, terms);
    }

    function _times(uint40 up, uint40 down, uint40 excused, uint40 busy) private pure returns (uint256) {
        return uint256(up) << 120 | uint256(down) << 80 | uint256(excused) << 40 | busy;
    }

    function _terms() private view returns (Terms memory terms) {
        (terms.rulesVersion, terms.unitSeconds) = (1, 3_600);
        (terms.feeBps, terms.holderBps, terms.creditBps, terms.graceBps) = (200, 4_000, 500, 50);
        (terms.maxWatts, terms.ratedWatts, terms.maxWorkPerSecond) = (1_000, 700, 1);
        (terms.tariffPerKwh, terms.stablecoin) = (120_000, address(this));
    }
}
