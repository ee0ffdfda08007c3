"""Random lives of offerings side by side: contract and twin agree to the unit, and every coin is somewhere.

For each offering deposited = refunded + withdrawn + returned + held; the contract's coins are the sum of
`held`; and at the end less than one base unit for each subscriber is left.
"""

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contracts.offering.conftest import COIN, SHARE, UNIT
from tests.contracts.world import address

from wellhead.chain.contracts.settlement import PeriodState
from wellhead.market.vesting import Delivery, OfferingBooks

NAMES = ("ada", "ben", "cleo")


@st.composite
def lives(draw):
    """Plan, subscriptions, and periods: (units sold, delivered, price of a unit, enough evidence)."""
    price = draw(st.sampled_from([1, 7, 999_983, COIN, 3 * COIN + 1]))
    shares = st.integers(1, 9 * SHARE)
    tickets = draw(st.lists(st.tuples(st.sampled_from(NAMES), shares), min_size=1, max_size=4))
    floor = draw(st.sampled_from([0, 0, 1, COIN]))
    period = st.tuples(st.integers(0, 9), st.integers(0, 9), st.sampled_from([0, 3, COIN]), st.booleans())
    periods = draw(st.lists(period, max_size=3))
    return price, tickets, draw(st.integers(1, 60)), floor, periods, draw(st.booleans())


@settings(max_examples=8, deadline=None)
@given(lives())
def test_every_coin_is_in_exactly_one_place_through_a_whole_life(world, stage, terms, life):
    price, tickets, units, floor, periods, fails = life
    raised = sum(-(-shares * price // SHARE) for _, shares in tickets)
    soft = raised + 1 if fails else 1
    others = stage.coin.balance_of(stage.offerings.address)
    offering_id = stage.open(
        price=price,
        soft_cap=soft,
        hard_cap=raised + 1,
        min_ticket=0,
        milestone_units=units,
        min_unit_price=floor,
    )
    books = OfferingBooks(price, soft, raised + 1, units, floor)
    lien, bought = stage.lien(), {}

    def check():
        o = stage.offerings.offering_of(offering_id)
        found = (o.raised, o.held, o.released, o.withdrawn)
        assert found == (books.raised, books.held, books.released, books.withdrawn)
        assert books.raised == books.refunded + books.withdrawn + books.returned + books.held
        assert stage.coin.balance_of(stage.offerings.address) - others == books.held

    for name, shares in tickets:
        stage.subscribe(offering_id, name, shares)
        books.subscribe(name, shares)
        bought[name] = bought.get(name, 0) + shares
        check()
    stage.close(offering_id)
    if fails:
        pull_all(world, stage, offering_id, books, "refund")
        check()
        assert books.held == 0
        world.send("outsider", stage.offerings.release_unsold(offering_id))
        assert stage.lien() == lien - (raised + 1) * SHARE // price
        return
    vest_all(world, stage, offering_id, books, terms, periods)
    check()
    for name in books.paid:
        held = stage.shares(name)
        world.send("outsider", stage.offerings.collect(offering_id, address(name)))
        assert stage.shares(name) - held == bought[name] == books.collect(name)
    pay_owner(world, stage, offering_id, books)
    check()
    world.send("outsider", stage.offerings.release_unsold(offering_id))
    assert stage.lien() == lien - (raised + 1) * SHARE // price
    pull_all(world, stage, offering_id, books, "take_back")
    check()
    assert books.held < len(bought)


def pay_owner(world, stage, offering_id, books):
    """The owner takes what is released, if anything is."""
    before = stage.coins("owner")
    if books.released:
        world.send("outsider", stage.offerings.withdraw(offering_id))
    assert stage.coins("owner") - before == books.withdraw()


def vest_all(world, stage, offering_id, books, terms, periods):
    """Close the periods as the life says, and count them all."""
    weak = world.terms(evidence=1)
    for sold, delivered, unit_price, counts in periods:
        delivered, escrow = min(sold, delivered), sold * unit_price
        given = terms if counts else weak
        period = stage.offerings.offering_of(offering_id).next_period
        stage.deliver(
            offering_id, period, delivered, given, sold=sold, escrow=escrow, state=PeriodState.SETTLED
        )
        world.send("outsider", stage.offerings.vest(offering_id, 1, given))
        missing = (sold - delivered) * UNIT
        books.vest([Delivery(escrow, sold * UNIT, missing, UNIT) if counts else None])
    stage.run_out(offering_id, terms)


def pull_all(world, stage, offering_id, books, verb):
    """Everybody takes what is his; who has nothing to take is told so."""
    for name in list(books.paid):
        before, amount = stage.coins(name), getattr(books, verb)(name)
        call = getattr(stage.offerings, verb)(offering_id, address(name))
        if amount:
            world.send("outsider", call)
        else:
            world.refused("outsider", call, "NothingToPay", offeringId=offering_id, account=address(name))
            books.paid.pop(name, None)
        assert stage.coins(name) - before == amount
