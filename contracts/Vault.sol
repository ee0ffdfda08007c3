// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IVault} from "./interfaces/IVault.sol";

/// @title Vault
contract Vault is IVault {
    using SafeERC20 for IERC20;

    address public immutable settlement;

    modifier onlySettlement() {
        require(msg.sender == settlement, NotSettlement(msg.sender));
        _;
    }

    constructor() {
        settlement = msg.sender;
    }

    /// @inheritdoc IVault
    function pull(address coin, address from, uint256 amount) external onlySettlement {
        uint256 before = IERC20(coin).balanceOf(address(this));
        IERC20(coin).safeTransferFrom(from, address(this), amount);
        uint256 received = IERC20(coin).balanceOf(address(this)) - before;
        require(received == amount, NotExactAmount(coin, amount, received));
    }

    /// @inheritdoc IVault
    function push(address coin, address to, uint256 amount) external onlySettlement {
        IERC20(coin).safeTransfer(to, amount);
    }
}
