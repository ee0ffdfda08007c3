// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {Offerings} from "./Offerings.sol";
import {Periods} from "./Periods.sol";
import {IAssetRegistry, Terms} from "./interfaces/IAssetRegistry.sol";
import {ICoinRegistry, IssuerStatus} from "./interfaces/ICoinRegistry.sol";
import {IIdentityRegistry} from "./interfaces/IIdentityRegistry.sol";
import {ILienableShare} from "./interfaces/ILienableShare.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";
import {IShareOffering, OfferingPlan, Payment, SubscriptionOrder} from "./interfaces/IShareOffering.sol";
import {Vesting} from "./libraries/Vesting.sol";

/// @title ShareOffering
contract ShareOffering is Offerings, Periods, ReentrancyGuardTransient {
    uint8 private constant EVIDENCE_MAX = 3;
    /// @dev An offering holds its shares under a lien until it closes: not longer than this.
    uint256 private constant WINDOW_MAX = 365 days;

    IAssetRegistry public immutable registry;
    ISettlement public immutable settlement;
    ICoinRegistry public immutable coins;

    constructor(
        IIdentityRegistry identities_,
        IAssetRegistry registry_,
        ISettlement settlement_,
        ICoinRegistry coins_,
        uint64 genesis_,
        uint32 periodSeconds_
    ) Offerings(identities_) Periods(genesis_, periodSeconds_) {
        (registry, settlement, coins) = (registry_, settlement_, coins_);
    }

    /// @inheritdoc IShareOffering
    function open(OfferingPlan calldata plan) external nonReentrant returns (uint256 offeringId) {
        _requireValid(plan);
        Offering memory o = _newOffering(plan);
        offeringId = _offerings.length;
        _offerings.push(o);
        uint256 shares = Vesting.sharesDown(o.hardCap, o.price);
        emit OfferingOpened(
            _nextSequence(), offeringId, o.assetId, msg.sender, o.share, shares, o.nextPeriod, plan
        );
        ILienableShare(o.share).lien(msg.sender, shares);
    }

    /// @inheritdoc IShareOffering
    function cancel(uint256 offeringId) external {
        Offering storage o = _offering(offeringId);
        require(msg.sender == o.owner, NotOwner(o.assetId, msg.sender, o.owner));
        require(o.raised == 0, AlreadySubscribed(o.raised));
        require(block.timestamp < o.closesAt, NotInWindow(block.timestamp, o.opensAt, o.closesAt));
        o.closesAt = uint40(block.timestamp);
        emit OfferingCancelled(_nextSequence(), offeringId);
    }

    /// @inheritdoc IShareOffering
    function subscribe(uint256 offeringId, uint96 shares) external nonReentrant {
        uint256 cost = _enter(offeringId, msg.sender, shares);
        _pull(IERC20(_offerings[offeringId].coin), msg.sender, cost);
    }

    /// @inheritdoc IShareOffering
    function subscribeSigned(SubscriptionOrder calldata order, Payment calldata payment) external nonReentrant {
        uint256 cost = _enter(order.offeringId, order.subscriber, order.shares);
        _pullSigned(IERC20(_offerings[order.offeringId].coin), cost, order, payment);
    }

    /// @inheritdoc IShareOffering
    function collect(uint256 offeringId, address subscriber) external nonReentrant {
        Offering storage o = _succeeded(offeringId);
        Subscription storage s = _subscriptions[offeringId][subscriber];
        uint96 shares = s.shares;
        require(shares != 0, NothingToPay(offeringId, subscriber));
        s.shares = 0;
        emit SharesCollected(_nextSequence(), offeringId, subscriber, shares);
        ILienableShare(o.share).seize(o.owner, subscriber, shares);
    }

    /// @inheritdoc IShareOffering
    function releaseUnsold(uint256 offeringId) external nonReentrant {
        Offering storage o = _closed(offeringId);
        require(!o.unsoldReleased, AlreadyReleased(offeringId));
        o.unsoldReleased = true;
        uint256 sold = o.raised < o.softCap ? 0 : o.soldShares;
        uint256 shares = Vesting.sharesDown(o.hardCap, o.price) - sold;
        emit UnsoldReleased(_nextSequence(), offeringId, shares);
        if (shares != 0) ILienableShare(o.share).release(o.owner, shares);
    }

    /// @inheritdoc IShareOffering
    function refund(uint256 offeringId, address subscriber) external nonReentrant {
        Offering storage o = _closed(offeringId);
        require(o.raised < o.softCap, SoftCapReached(o.raised, o.softCap));
        uint128 amount = _subscriptions[offeringId][subscriber].paid;
        delete _subscriptions[offeringId][subscriber];
        address payee = payeeOf(offeringId, subscriber);
        emit Refunded(_nextSequence(), offeringId, subscriber, payee, amount);
        _pay(o, offeringId, payee, amount);
    }

    /// @inheritdoc IShareOffering
    function vest(uint256 offeringId, uint32 periods, Terms calldata terms) external {
        require(periods != 0, ZeroField("periods"));
        Offering storage o = _succeeded(offeringId);
        (uint32 from, uint256 amount) = (o.nextPeriod, 0);
        uint256 to = uint256(from) + periods;
        require(to <= uint256(o.lastPeriod) + 1, AboveLastPeriod(to - 1, o.lastPeriod));
        bytes32 termsHash = keccak256(abi.encode(terms));
        for (uint32 period = from; period < to; ++period) {
            amount += _releasedBy(o, period, terms, termsHash);
        }
        uint256 left = o.raised - o.released;
        if (amount > left) amount = left;
        o.released += uint128(amount);
        o.nextPeriod = uint32(to);
        emit ProceedsReleased(_nextSequence(), offeringId, from, periods, amount);
    }

    /// @inheritdoc IShareOffering
    function withdraw(uint256 offeringId) external nonReentrant {
        Offering storage o = _offering(offeringId);
        uint256 amount = o.released - o.withdrawn;
        o.withdrawn = o.released;
        address payee = _redirected(o, o.owner);
        emit ProceedsWithdrawn(_nextSequence(), offeringId, payee, amount);
        _pay(o, offeringId, payee, amount);
    }

    /// @inheritdoc IShareOffering
    function takeBack(uint256 offeringId, address subscriber) external nonReentrant {
        Offering storage o = _succeeded(offeringId);
        require(o.nextPeriod > o.lastPeriod, StillVesting(o.nextPeriod, o.lastPeriod));
        Subscription storage s = _subscriptions[offeringId][subscriber];
        uint256 amount = Vesting.returnDown(o.raised - o.released, s.paid, o.raised);
        s.paid = 0;
        address payee = payeeOf(offeringId, subscriber);
        emit UnearnedReturned(_nextSequence(), offeringId, subscriber, payee, amount);
        _pay(o, offeringId, payee, amount);
    }

    /// @inheritdoc IShareOffering
    function assign(uint256 offeringId, address subscriber, address to) external {
        _offering(offeringId);
        address payee = payeeOf(offeringId, subscriber);
        require(msg.sender == payee, NotPayee(msg.sender, payee));
        _requireNotFrozen(payee);
        require(to != address(0), ZeroAccount());
        _assignees[offeringId][subscriber] = to;
        emit RightAssigned(_nextSequence(), offeringId, subscriber, payee, to);
    }

    function _newOffering(OfferingPlan calldata plan) private view returns (Offering memory o) {
        o.owner = registry.ownerOf(plan.assetId);
        require(msg.sender == o.owner, NotOwner(plan.assetId, msg.sender, o.owner));
        _requireNotFrozen(o.owner);
        o.share = settlement.assetOf(plan.assetId).share;
        require(o.share != address(0), NotOpen(plan.assetId));
        (o.assetId, o.coin, o.evidence) = (plan.assetId, plan.coin, plan.evidence);
        (o.price, o.minTicket) = (plan.price, plan.minTicket);
        (o.softCap, o.hardCap) = (plan.softCap, plan.hardCap);
        (o.opensAt, o.closesAt) = (plan.opensAt, plan.closesAt);
        (o.minUnitPrice, o.milestoneUnits) = (plan.minUnitPrice, plan.milestoneUnits);
        o.nextPeriod = _firstPeriodFrom(plan.closesAt);
        o.lastPeriod = o.nextPeriod + plan.vestingPeriods - 1;
    }

    /// @dev Until its report is settled, a period stops the count; periods without delivery release nothing and ask
    /// for no terms.
    function _releasedBy(Offering storage o, uint32 period, Terms calldata terms, bytes32 termsHash)
        private
        view
        returns (uint256)
    {
        ISettlement.PeriodBook memory p = settlement.periodOf(o.assetId, period);
        require(p.state != ISettlement.State.Open, PeriodNotClosed(o.assetId, period));
        if (p.state != ISettlement.State.Settled || p.promised == p.shortfall) return 0;
        bytes32 inForce = registry.termsHashAt(o.assetId, period);
        require(termsHash == inForce, WrongTerms(termsHash, inForce));
        if (terms.evidence < o.evidence) return 0;
        return Vesting.releaseDown(
            Vesting.Milestone(o.raised, o.milestoneUnits, o.minUnitPrice),
            Vesting.Delivery(p.escrow, p.promised, p.shortfall, terms.unitSeconds)
        );
    }

    function _closed(uint256 offeringId) private view returns (Offering storage o) {
        o = _offering(offeringId);
        require(block.timestamp >= o.closesAt, WindowNotClosed(block.timestamp, o.closesAt));
    }

    function _succeeded(uint256 offeringId) private view returns (Offering storage o) {
        o = _closed(offeringId);
        require(o.raised >= o.softCap, BelowSoftCap(o.raised, o.softCap));
    }

    /// @dev The first period that lies wholly behind the window.
    function _firstPeriodFrom(uint256 timestamp) private view returns (uint32) {
        require(timestamp >= genesis, BeforeGenesis(timestamp, genesis));
        return SafeCast.toUint32((timestamp - genesis + periodSeconds - 1) / periodSeconds);
    }

    function _requireValid(OfferingPlan calldata plan) private view {
        require(plan.price != 0, ZeroField("price"));
        require(plan.softCap != 0, ZeroField("softCap"));
        require(plan.milestoneUnits != 0, ZeroField("milestoneUnits"));
        require(
            plan.softCap <= plan.hardCap && plan.minTicket <= plan.hardCap,
            CapsOutOfOrder(plan.minTicket, plan.softCap, plan.hardCap)
        );
        require(
            plan.opensAt < plan.closesAt && plan.closesAt > block.timestamp,
            WindowOutOfOrder(plan.opensAt, plan.closesAt, block.timestamp)
        );
        uint256 latest = block.timestamp + WINDOW_MAX;
        require(plan.closesAt <= latest, WindowTooLong(plan.closesAt, latest));
        require(plan.evidence <= EVIDENCE_MAX, UnknownEvidence(plan.evidence, EVIDENCE_MAX));
        require(
            plan.vestingPeriods >= Vesting.PERIODS_MIN, VestsTooSoon(plan.vestingPeriods, Vesting.PERIODS_MIN)
        );
        require(
            plan.vestingPeriods <= Vesting.PERIODS_MAX, VestsTooLong(plan.vestingPeriods, Vesting.PERIODS_MAX)
        );
        require(coins.statusOf(plan.coin) != IssuerStatus.NotAllowed, CoinNotAllowed(plan.coin));
    }
}
