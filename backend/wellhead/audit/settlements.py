"""Every settlement event recomputed in order: sales, deposits, closings, redemptions, claims."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from wellhead.audit.books import OPEN, SETTLED, SKIPPED, UNREPORTED, ReplayedBook, ReplayedPeriod
from wellhead.audit.closings import Closings
from wellhead.audit.finding import Checklist
from wellhead.audit.history import Event, History
from wellhead.market.lease_id import lease_parts
from wellhead.registry.terms import capacity_units
from wellhead.settlement.waterfall import Outcome, credit_lock_up, credit_of, refund_of


@dataclass(frozen=True, slots=True)
class SettlementReplay:
    """Replays the events of one asset's vault; where an event differs, the replay goes on as it should be.

    So one false number is one finding, and the state on chain is still compared with what it has to be.
    """

    history: History
    book: ReplayedBook
    closings: Closings
    checklist: Checklist

    def replay(self) -> None:
        """Go through all events of the vault's asset in order.

        Codes OVERSOLD, CREDIT_LOCKED, SALE_LATE, OFFER, BOND, SPOT_CLOSED, SETTLE_ORDER and those of
        closings, SKIP_NOT_EMPTY, REDEEM_OPEN, REDEEM_REFUND, REDEEM_CREDIT, CLAIM_AMOUNT, POOL.
        """
        handlers: Mapping[str, Callable[[Event], None]] = {
            "BondDeposited": self._bond_deposited,
            "BondWithdrawn": self._bond_withdrawn,
            "SaleBooked": self._sale_booked,
            "SpotDeposited": self._spot_deposited,
            "PeriodSettled": self._period_closed,
            "PeriodUnreported": self._period_closed,
            "PeriodSkipped": self._period_skipped,
            "Redeemed": self._redeemed,
            "Claimed": self._claimed,
            "HolderPaid": self._holder_paid,
        }
        for event in self.history.of("Settlement"):
            if event.name in handlers and self._is_ours(event):
                handlers[event.name](event)

    def _is_ours(self, event: Event) -> bool:
        asset = self.book.asset
        if event.name == "Claimed":
            return (event.args["vault"], event.args["coin"]) == (asset.vault, asset.coin)
        if event.name == "Redeemed":
            return lease_parts(event.args["id"])[0] == asset.asset_id
        return bool(event.args["assetId"] == asset.asset_id)

    def _subject(self, period: int) -> str:
        return f"asset {self.book.asset.asset_id}, period {period}"

    def _bond_deposited(self, event: Event) -> None:
        self.book.bond_free += event.args["amount"]
        self.book.booked += event.args["amount"]

    def _bond_withdrawn(self, event: Event) -> None:
        amount, free = event.args["amount"], self.book.bond_free
        subject = f"asset {self.book.asset.asset_id}"
        self.checklist.holds(amount <= free, "BOND", subject, f"at most {free}", amount, event.where)
        self.book.bond_free -= amount
        self.book.booked -= amount

    def _sale_booked(self, event: Event) -> None:
        book, args, check = self.book, event.args, self.checklist
        period, units, price = args["period"], args["units"], args["price"]
        p, terms, subject = book.period(period), book.terms(period), self._subject(period)
        devices = book.asset.list_at(period).devices
        capacity = capacity_units(terms, devices, self.history.clock.period_seconds)
        p.sold_units += units
        check.holds(p.sold_units <= capacity, "OVERSOLD", subject, capacity, p.sold_units, event.where)
        start = self.history.clock.start_of(period)
        check.holds(
            event.timestamp < start, "SALE_LATE", subject, f"before {start}", event.timestamp, event.where
        )
        credit = credit_lock_up(units, price, terms.credit_bps)
        check.same("CREDIT_LOCKED", subject, credit, args["creditLocked"], event.where)
        check.holds(
            credit <= book.bond_free, "BOND", subject, f"at most {book.bond_free}", credit, event.where
        )
        self._check_offer(event, period, price, subject)
        book.bond_free -= credit
        p.reserved += credit
        p.escrow += units * price
        book.booked += units * price

    def _check_offer(self, event: Event, period: int, price: int, subject: str) -> None:
        offered = any(
            offer.place < event.place
            and offer.args["assetId"] == self.book.asset.asset_id
            and offer.args["fromPeriod"] <= period <= offer.args["toPeriod"]
            and offer.args["price"] == price
            for offer in self.history.of("LeaseToken", "OfferMade")
        )
        self.checklist.holds(offered, "OFFER", subject, f"an offer at {price}", "none", event.where)

    def _spot_deposited(self, event: Event) -> None:
        period, amount = event.args["period"], event.args["amount"]
        p = self.book.period(period)
        self.checklist.holds(
            p.state == OPEN, "SPOT_CLOSED", self._subject(period), "an open period", p.state, event.where
        )
        p.spot += amount
        self.book.booked += amount

    def _period_closed(self, event: Event) -> None:
        book, period = self.book, event.args["period"]
        p = book.period(period)
        self._advance(event, period)
        with self.checklist.section("Waterfall", self._subject(period)):
            outcome = self.closings.check(event, book, p)
        self._close(p, outcome, SETTLED if event.name == "PeriodSettled" else UNREPORTED)

    def _close(self, p: ReplayedPeriod, outcome: Outcome, state: int) -> None:
        book = self.book
        book.bond_free += p.reserved - outcome.credit_pool
        book.holder_pool += outcome.holders
        p.reserved = outcome.refund_pool + outcome.credit_pool
        p.state, p.outcome = state, outcome
        book.owe(book.asset.owner, outcome.owner + outcome.energy_cost)
        book.owe(self.history.protocol, outcome.fee)

    def _period_skipped(self, event: Event) -> None:
        period = event.args["period"]
        p = self.book.period(period)
        self._advance(event, period)
        self.checklist.same(
            "SKIP_NOT_EMPTY", self._subject(period), (0, 0), (p.sold_units, p.spot), event.where
        )
        p.state = SKIPPED

    def _advance(self, event: Event, period: int) -> None:
        self.checklist.same("SETTLE_ORDER", self._subject(period), self.book.next_period, period, event.where)
        self.book.next_period = period + 1

    def _redeemed(self, event: Event) -> None:
        book, args = self.book, event.args
        _, period, price = lease_parts(args["id"])
        p, subject = book.period(period), f"{self._subject(period)}, holder {args['holder']}"
        if p.outcome is None:
            self.checklist.holds(False, "REDEEM_OPEN", subject, "a closed period", p.state, event.where)
            return
        refund = refund_of(args["units"], price, p.outcome)
        credit = credit_of(args["units"], price, book.terms(period).credit_bps, p.outcome)
        self.checklist.same("REDEEM_REFUND", subject, refund, args["refund"], event.where)
        self.checklist.same("REDEEM_CREDIT", subject, credit, args["credit"], event.where)
        p.reserved -= refund + credit
        book.owe(args["holder"], refund + credit)

    def _claimed(self, event: Event) -> None:
        book, payee = self.book, event.args["payee"]
        owed = book.owed.get(payee, 0)
        subject = f"asset {book.asset.asset_id}, payee {payee}"
        self.checklist.same("CLAIM_AMOUNT", subject, owed, event.args["amount"], event.where)
        book.owed[payee] = 0
        book.booked -= owed

    def _holder_paid(self, event: Event) -> None:
        book, amount = self.book, event.args["amount"]
        subject = f"asset {book.asset.asset_id}, holder {event.args['holder']}"
        self.checklist.holds(
            amount <= book.holder_pool, "POOL", subject, f"at most {book.holder_pool}", amount, event.where
        )
        book.holder_pool -= amount
        book.booked -= amount
