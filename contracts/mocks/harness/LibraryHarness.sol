// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Terms} from "../../interfaces/IAssetRegistry.sol";
import {PositionTree} from "../../libraries/PositionTree.sol";
import {Pricing} from "../../libraries/Pricing.sol";
import {SumTree} from "../../libraries/SumTree.sol";
import {TermsRules} from "../../libraries/TermsRules.sol";
import {Waterfall} from "../../libraries/Waterfall.sol";

/// @title The pure libraries, callable from a test
contract LibraryHarness {
    function sumTreeRoot(SumTree.Node memory leaf, uint256 index, uint256 depth, bytes calldata path)
        external
        pure
        returns (SumTree.Node memory)
    {
        SumTree.climb(leaf, index, depth, path);
        return leaf;
    }

    function depthOf(uint256 count) external pure returns (uint256) {
        return PositionTree.depthOf(count);
    }

    function positionRoot(bytes1 tag, bytes32 leaf, uint256 index, uint256 count, bytes32[] calldata path)
        external
        pure
        returns (bytes32)
    {
        return PositionTree.rootOf(tag, leaf, index, count, path);
    }

    function settled(Waterfall.Books memory b, Waterfall.Totals memory t, Terms calldata terms)
        external
        pure
        returns (Waterfall.Outcome memory)
    {
        return Waterfall.settled(b, t, terms);
    }

    function unreported(Waterfall.Books memory b, Terms calldata terms)
        external
        pure
        returns (Waterfall.Outcome memory)
    {
        return Waterfall.unreported(b, terms);
    }

    function redemption(uint256 units, uint256 price, uint256 creditBps, Waterfall.Outcome memory o)
        external
        pure
        returns (uint256 refund, uint256 credit, uint256 lock)
    {
        refund = Waterfall.refundDown(units, price, o.shortfall, o.promised);
        credit = Waterfall.creditDown(units, price, o.breach, creditBps, o.promised);
        lock = Waterfall.creditLockUp(units * price, creditBps);
    }

    function nextPrice(uint256 price, uint256 sold, uint256 target, uint256 lowest, uint256 highest)
        external
        pure
        returns (uint256)
    {
        return Pricing.nextPrice(price, sold, target, lowest, highest);
    }

    function auctionPrice(uint256 startPrice, uint256 endPrice, uint256 step, uint256 steps)
        external
        pure
        returns (uint256)
    {
        return Pricing.auctionPrice(startPrice, endPrice, step, steps);
    }

    function requireValidTerms(Terms calldata terms, uint32 devices, uint32 length) external pure {
        TermsRules.requireValid(terms, devices, length);
    }
}
