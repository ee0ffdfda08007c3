// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice What members risk, in wei, and where fees without another recipient go. Fixed at deployment.
struct Stakes {
    /// @notice Stake from which an appointed member signs.
    uint128 minStake;
    /// @notice Least penalty for a report that is found void.
    uint128 floorWei;
    /// @notice Wei per base unit of escrow: with it, the penalty grows with the value that the report moves.
    uint128 weiPerBaseUnit;
    /// @notice What every member loses for a period in which none of them posted.
    uint128 missFee;
    /// @notice Bond of a fallback root.
    uint128 fallbackBond;
    /// @notice Where miss fees go.
    address treasury;
}

/// @title Members: who signs period reports, and what they risk by it
/// @notice Members are appointed, and sign once their stake in native coin reaches the minimum. The list in force is
/// kept in code, ascending, one version after the other; a signature is a bit in the list's order. The quorum counts
/// appointments, so a member that leaves makes it harder to reach, never easier.
interface IMembers {
    /// @notice A member's stake. `leftAt` 0: he has not left. `appointment`: the round of appointments that names him.
    struct Stake {
        uint128 amount;
        uint40 leftAt;
        uint24 appointment;
    }

    event MembersAppointed(uint64 sequence, address[] members, uint32 quorum);
    event MembersUpdated(uint64 sequence, uint32 version, address[] members, uint32 quorum);
    event StakeDeposited(uint64 sequence, address indexed member, uint256 amount);
    event StakeLeft(uint64 sequence, address indexed member, uint256 freeAt);
    event StakeWithdrawn(uint64 sequence, address indexed member, uint256 amount);
    event MissCharged(uint64 sequence, uint32 indexed period, uint32 membersVersion, uint256 taken);

    error InvalidQuorum(uint256 quorum, uint256 members);
    error TooManyMembers(uint256 members, uint256 limit);
    error MembersOutOfOrder(address previous, address member);
    error NotInList(address member, uint32 version);
    error StakeSuffices(address member, uint256 amount, uint256 minimum);
    error NothingStaked(address member);
    error StillBound(address member, uint256 timestamp, uint256 freeAt);
    error NotMissed(uint32 period);
    error MissAlreadyCharged(uint32 period);
    error NotInForce(uint32 version, uint256 timestamp);

    /// @notice Appoints members and sets the quorum. Restricted; its delay outlasts every window. Who was in the list
    /// and is not appointed again has left.
    /// @dev Requirements: more than half of the appointed make a quorum; at most 32; ascending, so no zero and no
    /// double member. Only those who have their stake enter the list.
    function setMembers(address[] calldata newMembers, uint32 newQuorum) external;

    /// @notice Adds to the caller's stake; he has no longer left. An appointed one with the minimum enters the list.
    function depositStake() external payable;

    /// @notice The caller leaves: he signs no more from now on, and is free 30 days later.
    /// @dev Requirements: he has a stake or stands in the list.
    function leaveMembers() external;

    /// @notice Takes a member whose stake has fallen under the minimum off the list. Anyone.
    function dropMember(address member) external;

    /// @notice Pays out the stake of one who left at least 30 days ago; to be taken by `claimWei`.
    function withdrawStake() external;

    /// @notice Charges those who were members at the end of a period that no member posted; `version` names their
    /// list. Anyone, once per period, after the post window.
    function chargeMiss(uint32 period, uint32 version) external;

    /// @notice Members in force, how many must agree, and the version of the list; the first is 1.
    function members() external view returns (address[] memory, uint32 quorum, uint32 version);

    /// @notice The list of that version.
    function membersAt(uint32 version) external view returns (address[] memory);

    /// @notice A member's stake.
    function stakeOf(address member) external view returns (Stake memory);

    /// @notice The constants of this deployment.
    function stakes() external view returns (Stakes memory);

    /// @notice Number that the last event carried.
    function sequence() external view returns (uint64);
}
