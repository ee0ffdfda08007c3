// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";

/// @title Who may do what that not everybody may, and after which delay
/// @notice OpenZeppelin's AccessManager; the matrix stands in `contracts/README.md`.
contract Roles is AccessManager {
    constructor(address admin) AccessManager(admin) {}
}
