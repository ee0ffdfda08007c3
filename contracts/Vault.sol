// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IReceiveWithAuthorization} from "./interfaces/IReceiveWithAuthorization.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";
import {IVault} from "./interfaces/IVault.sol";

/// @title Vault
contract Vault is IVault {
    using SafeERC20 for IERC20;

    /// @dev What one payment may burn: several times what known stablecoins need, and far below a block.
    uint256 private constant PUSH_GAS = 200_000;

    address public immutable settlement;
    address public immutable share;
    address public immutable coin;

    modifier onlyFor(address asked) {
        if (asked != coin) revert WrongCoin(asked, coin);
        _;
    }

    modifier onlySettlement() {
        if (msg.sender != settlement) revert NotSettlement(msg.sender);
        _;
    }

    modifier onlyPayers() {
        if (msg.sender != settlement && msg.sender != share) revert NotPayer(msg.sender);
        _;
    }

    constructor(address settlement_, address share_, address coin_) {
        (settlement, share, coin) = (settlement_, share_, coin_);
    }

    /// @inheritdoc IVault
    function pull(address from, uint256 amount, uint256 booked) external onlySettlement {
        uint256 before = _requireWhole(booked);
        IERC20(coin).safeTransferFrom(from, address(this), amount);
        _requireExact(before, amount);
    }

    /// @inheritdoc IVault
    function pullSigned(
        address from,
        uint256 amount,
        uint256 booked,
        ISettlement.Authorization calldata a
    ) external onlySettlement {
        uint256 before = _requireWhole(booked);
        if (a.split) _receiveSplit(from, amount, a);
        else {
            IReceiveWithAuthorization(coin).receiveWithAuthorization(
                from, address(this), amount, a.validAfter, a.validBefore, a.nonce, a.signature
            );
        }
        _requireExact(before, amount);
    }

    /// @inheritdoc IVault
    function push(address asked, address to, uint256 amount) external onlyPayers onlyFor(asked) {
        IERC20(coin).safeTransfer(to, amount);
    }

    /// @inheritdoc IVault
    function tryPush(address asked, address[] calldata payees, uint256[] calldata amounts)
        external
        onlyPayers
        onlyFor(asked)
        returns (uint256[] memory refused)
    {
        refused = new uint256[](payees.length);
        uint256 count = 0;
        for (uint256 i = 0; i < payees.length; ++i) {
            uint256 amount = amounts[i];
            if (amount != 0 && !_isPaid(payees[i], amount)) refused[count++] = i;
        }
        assembly ("memory-safe") {
            mstore(refused, count)
        }
    }

    /// @dev Whether the coin moved it, and said so.
    function _isPaid(address to, uint256 amount) private returns (bool paid) {
        (address token, bytes4 selector) = (coin, IERC20.transfer.selector);
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, selector)
            mstore(add(data, 4), to)
            mstore(add(data, 36), amount)
            // one word of the answer at most: a long one costs the token's gas, not ours
            mstore(0, 0)
            paid := call(PUSH_GAS, token, 0, data, 68, 0, 32)
            switch returndatasize()
            case 0 { paid := and(paid, gt(extcodesize(token), 0)) }
            default { paid := and(paid, and(gt(returndatasize(), 31), eq(mload(0), 1))) }
        }
    }

    function _receiveSplit(address from, uint256 amount, ISettlement.Authorization calldata a) private {
        if (a.signature.length != 65) revert NotSplitSignature(a.signature.length);
        IReceiveWithAuthorization(coin).receiveWithAuthorization(
            from,
            address(this),
            amount,
            a.validAfter,
            a.validBefore,
            a.nonce,
            uint8(a.signature[64]),
            bytes32(a.signature[:32]),
            bytes32(a.signature[32:64])
        );
    }

    /// @dev What the vault holds before a payment; no less than its books say.
    function _requireWhole(uint256 booked) private view returns (uint256 held) {
        held = IERC20(coin).balanceOf(address(this));
        if (held < booked) revert LossUnrecognized(coin, held, booked);
    }

    function _requireExact(uint256 before, uint256 amount) private view {
        uint256 received = IERC20(coin).balanceOf(address(this)) - before;
        if (received != amount) revert NotExactAmount(coin, amount, received);
    }
}
