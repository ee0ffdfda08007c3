// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";

/// @title A test coin that behaves like USDC
/// @notice 6 decimals; EIP-712 domain version "2"; EIP-2612 and EIP-3009, each with (v, r, s) and with a bytes
/// signature (ERC-1271 wallets too); a blacklist and a pause that also stop signed transfers. Anybody may mint:
/// never deploy it where coins are worth something.
contract TestStablecoin is ERC3009, IERC20Permit, Nonces {
    bytes32 private constant PERMIT_TYPEHASH =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    address public immutable issuer;
    bool public paused;
    mapping(address account => bool) public isBlacklisted;

    event Blacklisted(address indexed account);
    event UnBlacklisted(address indexed account);
    event Pause();
    event Unpause();

    error NotIssuer(address caller);
    error CoinPaused();
    error AccountBlacklisted(address account);
    error PermitExpired(uint256 deadline, uint256 timestamp);
    error PermitSignatureInvalid(address owner);

    modifier onlyIssuer() {
        require(msg.sender == issuer, NotIssuer(msg.sender));
        _;
    }

    constructor() ERC20("Test USD Coin", "tUSDC") EIP712("Test USD Coin", "2") {
        issuer = msg.sender;
    }

    /// @notice Makes coins from nothing.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice Stops all transfers, or lets them go on.
    function setPaused(bool newPaused) external onlyIssuer {
        paused = newPaused;
        if (newPaused) emit Pause();
        else emit Unpause();
    }

    /// @notice Stops an account from sending and receiving, or lets it again.
    function setBlacklisted(address account, bool blacklisted) external onlyIssuer {
        isBlacklisted[account] = blacklisted;
        if (blacklisted) emit Blacklisted(account);
        else emit UnBlacklisted(account);
    }

    /// @inheritdoc IERC20Permit
    function permit(
        address owner,
        address spender,
        uint256 value,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        permit(owner, spender, value, deadline, abi.encodePacked(r, s, v));
    }

    /// @notice EIP-2612 with a bytes signature.
    function permit(address owner, address spender, uint256 value, uint256 deadline, bytes memory signature) public {
        require(block.timestamp <= deadline, PermitExpired(deadline, block.timestamp));
        bytes32 hash = _hashTypedDataV4(
            keccak256(abi.encode(PERMIT_TYPEHASH, owner, spender, value, _useNonce(owner), deadline))
        );
        require(SignatureChecker.isValidSignatureNow(owner, hash, signature), PermitSignatureInvalid(owner));
        _approve(owner, spender, value);
    }

    /// @notice EIP-3009 with a bytes signature.
    function transferWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes memory signature
    ) external {
        bytes32 typehash = TRANSFER_WITH_AUTHORIZATION_TYPEHASH;
        _requireSigned(from, abi.encode(typehash, from, to, value, validAfter, validBefore, nonce), signature);
        _transferWithAuthorization(from, to, value, validAfter, validBefore, nonce);
    }

    /// @notice EIP-3009 with a bytes signature; only `to` may call.
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes memory signature
    ) external {
        require(to == msg.sender, ERC20InvalidReceiver(to));
        bytes32 typehash = RECEIVE_WITH_AUTHORIZATION_TYPEHASH;
        _requireSigned(from, abi.encode(typehash, from, to, value, validAfter, validBefore, nonce), signature);
        _transferWithAuthorization(from, to, value, validAfter, validBefore, nonce);
    }

    /// @notice EIP-3009 with a bytes signature.
    function cancelAuthorization(address authorizer, bytes32 nonce, bytes memory signature) external {
        _requireSigned(authorizer, abi.encode(CANCEL_AUTHORIZATION_TYPEHASH, authorizer, nonce), signature);
        _cancelAuthorization(authorizer, nonce);
    }

    /// @inheritdoc IERC20Permit
    function nonces(address owner) public view override(IERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    /// @notice EIP-712 domain version.
    function version() external pure returns (string memory) {
        return "2";
    }

    /// @inheritdoc IERC20Permit
    function DOMAIN_SEPARATOR() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    /// @notice Six, as USDC.
    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function _update(address from, address to, uint256 value) internal override {
        require(!paused, CoinPaused());
        require(!isBlacklisted[from], AccountBlacklisted(from));
        require(!isBlacklisted[to], AccountBlacklisted(to));
        super._update(from, to, value);
    }

    /// @dev As USDC: while paused, nothing is approved either, by whatever way.
    function _approve(address owner, address spender, uint256 value, bool emitEvent) internal override {
        require(!paused, CoinPaused());
        super._approve(owner, spender, value, emitEvent);
    }

    /// @dev As USDC: while paused, nothing is cancelled.
    function _cancelAuthorization(address authorizer, bytes32 nonce) internal override {
        require(!paused, CoinPaused());
        super._cancelAuthorization(authorizer, nonce);
    }

    function _requireSigned(address signer, bytes memory encoded, bytes memory signature) private view {
        bytes32 hash = _hashTypedDataV4(keccak256(encoded));
        require(SignatureChecker.isValidSignatureNow(signer, hash, signature), ERC3009InvalidSignature());
    }
}
