// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Standing} from "../../libraries/Standing.sol";
import {Policy, TransferFacts, TransferPolicy} from "../../libraries/TransferPolicy.sol";

/// @title Transfer policies, callable from a test, with one share's storage
contract PolicyHarness {
    Policy private _policy;
    uint256[4] private _countries;

    function setPolicy(Policy calldata policy, uint256[4] calldata countries) external {
        TransferPolicy.requireValid(policy);
        (_policy, _countries) = (policy, countries);
    }

    function isNone() external view returns (bool) {
        return TransferPolicy.isNone(_policy);
    }

    function isListed(uint16 country) external view returns (bool) {
        return TransferPolicy.isListed(_countries, country);
    }

    function storedRestrictionOf(TransferFacts memory facts) external view returns (uint8 code, uint256 gasUsed) {
        uint256 before = gasleft();
        code = TransferPolicy.restrictionOf(_policy, facts);
        gasUsed = before - gasleft();
    }

    function restrictionOf(Policy memory policy, TransferFacts memory facts) external pure returns (uint8) {
        return TransferPolicy.restrictionOf(policy, facts);
    }

    function messageOf(uint8 code) external pure returns (string memory) {
        return TransferPolicy.messageOf(code);
    }

    function standing(Standing s)
        external
        pure
        returns (bool frozen, bool verified, bool exempt, uint8 powers, uint8 investorClass, uint16 country)
    {
        return (s.isFrozen(), s.isVerified(), s.isExempt(), s.powers(), s.investorClass(), s.country());
    }
}
