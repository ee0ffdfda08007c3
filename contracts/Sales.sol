// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Epochs} from "./Epochs.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";
import {IVault} from "./interfaces/IVault.sol";
import {PeriodWord, PeriodWords} from "./libraries/PeriodWord.sol";

/// @title Money on its way in: sales and spot revenue
abstract contract Sales is Epochs {
    /// @notice What redemptions of a closed period draw on; not written where nothing was missing.
    struct Closing {
        uint128 reserved;
        uint40 shortfall;
        uint40 breach;
    }

    uint256 internal constant MAX_RUN = 100;

    address public immutable leaseToken;

    mapping(uint32 assetId => mapping(uint256 period => PeriodWord)) internal _periods;
    mapping(uint32 assetId => mapping(uint256 period => Closing)) internal _closings;
    mapping(uint32 assetId => mapping(uint256 period => uint256)) internal _spots;

    constructor(address leaseToken_) {
        leaseToken = leaseToken_;
    }

    /// @inheritdoc ISettlement
    function bookSale(Sale calldata sale) external nonReentrant {
        (address vault, uint256 cost, uint256 booked) = _book(sale);
        IVault(vault).pull(sale.payer, cost, booked);
    }

    /// @inheritdoc ISettlement
    function bookSaleSigned(Sale calldata sale, Authorization calldata authorization) external nonReentrant {
        (address vault, uint256 cost, uint256 booked) = _book(sale);
        IVault(vault).pullSigned(sale.payer, cost, booked, authorization);
    }

    /// @inheritdoc ISettlement
    function depositSpot(uint32 assetId, uint32 period, uint128 amount, bytes32 code)
        external
        nonReentrant
    {
        _requireSelling();
        if (amount == 0) revert ZeroAmount();
        address vault = _vaultOf(assetId, period);
        uint256 booked = _bookIn(vault, amount, 0);
        uint32 current = currentPeriod();
        if (period > current) revert PeriodNotStarted(period, current);
        if (period < _assets[assetId].nextPeriod) revert PeriodClosed(assetId, period, _stateOf(assetId, period));
        _periods[assetId][period] = _periods[assetId][period].withSpot();
        _spots[assetId][period] += amount;
        emit SpotDeposited(_nextSequence(), assetId, period, msg.sender, amount, code);
        IVault(vault).pull(msg.sender, amount, booked);
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
    function _book(Sale calldata s) private returns (address vault, uint256 cost, uint256 booked) {
        if (msg.sender != leaseToken) revert NotLeaseToken(msg.sender);
        _requireSelling();
        (uint32 assetId, uint32 from, uint32 count) = (s.assetId, s.fromPeriod, s.count);
        if (s.units == 0) revert ZeroAmount();
        if (count == 0 || count > MAX_RUN) revert TooManyPeriods(count, MAX_RUN);
        uint256 start = _startOf(from);
        if (block.timestamp >= start) revert SaleClosed(from, block.timestamp, start);
        vault = _vaultOf(assetId, from);
        if (count != 1 && vault != _vaultOf(assetId, from + count - 1)) revert NotOneEpoch(assetId, from, count);
        uint256 locked = _bookPeriods(s);
        unchecked {
            // 40, 128 and 32 bits
            cost = uint256(s.units) * s.price * count;
        }
        booked = _bookIn(vault, cost, locked);
        emit SaleBooked(_nextSequence(), assetId, s.payer, from, count, s.units, s.price, locked);
    }

    function _bookPeriods(Sale calldata s) private returns (uint256 locked) {
        mapping(uint256 period => PeriodWord) storage periods = _periods[s.assetId];
        (uint256 units, uint256 price, uint256 version) = (s.units, s.price, s.termsVersion);
        (uint256 period, uint256 left) = (s.fromPeriod, s.count);
        PeriodWord pinned;
        // at most 100 locks, each below 2⁹⁶
        unchecked {
            for (; left != 0; --left) {
                PeriodWord word = periods[period];
                if (word.unitSeconds() == 0) {
                    if (pinned.isUntouched()) pinned = _pin(s);
                    word = word.withTerms(pinned);
                } else if (word.termsVersion() != version) {
                    revert WrongVersion(version, word.termsVersion());
                }
                locked -= word.lockedCreditUp();
                word = word.sold(units, units * price);
                locked += word.lockedCreditUp();
                periods[period++] = word;
            }
        }
    }

    /// @dev The whole run's terms and devices stay from now on; returns the terms' part of each period's word.
    function _pin(Sale calldata s) private returns (PeriodWord) {
        (uint32 version, uint32 devices) = registry.pin(s.assetId, s.fromPeriod, s.count);
        if (version != s.termsVersion) revert WrongVersion(s.termsVersion, version);
        uint256 capacity = uint256(devices) * periodSeconds / s.unitSeconds - s.reservedForSpot;
        return PeriodWords.ofTerms(capacity, s.unitSeconds, s.creditBps, version);
    }
}
