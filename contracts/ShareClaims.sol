// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";

import {ShareRules} from "./ShareRules.sol";
import {IRevenueShare} from "./interfaces/IRevenueShare.sol";
import {IVault} from "./interfaces/IVault.sol";
import {TimeWeighted} from "./libraries/TimeWeighted.sol";

/// @title How holders are paid
/// @notice Books first, coins after, straight from the epoch's vault.
abstract contract ShareClaims is ShareRules, IRevenueShare, EIP712, Nonces {
    using TimeWeighted for TimeWeighted.Ledger;

    bytes32 private constant CLAIM_TYPEHASH =
        keccak256("ClaimTo(address account,address to,uint256 nonce,uint256 deadline)");
    /// @dev Runs that a claim by signature walks; what is older than that is left for the next one.
    uint256 private constant STEPS_BY_SIGNATURE = 100;

    /// @inheritdoc IRevenueShare
    function claim(address account, uint256 maxSteps) external nonReentrant returns (uint256) {
        address to = _payeeOf(account);
        _requireNotFrozen(to);
        return _claim(account, to, maxSteps);
    }

    /// @inheritdoc IRevenueShare
    function claimEpoch(address account, uint32 epoch, uint256 maxSteps)
        external
        nonReentrant
        returns (uint256 amount)
    {
        address to = _payeeOf(account);
        _requireNotFrozen(to);
        if (epoch == _ledger.epoch) return _claim(account, to, maxSteps);
        require(maxSteps != 0, ZeroSteps());
        amount = _ledger.collectPastDown(account, epoch, maxSteps, periodSeconds, _divisor());
        if (amount != 0) _pay(account, to, epoch, amount);
    }

    /// @inheritdoc IRevenueShare
    function claimTo(address account, address to, uint256 deadline, bytes calldata signature)
        external
        nonReentrant
        returns (uint256)
    {
        require(to != address(0), InvalidAccount(to));
        address payee = _payeeOf(account);
        require(payee == account, Redirected(account, payee));
        _requireNotFrozen(account);
        _requireNotFrozen(to);
        bytes32 claimHash = keccak256(abi.encode(CLAIM_TYPEHASH, account, to, _useNonce(account), deadline));
        _requireSigned(account, claimHash, deadline, signature);
        return _claim(account, to, STEPS_BY_SIGNATURE);
    }

    /// @inheritdoc IRevenueShare
    function claimBatch(address[] calldata accounts, uint256 maxSteps) external nonReentrant {
        require(maxSteps != 0, ZeroSteps());
        uint256 epoch = _ledger.epoch;
        (address vault, bool isImpaired) = (_ledger.epochs[epoch].vault, _ledger.epochs[epoch].isImpaired);
        address coin = IVault(vault).coin();
        uint256 divisor = _divisor();
        for (uint256 i = 0; i < accounts.length; ++i) {
            address account = accounts[i];
            address to = _payeeOf(account);
            if (_isFrozen(to)) continue;
            uint256 amount = _ledger.collectDown(account, maxSteps, periodSeconds, divisor);
            if (amount == 0) continue;
            uint256 paid = _payableDown(epoch, isImpaired, amount);
            if (IVault(vault).tryPush(coin, to, paid)) {
                emit RevenueClaimed(_nextSequence(), account, to, uint32(epoch), amount, paid);
            } else {
                _ledger.giveBack(account, amount, divisor);
                emit ClaimFailed(_nextSequence(), account, to, amount);
            }
        }
    }

    /// @inheritdoc IERC20Permit
    function nonces(address owner) public view override(IERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    /// @dev Where payments of the account go now.
    function _payeeOf(address account) private view returns (address) {
        if (_ledger.flagsOf(account) & REDIRECTED == 0) return account;
        Redirect memory order = _redirects[account];
        return block.timestamp < order.effectiveAt ? account : order.to;
    }

    /// @dev Of the current epoch.
    function _claim(address account, address to, uint256 maxSteps) private returns (uint256 amount) {
        require(maxSteps != 0, ZeroSteps());
        amount = _ledger.collectDown(account, maxSteps, periodSeconds, _divisor());
        if (amount != 0) _pay(account, to, _ledger.epoch, amount);
    }

    function _pay(address account, address to, uint256 epoch, uint256 amount) private {
        TimeWeighted.Epoch storage e = _ledger.epochs[epoch];
        address vault = e.vault;
        uint256 paid = _payableDown(epoch, e.isImpaired, amount);
        emit RevenueClaimed(_nextSequence(), account, to, uint32(epoch), amount, paid);
        IVault(vault).push(IVault(vault).coin(), to, paid);
    }

    /// @dev By the account's key, or by the contract that it is (ERC-1271).
    function _requireSigned(address signer, bytes32 structHash, uint256 deadline, bytes memory signature)
        internal
        view
    {
        require(block.timestamp <= deadline, SignatureExpired(deadline, block.timestamp));
        bytes32 digest = _hashTypedDataV4(structHash);
        require(SignatureChecker.isValidSignatureNow(signer, digest, signature), InvalidSignature(signer));
    }

    /// @dev What an impaired epoch pays of an amount.
    function _payableDown(uint256 epoch, bool isImpaired, uint256 amount) private view returns (uint256) {
        if (!isImpaired) return amount;
        Loss memory loss = _losses[epoch];
        return amount * loss.balance / loss.obligations;
    }

    /// @dev Supply · L: share·seconds of a period.
    function _divisor() private view returns (uint256) {
        return SUPPLY * periodSeconds;
    }

    function _requireNotFrozen(address account) private view {
        require(!_isFrozen(account), AccountFrozen(account));
    }

    function _isFrozen(address account) private view returns (bool) {
        return identities.isFrozen(account);
    }
}
