"""settle, settleUnreported, skip: once, in order, by the period's terms, and nothing is created or lost."""

from dataclasses import replace

import pytest
from tests.contracts.world import WINDOWS, L, address, up

from wellhead.registry.terms import terms_hash


def told(world, block, name):
    (event,) = (e for e in world.settlement.events_between(block, block) if e.name == name)
    return event.args


@pytest.fixture
def sold(world):
    """An asset whose second period is sold out at 2 dollars a unit; the first is skipped when due."""
    asset = world.asset()
    world.buy(asset, "tenant-a", asset.opened_in + 1, 40, 2_000_000)
    world.travel(world.clock.end_of(asset.opened_in) + WINDOWS.post_until + 1)
    world.send("outsider", world.skip(asset.id, 1))
    return asset


def test_a_period_delivered_in_full_charges_all_and_frees_the_credit(world, sold):
    period = sold.opened_in + 1
    outcome = world.report_and_settle(sold, period, up(4_000, energy=2_000_000))
    assert (outcome.charge, outcome.fee, outcome.refund_pool, outcome.credit_pool) == (
        80_000_000,
        1_600_000,
        0,
        0,
    )
    book = world.book(sold)
    assert (book.bond_free, world.holders_part(sold)) == (10**9, outcome.holders)
    assert world.owed(sold, "owner") == outcome.owner + outcome.energy_cost
    assert world.owed(sold, "protocol") >= outcome.fee
    world.check_books(sold)


def test_a_period_without_any_delivery_refunds_all_and_pays_the_credit(world, sold):
    period = sold.opened_in + 1
    outcome = world.report_and_settle(sold, period, up(0, down=4_000))
    assert (outcome.charge, outcome.refund_pool, outcome.credit_pool) == (0, 80_000_000, 16_000_000)
    assert world.book(sold).bond_free == 10**9 - 16_000_000
    assert world.period_book(sold, period).reserved == 96_000_000
    world.check_books(sold)


def test_totals_above_capacity_are_cut_and_settle(world, sold):
    period = sold.opened_in + 1
    outcome = world.report_and_settle(sold, period, up(2**40 - 1, down=2**40 - 1, energy=2**56 - 1))
    assert outcome.delivered == 4_000
    book = world.period_book(sold, period)
    assert (book.state, book.promised, book.shortfall, book.breach) == (1, 4_000, 0, 0)
    world.check_books(sold)


def test_settling_twice_is_refused(world, sold):
    period = sold.opened_in + 1
    posted = world.post(period, {sold: up(4_000)})
    world.pass_dispute(period)
    call = world.settlement.settle(sold.id, sold.terms, posted.evidence(sold.id))
    world.send("outsider", call)
    world.refused("outsider", call, "OutOfOrder", assetId=sold.id, period=period, next=period + 1)


def test_settling_out_of_order_is_refused(world, sold):
    period = sold.opened_in + 2
    posted = world.post(period, {sold: up(4_000)})
    world.pass_dispute(period)
    call = world.settlement.settle(sold.id, sold.terms, posted.evidence(sold.id))
    world.refused("outsider", call, "OutOfOrder", assetId=sold.id, period=period, next=period - 1)


def test_settling_under_other_terms_is_refused(world, sold):
    period, other = sold.opened_in + 1, replace(sold.terms, fee_bps=10_000)
    posted = world.post(period, {sold: up(4_000)})
    world.pass_dispute(period)
    call = world.settlement.settle(sold.id, other, posted.evidence(sold.id))
    given, right = terms_hash(other), terms_hash(sold.terms)
    world.refused("outsider", call, "WrongTerms", given=given, inForce=right)


def test_an_asset_that_is_not_open_cannot_be_closed(world):
    asset = world.asset(bond=0)
    unknown = replace(asset, id=asset.id + 99)
    posted = world.build(asset.opened_in, {asset: up(1)})
    for call in (
        world.skip(unknown.id, 1),
        world.settle_unreported(unknown.id, asset.terms, []),
        world.settlement.settle(unknown.id, asset.terms, posted.evidence(asset.id)),
    ):
        world.refused("outsider", call, "NotOpen", assetId=unknown.id)


def test_excused_time_within_its_ceiling_costs_no_credit(world):
    asset = world.asset(notice_periods=0)
    period = asset.opened_in + 1
    world.buy(asset, "tenant-a", period, 40, 2_000_000)
    excused = world.registry.announce_excused(asset.id, period, period, 400, 0, asset.terms, b"")
    world.send("owner", excused)
    world.travel(world.clock.end_of(asset.opened_in) + WINDOWS.post_until + 1)
    world.send("outsider", world.skip(asset.id, 1))
    outcome = world.report_and_settle(asset, period, up(3_600, excused=400))
    assert (outcome.shortfall, outcome.breach, outcome.credit_pool) == (400, 0, 0)
    book = world.period_book(asset, period)
    assert (book.shortfall, book.breach, book.reserved) == (400, 0, 8_000_000)
    world.check_books(asset)


def test_an_unreported_period_refunds_all_without_credit_and_shares_out_the_spot(world, sold):
    period = sold.opened_in + 1
    world.spot(sold, period, 1_000_000)
    wanted = world.expected(sold, period, None)
    hard_end = world.clock.end_of(period) + WINDOWS.hard_end
    call = world.settle_unreported(sold.id, sold.terms, [])
    world.travel(hard_end - 1)
    numbers = {"period": period, "timestamp": hard_end - 1, "hardEnd": hard_end}
    world.refused("outsider", call, "BeforeHardEnd", **numbers)
    world.travel(hard_end)
    block = world.send("outsider", call).block
    outcome = told(world, block, "PeriodUnreported")["outcome"]
    assert (outcome["charge"], outcome["refundPool"], outcome["creditPool"]) == (0, 80_000_000, 0)
    assert (outcome["fee"], outcome["holders"], outcome["owner"]) == (20_000, 392_000, 588_000)
    assert (wanted.fee, wanted.holders, wanted.owner) == (20_000, 392_000, 588_000)
    assert (world.book(sold).bond_free, world.holders_part(sold)) == (10**9, 392_000)
    series = sold.lease(period, 2_000_000)
    world.send("outsider", world.settlement.redeem(address("tenant-a"), series, 40))
    assert world.owed(sold, "tenant-a") == 80_000_000
    world.check_books(sold)


def test_an_accepted_report_stands_past_the_hard_end(world, sold):
    period = sold.opened_in + 1
    posted = world.post(period, {sold: up(4_000)})
    world.travel(world.clock.end_of(period) + WINDOWS.hard_end + 10 * L)
    bare = world.settle_unreported(sold.id, sold.terms, [])
    world.refused("outsider", bare, "AbsenceProofsMissing", given=0, needed=1)
    claimed = world.settle_unreported(sold.id, sold.terms, [posted.absence(sold.id)])
    world.refused("outsider", claimed, "StillPresent", assetId=sold.id, period=period, revision=0)
    world.settle(sold, posted.evidence(sold.id))


def test_an_asset_left_out_of_every_revision_closes_as_unreported(world, sold):
    period = sold.opened_in + 1
    other = replace(world.report_of(sold, period, up(1)), asset_id=sold.id - 1)
    posted = [world.post(period, [other], revision=r) for r in (0, 1)]
    world.travel(world.clock.end_of(period) + WINDOWS.hard_end)
    absences = [p.absence(sold.id) for p in posted]
    one = world.settle_unreported(sold.id, sold.terms, absences[:1])
    world.refused("outsider", one, "AbsenceProofsMissing", given=1, needed=2)
    world.send("outsider", world.settle_unreported(sold.id, sold.terms, absences))
    assert world.period_book(sold, period).state == 2
    world.check_books(sold)


def test_unreported_under_other_terms_is_refused(world, sold):
    other = replace(sold.terms, holder_bps=0)
    world.travel(world.clock.end_of(sold.opened_in + 1) + WINDOWS.hard_end)
    call = world.settle_unreported(sold.id, other, [])
    given, right = terms_hash(other), terms_hash(sold.terms)
    world.refused("outsider", call, "WrongTerms", given=given, inForce=right)


def test_only_empty_periods_are_skipped_and_only_after_the_deadline(world, sold):
    period = sold.opened_in + 1
    posted = world.post(period, {sold: up(4_000)})
    world.travel(world.clock.end_of(period) + WINDOWS.post_until + 1)
    full = {"assetId": sold.id, "period": period}
    world.refused("outsider", world.skip(sold.id, 1), "NotEmpty", **full)
    world.settle(sold, posted.evidence(sold.id))
    deadline = world.clock.end_of(period + 1) + WINDOWS.post_until
    world.travel(deadline)
    early = world.skip(sold.id, 1)
    world.refused("outsider", early, "TooEarly", timestamp=deadline, earliest=deadline)
    world.travel(deadline + 1)
    world.send("outsider", world.skip(sold.id, 1))
    assert world.period_book(sold, period + 1).state == 3
    world.spot(sold, period + 2, 9)
    world.travel(world.clock.end_of(period + 3) + WINDOWS.post_until + 1)
    spot = world.skip(sold.id, 2)
    world.refused("outsider", spot, "NotEmpty", assetId=sold.id, period=period + 2)
    world.refused("outsider", world.skip(sold.id, 0), "TooManyPeriods", periods=0, limit=100)
    world.refused("outsider", world.skip(sold.id, 101), "TooManyPeriods", periods=101, limit=100)
    world.check_books(sold)


def test_many_empty_periods_are_passed_in_one_call(world):
    asset = world.asset(bond=0)
    first = asset.opened_in
    world.travel(world.clock.end_of(first + 99) + WINDOWS.post_until + 1)
    world.send("outsider", world.skip(asset.id, 100))
    assert world.book(asset).next_period == asset.share.next_period() == first + 100


def test_a_closing_sent_twice_closes_one_period(world):
    asset = world.asset()
    world.travel(world.clock.end_of(asset.opened_in + 6) + WINDOWS.hard_end)
    first = asset.opened_in
    skip = world.settlement.skip(asset.id, first, 2)
    world.send("outsider", skip)
    world.refused("outsider", skip, "OutOfOrder", assetId=asset.id, period=first, next=first + 2)
    unreported = world.settlement.settle_unreported(asset.id, first + 2, asset.terms, [])
    world.send("outsider", unreported)
    world.refused("outsider", unreported, "OutOfOrder", assetId=asset.id, period=first + 2, next=first + 3)
    ahead = world.settlement.skip(asset.id, first + 4, 1)
    world.refused("outsider", ahead, "OutOfOrder", assetId=asset.id, period=first + 4, next=first + 3)
