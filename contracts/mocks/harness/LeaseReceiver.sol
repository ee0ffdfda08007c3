// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC1155Receiver} from "@openzeppelin/contracts/token/ERC1155/IERC1155Receiver.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";

/// @title A receiver of leases that does as it was told, inside the callback
/// @notice `prepare` says what: refuse, answer nonsense, or call a contract. `lastResult` tells how that went.
contract LeaseReceiver is IERC1155Receiver, ERC165 {
    enum Answer {
        Accept,
        Nonsense,
        Revert
    }

    error Refused();

    Answer public answer;
    address public target;
    bytes public data;
    bool public called;
    bool public succeeded;
    bytes public lastResult;
    uint256 public callbacks;

    /// @notice What the next callbacks do: call `target` unless it is zero, then answer.
    function prepare(Answer answer_, address target_, bytes calldata data_) external {
        (answer, target, data) = (answer_, target_, data_);
        (called, succeeded) = (false, false);
    }

    /// @notice Any call in this contract's name.
    function execute(address to, bytes calldata data_) external returns (bytes memory) {
        (bool ok, bytes memory result) = to.call(data_);
        if (ok) return result;
        assembly ("memory-safe") {
            revert(add(result, 32), mload(result))
        }
    }

    /// @notice Lets a vault take this contract's coins.
    function approve(IERC20 coin, address vault) external {
        coin.approve(vault, type(uint256).max);
    }

    /// @inheritdoc IERC1155Receiver
    function onERC1155Received(address, address, uint256, uint256, bytes calldata) external returns (bytes4) {
        return _answer(IERC1155Receiver.onERC1155Received.selector);
    }

    /// @inheritdoc IERC1155Receiver
    function onERC1155BatchReceived(address, address, uint256[] calldata, uint256[] calldata, bytes calldata)
        external
        returns (bytes4)
    {
        return _answer(IERC1155Receiver.onERC1155BatchReceived.selector);
    }

    function _answer(bytes4 selector) private returns (bytes4) {
        ++callbacks;
        if (target != address(0) && !called) {
            called = true;
            (succeeded, lastResult) = target.call(data);
        }
        require(answer != Answer.Revert, Refused());
        return answer == Answer.Accept ? selector : bytes4(0xdeadbeef);
    }
}
