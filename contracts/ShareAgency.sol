// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {ShareLedger} from "./ShareLedger.sol";
import {SharePayments} from "./SharePayments.sol";
import {ShareRules} from "./ShareRules.sol";
import {IERC7943Fungible} from "./interfaces/IERC7943Fungible.sol";
import {IIdentityRegistry} from "./interfaces/IIdentityRegistry.sol";
import {IShareAgency} from "./interfaces/IShareAgency.sol";
import {IVault} from "./interfaces/IVault.sol";
import {Standing, StandingLib} from "./libraries/Standing.sol";
import {SettledTime} from "./libraries/SettledTime.sol";
import {TimeWeighted} from "./libraries/TimeWeighted.sol";
import {Policy, TransferPolicy} from "./libraries/TransferPolicy.sol";

/// @title What agents, lienors and Settlement now and then do to a share
/// @notice Code that does not fit into `RevenueShare`, which has it run on a share's own storage by delegatecall.
/// @dev Nobody's shares are here: called directly, it finds itself initialized and empty.
contract ShareAgency is IShareAgency, ShareRules, SharePayments {
    using TimeWeighted for SettledTime.Ledger;

    modifier onlyAgent() {
        _requireAgent();
        _;
    }

    modifier onlyLienor() {
        _requireLienor();
        _;
    }

    constructor(address settlement_, IIdentityRegistry identities_, uint64 genesis_, uint32 periodSeconds_)
        ShareLedger(settlement_, identities_, genesis_, periodSeconds_)
    {}

    /// @inheritdoc IShareAgency
    function initialize(uint32 newAssetId, address owner, uint32 period, address vault, address coin)
        external
        onlySettlement
    {
        require(!_initialized, AlreadyInitialized());
        (issuer, assetId, _holders, _initialized) = (owner, newAssetId, 1, true);
        _ledger.issue(owner, SUPPLY, period, periodSeconds, vault);
        emit EpochStarted(_nextSequence(), 0, period, vault, coin);
        emit IERC20.Transfer(address(0), owner, SUPPLY);
    }

    /// @inheritdoc IShareAgency
    function startEpoch(uint32 fromPeriod, address vault, address coin) external onlySettlement {
        uint32 epoch = _ledger.startEpoch(fromPeriod, vault);
        emit EpochStarted(_nextSequence(), epoch, fromPeriod, vault, coin);
    }

    /// @inheritdoc IShareAgency
    function impair(uint32 epoch, uint128 balance, uint128 obligations) external onlySettlement {
        _requireEpoch(epoch);
        require(obligations != 0, NoObligations(epoch));
        _ledger.epochs[epoch].isImpaired = balance < obligations;
        _losses[epoch] = Loss(balance, obligations);
        emit EpochImpaired(_nextSequence(), epoch, balance, obligations);
    }

    /// @inheritdoc IShareAgency
    function claimEpoch(address account, uint32 epoch, uint256 maxSteps)
        external
        nonReentrant
        returns (uint256 amount)
    {
        address to = _payeeOf(account);
        _requireNotFrozen(to);
        require(maxSteps != 0, ZeroSteps());
        amount = _ledger.collectPastDown(account, epoch, maxSteps, _scale());
        if (amount == 0) return 0;
        (IVault vault, uint256 paid) = _payable(Payment(account, to, epoch, amount), msg.sender);
        emit PastRevenueClaimed(_nextSequence(), account, to, epoch, amount, paid);
        vault.push(vault.coin(), to, paid);
    }

    /// @inheritdoc IShareAgency
    function setPolicy(Policy calldata newPolicy) external onlyAgent {
        TransferPolicy.requireValid(newPolicy);
        _policy = newPolicy;
        emit PolicyUpdated(_nextSequence(), newPolicy);
    }

    /// @inheritdoc IShareAgency
    function setCountries(uint256[4] calldata newCountries) external onlyAgent {
        _countries = newCountries;
        emit CountriesUpdated(_nextSequence(), newCountries);
    }

    /// @inheritdoc IERC7943Fungible
    function setFrozenTokens(address account, uint256 amount) external onlyAgent returns (bool) {
        require(account != address(0), InvalidAccount(account));
        require(amount <= SUPPLY, AboveMaximum(amount, SUPPLY));
        _restrain(account, amount, liensOf(account));
        emit Frozen(account, amount);
        return true;
    }

    /// @inheritdoc IERC7943Fungible
    function forcedTransfer(address from, address to, uint256 amount) external onlyAgent returns (bool) {
        _requireReceiver(from, to);
        uint256 balance = _balanceOf(from);
        Restraint memory r = _restraintOf(from);
        require(amount <= balance, ERC20InsufficientBalance(from, balance, amount));
        require(amount + r.liens <= balance, AboveUnliened(from, amount, balance - r.liens));
        uint256 rest = balance - r.liens - amount;
        if (r.frozen > rest && amount != 0) {
            _restrain(from, rest, r.liens);
            emit Frozen(from, rest);
        }
        _moveAs(from, to, amount);
        emit ForcedTransfer(from, to, amount);
        return true;
    }

    /// @inheritdoc IShareAgency
    function recover(address lost, address heir) external onlyAgent {
        _requireReceiver(lost, heir);
        require(_heirs[heir] == address(0), AlreadyRecovered(heir, _heirs[heir]));
        require(_heirs[lost] == address(0) || _heirs[lost] == heir, AlreadyRecovered(lost, _heirs[lost]));
        _heirs[lost] = heir;
        (uint256 amount, Restraint memory r, Restraint memory h) =
            (_balanceOf(lost), _restraintOf(lost), _restraintOf(heir));
        if (r.frozen | r.liens != 0) {
            // what is frozen beyond all there is would otherwise grow from recovery to recovery
            uint256 frozen = uint256(h.frozen) + r.frozen;
            _restrain(lost, 0, 0);
            _restrain(heir, frozen < SUPPLY ? frozen : SUPPLY, uint256(h.liens) + r.liens);
            if (r.frozen != 0) emit Frozen(lost, 0);
        }
        emit SharesRecovered(_nextSequence(), lost, heir, amount, r.frozen, r.liens);
        _moveAs(lost, heir, amount);
        emit ForcedTransfer(lost, heir, amount);
        if (r.frozen != 0) emit Frozen(heir, getFrozenTokens(heir));
    }

    /// @inheritdoc IShareAgency
    function orderRedirect(address account, address to) external onlyAgent {
        Redirect memory order = _redirects[account];
        require(order.to == address(0), RedirectStands(account, order.to, order.effectiveAt));
        require(account != to, SameAccount(to));
        Standing standing = identities.standingOf(to);
        require(to != address(0) && standing.isVerified() && !standing.isFrozen(), ERC7943CannotReceive(to));
        uint64 effectiveAt = uint64(block.timestamp + REDIRECT_DELAY);
        _redirects[account] = Redirect(to, effectiveAt);
        _ledger.setFlag(account, REDIRECTED, true);
        emit RedirectOrdered(_nextSequence(), account, to, effectiveAt);
    }

    /// @inheritdoc IShareAgency
    function cancelRedirect(address account) external onlyAgent {
        address to = _redirects[account].to;
        require(to != address(0), NoRedirect(account));
        delete _redirects[account];
        _ledger.setFlag(account, REDIRECTED, false);
        emit RedirectCancelled(_nextSequence(), account, to);
    }

    /// @inheritdoc IShareAgency
    function lien(address account, uint256 amount) external onlyLienor {
        require(_heirs[account] == address(0), AlreadyRecovered(account, _heirs[account]));
        uint256 free = freeOf(account);
        require(amount <= free, ERC7943InsufficientUnfrozenBalance(account, amount, free));
        _liens[msg.sender][account] += amount;
        _restrain(account, getFrozenTokens(account), liensOf(account) + amount);
        emit LienPlaced(_nextSequence(), account, msg.sender, amount);
    }

    /// @inheritdoc IShareAgency
    function release(address account, uint256 amount) external onlyLienor {
        _reduceLien(account, amount);
        emit LienReleased(_nextSequence(), account, msg.sender, amount);
    }

    /// @inheritdoc IShareAgency
    function seize(address account, address to, uint256 amount) external onlyLienor {
        require(canReceive(to), ERC7943CannotReceive(to));
        address bearer = _reduceLien(account, amount);
        emit LienSeized(_nextSequence(), account, msg.sender, to, amount);
        _moveAs(bearer, to, amount);
    }

    /// @dev Whose shares the caller's lien on `account` binds now; it binds so many less from here on.
    function _reduceLien(address account, uint256 amount) private returns (address bearer) {
        uint256 placed = _liens[msg.sender][account];
        require(amount <= placed, AboveLien(account, msg.sender, amount, placed));
        _liens[msg.sender][account] = placed - amount;
        bearer = account;
        // one step for each time that the key was lost again
        while (_heirs[bearer] != address(0)) bearer = _heirs[bearer];
        _restrain(bearer, getFrozenTokens(bearer), liensOf(bearer) - amount);
    }

    function _restrain(address account, uint256 frozen, uint256 liens) private {
        _restraints[account] = Restraint(uint128(frozen), uint128(liens));
        _ledger.setFlag(account, RESTRAINED, frozen | liens != 0);
    }

    function _requireAgent() private view {
        require(_powersOf(msg.sender) & StandingLib.AGENT != 0, NotAgent(msg.sender));
    }

    function _requireLienor() private view {
        require(_powersOf(msg.sender) & StandingLib.LIENOR != 0, NotLienor(msg.sender));
    }

    function _powersOf(address account) private view returns (uint8) {
        return identities.standingOf(account).powers();
    }

    function _requireReceiver(address from, address to) private view {
        require(from != to, SameAccount(to));
        require(canReceive(to), ERC7943CannotReceive(to));
    }
}
