// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {Sequenced} from "./Sequenced.sol";
import {IIdentityRegistry} from "./interfaces/IIdentityRegistry.sol";
import {ILienableShare} from "./interfaces/ILienableShare.sol";
import {IReceiveWithAuthorization} from "./interfaces/IReceiveWithAuthorization.sol";
import {IShareOffering, Payment, SubscriptionOrder} from "./interfaces/IShareOffering.sol";
import {Vesting} from "./libraries/Vesting.sol";

/// @title The books of all offerings, and the coins that go in and out of them
abstract contract Offerings is IShareOffering, Sequenced {
    using SafeERC20 for IERC20;

    bytes32 private constant ORDER_TYPEHASH =
        keccak256("SubscriptionOrder(uint256 offeringId,address subscriber,uint96 shares,uint256 salt)");

    IIdentityRegistry public immutable identities;

    Offering[] internal _offerings;
    mapping(uint256 offeringId => mapping(address subscriber => Subscription)) internal _subscriptions;
    mapping(uint256 offeringId => mapping(address subscriber => address)) internal _assignees;

    constructor(IIdentityRegistry identities_) {
        identities = identities_;
    }

    /// @inheritdoc IShareOffering
    function count() external view returns (uint256) {
        return _offerings.length;
    }

    /// @inheritdoc IShareOffering
    function offeringOf(uint256 offeringId) external view returns (Offering memory) {
        return _offering(offeringId);
    }

    /// @inheritdoc IShareOffering
    function subscriptionOf(uint256 offeringId, address subscriber) external view returns (Subscription memory) {
        return _subscriptions[offeringId][subscriber];
    }

    /// @inheritdoc IShareOffering
    function payeeOf(uint256 offeringId, address subscriber) public view returns (address) {
        address assignee = _assignees[offeringId][subscriber];
        return _redirected(_offering(offeringId), assignee == address(0) ? subscriber : assignee);
    }

    /// @inheritdoc IShareOffering
    function costUp(uint256 offeringId, uint96 shares) external view returns (uint256) {
        return Vesting.costUp(shares, _offering(offeringId).price);
    }

    /// @inheritdoc IShareOffering
    function canSubscribe(uint256 offeringId, address subscriber, uint96 shares) external view returns (bool) {
        if (offeringId >= _offerings.length) return false;
        Offering storage o = _offerings[offeringId];
        uint256 cost = Vesting.costUp(shares, o.price);
        uint256 left = o.hardCap - o.raised;
        return block.timestamp >= o.opensAt && block.timestamp < o.closesAt && cost != 0 && cost <= left
            && _isTicket(o, cost, left) && subscriber != o.owner
            && _restrictionOf(o, _subscriptions[offeringId][subscriber].shares, subscriber, shares) == 0;
    }

    /// @inheritdoc IShareOffering
    function nonceOf(SubscriptionOrder calldata order) public pure returns (bytes32) {
        return keccak256(abi.encode(ORDER_TYPEHASH, order));
    }

    function _offering(uint256 offeringId) internal view returns (Offering storage) {
        require(offeringId < _offerings.length, UnknownOffering(offeringId, _offerings.length));
        return _offerings[offeringId];
    }

    /// @dev Writes a subscription into the books before its coins come.
    function _enter(uint256 offeringId, address subscriber, uint96 shares) internal returns (uint128 cost) {
        Offering storage o = _offering(offeringId);
        require(
            block.timestamp >= o.opensAt && block.timestamp < o.closesAt,
            NotInWindow(block.timestamp, o.opensAt, o.closesAt)
        );
        cost = _costOf(o, shares);
        require(subscriber != o.owner, OwnSubscription(subscriber));
        Subscription storage s = _subscriptions[offeringId][subscriber];
        uint8 code = _restrictionOf(o, s.shares, subscriber, shares);
        require(code == 0, SaleRestricted(o.owner, subscriber, uint256(s.shares) + shares, code));
        if (s.shares == 0) ++o.subscribers;
        (o.raised, o.held) = (o.raised + cost, o.held + cost);
        o.soldShares += shares;
        (s.paid, s.shares) = (s.paid + cost, s.shares + shares);
        emit Subscribed(_nextSequence(), offeringId, subscriber, shares, cost);
    }

    function _pull(IERC20 coin, address from, uint256 amount) internal {
        uint256 before = coin.balanceOf(address(this));
        coin.safeTransferFrom(from, address(this), amount);
        _requireExact(coin, before, amount);
    }

    function _pullSigned(IERC20 coin, uint256 amount, SubscriptionOrder calldata order, Payment calldata payment)
        internal
    {
        uint256 before = coin.balanceOf(address(this));
        if (payment.split) {
            _receiveSplit(coin, amount, order, payment);
        } else {
            IReceiveWithAuthorization(address(coin)).receiveWithAuthorization(
                order.subscriber,
                address(this),
                amount,
                payment.validAfter,
                payment.validBefore,
                nonceOf(order),
                payment.signature
            );
        }
        _requireExact(coin, before, amount);
    }

    /// @dev Coins leave only here, and never more than the offering holds.
    function _pay(Offering storage o, uint256 offeringId, address to, uint256 amount) internal {
        require(amount != 0, NothingToPay(offeringId, to));
        _requireNotFrozen(to);
        o.held -= uint128(amount);
        IERC20(o.coin).safeTransfer(to, amount);
    }

    /// @dev Where the share pays an account whose key is lost, its coins go as well.
    function _redirected(Offering storage o, address account) internal view returns (address) {
        (address to, uint64 effectiveAt) = ILienableShare(o.share).redirectOf(account);
        return to == address(0) || block.timestamp < effectiveAt ? account : to;
    }

    function _requireNotFrozen(address account) internal view {
        require(!identities.isFrozen(account), AccountFrozen(account));
    }

    function _receiveSplit(
        IERC20 coin,
        uint256 amount,
        SubscriptionOrder calldata order,
        Payment calldata payment
    ) private {
        require(payment.signature.length == 65, NotSplitSignature(payment.signature.length));
        IReceiveWithAuthorization(address(coin)).receiveWithAuthorization(
            order.subscriber,
            address(this),
            amount,
            payment.validAfter,
            payment.validBefore,
            nonceOf(order),
            uint8(payment.signature[64]),
            bytes32(payment.signature[:32]),
            bytes32(payment.signature[32:64])
        );
    }

    /// @dev Asked when he pays, for all that he will have to collect then: nothing but who he is may stop him later.
    function _restrictionOf(Offering storage o, uint256 bought, address subscriber, uint256 shares)
        private
        view
        returns (uint8)
    {
        uint256 others = bought == 0 ? o.subscribers : o.subscribers - 1;
        return ILienableShare(o.share).detectSaleRestriction(o.owner, subscriber, bought + shares, others);
    }

    /// @dev The last ticket may be smaller: nobody can leave a rest that nobody may buy. It is the last if one more
    /// 10⁻¹⁸ share would not fit.
    function _isTicket(Offering storage o, uint256 cost, uint256 left) private view returns (bool) {
        return cost >= o.minTicket || (left - cost) * 1e18 < o.price;
    }

    function _costOf(Offering storage o, uint96 shares) private view returns (uint128) {
        uint256 cost = Vesting.costUp(shares, o.price);
        uint256 left = o.hardCap - o.raised;
        require(cost <= left, AboveHardCap(cost, o.raised, o.hardCap));
        require(cost != 0 && _isTicket(o, cost, left), BelowTicket(cost, o.minTicket));
        return uint128(cost);
    }

    function _requireExact(IERC20 coin, uint256 before, uint256 amount) private view {
        uint256 received = coin.balanceOf(address(this)) - before;
        require(received == amount, NotExactAmount(address(coin), amount, received));
    }
}
