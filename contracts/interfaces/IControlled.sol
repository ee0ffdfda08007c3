// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Policy} from "../libraries/TransferPolicy.sol";

/// @title What an agent may do to a share (the first two as in ERC-7943)
/// @dev The share asks the identity registry whether its caller is an agent.
interface IControlledShare {
    /// @notice Sets how many of the account's shares are frozen, whether it has them or not.
    function setFrozenTokens(address account, uint256 amount) external returns (bool);

    /// @notice Moves shares, frozen ones too, to a receiver who may receive.
    function forcedTransfer(address from, address to, uint256 amount) external returns (bool);

    /// @notice Moves everything that an account without key holds, with its freezes and liens, to its new address.
    function recover(address lost, address heir) external;

    /// @notice Pays to `to`, some time from now on, what `account` earned in the past.
    function orderRedirect(address account, address to) external;

    /// @notice Withdraws such an order.
    function cancelRedirect(address account) external;

    /// @notice Sets the share's own rules.
    function setPolicy(Policy calldata policy) external;

    /// @notice Sets the countries that the rules speak of, one bit each.
    function setCountries(uint256[4] calldata countries) external;
}

/// @title What an agent may do to lease tokens (ERC-7943, multi-token)
/// @dev The token asks the identity registry whether its caller is an agent.
interface IControlledLease {
    /// @notice Sets how many of the account's units are frozen, whether it has them or not.
    function setFrozenTokens(address account, uint256 id, uint256 amount) external returns (bool);

    /// @notice Moves units, frozen ones too, to a receiver who may receive.
    function forcedTransfer(address from, address to, uint256 id, uint256 amount) external returns (bool);

    /// @notice Ends a grant of use (ERC-5006); the units are their owner's to use again.
    function deleteUserRecord(uint256 recordId) external;
}
