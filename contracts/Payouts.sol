// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {Sequenced} from "./Sequenced.sol";
import {IIdentityRegistry} from "./interfaces/IIdentityRegistry.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";
import {IVault} from "./interfaces/IVault.sol";

/// @title What is owed, and its payment
/// @notice Payouts are owed first and taken later, so no payee can hold up another.
abstract contract Payouts is ISettlement, Sequenced, ReentrancyGuardTransient {
    IIdentityRegistry public immutable identities;

    /// @inheritdoc ISettlement
    mapping(address vault => mapping(address coin => mapping(address payee => uint256))) public owed;

    /// @inheritdoc ISettlement
    mapping(address vault => mapping(address coin => uint256)) public booked;

    constructor(IIdentityRegistry identities_) {
        identities = identities_;
    }

    /// @inheritdoc ISettlement
    function claim(address vault, address coin, address payee) external nonReentrant returns (uint256 amount) {
        amount = owed[vault][coin][payee];
        require(amount != 0, NothingOwed(vault, coin, payee));
        require(!identities.isFrozen(payee), AccountFrozen(payee));
        owed[vault][coin][payee] = 0;
        booked[vault][coin] -= amount;
        emit Claimed(_nextSequence(), vault, coin, payee, amount);
        IVault(vault).push(coin, payee, amount);
    }

    /// @inheritdoc ISettlement
    function claimBatch(address vault, address coin, address[] calldata payees) external {
        for (uint256 i = 0; i < payees.length; ++i) {
            if (owed[vault][coin][payees[i]] == 0) continue;
            try this.claim(vault, coin, payees[i]) {}
            catch {
                emit ClaimFailed(_nextSequence(), vault, coin, payees[i]);
            }
        }
    }

    function _owe(Book storage book, address payee, uint256 amount) internal {
        if (amount != 0) owed[book.vault][book.coin][payee] += amount;
    }

    function _pull(Book storage book, address from, uint256 amount) internal {
        (address vault, address coin) = (book.vault, book.coin);
        booked[vault][coin] += amount;
        IVault(vault).pull(coin, from, amount);
    }

    function _push(Book storage book, address to, uint256 amount) internal {
        (address vault, address coin) = (book.vault, book.coin);
        booked[vault][coin] -= amount;
        IVault(vault).push(coin, to, amount);
    }
}
