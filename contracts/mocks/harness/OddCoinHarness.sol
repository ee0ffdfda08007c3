// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title A coin that misbehaves as it is told
/// @notice It may take a fee, say no without a revert, say nothing at all, refuse an account, or call somebody
/// back before it moves.
contract OddCoinHarness {
    uint8 public constant decimals = 6;

    mapping(address account => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;
    mapping(address account => bool) public refuses;

    uint256 public fee;
    bool public saysNo;
    bool public silent;
    address private _target;
    bytes private _calldata;
    bytes public answer;

    error Refused(address account);

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function behave(uint256 newFee, bool newSaysNo, bool newSilent) external {
        (fee, saysNo, silent) = (newFee, newSaysNo, newSilent);
    }

    function refuse(address account, bool refused) external {
        refuses[account] = refused;
    }

    /// @notice At the next movement, call `target` with `data` and keep what it answers.
    function callBack(address target, bytes calldata data) external {
        (_target, _calldata, answer) = (target, data, "");
    }

    function transfer(address to, uint256 amount) external {
        _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private {
        require(!refuses[from], Refused(from));
        require(!refuses[to], Refused(to));
        if (_target != address(0)) {
            address target = _target;
            _target = address(0);
            (bool done, bytes memory data) = target.call(_calldata);
            answer = done ? bytes("done") : data;
        }
        balanceOf[from] -= amount;
        balanceOf[to] += amount - fee;
        if (silent) return;
        uint256 word = saysNo ? 0 : 1;
        assembly ("memory-safe") {
            mstore(0, word)
            return(0, 32)
        }
    }
}
