"""LeaseOffers: what owners ask, after the requirements in ILeaseOffers.sol."""

import pytest
from tests.contracts.world import WINDOWS, address, up

from wellhead.chain.contracts.lease_offers import Ask, PriceKind, Run
from wellhead.market.pricing import auction_price, walked_price
from wellhead.registry.terms import terms_hash

NOBODY = "0x" + "00" * 20


def by_use(price, lowest, highest, target):
    return Ask(price, PriceKind.UTILIZATION, lowest, highest, target)


def by_auction(start, end, lead, steps):
    return Ask(start, PriceKind.AUCTION, end, lead_seconds=lead, steps=steps)


def make(world, asset, run, ask):
    world.send(asset.owner, world.lease_offers.offer(run, ask, asset.terms))
    return world.lease_offers.offer_count() - 1


def buy(world, offer_id, period, units, price):
    return world.leases.buy(offer_id, period, 1, units, address("tenant-a"), price)


def test_only_the_owner_offers_a_run_in_order_at_a_price(world, asset):
    p, terms, offer = asset.opened_in + 1, asset.terms, world.lease_offers.offer
    who = {"assetId": asset.id, "caller": address("other-owner"), "owner": address("owner")}
    world.refused("other-owner", offer(Run(asset.id, p, p), Ask(1), terms), "NotOwner", **who)
    world.refused("owner", offer(Run(asset.id, p, p), Ask(0), terms), "ZeroPrice")
    backwards = offer(Run(asset.id, p + 1, p), Ask(1), terms)
    world.refused("owner", backwards, "PeriodsOutOfOrder", fromPeriod=p + 1, toPeriod=p)
    count = world.registry.asset_count()
    unknown = offer(Run(count, p, p), Ask(1), terms)
    world.refused("owner", unknown, "UnknownAsset", assetId=count, assetCount=count)


def test_an_offer_keeps_what_the_terms_say_and_tells_it_whole(world, asset):
    p = asset.opened_in + 1
    run = Run(asset.id, p, p + 3, address("tenant-b"))
    mined = world.send("owner", world.lease_offers.offer(run, Ask(9), asset.terms))
    offer_id = world.lease_offers.offer_count() - 1
    found = world.lease_offers.offer_of(offer_id)
    assert (found.asset_id, found.from_period, found.to_period, found.tenant) == (*run.as_tuple(),)
    assert (found.price, found.kind, found.open) == (9, PriceKind.FIXED, True)
    assert (found.unit_seconds, found.reserved_for_spot, found.credit_bps) == (100, 0, 2_000)
    assert found.terms_version == world.registry.read("termsVersionAt", asset.id, p)
    (made,) = [
        e for e in world.lease_offers.events_between(mined.block, mined.block) if e.name == "OfferMade"
    ]
    assert (made.args["offerId"], made.args["assetId"]) == (offer_id, asset.id)
    assert made.args["offer"]["price"] == 9


def test_an_offer_is_made_under_the_terms_of_its_whole_run(world):
    asset = world.asset(notice_periods=1)
    other = world.terms(unit_seconds=50)
    now, offer = world.period, world.lease_offers.offer
    wrong = offer(Run(asset.id, now + 1, now + 1), Ask(1), other)
    hashes = {"given": terms_hash(other), "inForce": terms_hash(asset.terms)}
    world.refused("owner", wrong, "WrongTerms", **hashes)
    world.send("owner", world.registry.announce_terms(asset.id, now + 3, asset.terms, other))
    across = offer(Run(asset.id, now + 2, now + 3), Ask(1), asset.terms)
    world.refused("owner", across, "NotOneVersion", fromPeriod=now + 2, toPeriod=now + 3)
    world.send("owner", offer(Run(asset.id, now + 3, now + 9), Ask(1), other))
    newer = world.lease_offers.offer_of(world.lease_offers.offer_count() - 1)
    assert newer.terms_version == world.registry.read("termsVersionAt", asset.id, now + 3)
    assert newer.terms_version == world.registry.read("termsVersionAt", asset.id, now + 2) + 1


def test_what_does_not_fit_an_offers_word_is_refused(world, asset):
    p, offer = asset.opened_in + 1, world.lease_offers.offer
    dear = offer(Run(asset.id, p, p), Ask(1 << 88), asset.terms)
    field = b"price".ljust(32, b"\0")
    world.refused("owner", dear, "OutOfRange", field=field, value=1 << 88, limit=1 << 88)
    long = offer(Run(asset.id, p, p + (1 << 16) - 1), Ask(1), asset.terms)
    field = b"periods".ljust(32, b"\0")
    world.refused("owner", long, "OutOfRange", field=field, value=1 << 16, limit=1 << 16)
    # a price that could grow out of its place would never move again
    high = offer(Run(asset.id, p, p), by_use(9, 1, 1 << 88, 1), asset.terms)
    field = b"highest".ljust(32, b"\0")
    world.refused("owner", high, "OutOfRange", field=field, value=1 << 88, limit=1 << 88)
    largest = Run(asset.id, p, p + (1 << 16) - 2)
    offer_id = make(world, asset, largest, Ask((1 << 88) - 1))
    assert world.lease_offers.price_of(offer_id, p) == (1 << 88) - 1


def test_an_unknown_offer_has_neither_price_nor_owner(world, asset):
    offers = world.lease_offers
    count = offers.offer_count()
    numbers = {"offerId": count, "offers": count}
    world.reading_refused(lambda: offers.offer_of(count), "UnknownOffer", **numbers)
    world.reading_refused(lambda: offers.price_of(count, 1), "UnknownOffer", **numbers)
    world.refused("owner", offers.close_offer(count), "UnknownOffer", **numbers)
    world.refused("owner", offers.reprice(count, 1), "UnknownOffer", **numbers)
    world.refused("tenant-a", buy(world, count, 1, 1, 1), "UnknownOffer", offerId=count)


def test_a_closed_offer_sells_nothing_and_what_it_sold_stays_sold(world, asset):
    p = asset.opened_in + 2
    offer_id = make(world, asset, Run(asset.id, p, p), Ask(5))
    world.send("tenant-a", buy(world, offer_id, p, 1, 5))
    who = {"assetId": asset.id, "caller": address("other-owner"), "owner": address("owner")}
    world.refused("other-owner", world.lease_offers.close_offer(offer_id), "NotOwner", **who)
    world.send("owner", world.lease_offers.close_offer(offer_id))
    gone = {"offerId": offer_id, "fromPeriod": p, "count": 1}
    world.refused("tenant-a", buy(world, offer_id, p, 1, 5), "NotOffered", **gone)
    assert world.lease_offers.offer_of(offer_id).open is False
    assert world.leases.balance_of(address("tenant-a"), asset.lease(p, 5)) == 1


def test_nobody_but_the_offers_writes_them_into_the_token(world, asset):
    call = world.leases.prepare("setOffer", 0, (1 << 256) - 1)
    world.refused("owner", call, "NotOffers", caller=address("owner"))


@pytest.mark.parametrize(
    ("ask", "error", "numbers"),
    [
        (by_use(9, 0, 9, 1), "OutsideBounds", {"price": 9, "lowest": 0, "highest": 9}),
        (by_use(9, 10, 11, 1), "OutsideBounds", {"price": 9, "lowest": 10, "highest": 11}),
        (by_use(9, 1, 8, 1), "OutsideBounds", {"price": 9, "lowest": 1, "highest": 8}),
        (by_use(9, 1, 9, 0), "ZeroTarget", {}),
        (by_use(0, 0, 0, 1), "ZeroPrice", {}),
        (by_auction(9, 0, 9, 1), "OutsideBounds", {"price": 9, "lowest": 0, "highest": 9}),
        (by_auction(9, 10, 9, 1), "OutsideBounds", {"price": 9, "lowest": 10, "highest": 9}),
        (by_auction(9, 1, 0, 1), "ZeroLead", {}),
        (by_auction(9, 1, 9, 0), "StepOutsideAuction", {"step": 0, "steps": 0}),
        (by_auction(9, 1, 9, 25), "StepOutsideAuction", {"step": 0, "steps": 25}),
    ],
)
def test_prices_that_mean_nothing_are_refused(world, asset, ask, error, numbers):
    p = asset.opened_in + 1
    call = world.lease_offers.offer(Run(asset.id, p, p), ask, asset.terms)
    world.refused("owner", call, error, **numbers)


def test_a_utilization_price_follows_the_closed_periods_in_order(world, asset):
    offers, p = world.lease_offers, asset.opened_in + 1
    offer_id = make(world, asset, Run(asset.id, p, p + 9), by_use(1_000, 500, 1_200, 20))
    # 35 of a target of 20 in the first period, none in the second, 20 in the third
    world.send("tenant-a", buy(world, offer_id, p, 35, 1_000))
    world.send("tenant-a", buy(world, offer_id, p + 2, 20, 1_000))
    world.send("outsider", offers.reprice(offer_id, 10))
    assert offers.offer_of(offer_id).price == 1_000
    world.report_and_settle(asset, p - 1, up(4_000))
    world.report_and_settle(asset, p, up(4_000))
    world.send("outsider", offers.reprice(offer_id, 10))
    found = offers.offer_of(offer_id)
    assert (found.price, found.priced_before) == (walked_price(1_000, [35], 20, 500, 1_200), p + 1)
    assert found.price == 1_093
    world.travel(world.clock.end_of(p + 1) + WINDOWS.post_until + 1)
    world.send("outsider", world.skip(asset.id, 1))
    world.report_and_settle(asset, p + 2, up(4_000))
    world.send("outsider", offers.reprice(offer_id, 1))
    assert offers.offer_of(offer_id).priced_before == p + 2
    world.send("outsider", offers.reprice(offer_id, 1))
    found = offers.offer_of(offer_id)
    assert (found.price, found.priced_before) == (walked_price(1_000, [35, 0, 20], 20, 500, 1_200), p + 3)
    later = world.period + 1
    too_cheap = {"price": found.price, "maxPrice": found.price - 1}
    world.refused("tenant-a", buy(world, offer_id, later, 1, found.price - 1), "PriceAbove", **too_cheap)
    world.send("tenant-a", buy(world, offer_id, later, 1, found.price))
    assert world.leases.total_supply(asset.lease(later, found.price)) == 1


def test_a_period_closed_without_report_leaves_the_price(world, asset):
    offers, p = world.lease_offers, asset.opened_in + 1
    offer_id = make(world, asset, Run(asset.id, p, p + 9), by_use(1_000, 1, 9_999, 20))
    world.send("tenant-a", buy(world, offer_id, p, 40, 1_000))
    world.report_and_settle(asset, p - 1, up(4_000))
    world.travel(world.clock.end_of(p) + WINDOWS.hard_end + 1)
    world.send("outsider", world.settle_unreported(asset.id, asset.terms, []))
    world.send("outsider", offers.reprice(offer_id, 10))
    found = offers.offer_of(offer_id)
    assert (found.price, found.priced_before) == (1_000, p + 1)


def test_only_periods_that_begin_after_the_offer_count(world, asset):
    p = asset.opened_in
    early = make(world, asset, Run(asset.id, p, p + 9), by_use(1_000, 1, 9_999, 20))
    late = make(world, asset, Run(asset.id, p + 4, p + 9), by_use(1_000, 1, 9_999, 20))
    assert world.lease_offers.offer_of(early).priced_before == p + 1
    assert world.lease_offers.offer_of(late).priced_before == p + 4


def test_a_price_stops_moving_with_its_run(world, asset):
    offers, p = world.lease_offers, asset.opened_in + 1
    offer_id = make(world, asset, Run(asset.id, p, p), by_use(1_000, 1, 9_999, 20))
    world.travel(world.clock.end_of(p + 1) + WINDOWS.post_until + 1)
    world.send("outsider", world.skip(asset.id, 3))
    world.send("outsider", offers.reprice(offer_id, 10))
    found = offers.offer_of(offer_id)
    assert (found.price, found.priced_before) == (875, p + 1)


def test_a_fixed_price_cannot_be_repriced(world, asset):
    p = asset.opened_in + 1
    offer_id = make(world, asset, Run(asset.id, p, p), Ask(5))
    call = world.lease_offers.reprice(offer_id, 1)
    world.refused("outsider", call, "NotByUtilization", offerId=offer_id, kind=0)


def test_a_closed_offer_stays_closed_when_it_is_repriced(world, asset):
    p = asset.opened_in + 1
    offer_id = make(world, asset, Run(asset.id, p, p + 9), by_use(1_000, 1, 9_999, 20))
    world.send("owner", world.lease_offers.close_offer(offer_id))
    world.travel(world.clock.end_of(p) + WINDOWS.post_until + 1)
    world.send("outsider", world.skip(asset.id, 2))
    world.send("outsider", world.lease_offers.reprice(offer_id, 10))
    gone = {"offerId": offer_id, "fromPeriod": p + 8, "count": 1}
    world.refused("tenant-a", buy(world, offer_id, p + 8, 1, 1_000), "NotOffered", **gone)


def test_an_auction_falls_step_by_step_towards_the_start_and_each_step_is_a_series(world, asset):
    p = asset.opened_in + 2
    start = world.clock.start_of(p)
    offer_id = make(world, asset, Run(asset.id, p, p + 1), by_auction(1_000, 100, 800, 4))
    closed = {"period": p, "timestamp": world.now, "opensAt": start - 800}
    world.refused("tenant-a", buy(world, offer_id, p, 1, 1_000), "AuctionNotOpen", **closed)
    for step in range(4):
        price = auction_price(1_000, 100, step, 4)
        world.travel(start - 800 + 200 * step)
        assert world.lease_offers.price_of(offer_id, p) == price
        world.send("tenant-a", buy(world, offer_id, p, 2, 1_000))
        assert world.leases.total_supply(asset.lease(p, price)) == 2
    world.travel(start - 2)
    assert world.lease_offers.price_of(offer_id, p) == 100
    world.travel(start)
    assert world.lease_offers.price_of(offer_id, p) == 100
    over = {"period": p, "timestamp": start, "start": start}
    world.refused("tenant-a", buy(world, offer_id, p, 1, 1_000), "SaleClosed", **over)


def test_an_auction_sells_one_period_at_a_time(world, asset):
    p = asset.opened_in + 1
    offer_id = make(world, asset, Run(asset.id, p, p + 1), by_auction(1_000, 100, 5_000, 1))
    call = world.leases.buy(offer_id, p, 2, 1, address("tenant-a"), 1_000)
    world.refused("tenant-a", call, "RunTooLong", periods=2, limit=1)
    world.send("tenant-a", buy(world, offer_id, p, 1, 1_000))


def test_every_event_of_the_offers_has_the_next_number(world, asset):
    p = asset.opened_in + 1
    before = world.lease_offers.read("sequence")
    offer_id = make(world, asset, Run(asset.id, p, p), Ask(5))
    mined = world.send("owner", world.lease_offers.close_offer(offer_id))
    (closed,) = world.lease_offers.events_between(mined.block, mined.block)
    assert (closed.name, closed.args["sequence"]) == ("OfferClosed", before + 2)
