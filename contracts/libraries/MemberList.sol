// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IReportOracle} from "../interfaces/IReportOracle.sol";

/// @title A list of at most 32 ascending addresses, kept in the code of a contract that does nothing
/// @dev Code: `00 ‖ since (5) ‖ 20 bytes per member`. Reading it costs one cold account however long it is.
library MemberList {
    uint256 internal constant MAX_MEMBERS = 32;
    uint256 private constant HEAD = 6;

    /// @notice Writes a list; it is in force since now.
    function store(address[] memory members) internal returns (address pointer) {
        bytes memory code = abi.encodePacked(bytes1(0), uint40(block.timestamp));
        for (uint256 i = 0; i < members.length; ++i) {
            code = bytes.concat(code, bytes20(members[i]));
        }
        // returns everything behind its own ten bytes: PUSH2 length, DUP1, PUSH1 10, 0, CODECOPY, 0, RETURN
        bytes memory creation = abi.encodePacked(hex"61", uint16(code.length), hex"80600a3d393df3", code);
        assembly ("memory-safe") {
            pointer := create(0, add(creation, 32), mload(creation))
        }
        assert(pointer != address(0));
    }

    /// @notice The list as it stands in code, for `count` and `memberAt`.
    function load(address pointer) internal view returns (bytes memory) {
        return pointer.code;
    }

    /// @notice How many members a loaded list has.
    function count(bytes memory list) internal pure returns (uint256) {
        return list.length < HEAD ? 0 : (list.length - HEAD) / 20;
    }

    /// @notice The member at `place` of a loaded list; `place` is below `count`.
    function memberAt(bytes memory list, uint256 place) internal pure returns (address member) {
        assembly ("memory-safe") {
            member := shr(96, mload(add(add(list, 38), mul(place, 20))))
        }
    }

    /// @notice The place of `member` at or behind `place` of a loaded list; reverts if he does not stand there.
    function placeFrom(bytes memory list, uint256 place, address member) internal pure returns (uint256) {
        address found;
        assembly ("memory-safe") {
            let first := add(list, 38)
            let at := add(first, mul(place, 20))
            for { let end := add(add(list, 32), mload(list)) } lt(at, end) { at := add(at, 20) } {
                found := shr(96, mload(at))
                if iszero(lt(found, member)) { break }
            }
            place := div(sub(at, first), 20)
        }
        if (found != member) revert IReportOracle.NotMember(member);
        return place;
    }

    /// @notice Since when a loaded list is in force.
    function sinceOf(bytes memory list) internal pure returns (uint256 since) {
        assembly ("memory-safe") {
            since := and(shr(208, mload(add(list, 32))), 0xffffffffff)
        }
    }

    /// @notice The members of a loaded list.
    function unpack(bytes memory list) internal pure returns (address[] memory members) {
        members = new address[](count(list));
        for (uint256 i = 0; i < members.length; ++i) {
            members[i] = memberAt(list, i);
        }
    }

    /// @notice The place of `member` in ascending `members`, or of the first one above him.
    function placeOf(address[] memory members, address member) internal pure returns (uint256 place, bool found) {
        while (place < members.length && members[place] < member) ++place;
        found = place < members.length && members[place] == member;
    }

    /// @notice The list with `member` put in at `place`.
    function insert(address[] memory members, uint256 place, address member)
        internal
        pure
        returns (address[] memory longer)
    {
        longer = new address[](members.length + 1);
        for (uint256 i = 0; i < longer.length; ++i) {
            longer[i] = i < place ? members[i] : i == place ? member : members[i - 1];
        }
    }

    /// @notice The list without the one at `place`.
    function remove(address[] memory members, uint256 place) internal pure returns (address[] memory shorter) {
        shorter = new address[](members.length - 1);
        for (uint256 i = 0; i < shorter.length; ++i) {
            shorter[i] = members[i < place ? i : i + 1];
        }
    }
}
