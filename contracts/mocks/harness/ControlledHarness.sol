// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IControlledLease, IControlledShare} from "../../interfaces/IControlled.sol";
import {Policy, TransferPolicy} from "../../libraries/TransferPolicy.sol";

/// @title A share and a lease token that write down what an agent asks of them
contract ControlledHarness is IControlledLease, IControlledShare {
    address public immutable agent;
    bool public answer = true;
    bytes public last;

    constructor(address agent_) {
        agent = agent_;
    }

    modifier noted() {
        require(msg.sender == agent, "not the agent");
        last = msg.data;
        _;
    }

    function setAnswer(bool newAnswer) external {
        answer = newAnswer;
    }

    function setFrozenTokens(address, uint256) external noted returns (bool) {
        return answer;
    }

    function forcedTransfer(address, address, uint256) external noted returns (bool) {
        return answer;
    }

    function setFrozenTokens(address, uint256, uint256) external noted returns (bool) {
        return answer;
    }

    function forcedTransfer(address, address, uint256, uint256) external noted returns (bool) {
        return answer;
    }

    function recover(address, address) external noted {}

    function redirect(address, address) external noted {}

    function setPolicy(Policy calldata policy, uint256[4] calldata) external noted {
        TransferPolicy.requireValid(policy);
    }
}
