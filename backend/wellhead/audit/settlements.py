"""Every settlement event recomputed in order: sales, deposits, closings, redemptions, claims, losses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from wellhead.audit.books import OPEN, SETTLED, SKIPPED, UNREPORTED, ReplayedBook, ReplayedPeriod
from wellhead.audit.closings import Closings
from wellhead.audit.finding import Checklist
from wellhead.audit.history import Event, History, share_name
from wellhead.audit.share_claims import ShareClaim, share_claims
from wellhead.market.lease_id import lease_parts
from wellhead.registry.terms import capacity_units
from wellhead.settlement.waterfall import Outcome, credit_of, refund_of

FIXED_PRICE = 0
"""`PriceKind.Fixed` of an offer."""


@dataclass(frozen=True, slots=True)
class SettlementReplay:
    """Replays the events of one asset's vaults; where an event differs, the replay goes on as it should be.

    So one false number is one finding, and the state on chain is still compared with what it has to be.
    """

    history: History
    book: ReplayedBook
    closings: Closings
    checklist: Checklist

    def replay(self) -> None:
        """Go through all events of the asset's vaults in order, those of its share that pay from them too.

        Codes OVERSOLD, CREDIT_LOCKED, SALE_LATE, OFFER, BOND, SPOT_CLOSED, SETTLE_ORDER and those of
        closings, SKIP_NOT_EMPTY, REDEEM_OPEN, REDEEM_REFUND, REDEEM_CREDIT, CLAIM_AMOUNT, CLAIM_PAID, POOL,
        LOSS.
        """
        claims = {c.event.place: c for c in share_claims(self.history, self.book.asset.asset_id)}
        handlers: Mapping[str, Callable[[Event], None]] = {
            "BondDeposited": self._bond_deposited,
            "BondWithdrawn": self._bond_withdrawn,
            "SaleBooked": self._sale_booked,
            "SpotDeposited": self._spot_deposited,
            "PeriodSettled": self._period_closed,
            "PeriodUnreported": self._period_closed,
            "PeriodsSkipped": self._periods_skipped,
            "Redeemed": self._redeemed,
            "Claimed": self._claimed,
            "LossRecognized": self._loss_recognized,
            "RevenueClaimed": lambda event: self._revenue_claimed(claims[event.place]),
            "PastRevenueClaimed": lambda event: self._revenue_claimed(claims[event.place]),
        }
        names = ("Settlement", share_name(self.book.asset.asset_id))
        for event in self.history.events:
            if event.contract in names and event.name in handlers and self._is_ours(event):
                handlers[event.name](event)

    def _is_ours(self, event: Event) -> bool:
        asset = self.book.asset
        if event.name in ("RevenueClaimed", "PastRevenueClaimed"):
            return True
        if event.name == "Claimed":
            return event.args["vault"] in [epoch.vault for epoch in asset.epochs]
        if event.name in ("SaleBooked", "Redeemed"):
            lease = event.args["firstId" if event.name == "SaleBooked" else "id"]
            return lease_parts(lease)[0] == asset.asset_id
        return bool(event.args["assetId"] == asset.asset_id)

    def _subject(self, period: int) -> str:
        return f"asset {self.book.asset.asset_id}, period {period}"

    def _bond_deposited(self, event: Event) -> None:
        funds = self.book.fund(event.args["epoch"])
        funds.bond_free += event.args["amount"]
        funds.booked += event.args["amount"]

    def _bond_withdrawn(self, event: Event) -> None:
        funds, amount = self.book.fund(event.args["epoch"]), event.args["amount"]
        subject, free = f"asset {self.book.asset.asset_id}", funds.bond_free
        self.checklist.holds(amount <= free, "BOND", subject, f"at most {free}", amount, event.where)
        self.checklist.same("CLAIM_PAID", subject, funds.payable(amount), event.args["paid"], event.where)
        funds.bond_free -= amount
        funds.booked -= amount

    def _sale_booked(self, event: Event) -> None:
        args = event.args
        _, first, price = lease_parts(args["firstId"])
        credit = sum(self._sell(event, period) for period in range(first, first + args["count"]))
        funds, subject = self.book.fund_of(first), self._subject(first)
        self.checklist.same("CREDIT_LOCKED", subject, credit, args["creditLocked"], event.where)
        self.checklist.holds(
            credit <= funds.bond_free, "BOND", subject, f"at most {funds.bond_free}", credit, event.where
        )
        funds.bond_free -= credit
        funds.booked += args["count"] * args["units"] * price

    def _sell(self, event: Event, period: int) -> int:
        """One period of a run; returns what its lock grows by."""
        book, args, check = self.book, event.args, self.checklist
        price = lease_parts(args["firstId"])[2]
        p, terms, subject = book.period(period), book.terms(period), self._subject(period)
        devices, clock = book.asset.list_at(period).devices, self.history.clock
        capacity = capacity_units(terms, devices, clock.period_seconds)
        credit = p.sell(args["units"], args["units"] * price, terms.credit_bps)
        check.holds(p.sold_units <= capacity, "OVERSOLD", subject, capacity, p.sold_units, event.where)
        start = clock.start_of(period)
        check.holds(
            event.timestamp < start, "SALE_LATE", subject, f"before {start}", event.timestamp, event.where
        )
        self._check_offer(event, period, price, subject)
        return credit

    def _check_offer(self, event: Event, period: int, price: int, subject: str) -> None:
        """An offer covers the sale; at its price, where that is fixed."""
        offers = (
            made.args["offer"]
            for made in self.history.events
            if made.name == "OfferMade" and made.place < event.place
        )
        offered = any(
            offer["assetId"] == self.book.asset.asset_id
            and offer["fromPeriod"] <= period <= offer["toPeriod"]
            and (offer["kind"] != FIXED_PRICE or offer["price"] == price)
            for offer in offers
        )
        self.checklist.holds(offered, "OFFER", subject, f"an offer at {price}", "none", event.where)

    def _spot_deposited(self, event: Event) -> None:
        period, amount = event.args["period"], event.args["amount"]
        p = self.book.period(period)
        self.checklist.holds(
            p.state == OPEN, "SPOT_CLOSED", self._subject(period), "an open period", p.state, event.where
        )
        p.spot += amount
        self.book.fund_of(period).booked += amount

    def _period_closed(self, event: Event) -> None:
        book, period = self.book, event.args["period"]
        p = book.period(period)
        self._advance(event, period)
        with self.checklist.section("Waterfall", self._subject(period)):
            outcome = self.closings.check(event, book, p)
        self._close(period, p, outcome, SETTLED if event.name == "PeriodSettled" else UNREPORTED)

    def _close(self, period: int, p: ReplayedPeriod, outcome: Outcome, state: int) -> None:
        funds = self.book.fund_of(period)
        funds.bond_free += p.reserved - outcome.credit_pool
        funds.holders += outcome.holders
        funds.booked -= outcome.holders
        p.reserved = outcome.refund_pool + outcome.credit_pool
        p.state, p.outcome = state, outcome
        funds.owe(self.book.asset.owner, outcome.owner + outcome.energy_cost)
        funds.owe(self.history.protocol, outcome.fee)

    def _periods_skipped(self, event: Event) -> None:
        first = event.args["fromPeriod"]
        for period in range(first, first + event.args["count"]):
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
        book.fund_of(period).owe(args["holder"], refund + credit)

    def _claimed(self, event: Event) -> None:
        vault, payee = event.args["vault"], event.args["payee"]
        (epoch,) = (e.epoch for e in self.book.asset.epochs if e.vault == vault)
        funds = self.book.fund(epoch)
        owed, subject = funds.owed.get(payee, 0), f"asset {self.book.asset.asset_id}, payee {payee}"
        self.checklist.same("CLAIM_AMOUNT", subject, owed, event.args["amount"], event.where)
        self.checklist.same("CLAIM_PAID", subject, funds.payable(owed), event.args["paid"], event.where)
        funds.owed[payee] = 0
        funds.booked -= owed

    def _revenue_claimed(self, claim: ShareClaim) -> None:
        event, amount, funds = claim.event, claim.amount, self.book.fund(claim.epoch)
        args, subject = event.args, f"asset {self.book.asset.asset_id}, holder {event.args['account']}"
        self.checklist.holds(
            amount <= funds.holders, "POOL", subject, f"at most {funds.holders}", amount, event.where
        )
        self.checklist.same("CLAIM_PAID", subject, funds.payable(amount), args["paid"], event.where)
        funds.holders -= amount

    def _loss_recognized(self, event: Event) -> None:
        args = event.args
        funds = self.book.fund(args["epoch"])
        claims, subject = funds.booked + funds.holders, f"asset {self.book.asset.asset_id}"
        self.checklist.same("LOSS", f"{subject}, claims", claims, args["obligations"], event.where)
        lost = args["balance"] < args["obligations"]
        funds.loss = (args["balance"], args["obligations"]) if lost else None
