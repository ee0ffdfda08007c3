"""totalSupply: from Settlement's books while a period has one price, from the second on series by series."""

from tests.contracts.world import address, up

A, B = address("tenant-a"), address("tenant-b")


def supplies(world, asset, period, *prices):
    return [world.leases.total_supply(asset.lease(period, price)) for price in prices]


def test_a_period_sold_at_one_price_has_one_series(world, asset):
    p = asset.opened_in + 1
    assert supplies(world, asset, p, 0, 5) == [0, 0]
    world.buy(asset, "tenant-a", p, 3, 5)
    world.buy(asset, "tenant-b", p, 4, 5)
    assert supplies(world, asset, p, 0, 4, 5, 6, 2**128 - 1) == [0, 0, 7, 0, 0]
    assert world.period_book(asset, p).mixed is False


def test_the_second_price_counts_the_first_and_a_third_counts_itself(world, asset):
    p = asset.opened_in + 1
    for units, price in ((3, 5), (4, 9), (2, 5), (1, 7)):
        world.buy(asset, "tenant-a", p, units, price)
        assert world.period_book(asset, p).mixed is (price != 5 or units == 2)
    assert supplies(world, asset, p, 5, 7, 9) == [5, 1, 4]
    book = world.period_book(asset, p)
    assert (book.sold_units, book.escrow) == (10, 25 + 7 + 36)


def test_a_price_that_happens_to_be_the_average_has_no_series(world, asset):
    p = asset.opened_in + 1
    world.buy(asset, "tenant-a", p, 1, 1)
    world.buy(asset, "tenant-b", p, 1, 3)
    # two units for four
    assert supplies(world, asset, p, 1, 2, 3) == [1, 0, 1]
    world.buy(asset, "tenant-a", p, 2, 2)
    assert supplies(world, asset, p, 1, 2, 3) == [1, 2, 1]


def test_a_run_over_periods_of_one_and_of_several_prices_counts_each(world, asset):
    p = asset.opened_in + 1
    world.buy(asset, "tenant-a", p + 1, 2, 9)
    world.buy(asset, "tenant-a", p + 3, 3, 9)
    world.buy(asset, "tenant-a", p + 3, 1, 4)
    world.buy(asset, "tenant-a", p + 4, 6, 5)
    offer = world.offer(asset, p, 5, until=p + 8)
    world.give_coins("tenant-b", asset)
    world.send("tenant-b", world.leases.buy(offer, p, 9, 7, B, 5))
    wanted = [[0, 7, 0], [0, 7, 2], [0, 7, 0], [1, 7, 3], [0, 13, 0], *[[0, 7, 0]] * 4]
    assert [supplies(world, asset, p + i, 4, 5, 9) for i in range(9)] == wanted
    assert [world.period_book(asset, p + i).mixed for i in range(5)] == [False, True, False, True, False]
    for i, units in enumerate(wanted):
        assert world.period_book(asset, p + i).escrow == 4 * units[0] + 5 * units[1] + 9 * units[2]


def redeem(world, asset, period, price, units, name="tenant-a"):
    world.send(name, world.settlement.redeem(address(name), asset.lease(period, price), units))


def test_what_is_redeemed_leaves_the_supply_whatever_the_prices_and_the_outcome(world, asset):
    p = asset.opened_in
    world.buy(asset, "tenant-a", p + 1, 5, 5)
    for units, price in ((4, 5), (3, 8)):
        world.buy(asset, "tenant-a", p + 2, units, price)
    world.buy(asset, "tenant-b", p + 2, 1, 8)
    world.buy(asset, "tenant-a", p + 3, 6, 5)
    # nothing, something and everything is missing
    for period, seconds in ((p, 4_000), (p + 1, 4_000), (p + 2, 100), (p + 3, 0)):
        world.report_and_settle(asset, period, up(seconds))
    for period, price, units, left in (
        (p + 1, 5, 2, [3, 0]),
        (p + 1, 5, 3, [0, 0]),
        (p + 2, 8, 1, [4, 3]),
        (p + 2, 5, 4, [0, 3]),
        (p + 2, 8, 2, [0, 1]),
        (p + 3, 5, 6, [0, 0]),
    ):
        redeem(world, asset, period, price, units)
        assert supplies(world, asset, period, 5, 8) == left
    assert [world.period_book(asset, p + i).redeemed_units for i in range(4)] == [0, 5, 7, 6]
    assert world.leases.balance_of(B, asset.lease(p + 2, 8)) == 1
    world.check_books(asset)


def test_what_no_series_can_be_called_has_no_supply(world):
    assert world.leases.total_supply(1 << 192) == world.leases.total_supply(2**256 - 1) == 0
