// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A coin with one bad habit
/// @notice 0: none. 1: takes a fee of 1 % on transfer. 2: answers nothing (as old USDT). 3: answers false instead of
/// reverting. 4: reverts for payees it dislikes. 5: burns all gas for them. 6: answers a megabyte for them. 7: calls
/// them back. Its issuer may seize coins. Tests only.
contract OddCoin is ERC20 {
    uint8 public immutable habit;
    uint8 private immutable _decimals;
    mapping(address account => bool) public disliked;

    constructor(uint8 habit_, uint8 decimals_) ERC20("Odd Coin", "ODD") {
        (habit, _decimals) = (habit_, decimals_);
    }

    /// @notice Makes coins from nothing.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice Takes coins away.
    function seize(address from, uint256 amount) external {
        _burn(from, amount);
    }

    /// @notice Begins or ends to dislike a payee.
    function setDisliked(address account, bool newDisliked) external {
        disliked[account] = newDisliked;
    }

    /// @notice ERC-20, with the habit.
    function transfer(address to, uint256 amount) public override returns (bool) {
        _transfer(msg.sender, to, amount);
        return _answer(to);
    }

    /// @notice ERC-20, with the habit.
    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        _spendAllowance(from, msg.sender, amount);
        _transfer(from, to, amount);
        return _answer(to);
    }

    /// @notice As its issuer chose.
    function decimals() public view override returns (uint8) {
        return _decimals;
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (habit == 1 && from != address(0) && to != address(0)) super._update(to, address(0), amount / 100);
    }

    function _answer(address to) private returns (bool) {
        if (habit == 2) {
            assembly ("memory-safe") {
                return(0, 0)
            }
        }
        if (!disliked[to]) return true;
        if (habit == 3) {
            _transfer(to, msg.sender, balanceOf(to));
            return false;
        }
        require(habit != 4, "disliked");
        if (habit == 5) while (true) {}
        if (habit == 6) {
            assembly ("memory-safe") {
                revert(0, 1000000)
            }
        }
        if (habit == 7) {
            (bool done,) = to.call(abi.encodeWithSignature("tokensReceived()"));
            require(done, "callback");
        }
        return true;
    }
}

/// @title A payee that calls back: the coin's hook re-enters the books
contract ReenteringPayee {
    address private immutable _target;
    bytes private _call;
    bool public refused;

    constructor(address target) {
        _target = target;
    }

    /// @notice What to try when coins come in.
    function prepare(bytes calldata call_) external {
        _call = call_;
    }

    /// @notice It takes leases.
    function onERC1155Received(address, address, uint256, uint256, bytes calldata) external pure returns (bytes4) {
        return this.onERC1155Received.selector;
    }

    /// @notice The hook; remembers whether the books refused.
    function tokensReceived() external {
        (bool done,) = _target.call(_call);
        refused = !done;
    }
}
