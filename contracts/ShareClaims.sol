// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";

import {SharePayments} from "./SharePayments.sol";
import {ShareRules} from "./ShareRules.sol";
import {IRevenueShare} from "./interfaces/IRevenueShare.sol";
import {IVault} from "./interfaces/IVault.sol";
import {SettledTime} from "./libraries/SettledTime.sol";
import {TimeWeighted} from "./libraries/TimeWeighted.sol";

/// @title How holders are paid
/// @notice Books first, coins after, straight from the epoch's vault.
abstract contract ShareClaims is ShareRules, SharePayments, IRevenueShare, EIP712, Nonces {
    using SettledTime for uint256;
    using TimeWeighted for uint256;
    using TimeWeighted for SettledTime.Ledger;

    /// @dev By place in the keeper's list; no amount: passed over. `sequence` is the last number that was used.
    struct Batch {
        address[] payees;
        uint256[] amounts;
        uint256 sequence;
    }

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
        Batch memory b = Batch(new address[](accounts.length), new uint256[](accounts.length), 0);
        SettledTime.Scale memory scale = _scale();
        (uint256 total, uint256 payments) = (0, 0);
        // amounts below 2¹²⁸ each, and fewer of them than gas for them
        unchecked {
            for (uint256 i = 0; i < accounts.length; ++i) {
                address account = accounts[i];
                address to = _payeeOf(account);
                if (_isFrozen(to)) continue;
                uint256 amount = _ledger.collectDown(account, maxSteps, scale);
                if (amount == 0) continue;
                (b.payees[i], b.amounts[i]) = (to, amount);
                total += amount;
                ++payments;
            }
        }
        if (payments == 0) return;
        uint256 head = _ledger.book(total, payments);
        b.sequence = head.sequenceOf();
        _payBatch(accounts, b, head.epochOf());
    }

    /// @inheritdoc IERC20Permit
    function nonces(address owner) public view override(IERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    /// @dev Of the current epoch.
    function _claim(address account, address to, uint256 maxSteps) private returns (uint256 amount) {
        require(maxSteps != 0, ZeroSteps());
        amount = _ledger.collectDown(account, maxSteps, _scale());
        if (amount == 0) return 0;
        uint256 head = _ledger.book(amount, 1);
        Payment memory p = Payment(account, to, head.epochOf(), amount);
        (IVault vault, uint256 paid) = _payable(p);
        emit RevenueClaimed(uint64(head.sequenceOf() + 1), account, to, amount, paid);
        vault.push(vault.coin(), to, paid);
    }

    /// @dev All are booked; who cannot be paid gets his earnings back.
    function _payBatch(address[] calldata accounts, Batch memory b, uint256 epoch) private {
        (address vault, bool isImpaired) = _ledger.vaultOf(epoch);
        address coin = IVault(vault).coin();
        unchecked {
            for (uint256 i = 0; i < accounts.length; ++i) {
                uint256 amount = b.amounts[i];
                if (amount == 0) continue;
                (address account, address to) = (accounts[i], b.payees[i]);
                uint256 paid = _payableDown(epoch, isImpaired, amount);
                if (paid != 0 && IVault(vault).tryPush(coin, to, paid)) {
                    emit RevenueClaimed(uint64(++b.sequence), account, to, amount, paid);
                } else {
                    _ledger.giveBack(account, amount, SUPPLY * periodSeconds);
                    emit ClaimFailed(uint64(++b.sequence), account, to, amount);
                }
            }
        }
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
}
