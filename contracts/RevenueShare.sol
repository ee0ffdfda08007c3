// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

import {ShareAgency} from "./ShareAgency.sol";
import {ShareClaims} from "./ShareClaims.sol";
import {ShareLedger} from "./ShareLedger.sol";
import {IERC7943Fungible} from "./interfaces/IERC7943Fungible.sol";
import {IRevenueShare} from "./interfaces/IRevenueShare.sol";
import {IShareAgency} from "./interfaces/IShareAgency.sol";
import {SettledTime} from "./libraries/SettledTime.sol";
import {TimeWeighted} from "./libraries/TimeWeighted.sol";
import {Policy} from "./libraries/TransferPolicy.sol";

/// @title RevenueShare
/// @dev Balances live in the same slot as the weight they grow, so this ERC-20 is written out here. The EIP-712
/// domain is each clone's own and follows the chain's id.
contract RevenueShare is ShareClaims {
    using SettledTime for uint256;
    using TimeWeighted for SettledTime.Ledger;

    bytes32 private constant PERMIT_TYPEHASH =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    /// @notice ERC-20.
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    /// @notice ERC-20.
    uint8 public constant decimals = 18;

    /// @notice Code that runs on this contract's storage what it has no room for.
    address public immutable agency;

    /// @dev Both live by the agency's calendar, Settlement and identities.
    constructor(ShareAgency agency_)
        ShareLedger(agency_.settlement(), agency_.identities(), agency_.genesis(), agency_.periodSeconds())
        EIP712("Wellhead Revenue Share", "1")
    {
        agency = address(agency_);
    }

    /// @inheritdoc IRevenueShare
    function settlePeriod(uint128 earned) external onlySettlement {
        emit RevenueAdded(_nextSequence(), uint32(_ledger.head.nextOf()), earned);
        _ledger.settle(earned);
    }

    /// @inheritdoc IShareAgency
    function initialize(uint32, address, uint32, address, address) external {
        _delegate();
    }

    /// @inheritdoc IShareAgency
    function startEpoch(uint32, address, address) external {
        _delegate();
    }

    /// @inheritdoc IShareAgency
    function impair(uint32, uint128, uint128) external {
        _delegate();
    }

    /// @inheritdoc IShareAgency
    function claimEpoch(address, uint32, uint256) external returns (uint256) {
        _delegate();
    }

    /// @inheritdoc IShareAgency
    function setPolicy(Policy calldata) external {
        _delegate();
    }

    /// @inheritdoc IShareAgency
    function setCountries(uint256[4] calldata) external {
        _delegate();
    }

    /// @inheritdoc IERC7943Fungible
    function setFrozenTokens(address, uint256) external returns (bool) {
        _delegate();
    }

    /// @inheritdoc IERC7943Fungible
    function forcedTransfer(address, address, uint256) external returns (bool) {
        _delegate();
    }

    /// @inheritdoc IShareAgency
    function recover(address, address) external {
        _delegate();
    }

    /// @inheritdoc IShareAgency
    function orderRedirect(address, address) external {
        _delegate();
    }

    /// @inheritdoc IShareAgency
    function cancelRedirect(address) external {
        _delegate();
    }

    /// @inheritdoc IShareAgency
    function lien(address, uint256) external {
        _delegate();
    }

    /// @inheritdoc IShareAgency
    function release(address, uint256) external {
        _delegate();
    }

    /// @inheritdoc IShareAgency
    function seize(address, address, uint256) external {
        _delegate();
    }

    /// @inheritdoc IERC20
    function transfer(address to, uint256 amount) external returns (bool) {
        _transfer(msg.sender, to, amount);
        return true;
    }

    /// @inheritdoc IERC20
    /// @dev An allowance of the largest number is never used up.
    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        uint256 allowed = allowance[from][msg.sender];
        require(amount <= allowed, ERC20InsufficientAllowance(msg.sender, allowed, amount));
        if (allowed != type(uint256).max) allowance[from][msg.sender] = allowed - amount;
        _transfer(from, to, amount);
        return true;
    }

    /// @inheritdoc IERC20
    function approve(address spender, uint256 amount) external returns (bool) {
        _approve(msg.sender, spender, amount);
        return true;
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
        bytes32 permitHash =
            keccak256(abi.encode(PERMIT_TYPEHASH, owner, spender, value, _useNonce(owner), deadline));
        _requireSigned(owner, permitHash, deadline, abi.encodePacked(r, s, v));
        _approve(owner, spender, value);
    }

    /// @inheritdoc IERC20
    function balanceOf(address account) external view returns (uint256) {
        return _balanceOf(account);
    }

    /// @inheritdoc IERC20
    function totalSupply() external pure returns (uint256) {
        return SUPPLY;
    }

    /// @inheritdoc IERC20Metadata
    function name() external view returns (string memory) {
        return string.concat("Wellhead Revenue Share ", Strings.toString(assetId));
    }

    /// @inheritdoc IERC20Metadata
    function symbol() external view returns (string memory) {
        return string.concat("WRS", Strings.toString(assetId));
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC165).interfaceId || interfaceId == type(IERC7943Fungible).interfaceId
            || interfaceId == type(IERC20).interfaceId || interfaceId == type(IERC20Permit).interfaceId;
    }

    /// @inheritdoc IERC20Permit
    function DOMAIN_SEPARATOR() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    /// @dev The holder's own way, or that of whoever has his allowance.
    function _transfer(address from, address to, uint256 amount) private {
        uint256 free = freeOf(from);
        // never more than the balance, which is read again only where it says no
        if (amount > free) {
            uint256 balance = _balanceOf(from);
            require(amount <= balance, ERC20InsufficientBalance(from, balance, amount));
        }
        _requireAllowed(from, to, amount, free);
        _moveAs(from, to, amount);
    }

    /// @dev Lets the agency answer the call as it came in, and does not return.
    function _delegate() private {
        address code = agency;
        assembly ("memory-safe") {
            let data := mload(0x40)
            calldatacopy(data, 0, calldatasize())
            let isDone := delegatecall(gas(), code, data, calldatasize(), 0, 0)
            returndatacopy(data, 0, returndatasize())
            switch isDone
            case 0 { revert(data, returndatasize()) }
            default { return(data, returndatasize()) }
        }
    }

    function _approve(address owner, address spender, uint256 amount) private {
        require(spender != address(0), ERC20InvalidSpender(spender));
        allowance[owner][spender] = amount;
        emit Approval(owner, spender, amount);
    }
}
