// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Waterfall} from "../libraries/Waterfall.sol";
import {Terms} from "./IAssetRegistry.sol";
import {Evidence} from "./IReportOracle.sol";
import {IPeriods} from "./IPeriods.sol";

/// @title The books: escrow, bonds, spot revenue, the waterfall, and what everybody may take
/// @notice Every base unit that comes in is in exactly one place until it goes out: escrow, locked credit, spot
/// deposits, free bond, owed, the holders' pool, or a remainder that stays.
/// @dev Warning: stablecoins are trusted to move exactly what they are asked to; `Vault.pull` checks it coming in.
interface ISettlement is IPeriods {
    /// @notice What may happen next to a period. `Open`: sales, deposits, one closing. The others are final.
    enum State {
        Open,
        Settled,
        Unreported,
        Skipped
    }

    /// @notice How far the issuer's licence carries the coin (GENIUS Act); 0 = not allowed here.
    enum IssuerStatus {
        NotAllowed,
        Unknown,
        ForeignComparable,
        Permitted
    }

    /// @notice An asset's money, in base units of `coin`.
    struct Book {
        address vault;
        uint32 nextPeriod;
        address share;
        address coin;
        uint128 bondFree;
        uint128 holderPool;
    }

    /// @notice One asset's period. `reserved` is the locked credit until the period closes, then what is left for
    /// refunds and credits. `promised`, `shortfall` and `breach` are device-seconds.
    struct PeriodBook {
        uint128 escrow;
        uint128 spot;
        uint128 reserved;
        uint40 soldUnits;
        uint32 devices;
        State state;
        bytes32 termsHash;
        uint40 promised;
        uint40 shortfall;
        uint40 breach;
        uint16 creditBps;
    }

    /// @notice A purchase that `LeaseToken` asks to book.
    struct Sale {
        uint32 assetId;
        uint32 period;
        address buyer;
        uint64 units;
        uint128 price;
    }

    event CoinStatusUpdated(uint64 sequence, address indexed coin, IssuerStatus status, bytes32 attestation);
    event SalesPaused(uint64 sequence, uint256 until);
    event AssetOpened(
        uint64 sequence, uint32 indexed assetId, address vault, address share, address coin, uint32 firstPeriod
    );
    event BondDeposited(uint64 sequence, uint32 indexed assetId, address indexed from, uint256 amount);
    event BondWithdrawn(uint64 sequence, uint32 indexed assetId, address indexed to, uint256 amount);
    event SaleBooked(
        uint64 sequence,
        uint32 indexed assetId,
        uint32 indexed period,
        address indexed buyer,
        uint256 units,
        uint256 price,
        uint256 creditLocked
    );
    event SpotDeposited(
        uint64 sequence,
        uint32 indexed assetId,
        uint32 indexed period,
        address indexed from,
        uint256 amount,
        bytes32 code
    );
    event PeriodSettled(
        uint64 sequence,
        uint32 indexed assetId,
        uint32 indexed period,
        uint32 revision,
        address owner,
        Waterfall.Outcome outcome
    );
    event PeriodUnreported(
        uint64 sequence, uint32 indexed assetId, uint32 indexed period, address owner, Waterfall.Outcome outcome
    );
    event PeriodSkipped(uint64 sequence, uint32 indexed assetId, uint32 indexed period);
    event Redeemed(
        uint64 sequence, address indexed holder, uint256 indexed id, uint256 units, uint256 refund, uint256 credit
    );
    event Claimed(
        uint64 sequence, address indexed vault, address indexed coin, address indexed payee, uint256 amount
    );
    event ClaimFailed(uint64 sequence, address indexed vault, address indexed coin, address indexed payee);
    event HolderPaid(uint64 sequence, uint32 indexed assetId, address indexed holder, address to, uint256 amount);

    error NotLeaseToken(address caller);
    error NotShare(uint32 assetId, address caller);
    error NotOwner(uint32 assetId, address caller, address owner);
    error NotActive(uint32 assetId);
    error AlreadyOpen(uint32 assetId);
    error NotOpen(uint32 assetId);
    error CoinNotAllowed(address coin);
    error WrongTerms(bytes32 given, bytes32 inForce);
    error PausedUntil(uint256 until);
    error PauseTooLong(uint256 until, uint256 limit);
    error SaleClosed(uint32 period, uint256 timestamp, uint256 start);
    error AboveCapacity(uint256 units, uint256 sold, uint256 capacity);
    error InsufficientBond(uint256 free, uint256 needed);
    error ZeroAmount();
    error PeriodClosed(uint32 assetId, uint32 period, State state);
    error PeriodNotClosed(uint32 assetId, uint32 period);
    error PeriodNotStarted(uint32 period, uint32 current);
    error OutOfOrder(uint32 assetId, uint32 period, uint32 next);
    error NotEmpty(uint32 assetId, uint32 period, uint256 escrow, uint256 spot);
    error TooEarly(uint256 timestamp, uint256 earliest);
    error TooManyPeriods(uint256 periods, uint256 limit);
    error NothingOwed(address vault, address coin, address payee);
    error AccountFrozen(address account);

    /// @notice Sets a stablecoin's issuer status; `NotAllowed` stops new assets, never payments. Restricted.
    function setCoinStatus(address coin, IssuerStatus status, bytes32 attestation) external;

    /// @notice Stops sales and deposits until `until`, at most 7 days ahead; reports, settlement and claims go on.
    /// Guardian only.
    function pauseSales(uint256 until) external;

    /// @notice Opens an active asset: its vault, its share token, its first period. Anyone may call.
    /// @dev Requirements: active, not yet open; `terms` are in force now; the coin is allowed.
    function openAsset(uint32 assetId, Terms calldata terms) external returns (address vault, address share);

    /// @notice Adds to the bond that credits are locked from; the caller has approved the vault.
    function depositBond(uint32 assetId, uint128 amount) external;

    /// @notice Takes back free bond. Owner only.
    function withdrawBond(uint32 assetId, uint128 amount) external;

    /// @notice Books a sale: price into escrow, largest credit locked. `LeaseToken` only.
    /// @dev Requirements: not paused; the period has not started; `terms` are the period's; units are left; the
    /// free bond covers the credit.
    function bookSale(Sale calldata sale, Terms calldata terms) external;

    /// @notice Adds spot revenue to a period that has started and is not closed; the caller has approved the vault.
    function depositSpot(uint32 assetId, uint32 period, uint128 amount, bytes32 code) external;

    /// @notice Settles the asset's next period by its accepted report. Anyone may call.
    /// @dev Requirements: `terms` are the period's; the evidence is for this asset and its next period, and stands.
    function settle(uint32 assetId, Terms calldata terms, Evidence calldata evidence) external;

    /// @notice Closes the asset's next period without report, after the hard end. Anyone may call.
    function settleUnreported(uint32 assetId, Terms calldata terms, bytes32[][] calldata absences) external;

    /// @notice Passes `count` periods without sale or deposit, once their post window has ended. Anyone may call.
    function skip(uint32 assetId, uint32 count) external;

    /// @notice Burns lease units of a closed period and books refund and credit as owed. Anyone may call.
    /// @dev Requirements: the holder is not frozen and has the units. Works past pauses and expired credentials.
    function redeem(address holder, uint256 id, uint64 units) external;

    /// @notice Pays what a payee is owed. Anyone may call; the money goes to the payee.
    function claim(address vault, address coin, address payee) external returns (uint256 amount);

    /// @notice Pays many payees; who is owed nothing or cannot receive is passed over and stays owed.
    function claimBatch(address vault, address coin, address[] calldata payees) external;

    /// @notice Pays a holder out of the pool. The asset's share only.
    function payHolder(uint32 assetId, address holder, address to, uint256 amount) external;

    /// @notice What a payee may take.
    function owed(address vault, address coin, address payee) external view returns (uint256);

    /// @notice Everything that came into a vault through the books and has not gone out: the vault's balance is
    /// never less, unless the coin's issuer took some.
    function booked(address vault, address coin) external view returns (uint256);

    /// @notice An asset's money.
    function bookOf(uint32 assetId) external view returns (Book memory);

    /// @notice An asset's period.
    function periodOf(uint32 assetId, uint32 period) external view returns (PeriodBook memory);

    /// @notice A coin's issuer status.
    function coinStatusOf(address coin) external view returns (IssuerStatus);
}
