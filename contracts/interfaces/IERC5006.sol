// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title ERC-5006: the use of tokens apart from their ownership
/// @notice A record ends with the period of its token: all records of an id end at the same second, so two
/// counters per account and id say everything, and nothing has to be cleaned up.
/// @dev ERC-165 id 0xc26d96cc.
interface IERC5006 {
    /// @notice `user` may use `amount` of the owner's tokens until `expiry`.
    struct UserRecord {
        uint256 tokenId;
        address owner;
        uint64 amount;
        address user;
        uint64 expiry;
    }

    event CreateUserRecord(
        uint256 recordId, uint256 tokenId, uint64 amount, address owner, address user, uint64 expiry
    );
    event DeleteUserRecord(uint256 recordId);

    /// @notice Units granted to the account and alive now. Units that it owns and has not granted out are its to
    /// use besides.
    function usableBalanceOf(address account, uint256 tokenId) external view returns (uint256);

    /// @notice Units that the account owns and has granted out: they cannot move until the period ends.
    function frozenBalanceOf(address account, uint256 tokenId) external view returns (uint256);

    /// @notice A record; zeros if there is none. It can be read after its expiry until somebody deletes it.
    function userRecordOf(uint256 recordId) external view returns (UserRecord memory);

    /// @notice Lets `user` use `amount` of the owner's units until the period ends; the owner cannot end it earlier.
    /// @dev Requirements: the caller is the owner or his operator; the user is not zero; the amount is neither zero
    /// nor above what the owner has neither granted out nor frozen; `expiry` is the end of the token's period
    /// and lies ahead; neither account is frozen.
    function createUserRecord(address owner, address user, uint256 tokenId, uint64 amount, uint64 expiry)
        external
        returns (uint256 recordId);

    /// @notice Deletes a record: its user (or his operator) gives the use back, or an agent ends it, or it has
    /// expired and anyone clears it away.
    /// @dev Requirements: the record exists; before expiry, the caller is an agent, or the user or his operator and
    /// the user is not frozen.
    function deleteUserRecord(uint256 recordId) external;
}
