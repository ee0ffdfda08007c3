// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title A tenant that is a contract, and calls back whenever it is told of leases, coins or wei
contract ContractTenant {
    address private immutable DIRECTOR = msg.sender;
    address private _target;
    bytes private _data;
    uint256 public fired;
    uint256 public succeeded;

    receive() external payable {
        _fire();
    }

    /// @notice From now on: what to call when called.
    function arm(address target, bytes calldata data) external {
        require(msg.sender == DIRECTOR, "only the rig");
        (_target, _data) = (target, data);
        (fired, succeeded) = (0, 0);
    }

    function onERC1155Received(address, address, uint256, uint256, bytes calldata) external returns (bytes4) {
        _fire();
        return this.onERC1155Received.selector;
    }

    function onERC1155BatchReceived(address, address, uint256[] calldata, uint256[] calldata, bytes calldata)
        external
        returns (bytes4)
    {
        _fire();
        return this.onERC1155BatchReceived.selector;
    }

    function onCoins(address, address, address, uint256) external {
        _fire();
    }

    function _fire() private {
        if (_target == address(0)) return;
        ++fired;
        (bool ok,) = _target.call(_data);
        if (ok) ++succeeded;
    }
}
