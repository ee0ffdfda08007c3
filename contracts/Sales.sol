// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Epochs} from "./Epochs.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";
import {IVault} from "./interfaces/IVault.sol";
import {OfferWord} from "./libraries/OfferWord.sol";
import {PeriodWord, PeriodWords} from "./libraries/PeriodWord.sol";

/// @title Money on its way in: sales and spot revenue
abstract contract Sales is Epochs {
    /// @notice What redemptions of a closed period draw on, and how many units they burnt; while nothing was missing
    /// and nobody redeems, not written.
    struct Closing {
        uint128 reserved;
        uint40 shortfall;
        uint40 breach;
        uint40 redeemed;
    }

    uint256 internal constant MAX_RUN = 100;

    /// @dev Of a run's first period, in what `bookSale` returns.
    uint256 private constant MIXED = 1;
    uint256 private constant NEWLY_MIXED = 1 << 128;

    address public immutable leaseToken;

    mapping(uint32 assetId => mapping(uint256 period => PeriodWord)) internal _periods;
    mapping(uint32 assetId => mapping(uint256 period => Closing)) internal _closings;
    mapping(uint32 assetId => mapping(uint256 period => uint256)) internal _spots;

    constructor(address leaseToken_) {
        leaseToken = leaseToken_;
    }

    /// @inheritdoc ISettlement
    function bookSale(OfferWord sold, uint40 units, address payer) external nonReentrant returns (uint256 mixed) {
        address vault;
        uint256 cost;
        uint256 booked;
        (vault, cost, booked, mixed) = _book(sold, units, payer);
        _pull(vault, payer, cost, booked);
    }

    /// @inheritdoc ISettlement
    function bookSaleSigned(OfferWord sold, uint40 units, address payer, Authorization calldata authorization)
        external
        nonReentrant
        returns (uint256 mixed)
    {
        address vault;
        uint256 cost;
        uint256 booked;
        (vault, cost, booked, mixed) = _book(sold, units, payer);
        IVault(vault).pullSigned(payer, cost, booked, authorization);
    }

    /// @inheritdoc ISettlement
    function depositSpot(uint32 assetId, uint32 period, uint128 amount, bytes32 code)
        external
        nonReentrant
    {
        uint64 number = _nextWhileSelling();
        if (amount == 0) revert ZeroAmount();
        address vault = _vaultOf(assetId, period);
        uint256 booked = _bookIn(vault, amount, 0);
        uint32 current = currentPeriod();
        if (period > current) revert PeriodNotStarted(period, current);
        if (period < _assets[assetId].nextPeriod) revert PeriodClosed(assetId, period, _stateOf(assetId, period));
        _periods[assetId][period] = _periods[assetId][period].withSpot();
        _spots[assetId][period] += amount;
        emit SpotDeposited(number, assetId, period, msg.sender, amount, code);
        _pull(vault, msg.sender, amount, booked);
    }

    /// @inheritdoc ISettlement
    function periodOf(uint32 assetId, uint32 period) external view returns (PeriodBook memory p) {
        PeriodWord word = _periods[assetId][period];
        p.state = _stateOf(assetId, period);
        p.escrow = uint128(word.escrow());
        p.spot = uint128(_spots[assetId][period]);
        (p.soldUnits, p.capacityUnits) = (uint40(word.soldUnits()), uint40(word.capacityUnits()));
        (p.unitSeconds, p.creditBps) = (uint32(word.unitSeconds()), uint16(word.creditBps()));
        (p.termsVersion, p.revised) = (uint32(word.termsVersion()), word.isRevised());
        p.promised = uint40(p.soldUnits * p.unitSeconds);
        Closing memory closing = _closings[assetId][period];
        (p.reserved, p.shortfall, p.breach) = (closing.reserved, closing.shortfall, closing.breach);
        (p.redeemedUnits, p.mixed) = (closing.redeemed, word.isMixed());
        if (p.state == State.Open) p.reserved = uint128(word.lockedCreditUp());
    }

    /// @inheritdoc ISettlement
    function salesOf(uint32 assetId, uint32 period)
        external
        view
        returns (uint128 escrow, uint40 soldUnits, State state)
    {
        PeriodWord word = _periods[assetId][period];
        return (uint128(word.escrow()), uint40(word.soldUnits()), _stateOf(assetId, period));
    }

    /// @dev A period that was passed has no word of its own: nothing was ever booked for it.
    function _stateOf(uint32 assetId, uint32 period) internal view returns (State state) {
        state = _periods[assetId][period].state();
        if (state == State.Open && period < _assets[assetId].nextPeriod) state = State.Skipped;
    }

    /// @dev Books a run of periods: each its own escrow and lock, all paid together.
    function _book(OfferWord sold, uint256 units, address payer)
        private
        returns (address vault, uint256 cost, uint256 booked, uint256 mixed)
    {
        if (msg.sender != leaseToken) revert NotLeaseToken(msg.sender);
        if (units == 0) revert ZeroAmount();
        uint256 count = sold.periods();
        vault = _vaultOfRun(sold.assetId(), sold.fromPeriod(), count);
        uint256 locked;
        (locked, mixed) = _bookPeriods(sold, units);
        unchecked {
            // 40, 88 and 16 bits
            cost = units * sold.price() * count;
        }
        booked = _bookIn(vault, cost, locked);
        _tellSale(sold, units, payer, locked);
    }

    /// @dev Where the whole run is paid to; it has not begun.
    function _vaultOfRun(uint32 assetId, uint256 from, uint256 count) private view returns (address vault) {
        if (count == 0 || count > MAX_RUN) revert TooManyPeriods(count, MAX_RUN);
        uint256 start = _startOf(from);
        if (block.timestamp >= start) revert SaleClosed(uint32(from), block.timestamp, start);
        vault = _vaultOf(assetId, from);
        if (count != 1 && vault != _vaultOf(assetId, from + count - 1)) {
            revert NotOneEpoch(assetId, uint32(from), uint32(count));
        }
    }

    function _bookPeriods(OfferWord sold, uint256 units) private returns (uint256 locked, uint256 mixed) {
        mapping(uint256 period => PeriodWord) storage periods = _periods[sold.assetId()];
        (uint256 period, uint256 count, uint256 version) = (sold.fromPeriod(), sold.periods(), sold.termsVersion());
        (uint256 i, PeriodWord pinned) = (0, PeriodWord.wrap(0));
        // at most 100 locks, each below 2⁹⁶
        unchecked {
            do {
                PeriodWord word = periods[period];
                if (word.unitSeconds() == 0) {
                    if (pinned.isUntouched()) pinned = _pin(sold);
                    word = word.withTerms(pinned);
                } else if (word.termsVersion() != version) {
                    revert WrongVersion(version, word.termsVersion());
                }
                PeriodWord after_ = word.sold(units, sold.price());
                periods[period++] = after_;
                locked += after_.lockedCreditUp() - word.lockedCreditUp();
                if (after_.isMixed()) mixed |= (word.isMixed() ? MIXED : MIXED | NEWLY_MIXED) << i;
            } while (++i != count);
        }
    }

    /// @dev The whole run's terms and devices stay from now on; returns the terms' part of each period's word.
    function _pin(OfferWord s) private returns (PeriodWord) {
        (uint32 version, uint32 devices) = registry.pin(s.assetId(), s.fromPeriod(), s.periods());
        if (version != s.termsVersion()) revert WrongVersion(s.termsVersion(), version);
        uint256 capacity = uint256(devices) * periodSeconds / s.unitSeconds() - s.reservedForSpot();
        return PeriodWords.ofTerms(capacity, s.unitSeconds(), s.creditBps(), version);
    }

    function _tellSale(OfferWord s, uint256 units, address payer, uint256 locked) private {
        emit SaleBooked(_nextWhileSelling(), payer, s.firstId(), s.periods(), units, locked);
    }
}
