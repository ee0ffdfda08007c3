// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IControlledLease, IControlledShare} from "../../interfaces/IControlled.sol";
import {Policy, TransferPolicy} from "../../libraries/TransferPolicy.sol";

/// @title A share and a lease token that write down what an agent asks of them
contract ControlledHarness is IControlledLease, IControlledShare {
    bool public answer = true;
    address public caller;
    bytes public last;
    uint256[4] public countries;

    modifier noted() {
        (caller, last) = (msg.sender, msg.data);
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

    function deleteUserRecord(uint256) external noted {}

    function recover(address, address) external noted {}

    function orderRedirect(address, address) external noted {}

    function cancelRedirect(address) external noted {}

    function setPolicy(Policy calldata policy) external noted {
        TransferPolicy.requireValid(policy);
    }

    function setCountries(uint256[4] calldata newCountries) external {
        countries = newCountries;
    }

    function listed() external view returns (uint256[4] memory) {
        return countries;
    }
}
