// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title ERC-7943 for multi-tokens: real world assets that an authority can freeze and move
/// @dev ERC-165 id 0x41c4fbad.
interface IERC7943MultiToken {
    /// @notice An authority moved tokens without their holder's consent.
    event ForcedTransfer(address indexed from, address indexed to, uint256 indexed tokenId, uint256 amount);

    /// @notice `amount` tokens of the account are frozen from now on; it replaces what was frozen before.
    event Frozen(address indexed account, uint256 indexed tokenId, uint256 amount);

    error ERC7943CannotSend(address account);
    error ERC7943CannotReceive(address account);
    error ERC7943CannotTransfer(address from, address to, uint256 tokenId, uint256 amount);
    error ERC7943InsufficientUnfrozenBalance(address account, uint256 tokenId, uint256 amount, uint256 unfrozen);

    /// @notice Moves tokens past freezes of their holder and of the tokens; frozen ones last.
    /// @dev Requirements: the caller is an agent; `from` is not zero and not `to`; `to` can receive; the tokens are
    /// there and not granted out (an agent can end the grant first). `Frozen` precedes the transfer if frozen
    /// tokens go.
    function forcedTransfer(address from, address to, uint256 tokenId, uint256 amount) external returns (bool);

    /// @notice Freezes that many tokens, more than are held if need be; replaces the earlier number.
    /// @dev Requirements: the caller is an agent.
    function setFrozenTokens(address account, uint256 tokenId, uint256 amount) external returns (bool);

    /// @notice Whether the account may send at all. Never reverts.
    function canSend(address account) external view returns (bool);

    /// @notice Whether the account may receive at all. Never reverts.
    function canReceive(address account) external view returns (bool);

    /// @notice How many tokens are frozen; may be more than are held. Never reverts.
    function getFrozenTokens(address account, uint256 tokenId) external view returns (uint256);

    /// @notice Whether the transfer would pass now, the receiver's own consent aside. Never reverts.
    function canTransfer(address from, address to, uint256 tokenId, uint256 amount) external view returns (bool);
}
