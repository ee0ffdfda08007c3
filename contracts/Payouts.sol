// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {SalesPause} from "./SalesPause.sol";
import {IIdentityRegistry} from "./interfaces/IIdentityRegistry.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";
import {IVault} from "./interfaces/IVault.sol";
import {FundsWord} from "./libraries/FundsWord.sol";

/// @title What each vault holds for whom, and its payment
/// @notice Payouts are owed first and taken later, so no payee can hold up another. A vault that lost coins pays
/// every claim the same part.
abstract contract Payouts is ISettlement, SalesPause, ReentrancyGuardTransient {
    /// @dev What one claim of a batch may burn: several times what known stablecoins need, and far below a block.
    uint256 private constant CLAIM_GAS = 300_000;

    IIdentityRegistry public immutable identities;

    mapping(address vault => FundsWord) internal _funds;
    mapping(address vault => Loss) internal _losses;
    mapping(address vault => mapping(address payee => uint256)) private _owed;

    constructor(IIdentityRegistry identities_) {
        identities = identities_;
    }

    /// @inheritdoc ISettlement
    function claim(address vault, address coin, address payee) external nonReentrant returns (uint256 paid) {
        uint256 amount = _owed[vault][payee];
        if (amount == 0) revert NothingOwed(vault, coin, payee);
        _requireNotFrozen(payee);
        _owed[vault][payee] = 0;
        paid = _bookOut(vault, payee, amount, 0);
        emit Claimed(_nextSequence(), vault, coin, payee, amount, paid);
        _push(vault, coin, payee, paid);
    }

    /// @inheritdoc ISettlement
    function claimBatch(address vault, address coin, address[] calldata payees) external {
        for (uint256 i = 0; i < payees.length; ++i) {
            address payee = payees[i];
            if (_owed[vault][payee] == 0) continue;
            try this.claim{gas: CLAIM_GAS}(vault, coin, payee) {}
            catch {
                emit ClaimFailed(_nextSequence(), vault, coin, payee);
            }
        }
    }

    /// @inheritdoc ISettlement
    function owed(address vault, address coin, address payee) external view returns (uint256 amount) {
        amount = _owed[vault][payee];
        if (amount != 0 && _coinOf(vault) != coin) amount = 0;
    }

    /// @inheritdoc ISettlement
    function fundsOf(address vault) external view returns (Funds memory funds, Loss memory loss) {
        FundsWord word = _funds[vault];
        (funds.booked, funds.bondFree, funds.impaired) = (word.booked(), word.bondFree(), word.isImpaired());
        loss = _losses[vault];
    }

    /// @dev Money comes into a vault, and so much of the free bond is locked for it; returns what was booked before.
    function _bookIn(address vault, uint256 amount, uint256 locked) internal returns (uint256 booked) {
        FundsWord funds = _funds[vault];
        _funds[vault] = funds.withPaid(amount, locked);
        if (funds.isImpaired()) revert Impaired(vault);
        booked = funds.booked();
        uint256 free = funds.bondFree();
        if (locked > free) revert InsufficientBond(free, locked);
    }

    /// @dev What was booked in by allowance; `booked` is what was booked before it.
    function _pull(address vault, address from, uint256 amount, uint256 booked) internal {
        IVault(vault).pull(from, amount, booked);
    }

    function _push(address vault, address coin, address to, uint256 amount) internal {
        IVault(vault).push(coin, to, amount);
    }

    /// @dev A claim leaves the books at its face value, and so much of the free bond with it; returns what the
    /// vault pays for it. Where that is less, the payee himself decides whether he waits for coins to come back.
    function _bookOut(address vault, address payee, uint256 amount, uint256 bond) internal returns (uint256 paid) {
        FundsWord funds = _funds[vault];
        paid = amount;
        if (funds.isImpaired()) {
            if (msg.sender != payee) revert NotPayee(vault, msg.sender, payee);
            Loss storage loss = _losses[vault];
            paid = amount * loss.balance / loss.obligations;
        }
        if (paid == 0) revert NothingToPay(vault, amount);
        _funds[vault] = funds.having(funds.booked() - amount, _freeBond(funds, bond));
    }

    function _owe(address vault, address payee, uint256 amount) internal {
        if (amount != 0) _owed[vault][payee] += amount;
    }

    function _requireNotFrozen(address account) internal view {
        if (identities.isFrozen(account)) revert AccountFrozen(account);
    }

    function _coinOf(address vault) internal view returns (address) {
        return IVault(vault).coin();
    }

    function _freeBond(FundsWord funds, uint256 taken) private pure returns (uint256) {
        uint256 free = funds.bondFree();
        if (taken > free) revert InsufficientBond(free, taken);
        return free - taken;
    }
}
