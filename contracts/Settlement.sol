// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Epochs} from "./Epochs.sol";
import {OracleCalls} from "./OracleCalls.sol";
import {Payouts} from "./Payouts.sol";
import {Sales} from "./Sales.sol";
import {SalesPause} from "./SalesPause.sol";
import {Terms} from "./interfaces/IAssetRegistry.sol";
import {IDisputes} from "./interfaces/IDisputes.sol";
import {ILeaseToken} from "./interfaces/ILeaseToken.sol";
import {Absence, AssetReport, Evidence} from "./interfaces/IReportOracle.sol";
import {IRevenueShare} from "./interfaces/IRevenueShare.sol";
import {ISettlement, Neighbours} from "./interfaces/ISettlement.sol";
import {FundsWord} from "./libraries/FundsWord.sol";
import {LeaseId} from "./libraries/LeaseId.sol";
import {PeriodWord} from "./libraries/PeriodWord.sol";
import {TermsHash} from "./libraries/TermsHash.sol";
import {Waterfall} from "./libraries/Waterfall.sol";

/// @title Settlement
/// @dev Money in: `Sales`; where it lies: `Epochs`; money out: `Payouts`. Here: what a period comes to.
contract Settlement is Sales, OracleCalls {
    IDisputes public immutable disputes;
    address public immutable protocol;

    constructor(Neighbours memory n, address protocol_)
        SalesPause(n.authority)
        Payouts(n.identities)
        Epochs(n.registry, n.vaults)
        Sales(n.leaseToken)
        OracleCalls(n.oracle)
    {
        (disputes, protocol) = (n.disputes, protocol_);
    }

    /// @inheritdoc ISettlement
    function settle(uint32 assetId, Terms calldata terms, Evidence calldata evidence) external {
        AssetReport calldata r = evidence.report;
        uint32 period = _open(assetId).nextPeriod;
        if (r.assetId != assetId || r.period != period) revert OutOfOrder(r.assetId, r.period, period);
        PeriodWord word = _periods[assetId][period].closed(State.Settled, _requireAccepted(evidence));
        (address owner, Waterfall.Books memory books) = _booksOf(assetId, period, word, terms);
        Waterfall.Totals memory totals =
            Waterfall.Totals(r.upSeconds, r.downSeconds, r.excusedSeconds, r.energyJoules, r.work);
        Waterfall.Outcome memory o = Waterfall.settled(books, totals, terms);
        _close(assetId, period, word, owner, o);
        emit PeriodSettled(_nextSequence(), assetId, period, evidence.revision, owner, o);
    }

    /// @inheritdoc ISettlement
    function settleUnreported(uint32 assetId, uint32 period, Terms calldata terms, Absence[] calldata absences)
        external
    {
        _requireNext(assetId, period);
        _requireUnreported(assetId, period, absences);
        PeriodWord word = _periods[assetId][period];
        (address owner, Waterfall.Books memory books) = _booksOf(assetId, period, word, terms);
        Waterfall.Outcome memory o = Waterfall.unreported(books, terms);
        _close(assetId, period, word.closed(State.Unreported, oracle.wasVoided(assetId, period)), owner, o);
        emit PeriodUnreported(_nextSequence(), assetId, period, owner, o);
    }

    /// @inheritdoc ISettlement
    function skip(uint32 assetId, uint32 fromPeriod, uint32 count) external {
        if (count == 0 || count > MAX_RUN) revert TooManyPeriods(count, MAX_RUN);
        Asset storage asset = _open(assetId);
        _requireNext(assetId, fromPeriod);
        (uint32 period, uint32 end) = (fromPeriod, fromPeriod + count);
        uint256 deadline = oracle.postDeadlineOf(end - 1);
        if (block.timestamp <= deadline) revert TooEarly(block.timestamp, deadline);
        emit PeriodsSkipped(_nextSequence(), assetId, period, count);
        asset.nextPeriod = end;
        for (; period < end; ++period) {
            if (!_periods[assetId][period].isUntouched()) revert NotEmpty(assetId, period);
            IRevenueShare(asset.share).settlePeriod(0);
        }
    }

    /// @inheritdoc ISettlement
    function redeem(address holder, uint256 id, uint64 units) external nonReentrant {
        (uint32 assetId, uint32 period,) = LeaseId.parts(id);
        PeriodWord word = _periods[assetId][period];
        if (word.state() == State.Open) revert PeriodNotClosed(assetId, period);
        if (units == 0) revert ZeroAmount();
        ILeaseToken(leaseToken).burn(msg.sender, holder, id, units);
        (uint256 refund, uint256 credit) = _giveBack(holder, id, units, word);
        emit Redeemed(_nextSequence(), holder, id, units, refund, credit);
        if (word.isRevised()) disputes.payPot(assetId, period, holder, units, word.soldUnits());
    }

    /// @dev So that a call sent twice closes a period once.
    function _requireNext(uint32 assetId, uint32 period) private view {
        uint32 next = _open(assetId).nextPeriod;
        if (period != next) revert OutOfOrder(assetId, period, next);
    }

    /// @dev The books of an open period, for its closing, and whose asset it is.
    function _booksOf(uint32 assetId, uint32 period, PeriodWord word, Terms calldata terms)
        private
        view
        returns (address owner, Waterfall.Books memory b)
    {
        bytes32 inForce;
        (owner, inForce, b.capacitySeconds, b.excuseCeiling) = registry.closingOf(assetId, period);
        bytes32 given = TermsHash.hashOf(terms);
        if (given != inForce) revert WrongTerms(given, inForce);
        b.capacitySeconds *= periodSeconds;
        (b.soldUnits, b.escrow) = (word.soldUnits(), word.escrow());
        b.lockedCredit = word.lockedCreditUp();
        if (word.hasSpot()) b.spot = _spots[assetId][period];
    }

    /// @dev Writes a period's outcome into the books: once, in order, and nothing is created or lost.
    function _close(uint32 assetId, uint32 period, PeriodWord word, address owner, Waterfall.Outcome memory o)
        private
    {
        _assets[assetId].nextPeriod = period + 1;
        _periods[assetId][period] = word;
        address vault = _vaultOf(assetId, period);
        FundsWord funds = _funds[vault];
        uint256 locked = word.lockedCreditUp();
        // the holders' part passes to the share, which counts what it pays
        _funds[vault] = funds.having(funds.booked() - o.holders, funds.bondFree() + locked - o.creditPool);
        if (o.shortfall != 0) {
            uint256 reserved = o.refundPool + o.creditPool;
            _closings[assetId][period] = Closing(uint128(reserved), uint40(o.shortfall), uint40(o.breach), 0);
        }
        _owe(vault, owner, o.owner + o.energyCost);
        _owe(vault, protocol, o.fee);
        IRevenueShare(_assets[assetId].share).settlePeriod(uint128(o.holders));
    }

    /// @dev Refund and credit of burnt units, out of their own period's reserve and no other's.
    function _giveBack(address holder, uint256 id, uint256 units, PeriodWord word)
        private
        returns (uint256 refund, uint256 credit)
    {
        (uint32 assetId, uint32 period, uint128 price) = LeaseId.parts(id);
        Closing storage closing = _closings[assetId][period];
        // units that were there
        unchecked {
            closing.redeemed += uint40(units);
        }
        uint256 shortfall = closing.shortfall;
        if (shortfall == 0) return (0, 0);
        uint256 promised = word.soldUnits() * word.unitSeconds();
        refund = Waterfall.refundDown(units, price, shortfall, promised);
        credit = Waterfall.creditDown(units, price, closing.breach, word.creditBps(), promised);
        closing.reserved -= uint128(refund + credit);
        _owe(_vaultOf(assetId, period), holder, refund + credit);
    }
}
