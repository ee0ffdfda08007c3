// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

import {INativePayouts} from "./interfaces/INativePayouts.sol";

/// @title Native coin by pull: nobody's refusal to receive holds up another
abstract contract NativePayouts is INativePayouts {
    /// @inheritdoc INativePayouts
    mapping(address payee => uint256) public owedWei;

    /// @inheritdoc INativePayouts
    function claimWei(address payee) external {
        uint256 amount = owedWei[payee];
        require(amount != 0, NoWeiOwed(payee));
        owedWei[payee] = 0;
        emit WeiClaimed(_nextNumber(), payee, amount);
        Address.sendValue(payable(payee), amount);
    }

    /// @dev The contract's next event number.
    function _nextNumber() internal virtual returns (uint64);
}
