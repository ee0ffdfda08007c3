// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice A vault's books in one storage slot.
type FundsWord is uint256;

using FundsWords for FundsWord global;

/// @title The books of a vault in one word
/// @notice From the lowest bit: booked 128, free bond 120, impaired 8.
library FundsWords {
    uint256 private constant BOOKED_MAX = type(uint128).max;
    uint256 private constant BOND_MAX = type(uint120).max;
    uint256 private constant IMPAIRED = 1 << 248;

    /// @notice More than a vault's books can hold.
    error FundsOverflow(uint256 booked, uint256 bondFree);

    /// @notice All that came in and has not gone out, without the holders' part.
    function booked(FundsWord self) internal pure returns (uint256) {
        return FundsWord.unwrap(self) & BOOKED_MAX;
    }

    /// @notice The part of it that backs nothing.
    function bondFree(FundsWord self) internal pure returns (uint256) {
        return (FundsWord.unwrap(self) >> 128) & BOND_MAX;
    }

    /// @notice Whether the vault pays only a part of each claim, and takes nothing more.
    function isImpaired(FundsWord self) internal pure returns (bool) {
        return FundsWord.unwrap(self) & IMPAIRED != 0;
    }

    /// @notice With other amounts.
    function having(FundsWord self, uint256 newBooked, uint256 newBondFree) internal pure returns (FundsWord) {
        require(newBooked <= BOOKED_MAX && newBondFree <= BOND_MAX, FundsOverflow(newBooked, newBondFree));
        return FundsWord.wrap((FundsWord.unwrap(self) & IMPAIRED) | newBooked | newBondFree << 128);
    }

    /// @notice With `amount` more booked, and so much of the free bond less as there is. An amount is below 2²⁵⁵.
    function withPaid(FundsWord self, uint256 amount, uint256 locked) internal pure returns (FundsWord) {
        unchecked {
            uint256 sum = booked(self) + amount;
            if (sum > BOOKED_MAX) revert FundsOverflow(sum, bondFree(self) - locked);
            return FundsWord.wrap(FundsWord.unwrap(self) + amount - (locked << 128));
        }
    }

    /// @notice Impaired or healed.
    function withImpaired(FundsWord self, bool impaired) internal pure returns (FundsWord) {
        uint256 word = FundsWord.unwrap(self) & ~IMPAIRED;
        return FundsWord.wrap(impaired ? word | IMPAIRED : word);
    }
}
