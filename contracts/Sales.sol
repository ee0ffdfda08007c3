// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Epochs} from "./Epochs.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";
import {IVault} from "./interfaces/IVault.sol";
import {PeriodWord} from "./libraries/PeriodWord.sol";
import {Waterfall} from "./libraries/Waterfall.sol";

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
        (address vault, uint256 cost) = _book(sale);
        IVault(vault).pull(sale.payer, cost);
    }

    /// @inheritdoc ISettlement
    function bookSaleSigned(Sale calldata sale, Authorization calldata authorization) external nonReentrant {
        (address vault, uint256 cost) = _book(sale);
        IVault(vault).pullSigned(sale.payer, cost, authorization);
    }

    /// @inheritdoc ISettlement
    function depositSpot(uint32 assetId, uint32 period, uint128 amount, bytes32 code)
        external
        nonReentrant
    {
        _requireSelling();
        require(amount != 0, ZeroAmount());
        address vault = _vaultOf(assetId, period);
        _bookIn(vault, amount, 0);
        uint32 current = currentPeriod();
        require(period <= current, PeriodNotStarted(period, current));
        require(period >= _assets[assetId].nextPeriod, PeriodClosed(assetId, period, _stateOf(assetId, period)));
        _periods[assetId][period] = _periods[assetId][period].withSpot();
        _spots[assetId][period] += amount;
        emit SpotDeposited(_nextSequence(), assetId, period, msg.sender, amount, code);
        IVault(vault).pull(msg.sender, amount);
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
        if (p.state == State.Open) p.reserved = uint128(Waterfall.creditLockUp(p.escrow, p.creditBps));
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
    function _book(Sale calldata s) private returns (address vault, uint256 cost) {
        require(msg.sender == leaseToken, NotLeaseToken(msg.sender));
        _requireSelling();
        require(s.units != 0 && s.count != 0, ZeroAmount());
        require(s.count <= MAX_RUN, TooManyPeriods(s.count, MAX_RUN));
        uint256 start = _startOf(s.fromPeriod);
        require(block.timestamp < start, SaleClosed(s.fromPeriod, block.timestamp, start));
        vault = _vaultOf(s.assetId, s.fromPeriod);
        uint32 last = s.fromPeriod + s.count - 1;
        require(vault == _vaultOf(s.assetId, last), NotOneEpoch(s.assetId, s.fromPeriod, s.count));
        uint256 locked = _bookPeriods(s);
        cost = uint256(s.units) * s.price * s.count;
        _bookIn(vault, cost, locked);
        emit SaleBooked(_nextSequence(), s.assetId, s.payer, s.fromPeriod, s.count, s.units, s.price, locked);
    }

    function _bookPeriods(Sale calldata s) private returns (uint256 locked) {
        mapping(uint256 period => PeriodWord) storage periods = _periods[s.assetId];
        uint256 cost = uint256(s.units) * s.price;
        uint256 pinnedCapacity = type(uint256).max;
        for (uint256 period = s.fromPeriod; period < uint256(s.fromPeriod) + s.count; ++period) {
            PeriodWord word = periods[period];
            if (word.unitSeconds() == 0) {
                if (pinnedCapacity == type(uint256).max) pinnedCapacity = _pin(s);
                word = word.pinned(pinnedCapacity, s.unitSeconds, s.creditBps, s.termsVersion);
            } else {
                require(word.termsVersion() == s.termsVersion, WrongVersion(s.termsVersion, word.termsVersion()));
            }
            (uint256 units, uint256 capacity) = (word.soldUnits(), word.capacityUnits());
            require(units + s.units <= capacity, AboveCapacity(s.units, units, capacity));
            periods[period] = word.sold(s.units, cost);
            locked += _lockOf(word.escrow(), cost, word.creditBps());
        }
    }

    /// @dev The whole run's terms and devices stay from now on; returns the units that each period may sell.
    function _pin(Sale calldata s) private returns (uint256) {
        (uint32 version, uint32 devices) = registry.pin(s.assetId, s.fromPeriod, s.count);
        require(version == s.termsVersion, WrongVersion(s.termsVersion, version));
        return uint256(devices) * periodSeconds / s.unitSeconds - s.reservedForSpot;
    }

    /// @dev What a sale of `cost` adds to the largest credit of a period with so much escrow.
    function _lockOf(uint256 escrow, uint256 cost, uint256 creditBps) private pure returns (uint256) {
        return Waterfall.creditLockUp(escrow + cost, creditBps) - Waterfall.creditLockUp(escrow, creditBps);
    }
}
