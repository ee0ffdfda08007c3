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

    /// @dev By place in the keeper's list; no payee or no amount: passed over. `sequence`: last number used.
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
        return _claim(account, to, msg.sender, maxSteps);
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
        // whoever brings it, the holder asked
        return _claim(account, to, to, STEPS_BY_SIGNATURE);
    }

    /// @inheritdoc IRevenueShare
    function claimBatch(address[] calldata accounts, uint256 maxSteps) external nonReentrant {
        require(maxSteps != 0, ZeroSteps());
        (address vault, bool isImpaired) = _ledger.vaultOf(_ledger.head.epochOf());
        // who is asked whether he takes less is asked one by one
        if (isImpaired) return;
        Batch memory b = Batch(_payeesOf(accounts), new uint256[](accounts.length), 0);
        SettledTime.Scale memory scale = _scale();
        (uint256 total, uint256 payments) = (0, 0);
        // amounts below 2¹²⁸ each, and fewer of them than gas for them
        unchecked {
            for (uint256 i = 0; i < accounts.length; ++i) {
                if (b.payees[i] == address(0)) continue;
                uint256 amount = _ledger.collectDown(accounts[i], maxSteps, scale);
                if (amount == 0) continue;
                b.amounts[i] = amount;
                total += amount;
                ++payments;
            }
        }
        if (payments == 0) return;
        b.sequence = _ledger.book(total, payments).sequenceOf();
        _payBatch(accounts, b, IVault(vault));
    }

    /// @inheritdoc IERC20Permit
    function nonces(address owner) public view override(IERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    /// @dev Of the current epoch.
    function _claim(address account, address to, address asker, uint256 maxSteps) private returns (uint256 amount) {
        require(maxSteps != 0, ZeroSteps());
        amount = _ledger.collectDown(account, maxSteps, _scale());
        if (amount == 0) return 0;
        uint256 head = _ledger.book(amount, 1);
        (IVault vault, uint256 paid) = _payable(Payment(account, to, head.epochOf(), amount), asker);
        emit RevenueClaimed(uint64(head.sequenceOf() + 1), account, to, amount, paid);
        vault.push(vault.coin(), to, paid);
    }

    /// @dev To whom these accounts' earnings go; zero where he is frozen.
    function _payeesOf(address[] calldata accounts) private view returns (address[] memory payees) {
        payees = new address[](accounts.length);
        unchecked {
            for (uint256 i = 0; i < accounts.length; ++i) {
                payees[i] = _payeeOf(accounts[i]);
            }
            uint256[] memory places = identities.frozenAmong(payees);
            for (uint256 i = 0; i < places.length; ++i) {
                payees[places[i]] = address(0);
            }
        }
    }

    /// @dev All are booked; who cannot be paid gets his earnings back.
    function _payBatch(address[] calldata accounts, Batch memory b, IVault vault) private {
        uint256[] memory refused = vault.tryPush(vault.coin(), b.payees, b.amounts);
        uint256 next = 0;
        unchecked {
            for (uint256 i = 0; i < accounts.length; ++i) {
                uint256 amount = b.amounts[i];
                if (amount == 0) continue;
                (address account, address to) = (accounts[i], b.payees[i]);
                if (next < refused.length && refused[next] == i) {
                    ++next;
                    _ledger.giveBack(account, amount, SUPPLY * periodSeconds);
                    emit ClaimFailed(uint64(++b.sequence), account, to, amount);
                } else {
                    emit RevenueClaimed(uint64(++b.sequence), account, to, amount, amount);
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
