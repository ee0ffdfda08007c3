// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Terms} from "./IAssetRegistry.sol";
import {Opening, Place, Reading, Shown} from "./IDisputes.sol";
import {Posted} from "./IReportOracle.sol";

/// @notice A leaf as it stands in a report's sum tree, whatever it claims: the sums are given beside the reading, as
/// `SumTree.Node` packs them.
struct Leaf {
    Reading reading;
    uint256 times;
    uint256 amounts;
    bytes sumPath;
}

/// @notice A device as the device root has it, at its index.
struct Listed {
    uint32 index;
    bytes32 deviceId;
    address agentKey;
    bytes32[] path;
}

/// @notice A member's signed word that it received a reading, and the larger reading that it received.
struct Received {
    Reading reading;
    bytes signature;
    bytes32[] devicePath;
    uint40 receivedAt;
    bytes receiptSignature;
    uint32 memberPlace;
}

/// @title Proofs of fault: what makes a report void at once, without a bond
/// @notice `place.index` names the device where one is meant. A proof is good until the report is accepted or void.
interface IFaults {
    error NoFault();
    error WrongTerms(bytes32 given, bytes32 inForce);
    error NotLarger(bytes32 reading, bytes32 leaf);
    error ReceivedTooLate(uint256 receivedAt, uint256 deadline);
    error NotTheMember(address recovered, address member);

    /// @notice A period report over another count of assets than the registry's; a report at another asset's place or
    /// of another period; or totals that no valid readings add up to: of other devices than the registry's,
    /// `up + down + excused` above the capacity, `busy` above `up`, energy or work above what the terms let it be.
    function proveTotals(Place calldata place, Posted calldata posted, Shown calldata shown, Terms calldata terms)
        external;

    /// @notice A leaf that breaks a reading's rules: it is of another place, stands beyond the devices, says other sums
    /// than its reading, more seconds than the period has, more busy than up, energy or work above the terms; or
    /// its device was bound to another asset when the period began. That was settled before the period's first reading,
    /// so members know it, and leave the leaf empty: the device's time is unknown. All who signed pay.
    function proveReading(
        Place calldata place,
        Posted calldata posted,
        Shown calldata shown,
        Leaf calldata leaf,
        Terms calldata terms
    ) external;

    /// @notice A leaf of another device than the device root has there.
    function proveDevice(
        Place calldata place,
        Posted calldata posted,
        Shown calldata shown,
        Leaf calldata leaf,
        Listed calldata listed
    ) external;

    /// @notice A device root in which a later place has no larger id than an earlier one. Who signs readings knows the
    /// list: all pay. A report without a second of any reading voids, and costs nobody: there the list need not be
    /// known, so the asset's owner must not earn by it.
    function proveOrder(
        Place calldata place,
        Posted calldata posted,
        Shown calldata shown,
        Listed calldata listed,
        Listed calldata later
    ) external;

    /// @notice A receipt from before `end + postFrom` for a larger reading than the leaf's, which keeps every rule (so
    /// not of a device that was another asset's when the period began), by a member of the list that posted; against
    /// a fallback root, of the list in force now, and its bond pays. Else of the penalty only what the receipt's
    /// giver can pay is taken, and only if he signed the report: else one member and one agent could take the others'
    /// stakes with a receipt that nobody was shown.
    function proveReceipt(
        Place calldata place,
        Posted calldata posted,
        Shown calldata shown,
        Leaf calldata leaf,
        Received calldata received,
        Terms calldata terms
    ) external;

    /// @notice The same where the leaf is empty: that may be right, if the device's key signed two histories. So this
    /// opens a challenge, with a bond, that only the two readings answer. If nobody does, only the giver pays, as
    /// above.
    function challengeByReceipt(
        Place calldata place,
        Posted calldata posted,
        Shown calldata shown,
        bytes calldata sumPath,
        Received calldata received,
        Terms calldata terms
    ) external payable;
}
