// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {Payouts} from "./Payouts.sol";
import {Periods} from "./Periods.sol";
import {RevenueShare} from "./RevenueShare.sol";
import {Vault} from "./Vault.sol";
import {IAssetRegistry, Terms} from "./interfaces/IAssetRegistry.sol";
import {IIdentityRegistry} from "./interfaces/IIdentityRegistry.sol";
import {ILeaseToken} from "./interfaces/ILeaseToken.sol";
import {AssetReport, Evidence, IReportOracle} from "./interfaces/IReportOracle.sol";
import {IRevenueShare} from "./interfaces/IRevenueShare.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";
import {LeaseId} from "./libraries/LeaseId.sol";
import {Waterfall} from "./libraries/Waterfall.sol";

/// @title Settlement
contract Settlement is Payouts, AccessManaged, Periods {
    using SafeCast for uint256;

    uint256 private constant MAX_PAUSE = 7 days;
    uint256 private constant MAX_RUN = 100;

    IAssetRegistry public immutable registry;
    IReportOracle public immutable oracle;
    address public immutable leaseToken;
    address public immutable protocol;
    address public immutable vaultImplementation;
    address public immutable shareImplementation;

    /// @notice Sales and deposits rest until then.
    uint256 public pausedUntil;

    /// @inheritdoc ISettlement
    mapping(address coin => IssuerStatus) public coinStatusOf;

    mapping(uint32 assetId => Book) private _books;
    mapping(uint32 assetId => mapping(uint32 period => PeriodBook)) private _periods;

    modifier whenSelling() {
        require(block.timestamp >= pausedUntil, PausedUntil(pausedUntil));
        _;
    }

    modifier onlyOpen(uint32 assetId) {
        require(_books[assetId].vault != address(0), NotOpen(assetId));
        _;
    }

    constructor(
        address authority_,
        IAssetRegistry registry_,
        IIdentityRegistry identities_,
        IReportOracle oracle_,
        address leaseToken_,
        address protocol_
    ) AccessManaged(authority_) Payouts(identities_) Periods(registry_.genesis(), registry_.periodSeconds()) {
        (registry, oracle) = (registry_, oracle_);
        (leaseToken, protocol) = (leaseToken_, protocol_);
        vaultImplementation = address(new Vault());
        shareImplementation = address(new RevenueShare(identities_, genesis, periodSeconds));
    }

    /// @inheritdoc ISettlement
    function setCoinStatus(address coin, IssuerStatus status, bytes32 attestation) external restricted {
        coinStatusOf[coin] = status;
        emit CoinStatusUpdated(_nextSequence(), coin, status, attestation);
    }

    /// @inheritdoc ISettlement
    function pauseSales(uint256 until) external restricted {
        uint256 limit = block.timestamp + MAX_PAUSE;
        require(until <= limit, PauseTooLong(until, limit));
        pausedUntil = until;
        emit SalesPaused(_nextSequence(), until);
    }

    /// @inheritdoc ISettlement
    function openAsset(uint32 assetId, Terms calldata terms) external returns (address vault, address share) {
        Book storage book = _books[assetId];
        require(book.vault == address(0), AlreadyOpen(assetId));
        require(registry.isActive(assetId), NotActive(assetId));
        uint32 period = currentPeriod();
        _requireTerms(terms, registry.termsHashAt(assetId, period));
        require(coinStatusOf[terms.stablecoin] != IssuerStatus.NotAllowed, CoinNotAllowed(terms.stablecoin));
        bytes32 salt = bytes32(uint256(assetId));
        vault = Clones.cloneDeterministic(vaultImplementation, salt);
        share = Clones.cloneDeterministic(shareImplementation, salt);
        (book.vault, book.share, book.coin, book.nextPeriod) = (vault, share, terms.stablecoin, period);
        emit AssetOpened(_nextSequence(), assetId, vault, share, terms.stablecoin, period);
        IRevenueShare(share).initialize(assetId, registry.ownerOf(assetId), period);
    }

    /// @inheritdoc ISettlement
    function depositBond(uint32 assetId, uint128 amount) external nonReentrant whenSelling onlyOpen(assetId) {
        _books[assetId].bondFree += amount;
        emit BondDeposited(_nextSequence(), assetId, msg.sender, amount);
        _pull(_books[assetId], msg.sender, amount);
    }

    /// @inheritdoc ISettlement
    function withdrawBond(uint32 assetId, uint128 amount) external nonReentrant onlyOpen(assetId) {
        address owner = registry.ownerOf(assetId);
        require(msg.sender == owner, NotOwner(assetId, msg.sender, owner));
        Book storage book = _books[assetId];
        require(amount <= book.bondFree, InsufficientBond(book.bondFree, amount));
        book.bondFree -= amount;
        emit BondWithdrawn(_nextSequence(), assetId, owner, amount);
        _push(book, owner, amount);
    }

    /// @inheritdoc ISettlement
    function bookSale(Sale calldata sale, Terms calldata terms)
        external
        nonReentrant
        whenSelling
        onlyOpen(sale.assetId)
    {
        require(msg.sender == leaseToken, NotLeaseToken(msg.sender));
        require(sale.units != 0, ZeroAmount());
        uint256 start = _startOf(sale.period);
        require(block.timestamp < start, SaleClosed(sale.period, block.timestamp, start));
        PeriodBook storage p = _periods[sale.assetId][sale.period];
        if (p.termsHash == 0) (p.termsHash, p.devices) = registry.pin(sale.assetId, sale.period);
        _requireTerms(terms, p.termsHash);
        uint256 capacity = uint256(p.devices) * periodSeconds / terms.unitSeconds - terms.reservedForSpot;
        require(p.soldUnits + sale.units <= capacity, AboveCapacity(sale.units, p.soldUnits, capacity));
        p.soldUnits += uint40(sale.units);
        uint256 cost = uint256(sale.units) * sale.price;
        p.escrow += cost.toUint128();
        _lockCredit(sale, p, Waterfall.creditLockUp(sale.units, sale.price, terms.creditBps).toUint128());
        _pull(_books[sale.assetId], sale.buyer, cost);
    }

    /// @inheritdoc ISettlement
    function depositSpot(uint32 assetId, uint32 period, uint128 amount, bytes32 code)
        external
        nonReentrant
        whenSelling
        onlyOpen(assetId)
    {
        require(amount != 0, ZeroAmount());
        uint32 current = currentPeriod();
        require(period <= current, PeriodNotStarted(period, current));
        uint32 next = _books[assetId].nextPeriod;
        PeriodBook storage p = _periods[assetId][period];
        require(period >= next, PeriodClosed(assetId, period, p.state));
        p.spot += amount;
        emit SpotDeposited(_nextSequence(), assetId, period, msg.sender, amount, code);
        _pull(_books[assetId], msg.sender, amount);
    }

    /// @inheritdoc ISettlement
    function settle(uint32 assetId, Terms calldata terms, Evidence calldata evidence) external onlyOpen(assetId) {
        AssetReport calldata r = evidence.report;
        uint32 period = _books[assetId].nextPeriod;
        require(r.assetId == assetId && r.period == period, OutOfOrder(r.assetId, r.period, period));
        oracle.requireAccepted(evidence);
        Waterfall.Totals memory totals =
            Waterfall.Totals(r.upSeconds, r.downSeconds, r.excusedSeconds, r.energyJoules, r.work);
        Waterfall.Outcome memory o = Waterfall.settled(_booksOf(assetId, period, terms), totals, terms);
        address owner = _close(assetId, period, State.Settled, terms.creditBps, o);
        emit PeriodSettled(_nextSequence(), assetId, period, evidence.revision, owner, o);
    }

    /// @inheritdoc ISettlement
    function settleUnreported(uint32 assetId, Terms calldata terms, bytes32[][] calldata absences)
        external
        onlyOpen(assetId)
    {
        uint32 period = _books[assetId].nextPeriod;
        oracle.requireUnreported(assetId, period, absences);
        Waterfall.Outcome memory o = Waterfall.unreported(_booksOf(assetId, period, terms), terms);
        address owner = _close(assetId, period, State.Unreported, terms.creditBps, o);
        emit PeriodUnreported(_nextSequence(), assetId, period, owner, o);
    }

    /// @inheritdoc ISettlement
    function skip(uint32 assetId, uint32 count) external onlyOpen(assetId) {
        require(count <= MAX_RUN, TooManyPeriods(count, MAX_RUN));
        Book storage book = _books[assetId];
        uint32 period = book.nextPeriod;
        for (uint32 end = period + count; period < end; ++period) {
            PeriodBook storage p = _periods[assetId][period];
            require(p.soldUnits == 0 && p.spot == 0, NotEmpty(assetId, period, p.escrow, p.spot));
            uint256 deadline = oracle.postDeadlineOf(period);
            require(block.timestamp > deadline, TooEarly(block.timestamp, deadline));
            p.state = State.Skipped;
            IRevenueShare(book.share).settlePeriod(0);
            emit PeriodSkipped(_nextSequence(), assetId, period);
        }
        book.nextPeriod = period;
    }

    /// @inheritdoc ISettlement
    function redeem(address holder, uint256 id, uint64 units) external nonReentrant {
        (uint32 assetId, uint32 period, uint128 price) = LeaseId.parts(id);
        PeriodBook storage p = _periods[assetId][period];
        require(p.state == State.Settled || p.state == State.Unreported, PeriodNotClosed(assetId, period));
        require(units != 0, ZeroAmount());
        ILeaseToken(leaseToken).burn(holder, id, units);
        uint256 refund = Waterfall.refundDown(units, price, p.shortfall, p.promised);
        uint256 credit = Waterfall.creditDown(units, price, p.breach, p.creditBps, p.promised);
        p.reserved -= (refund + credit).toUint128();
        Book storage book = _books[assetId];
        _owe(book, holder, refund + credit);
        emit Redeemed(_nextSequence(), holder, id, units, refund, credit);
    }

    /// @inheritdoc ISettlement
    function payHolder(uint32 assetId, address holder, address to, uint256 amount) external nonReentrant {
        Book storage book = _books[assetId];
        require(msg.sender == book.share, NotShare(assetId, msg.sender));
        require(!identities.isFrozen(holder), AccountFrozen(holder));
        book.holderPool -= amount.toUint128();
        emit HolderPaid(_nextSequence(), assetId, holder, to, amount);
        _push(book, to, amount);
    }

    /// @inheritdoc ISettlement
    function bookOf(uint32 assetId) external view returns (Book memory) {
        return _books[assetId];
    }

    /// @inheritdoc ISettlement
    function periodOf(uint32 assetId, uint32 period) external view returns (PeriodBook memory) {
        return _periods[assetId][period];
    }

    /// @dev The books of an open period, for its closing.
    function _booksOf(uint32 assetId, uint32 period, Terms calldata terms)
        private
        view
        returns (Waterfall.Books memory)
    {
        PeriodBook storage p = _periods[assetId][period];
        (bytes32 termsHash, uint256 devices) = (p.termsHash, p.devices);
        if (termsHash == 0) {
            termsHash = registry.termsHashAt(assetId, period);
            (devices,) = registry.devicesAt(assetId, period);
        }
        _requireTerms(terms, termsHash);
        return Waterfall.Books({
            capacitySeconds: devices * periodSeconds,
            soldUnits: p.soldUnits,
            escrow: p.escrow,
            lockedCredit: p.reserved,
            spot: p.spot,
            excuseCeiling: registry.excuseCeilingOf(assetId, period)
        });
    }

    /// @dev Writes a period's outcome into the books: once, in order, and nothing is created or lost.
    function _close(uint32 assetId, uint32 period, State state, uint16 creditBps, Waterfall.Outcome memory o)
        private
        returns (address owner)
    {
        Book storage book = _books[assetId];
        PeriodBook storage p = _periods[assetId][period];
        owner = registry.ownerOf(assetId);
        book.nextPeriod = period + 1;
        book.bondFree += p.reserved - o.creditPool.toUint128();
        book.holderPool += o.holders.toUint128();
        p.state = state;
        p.reserved = (o.refundPool + o.creditPool).toUint128();
        (p.promised, p.shortfall, p.breach) = (uint40(o.promised), uint40(o.shortfall), uint40(o.breach));
        p.creditBps = creditBps;
        _owe(book, owner, o.owner + o.energyCost);
        _owe(book, protocol, o.fee);
        IRevenueShare(book.share).settlePeriod(o.holders.toUint128());
    }

    function _lockCredit(Sale calldata s, PeriodBook storage p, uint128 credit) private {
        Book storage book = _books[s.assetId];
        require(credit <= book.bondFree, InsufficientBond(book.bondFree, credit));
        book.bondFree -= credit;
        p.reserved += credit;
        emit SaleBooked(_nextSequence(), s.assetId, s.period, s.buyer, s.units, s.price, credit);
    }

    function _requireTerms(Terms calldata terms, bytes32 inForce) private pure {
        bytes32 given = keccak256(abi.encode(terms));
        require(given == inForce, WrongTerms(given, inForce));
    }
}
