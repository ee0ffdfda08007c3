// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ISettlement} from "./ISettlement.sol";

/// @title The coins of one asset in one epoch, apart from everybody else's
/// @notice Holds one coin, named at creation; `Settlement` keeps the books, the asset's share pays holders.
/// @dev Warning: another coin sent here by mistake stays here.
interface IVault {
    error NotSettlement(address caller);
    error NotPayer(address caller);
    error WrongCoin(address coin, address held);
    error NotExactAmount(address coin, uint256 asked, uint256 received);
    error LossUnrecognized(address coin, uint256 held, uint256 booked);
    error NotSplitSignature(uint256 length);

    /// @notice The one coin that it holds.
    function coin() external view returns (address);

    /// @notice Who keeps its books.
    function settlement() external view returns (address);

    /// @notice The share whose holders are paid from here.
    function share() external view returns (address);

    /// @notice Takes `amount` from `from`, who has approved this vault. Settlement only.
    /// @dev Requirements: the vault holds no less than `booked`, the books before this payment, so that nobody pays
    /// in for a loss that was not recognized; the coin moves exactly that amount (no fee on transfer).
    function pull(address from, uint256 amount, uint256 booked) external;

    /// @notice Takes `amount` from `from` by his EIP-3009 authorization, whose `to` is this vault. Settlement only.
    /// @dev Requirements: those of `pull`; the coin accepts the signature; 65 bytes where it is to be split.
    function pullSigned(
        address from,
        uint256 amount,
        uint256 booked,
        ISettlement.Authorization calldata authorization
    ) external;

    /// @notice Pays `amount` to `to`. Settlement or the share.
    /// @dev Requirements: the vault's coin; the coin moves it.
    function push(address coin, address to, uint256 amount) external;

    /// @notice Pays each payee his amount, passing over those of nothing. Says at which places, ascending, the coin
    /// refused, burnt more than its share of gas or answered too much. Settlement or the share.
    /// @dev Requirements: the vault's coin; an amount for every payee.
    function tryPush(address coin, address[] calldata payees, uint256[] calldata amounts)
        external
        returns (uint256[] memory refused);
}
