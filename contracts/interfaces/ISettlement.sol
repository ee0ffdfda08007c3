// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OfferWord} from "../libraries/OfferWord.sol";
import {Waterfall} from "../libraries/Waterfall.sol";
import {IAssetRegistry, Terms} from "./IAssetRegistry.sol";
import {IDisputes} from "./IDisputes.sol";
import {IIdentityRegistry} from "./IIdentityRegistry.sol";
import {IPeriods} from "./IPeriods.sol";
import {Absence, Evidence, IReportOracle} from "./IReportOracle.sol";
import {IVaultFactory} from "./IVaultFactory.sol";

/// @notice The contracts that Settlement works with, fixed at its creation.
struct Neighbours {
    address authority;
    IAssetRegistry registry;
    IIdentityRegistry identities;
    IReportOracle oracle;
    IDisputes disputes;
    address leaseToken;
    IVaultFactory vaults;
}

/// @title The books: escrow, bonds, spot revenue, the waterfall, and what everybody may take
/// @notice Every base unit that comes in is in exactly one place until it goes out: escrow, locked credit, spot
/// deposits, free bond, owed, the holders' part, or a remainder that stays.
/// @dev Warning: stablecoins are trusted to move exactly what they are asked to; `Vault.pull` checks it coming in.
/// Where a vault has lost coins all the same, anyone lets it pay every claim alike by `recognizeLoss`.
interface ISettlement is IPeriods {
    /// @notice What may happen next to a period. `Open`: sales, deposits, one closing. The others are final.
    enum State {
        Open,
        Settled,
        Unreported,
        Skipped
    }

    /// @notice An asset: its newest epoch with its vault and first period, the next period to close, its share.
    struct Asset {
        address vault;
        uint32 epochFrom;
        uint16 epoch;
        uint32 nextPeriod;
        address share;
    }

    /// @notice A vault's books. `booked` is all that came in and has not gone out, without the holders' part, which
    /// the share counts; `bondFree` is the part of it that backs nothing. An impaired vault takes nothing more.
    struct Funds {
        uint256 booked;
        uint256 bondFree;
        bool impaired;
    }

    /// @notice An impaired vault pays `balance / obligations` of every claim.
    struct Loss {
        uint128 balance;
        uint128 obligations;
    }

    /// @notice One asset's period. `reserved` is the locked credit until the period closes, then what is left for
    /// refunds and credits. `promised`, `shortfall` and `breach` are device-seconds; `unitSeconds`, `creditBps`,
    /// `capacityUnits` and `termsVersion` are set by the first sale. `mixed`: sold at more than one price.
    struct PeriodBook {
        uint128 escrow;
        uint128 spot;
        uint128 reserved;
        uint40 soldUnits;
        uint40 capacityUnits;
        uint32 unitSeconds;
        uint32 termsVersion;
        uint16 creditBps;
        State state;
        bool revised;
        uint40 promised;
        uint40 shortfall;
        uint40 breach;
        uint40 redeemedUnits;
        bool mixed;
    }

    /// @notice A payer's EIP-3009 authorization to move coins to the vault, which uses it itself. `split` asks for
    /// the coin's form with `v, r, s`; otherwise the signature goes as bytes (ERC-1271 wallets sign that way).
    struct Authorization {
        uint256 validAfter;
        uint256 validBefore;
        bytes32 nonce;
        bytes signature;
        bool split;
    }

    event SalesPaused(uint64 sequence, uint256 until);
    event AssetOpened(
        uint64 sequence, uint32 indexed assetId, address vault, address share, address coin, uint32 firstPeriod
    );
    event EpochStarted(
        uint64 sequence, uint32 indexed assetId, uint32 epoch, uint32 fromPeriod, address vault, address coin
    );
    event LossRecognized(
        uint64 sequence, uint32 indexed assetId, uint32 epoch, uint256 balance, uint256 obligations
    );
    event BondDeposited(
        uint64 sequence, uint32 indexed assetId, uint32 epoch, address indexed from, uint256 amount
    );
    event BondWithdrawn(
        uint64 sequence, uint32 indexed assetId, uint32 epoch, address indexed to, uint256 amount, uint256 paid
    );
    event SaleBooked(
        uint64 sequence,
        address indexed payer,
        uint256 indexed firstId,
        uint32 count,
        uint256 units,
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
    event PeriodsSkipped(uint64 sequence, uint32 indexed assetId, uint32 fromPeriod, uint32 count);
    event Redeemed(
        uint64 sequence, address indexed holder, uint256 indexed id, uint256 units, uint256 refund, uint256 credit
    );
    event Claimed(
        uint64 sequence,
        address indexed vault,
        address indexed coin,
        address indexed payee,
        uint256 amount,
        uint256 paid
    );
    event ClaimFailed(uint64 sequence, address indexed vault, address indexed coin, address indexed payee);

    error NotLeaseToken(address caller);
    error NotOwner(uint32 assetId, address caller, address owner);
    error AlreadyOpen(uint32 assetId);
    error NotOpen(uint32 assetId);
    error UnknownEpoch(uint32 assetId, uint32 epoch, uint32 newest);
    error NotOneEpoch(uint32 assetId, uint32 fromPeriod, uint32 count);
    error Impaired(address vault);
    error NotPayee(address vault, address caller, address payee);
    error NothingToPay(address vault, uint256 amount);
    error WrongTerms(bytes32 given, bytes32 inForce);
    error WrongVersion(uint256 given, uint256 pinned);
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
    error NotEmpty(uint32 assetId, uint32 period);
    error TooEarly(uint256 timestamp, uint256 earliest);
    error TooManyPeriods(uint256 periods, uint256 limit);
    error NothingOwed(address vault, address coin, address payee);
    error AccountFrozen(address account);

    /// @notice Stops sales and deposits until `until`, at most 7 days ahead; reports, settlement and claims go on.
    /// Guardian only.
    function pauseSales(uint256 until) external;

    /// @notice Opens an active asset: its vault, its share token, its first period. Anyone may call.
    /// @dev Requirements: active, not yet open; `terms` are in force now; the coin is allowed.
    function openAsset(uint32 assetId, Terms calldata terms) external returns (address vault, address share);

    /// @notice Sends the money of later periods to a new vault, in `coin`. Owner only.
    /// @dev Requirements: no epoch is pending; the coin is allowed, its status is not below the present coin's and
    /// it has the same decimals. The epoch starts with the first period after everything sold or excused, and
    /// after the notice that the terms give, or without notice where the present vault is impaired.
    function startEpoch(uint32 assetId, address coin) external;

    /// @notice Lets a vault that holds less than it owes pay every claim the same part from now on. Anyone may call,
    /// and again where the part has changed: books go down by nominal amounts, so the part stays right.
    /// @dev Requirements: the vault holds less than all nominal claims on it, the holders' included, or did when
    /// this was last called.
    /// Warning: who is paid before coins come back keeps what he got; the part never exceeds one.
    function recognizeLoss(uint32 assetId, uint32 epoch) external;

    /// @notice Adds to the bond that an epoch's credits are locked from; the caller has approved its vault.
    /// @dev Requirements: not paused; the epoch is not impaired; its vault holds what is booked.
    function depositBond(uint32 assetId, uint32 epoch, uint128 amount) external;

    /// @notice Takes back an epoch's free bond. Owner only.
    /// @dev Requirements: the owner is not frozen; the vault pays for it a base unit or more.
    function withdrawBond(uint32 assetId, uint32 epoch, uint128 amount) external;

    /// @notice Books a run of sales, paid by allowance: prices into escrow, largest credit locked. `LeaseToken` only.
    /// `sold` is the part of an offer that is bought, `units` of each of its periods; what it says of the terms was
    /// checked against the registry when the offer was made.
    /// @return mixed Bit i is set where the run's period i has been sold at more than one price, and bit 128 + i where
    /// this sale is the first at a second one.
    /// @dev Requirements: not paused; no period has started; 1 … 100 periods of one epoch, which is not impaired;
    /// the version of the terms is the periods'; units are left in each; the free bond covers the credit; the vault
    /// holds what was booked before, the holders' part aside: a loss of it is recognized before anybody pays in.
    function bookSale(OfferWord sold, uint40 units, address payer) external returns (uint256 mixed);

    /// @notice The same, paid by the payer's EIP-3009 authorization to the vault.
    function bookSaleSigned(OfferWord sold, uint40 units, address payer, Authorization calldata authorization)
        external
        returns (uint256 mixed);

    /// @notice Adds spot revenue to a period that has started and is not closed; the caller has approved the vault.
    /// @dev Requirements: not paused; not nothing; the period's epoch is not impaired; its vault holds what is booked.
    function depositSpot(uint32 assetId, uint32 period, uint128 amount, bytes32 code) external;

    /// @notice Settles the asset's next period by its accepted report. Anyone may call.
    /// @dev Requirements: `terms` are the period's; the evidence is for this asset and its next period, and stands.
    function settle(uint32 assetId, Terms calldata terms, Evidence calldata evidence) external;

    /// @notice Closes the asset's next period without report, after the hard end. Anyone may call.
    /// @dev Requirements: `period` is the next one, so that a call sent twice closes it once; `terms` are the
    /// period's; the absences show that no report stands.
    function settleUnreported(uint32 assetId, uint32 period, Terms calldata terms, Absence[] calldata absences)
        external;

    /// @notice Passes `count` periods without sale or deposit, once their post window has ended. Anyone may call.
    /// @dev Requirements: `fromPeriod` is the next one; 1 … 100 periods, all of them empty.
    function skip(uint32 assetId, uint32 fromPeriod, uint32 count) external;

    /// @notice Burns lease units of a closed period and books refund and credit as owed, and the tenants' part of
    /// a penalty where a report of the period was found wrong. Anyone may call.
    /// @dev Requirements: the holder is not frozen and has the units; whoever is not the holder redeems all that he
    /// has free of the series at once, for each redemption rounds down. Works past pauses and expired credentials.
    function redeem(address holder, uint256 id, uint64 units) external;

    /// @notice Pays what a payee is owed. Anyone may call while the vault is whole; the money goes to the payee.
    /// @dev Requirements: something is owed in the vault's coin and comes to a base unit; the payee is not frozen; an
    /// impaired vault pays its part of a claim, which is gone then, to no caller but the payee himself.
    function claim(address vault, address coin, address payee) external returns (uint256 paid);

    /// @notice Pays many payees; who is owed nothing or cannot receive is passed over and stays owed, and so are all
    /// where the vault is impaired.
    function claimBatch(address vault, address coin, address[] calldata payees) external;

    /// @notice Who says who the guardian is (`Roles`); never replaced.
    function authority() external view returns (address);

    /// @notice Sales and deposits rest until then.
    function pausedUntil() external view returns (uint40);

    /// @notice What a payee may take, before a loss.
    function owed(address vault, address coin, address payee) external view returns (uint256);

    /// @notice A vault's books, and the part of each claim that it pays since it lost coins. Its balance is at least
    /// `booked` and what the share's `outstandingOf` says, unless the coin's issuer took some.
    function fundsOf(address vault) external view returns (Funds memory funds, Loss memory loss);

    /// @notice An asset; all zero until it is opened.
    function assetOf(uint32 assetId) external view returns (Asset memory);

    /// @notice Where an epoch's money lies, and its first period; epochs count from 0.
    function vaultOfEpoch(uint32 assetId, uint32 epoch) external view returns (address vault, uint32 fromPeriod);

    /// @notice Where the money of a period lies: whom a buyer approves, and in which coin.
    function vaultOf(uint32 assetId, uint32 period) external view returns (address vault, address coin);

    /// @notice An asset's period.
    function periodOf(uint32 assetId, uint32 period) external view returns (PeriodBook memory);

    /// @notice A period's escrow, units sold and state.
    function salesOf(uint32 assetId, uint32 period)
        external
        view
        returns (uint128 escrow, uint40 soldUnits, State state);
}
