// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title A bare ERC-20 whose one movement can be made odd
/// @notice Anybody may mint; the issuer is its creator. It emits no events: nobody here listens.
contract OddCoin {
    address public immutable issuer = msg.sender;
    uint8 public immutable decimals;
    uint256 public totalSupply;
    mapping(address account => uint256) internal _balances;
    mapping(address account => mapping(address spender => uint256)) public allowance;

    error InsufficientBalance(address account, uint256 balance, uint256 amount);
    error InsufficientAllowance(address spender, uint256 allowed, uint256 amount);
    error NotIssuer(address caller);

    modifier onlyIssuer() {
        require(msg.sender == issuer, NotIssuer(msg.sender));
        _;
    }

    constructor(uint8 decimals_) {
        decimals = decimals_;
    }

    function mint(address to, uint256 amount) external virtual {
        _balances[to] += amount;
        totalSupply += amount;
    }

    /// @notice What a court or a regulator can make an issuer do.
    function seize(address account, uint256 amount) external virtual onlyIssuer {
        _balances[account] -= amount;
        totalSupply -= amount;
    }

    function approve(address spender, uint256 amount) external virtual returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function transfer(address to, uint256 amount) external virtual returns (bool) {
        _move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external virtual returns (bool) {
        _spend(from, amount);
        _move(from, to, amount);
        return true;
    }

    function balanceOf(address account) public view virtual returns (uint256) {
        return _balances[account];
    }

    function _spend(address from, uint256 amount) internal {
        uint256 allowed = allowance[from][msg.sender];
        require(amount <= allowed, InsufficientAllowance(msg.sender, allowed, amount));
        if (allowed != type(uint256).max) allowance[from][msg.sender] = allowed - amount;
    }

    function _move(address from, address to, uint256 amount) internal virtual {
        uint256 balance = _balances[from];
        require(amount <= balance, InsufficientBalance(from, balance, amount));
        _balances[from] = balance - amount;
        _balances[to] += amount;
    }
}
