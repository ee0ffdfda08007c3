// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Many questions to another harness in one `eth_call`, each asked in the same state
contract Batch {
    error Answered(bool success, bytes data);

    /// @notice What each call returns or reverts with, and whether it succeeded; what it changed is undone.
    function ask(address target, bytes[] calldata questions)
        external
        returns (bool[] memory succeeded, bytes[] memory answers)
    {
        (succeeded, answers) = (new bool[](questions.length), new bytes[](questions.length));
        for (uint256 i = 0; i < questions.length; ++i) {
            try this.askOnce(target, questions[i]) {}
            catch (bytes memory reason) {
                (succeeded[i], answers[i]) = this.partsOf(reason);
            }
        }
    }

    function askOnce(address target, bytes calldata question) external {
        (bool success, bytes memory data) = target.call(question);
        revert Answered(success, data);
    }

    function partsOf(bytes calldata reason) external pure returns (bool success, bytes memory data) {
        return abi.decode(reason[4:], (bool, bytes));
    }
}
