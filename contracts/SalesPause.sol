// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";

import {Sequenced} from "./Sequenced.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";

/// @title A pause that ends by itself and stops nothing but new business
/// @dev The end stands next to the events' number, so that a sale reads both in one slot. The authority can never be
/// replaced, so of `AccessManaged` only the question is here.
abstract contract SalesPause is ISettlement, Sequenced {
    uint256 private constant MAX_PAUSE = 7 days;

    /// @inheritdoc ISettlement
    address public immutable authority;

    /// @inheritdoc ISettlement
    uint40 public pausedUntil;

    constructor(address authority_) {
        authority = authority_;
    }

    /// @inheritdoc ISettlement
    function pauseSales(uint256 until) external {
        (bool allowed,) = IAccessManager(authority).canCall(msg.sender, address(this), msg.sig);
        if (!allowed) revert IAccessManaged.AccessManagedUnauthorized(msg.sender);
        uint256 limit = block.timestamp + MAX_PAUSE;
        if (until > limit) revert PauseTooLong(until, limit);
        pausedUntil = uint40(until);
        emit SalesPaused(_nextSequence(), until);
    }

    /// @dev The number of a sale's or deposit's event; both are in one slot, which is read once.
    function _nextWhileSelling() internal returns (uint64 number) {
        uint256 until = pausedUntil;
        unchecked {
            number = sequence + 1;
        }
        sequence = number;
        if (block.timestamp < until) revert PausedUntil(until);
    }
}
