// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {Periods} from "./Periods.sol";
import {IIdentityRegistry} from "./interfaces/IIdentityRegistry.sol";
import {IShareLedger} from "./interfaces/IShareLedger.sol";
import {IVault} from "./interfaces/IVault.sol";
import {Runs} from "./libraries/Runs.sol";
import {SettledTime} from "./libraries/SettledTime.sol";
import {TimeWeighted} from "./libraries/TimeWeighted.sol";
import {Policy} from "./libraries/TransferPolicy.sol";

/// @title Everything that a share remembers
/// @notice All storage is here, for `RevenueShare` and for `ShareAgency`, which works on it by delegatecall. Only
/// Settlement adds revenue. While a payment is under way no books are open, so a coin that calls back finds them
/// closed.
abstract contract ShareLedger is IShareLedger, Periods, ReentrancyGuardTransient {
    using Runs for uint256;
    using SettledTime for uint256;
    using SettledTime for SettledTime.Ledger;
    using TimeWeighted for uint256;
    using TimeWeighted for SettledTime.Ledger;

    uint256 internal constant SUPPLY = 1_000_000e18;
    uint256 private constant MAX_PERIOD_SECONDS = (1 << 22) - 1;

    /// @dev Flags that the ledger keeps in the account's own word: something in `Restraint`, an order to redirect.
    uint256 internal constant RESTRAINED = 1;
    uint256 internal constant REDIRECTED = 2;

    /// @dev What binds an account's shares; liens come first.
    struct Restraint {
        uint128 frozen;
        uint128 liens;
    }

    struct Redirect {
        address to;
        uint64 effectiveAt;
    }

    /// @dev What an epoch's vault still had of what it owed, when that was last looked at.
    struct Loss {
        uint128 balance;
        uint128 obligations;
    }

    address public immutable settlement;
    IIdentityRegistry public immutable identities;

    /// @inheritdoc IShareLedger
    address public issuer;
    /// @inheritdoc IShareLedger
    uint32 public assetId;
    uint32 internal _holders;
    bool internal _initialized;

    SettledTime.Ledger internal _ledger;
    mapping(uint256 epoch => Loss) internal _losses;
    mapping(address account => Restraint) internal _restraints;
    mapping(address account => Redirect) internal _redirects;
    mapping(address lienor => mapping(address account => uint256)) internal _liens;
    mapping(address lost => address) internal _heirs;
    Policy internal _policy;
    uint256[4] internal _countries;

    modifier onlySettlement() {
        _requireSettlement();
        _;
    }

    constructor(address settlement_, IIdentityRegistry identities_, uint64 genesis_, uint32 periodSeconds_)
        Periods(genesis_, periodSeconds_)
    {
        require(periodSeconds_ <= MAX_PERIOD_SECONDS, PeriodTooLong(periodSeconds_, MAX_PERIOD_SECONDS));
        (settlement, identities) = (settlement_, identities_);
        _initialized = true;
    }

    /// @inheritdoc IShareLedger
    function sequence() external view returns (uint64) {
        return uint64(_ledger.head.sequenceOf());
    }

    /// @inheritdoc IShareLedger
    function prefixOf(uint32 period) external view returns (uint128) {
        return uint128(_ledger.prefixOf(period));
    }

    /// @inheritdoc IShareLedger
    function nextPeriod() external view returns (uint32) {
        return uint32(_ledger.head.nextOf());
    }

    /// @inheritdoc IShareLedger
    function currentEpoch() external view returns (uint32) {
        return uint32(_ledger.head.epochOf());
    }

    /// @inheritdoc IShareLedger
    function epochOf(uint32 epoch) external view returns (address vault, address coin, uint32 from, bool isImpaired) {
        _requireEpoch(epoch);
        SettledTime.Epoch storage e = _ledger.epochs[epoch];
        return (e.vault, IVault(e.vault).coin(), e.from, e.isImpaired);
    }

    /// @inheritdoc IShareLedger
    function outstandingOf(uint32 epoch) external view returns (uint256) {
        return _ledger.outstandingOf(epoch);
    }

    /// @inheritdoc IShareLedger
    function openRunOf(address account) external view returns (uint32 period, uint96 balance, uint120 weight) {
        uint256 word = _ledger.wordOf(account);
        return (uint32(word.periodOf()), uint96(word.balanceOf()), uint120(word.weightOf()));
    }

    /// @inheritdoc IShareLedger
    function waitingOf(address account) external view returns (uint256 runs, uint256 numerator, uint256 upTo) {
        return _ledger.waitingOf(account);
    }

    function _nextSequence() internal returns (uint64) {
        return _ledger.nextSequence();
    }

    function _requireEpoch(uint32 epoch) internal view {
        require(epoch <= _ledger.lastEpoch, TimeWeighted.UnknownEpoch(epoch, _ledger.lastEpoch));
    }

    /// @dev Also what closes the books to a coin that calls back.
    function _requireNoPayment() internal view {
        require(!_reentrancyGuardEntered(), ReentrancyGuardReentrantCall());
    }

    function _requireSettlement() private view {
        require(msg.sender == settlement, NotSettlement(msg.sender));
        _requireNoPayment();
    }
}
