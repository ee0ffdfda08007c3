// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Policy} from "../libraries/TransferPolicy.sol";

/// @title What agents, lienors and Settlement now and then do to a share
/// @notice Liens on shares, what happens when a key is lost, the share's own rules, and where its money lies.
interface IShareAgency {
    event PolicyUpdated(uint64 sequence, Policy policy);
    event CountriesUpdated(uint64 sequence, uint256[4] countries);
    event LienPlaced(uint64 sequence, address indexed account, address indexed lienor, uint256 amount);
    event LienReleased(uint64 sequence, address indexed account, address indexed lienor, uint256 amount);
    event LienSeized(
        uint64 sequence, address indexed account, address indexed lienor, address indexed to, uint256 amount
    );
    event SharesRecovered(
        uint64 sequence, address indexed lost, address indexed heir, uint256 amount, uint256 frozen, uint256 liens
    );
    event RedirectOrdered(uint64 sequence, address indexed account, address indexed to, uint256 effectiveAt);
    event RedirectCancelled(uint64 sequence, address indexed account, address indexed to);
    event EpochStarted(uint64 sequence, uint32 indexed epoch, uint32 fromPeriod, address vault, address coin);
    /// @notice As `RevenueClaimed`, of an epoch that is over.
    event PastRevenueClaimed(
        uint64 sequence, address indexed account, address to, uint32 indexed epoch, uint256 amount, uint256 paid
    );
    event EpochImpaired(uint64 sequence, uint32 indexed epoch, uint256 balance, uint256 obligations);

    error NotAgent(address caller);
    error NotLienor(address caller);
    error SameAccount(address account);
    error InvalidAccount(address account);
    error AboveMaximum(uint256 amount, uint256 maximum);
    error AboveUnliened(address account, uint256 amount, uint256 unliened);
    error AboveLien(address account, address lienor, uint256 amount, uint256 lien);
    error AlreadyRecovered(address account, address heir);
    error RedirectStands(address account, address to, uint256 effectiveAt);
    error NoRedirect(address account);
    error AlreadyInitialized();
    error NoObligations(uint32 epoch);

    /// @notice Sets a fresh clone up. Settlement only, once.
    function initialize(uint32 assetId, address owner, uint32 period, address vault, address coin) external;

    /// @notice Revenue of the periods since `fromPeriod` lies in that vault, which is this share's. Settlement only.
    /// @dev Requirements: no payment is under way; the period is not settled and lies behind the start of the
    /// newest epoch.
    function startEpoch(uint32 fromPeriod, address vault, address coin) external;

    /// @notice Pays `amount · balance / obligations`, rounded down, of what is claimed from that epoch from now on.
    /// Settlement only.
    /// @dev Requirements: no payment is under way; the epoch exists; `obligations` is not zero. A balance as large
    /// as the obligations ends the impairment.
    function impair(uint32 epoch, uint128 balance, uint128 obligations) external;

    /// @notice Pays what an account earned in an epoch that is over; otherwise as `claim`.
    /// @dev Requirements: those of `claim`; the epoch lies before the current one.
    function claimEpoch(address account, uint32 epoch, uint256 maxSteps) external returns (uint256 amount);

    /// @notice Sets the share's own rules. Agents only.
    /// @dev Requirements: a distribution window names its home country.
    function setPolicy(Policy calldata policy) external;

    /// @notice Sets the list that the policy's country rule is about, one bit a country. Agents only.
    function setCountries(uint256[4] calldata countries) external;

    /// @notice Puts `amount` of an account's free shares under a lien of the caller: they stay and earn where they
    /// are, but cannot be moved until it is released. Lienors only.
    /// @dev Requirements: so much is free; the account was not given up for lost.
    function lien(address account, uint256 amount) external;

    /// @notice Frees shares from the caller's lien. `account` is the one that it was placed on, even if its shares
    /// were recovered to another since.
    /// @dev Requirements: the caller's lien on it is as large.
    function release(address account, uint256 amount) external;

    /// @notice Moves shares under the caller's lien to `to`: neither a freeze or a lock-up of who bears the lien nor
    /// the limits on holders and balances stand in the way, which a lienor asks for before it takes a price (see
    /// `detectSaleRestriction`). Lienors only.
    /// @dev Requirements: `to` may receive (`canReceive`); the caller's lien is as large.
    function seize(address account, address to, uint256 amount) external;

    /// @notice Moves the whole balance of an account whose key is lost to its holder's new one, from this second on,
    /// with what is frozen of it and all liens. What was earned before stays with `lost`: see `orderRedirect`.
    /// Agents only.
    /// @dev Requirements: `heir` is another account and `canReceive`; it was not given up for lost itself; a second
    /// recovery of `lost` goes to the same heir.
    function recover(address lost, address heir) external;

    /// @notice From `REDIRECT_DELAY` on, everything that `account` earned or will earn is paid to `to`. Agents only.
    /// @dev Requirements: no order stands for the account; `to` is another account, verified and not frozen.
    function orderRedirect(address account, address to) external;

    /// @notice Withdraws such an order, effective or not. Agents only.
    /// @dev Requirements: one stands.
    function cancelRedirect(address account) external;
}
