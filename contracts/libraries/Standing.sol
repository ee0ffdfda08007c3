// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice What the identity registry says about an account, in 32 bits: powers (bits 0–2), frozen (3), verified
/// now (4), investor class (8–15), country as ISO 3166-1 numeric (16–31).
type Standing is uint32;

using StandingLib for Standing global;

/// @title Reading a standing
library StandingLib {
    /// @notice May freeze tokens, force transfers, recover and set policies, on shares and leases.
    uint8 internal constant AGENT = 1;
    /// @notice May place liens on shares.
    uint8 internal constant LIENOR = 2;
    /// @notice A system contract that may hold without a credential.
    uint8 internal constant EXEMPT = 4;
    uint8 internal constant POWERS = AGENT | LIENOR | EXEMPT;

    uint32 internal constant FROZEN = 8;
    uint32 internal constant VERIFIED = 16;

    /// @notice Whether the account is frozen in every share and lease.
    function isFrozen(Standing standing) internal pure returns (bool) {
        return Standing.unwrap(standing) & FROZEN != 0;
    }

    /// @notice Whether the account may receive shares: its credential is alive, or it is exempt.
    function isVerified(Standing standing) internal pure returns (bool) {
        return Standing.unwrap(standing) & VERIFIED != 0;
    }

    /// @notice Whether the account needs no credential.
    function isExempt(Standing standing) internal pure returns (bool) {
        return Standing.unwrap(standing) & EXEMPT != 0;
    }

    /// @notice `AGENT`, `LIENOR` and `EXEMPT`, one bit each.
    function powers(Standing standing) internal pure returns (uint8) {
        return uint8(Standing.unwrap(standing) & POWERS);
    }

    /// @notice Class of its newest credential, alive or not; a higher class may do all that a lower one may.
    function investorClass(Standing standing) internal pure returns (uint8) {
        return uint8(Standing.unwrap(standing) >> 8);
    }

    /// @notice Country of its newest credential, alive or not.
    function country(Standing standing) internal pure returns (uint16) {
        return uint16(Standing.unwrap(standing) >> 16);
    }
}
