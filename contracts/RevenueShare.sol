// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

import {Periods} from "./Periods.sol";
import {Sequenced} from "./Sequenced.sol";
import {IIdentityRegistry} from "./interfaces/IIdentityRegistry.sol";
import {IRevenueShare} from "./interfaces/IRevenueShare.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";
import {TimeWeighted} from "./libraries/TimeWeighted.sol";

/// @title RevenueShare
/// @dev Balances live in the same slot as the weight they grow, so this ERC-20 is written out here.
contract RevenueShare is IRevenueShare, Periods, Sequenced {
    using TimeWeighted for TimeWeighted.Account;
    using TimeWeighted for TimeWeighted.Ledger;

    uint8 public constant decimals = 18;
    uint96 private constant SUPPLY = 1_000_000e18;

    ISettlement public immutable settlement;
    IIdentityRegistry public immutable identities;

    /// @inheritdoc IRevenueShare
    uint32 public assetId;
    bool private _initialized;

    TimeWeighted.Ledger private _ledger;
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    modifier onlySettlement() {
        require(msg.sender == address(settlement), NotSettlement(msg.sender));
        _;
    }

    constructor(IIdentityRegistry identities_, uint64 genesis_, uint32 periodSeconds_)
        Periods(genesis_, periodSeconds_)
    {
        (settlement, identities) = (ISettlement(msg.sender), identities_);
        _initialized = true;
    }

    /// @inheritdoc IRevenueShare
    function initialize(uint32 newAssetId, address owner, uint32 period) external onlySettlement {
        require(!_initialized, AlreadyInitialized());
        (assetId, _initialized) = (newAssetId, true);
        _ledger.issue(owner, SUPPLY, period, periodSeconds);
        emit Transfer(address(0), owner, SUPPLY);
    }

    /// @inheritdoc IRevenueShare
    function settlePeriod(uint128 earned) external onlySettlement {
        emit RevenueAdded(_nextSequence(), _ledger.next, earned);
        _ledger.settle(earned);
    }

    /// @inheritdoc IRevenueShare
    function claim(address account, uint256 maxSteps) external returns (uint256 amount) {
        require(maxSteps != 0, ZeroSteps());
        TimeWeighted.Account storage a = _ledger.accounts[account];
        a.accrue(_ledger, maxSteps, periodSeconds);
        amount = a.collectDown(uint256(SUPPLY) * periodSeconds);
        emit RevenueClaimed(_nextSequence(), account, amount);
        if (amount != 0) settlement.payHolder(assetId, account, account, amount);
    }

    /// @notice ERC-20.
    function transfer(address to, uint256 amount) external returns (bool) {
        _move(msg.sender, to, amount);
        return true;
    }

    /// @notice ERC-20; an allowance of the largest number is never used up.
    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        uint256 allowed = allowance[from][msg.sender];
        require(amount <= allowed, InsufficientAllowance(msg.sender, allowed, amount));
        if (allowed != type(uint256).max) allowance[from][msg.sender] = allowed - amount;
        _move(from, to, amount);
        return true;
    }

    /// @notice ERC-20.
    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        emit Approval(msg.sender, spender, amount);
        return true;
    }

    /// @notice ERC-20.
    function balanceOf(address account) external view returns (uint256) {
        return _ledger.accounts[account].open.balance;
    }

    /// @notice ERC-20: the whole supply, minted once.
    function totalSupply() external view returns (uint256) {
        return _ledger.supply;
    }

    /// @notice ERC-20.
    function name() external view returns (string memory) {
        return string.concat("Wellhead Revenue Share ", Strings.toString(assetId));
    }

    /// @notice ERC-20.
    function symbol() external view returns (string memory) {
        return string.concat("WRS", Strings.toString(assetId));
    }

    /// @inheritdoc IRevenueShare
    function prefixOf(uint32 period) external view returns (uint128) {
        return _ledger.prefix[period];
    }

    /// @inheritdoc IRevenueShare
    function nextPeriod() external view returns (uint32) {
        return _ledger.next;
    }

    /// @inheritdoc IRevenueShare
    function openRunOf(address account) external view returns (uint32 period, uint96 balance, uint120 weight) {
        TimeWeighted.Run memory open = _ledger.accounts[account].open;
        return (open.period, open.balance, open.weight);
    }

    /// @inheritdoc IRevenueShare
    function waitingOf(address account) external view returns (uint256 runs, uint256 numerator) {
        TimeWeighted.Account storage a = _ledger.accounts[account];
        return (a.tail - a.head, a.numerator);
    }

    /// @dev The giver is frozen or not; the taker must also be known, and neither is asked about coins.
    function _move(address from, address to, uint256 amount) private {
        require(to != address(0) && to != address(this), InvalidReceiver(to));
        require(!identities.isFrozen(from), AccountFrozen(from));
        require(!identities.isFrozen(to), AccountFrozen(to));
        require(identities.isVerified(to), NotVerified(to));
        require(amount <= SUPPLY, AboveMaximum(amount, SUPPLY));
        uint32 period = currentPeriod();
        uint32 left = uint32(_endOf(period) - block.timestamp);
        _ledger.accounts[from].take(_ledger, uint96(amount), period, left, periodSeconds);
        _ledger.accounts[to].add(_ledger, uint96(amount), period, left, periodSeconds);
        emit Transfer(from, to, amount);
    }
}
