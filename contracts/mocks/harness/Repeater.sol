// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @title The same call many times in one transaction
contract Repeater {
    using Address for address;

    function repeat(address target, bytes calldata data, uint256 times) external {
        for (uint256 i = 0; i < times; ++i) {
            target.functionCall(data);
        }
    }
}
