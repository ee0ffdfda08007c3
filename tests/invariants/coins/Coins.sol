// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OddCoin} from "./OddCoin.sol";

/// @notice No fraction at all.
contract ZeroDecimalsCoin is OddCoin(0) {}

/// @notice Eighteen decimals.
contract EighteenDecimalsCoin is OddCoin(18) {}

/// @notice A hundredth of what moves is burnt.
contract FeeCoin is OddCoin(6) {
    function _move(address from, address to, uint256 amount) internal override {
        super._move(from, to, amount);
        uint256 fee = (amount + 99) / 100;
        _balances[to] -= fee;
        totalSupply -= fee;
    }
}

/// @notice Returns nothing, as the oldest large stablecoin does.
contract NoReturnCoin is OddCoin(6) {
    function transfer(address to, uint256 amount) external override returns (bool) {
        _move(msg.sender, to, amount);
        assembly ("memory-safe") {
            return(0, 0)
        }
    }

    function transferFrom(address from, address to, uint256 amount) external override returns (bool) {
        _spend(from, amount);
        _move(from, to, amount);
        assembly ("memory-safe") {
            return(0, 0)
        }
    }
}

/// @notice Says false where others revert, and moves nothing then.
contract FalseCoin is OddCoin(6) {
    mapping(address account => bool) public isBlacklisted;

    function setBlacklisted(address account, bool blacklisted) external onlyIssuer {
        isBlacklisted[account] = blacklisted;
    }

    function transfer(address to, uint256 amount) external override returns (bool) {
        return _tryMove(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external override returns (bool) {
        uint256 allowed = allowance[from][msg.sender];
        if (amount > allowed || !_tryMove(from, to, amount)) return false;
        if (allowed != type(uint256).max) allowance[from][msg.sender] = allowed - amount;
        return true;
    }

    function _tryMove(address from, address to, uint256 amount) private returns (bool) {
        if (amount > _balances[from] || isBlacklisted[from] || isBlacklisted[to]) return false;
        _move(from, to, amount);
        return true;
    }
}

/// @notice The issuer stops all of it.
contract PausableCoin is OddCoin(6) {
    bool public paused;

    error CoinPaused();

    function setPaused(bool newPaused) external onlyIssuer {
        paused = newPaused;
    }

    function _move(address from, address to, uint256 amount) internal override {
        require(!paused, CoinPaused());
        super._move(from, to, amount);
    }
}

/// @notice The issuer stops accounts.
contract BlacklistCoin is OddCoin(6) {
    mapping(address account => bool) public isBlacklisted;

    error AccountBlacklisted(address account);

    function setBlacklisted(address account, bool blacklisted) external onlyIssuer {
        isBlacklisted[account] = blacklisted;
    }

    function _move(address from, address to, uint256 amount) internal virtual override {
        if (isBlacklisted[from]) _refuse(from);
        if (isBlacklisted[to]) _refuse(to);
        super._move(from, to, amount);
    }

    function _refuse(address account) internal virtual {
        revert AccountBlacklisted(account);
    }
}

/// @notice Refuses a blacklisted account with a megabyte of return data.
contract ReturnBombCoin is BlacklistCoin {
    function _refuse(address) internal pure override {
        assembly ("memory-safe") {
            revert(0, 1000000)
        }
    }
}

/// @notice Refuses a blacklisted account by burning all the gas it is given.
contract GasBurnerCoin is BlacklistCoin {
    function _refuse(address) internal pure override {
        assembly ("memory-safe") {
            invalid()
        }
    }
}

/// @notice Balances are parts of a pot that the issuer fills and empties.
contract RebasingCoin is OddCoin(18) {
    uint256 public index = 1e18;

    function rebase(uint256 newIndex) external onlyIssuer {
        index = newIndex;
    }

    function balanceOf(address account) public view override returns (uint256) {
        return _balances[account] * index / 1e18;
    }

    function _move(address from, address to, uint256 amount) internal override {
        super._move(from, to, (amount * 1e18 + index - 1) / index);
    }
}

/// @notice Who is told before coins leave him and after they came, and may do anything then.
interface IHooked {
    function onCoins(address coin, address from, address to, uint256 amount) external;
}

/// @notice Calls sender and receiver, as ERC-777 does.
contract HookCoin is OddCoin(18) {
    function _move(address from, address to, uint256 amount) internal override {
        if (from.code.length != 0) _tell(from, from, to, amount);
        super._move(from, to, amount);
        if (to.code.length != 0) _tell(to, from, to, amount);
    }

    /// @dev Contracts without the hook, the vaults among them, are left in peace.
    function _tell(address listener, address from, address to, uint256 amount) private {
        (bool heard,) = listener.call(abi.encodeCall(IHooked.onCoins, (address(this), from, to, amount)));
        heard;
    }
}
