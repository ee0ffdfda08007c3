// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title A coin that misbehaves towards whom it was told to, and calls back while it pays
contract HostileCoin {
    enum Manner {
        Pay,
        Burn,
        AnswerLong,
        RevertLong,
        AnswerFalse
    }

    mapping(address account => uint256) public balanceOf;
    mapping(address account => Manner) public mannerOf;
    address public target;
    bytes public message;
    bool public isDone;
    bytes public answer;

    function setManner(address account, Manner manner) external {
        mannerOf[account] = manner;
    }

    /// @notice From now on each payment calls `newTarget` and notes the answer.
    function callBack(address newTarget, bytes calldata newMessage) external {
        (target, message) = (newTarget, newMessage);
    }

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        Manner manner = mannerOf[to];
        if (manner == Manner.Burn) while (true) {}
        if (manner == Manner.AnswerFalse) return false;
        if (manner == Manner.AnswerLong) assembly ("memory-safe") { return(0, 200000) }
        if (manner == Manner.RevertLong) assembly ("memory-safe") { revert(0, 200000) }
        if (target != address(0)) (isDone, answer) = target.call(message);
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
        return true;
    }
}
