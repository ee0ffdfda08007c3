// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Policy} from "../libraries/TransferPolicy.sol";

/// @title The transfer agent's desk: what people with roles do to other people's shares and leases
/// @notice The only agent that tokens obey. Every act names its case (the hash of a court order, a notarised loss,
/// a board decision) and is logged. Compliance acts at once; recovery only after its role's delay, in which the
/// act stands open to see in `Roles` and a guardian may cancel it.
/// @dev Warning: the tokens' own rules hold: nothing is moved to an account that may not receive, nor to the sender.
interface ITransferAgent {
    event SharesFrozen(
        uint64 sequence, bytes32 indexed caseId, address indexed share, address indexed account, uint256 amount
    );
    event LeasesFrozen(
        uint64 sequence, bytes32 indexed caseId, uint256 indexed id, address indexed account, uint256 amount
    );
    event SharesForced(
        uint64 sequence,
        bytes32 indexed caseId,
        address indexed share,
        address indexed from,
        address to,
        uint256 amount
    );
    event LeasesForced(
        uint64 sequence, bytes32 indexed caseId, uint256 indexed id, address indexed from, address to, uint256 amount
    );
    event GrantEnded(uint64 sequence, bytes32 indexed caseId, uint256 indexed recordId);
    event SharesRecovered(
        uint64 sequence, bytes32 indexed caseId, address indexed share, address indexed lost, address heir
    );
    event RedirectOrdered(
        uint64 sequence, bytes32 indexed caseId, address indexed share, address indexed lost, address heir
    );
    event RedirectCancelled(uint64 sequence, bytes32 indexed caseId, address indexed share, address indexed lost);
    event PolicyOrdered(
        uint64 sequence, bytes32 indexed caseId, address indexed share, Policy policy, uint256[4] countries
    );

    error CaseMissing();
    error TokenRefused(address token);

    /// @notice Sets how many of an account's shares are frozen. Compliance only.
    /// @dev Requirements of every act: the case is named; what the token requires.
    function freezeShares(address share, address account, uint256 amount, bytes32 caseId) external;

    /// @notice Sets how many of an account's units of one series are frozen. Compliance only.
    function freezeLeases(address account, uint256 id, uint256 amount, bytes32 caseId) external;

    /// @notice Ends a grant of use, so that what is frozen and moved is not kept in use by it. Compliance only.
    function endGrant(uint256 recordId, bytes32 caseId) external;

    /// @notice Moves shares without their holder. Recovery only.
    function forceTransfer(address share, address from, address to, uint256 amount, bytes32 caseId) external;

    /// @notice Moves units of one series without their holder. Recovery only.
    function forceTransferLease(address from, address to, uint256 id, uint256 amount, bytes32 caseId) external;

    /// @notice Moves everything that an account without key holds of a share to its new address. What it earned in
    /// the past stays its own until `orderRedirect`. Recovery only.
    function recover(address share, address lost, address heir, bytes32 caseId) external;

    /// @notice Orders that what `lost` earned in the past and has not been paid goes to `heir`. Recovery only.
    function orderRedirect(address share, address lost, address heir, bytes32 caseId) external;

    /// @notice Ends a redirect. Recovery only.
    function cancelRedirect(address share, address lost, bytes32 caseId) external;

    /// @notice Sets a share's own transfer rules and the countries that they speak of, one bit each. Recovery only.
    function setPolicy(address share, Policy calldata policy, uint256[4] calldata countries, bytes32 caseId) external;
}
