// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ShareLedger} from "./ShareLedger.sol";
import {IVault} from "./interfaces/IVault.sol";
import {Runs} from "./libraries/Runs.sol";
import {SettledTime} from "./libraries/SettledTime.sol";
import {TimeWeighted} from "./libraries/TimeWeighted.sol";

/// @title To whom an account's earnings go, and how much an epoch pays
abstract contract SharePayments is ShareLedger {
    using Runs for uint256;
    using TimeWeighted for SettledTime.Ledger;

    /// @dev Some of an account's earnings on their way.
    struct Payment {
        address account;
        address to;
        uint256 epoch;
        uint256 amount;
    }

    /// @dev Where payments of the account go now.
    function _payeeOf(address account) internal view returns (address) {
        if (_ledger.wordOf(account).flagsOf() & REDIRECTED == 0) return account;
        Redirect memory order = _redirects[account];
        return block.timestamp < order.effectiveAt ? account : order.to;
    }

    /// @dev The vault that pays it, and how much that is: a base unit or more, for a claim that is paid is gone. So
    /// an impaired epoch pays at nobody's wish but the payee's own.
    function _payable(Payment memory p, address asker) internal view returns (IVault, uint256 paid) {
        (address vault, bool isImpaired) = _ledger.vaultOf(p.epoch);
        require(!isImpaired || asker == p.to, NotPayee(vault, asker, p.to));
        paid = _payableDown(p.epoch, isImpaired, p.amount);
        require(paid != 0, NothingToPay(vault, p.amount));
        return (IVault(vault), paid);
    }

    /// @dev What an impaired epoch pays of an amount.
    function _payableDown(uint256 epoch, bool isImpaired, uint256 amount) internal view returns (uint256) {
        if (!isImpaired) return amount;
        Loss memory loss = _losses[epoch];
        return amount * loss.balance / loss.obligations;
    }

    function _scale() internal view returns (SettledTime.Scale memory s) {
        (s.length, s.divisor) = (periodSeconds, SUPPLY * periodSeconds);
    }

    function _requireNotFrozen(address account) internal view {
        require(!_isFrozen(account), AccountFrozen(account));
    }

    function _isFrozen(address account) internal view returns (bool) {
        return identities.isFrozen(account);
    }
}
