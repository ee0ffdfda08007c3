"""bookSale, deposits, withdrawBond, pauseSales, openAsset: what goes in, and what is refused."""

from dataclasses import replace

import pytest
from tests.contracts.world import address, up, vault_of

from wellhead.chain.contract import creation
from wellhead.chain.contracts.coin_registry import IssuerStatus
from wellhead.chain.keccak import keccak256
from wellhead.errors import ContractReverted
from wellhead.registry.terms import terms_hash

DAY = 86_400
CODE = keccak256(b"spot")


@pytest.fixture
def asset(world):
    asset = world.asset()
    world.give_coins("tenant-a", asset)
    return asset


def buy(world, offer_id, period, units, count=1):
    return world.leases.buy(offer_id, period, count, units, address("tenant-a"), 2**128 - 1)


def test_a_sale_moves_the_price_into_escrow_and_locks_the_largest_credit_rounded_up(world, asset):
    period, free = asset.opened_in + 1, world.book(asset).bond_free
    world.buy(asset, "tenant-a", period, 3, 1_000_001)
    book = world.period_book(asset, period)
    # 3 000 003 · 20 % = 600 000.6
    assert (book.escrow, book.reserved, book.sold_units) == (3_000_003, 600_001, 3)
    assert world.book(asset).bond_free == free - 600_001
    world.check_books(asset)


@pytest.mark.parametrize(("reserved", "capacity"), [(0, 40), (15, 25), (40, 0)])
def test_no_more_than_capacity_less_the_spot_reserve_can_be_sold(world, reserved, capacity):
    asset = world.asset(reserved_for_spot=reserved)
    period = asset.opened_in + 1
    world.give_coins("tenant-a", asset)
    offer_id = world.offer(asset, period, 1_000_000)
    sold = capacity // 2
    if sold:
        world.send("tenant-a", buy(world, offer_id, period, sold))
    call = buy(world, offer_id, period, capacity - sold + 1)
    numbers = {"units": capacity - sold + 1, "sold": sold, "capacity": capacity}
    world.refused("tenant-a", call, "AboveCapacity", **numbers)
    if capacity:
        world.send("tenant-a", buy(world, offer_id, period, capacity - sold))
    assert world.period_book(asset, period).sold_units == capacity
    world.check_books(asset)


def test_all_series_of_a_period_share_its_capacity(world, asset):
    period = asset.opened_in + 1
    world.buy(asset, "tenant-a", period, 39, 1_000_000)
    offer_id = world.offer(asset, period, 2_000_000)
    call = buy(world, offer_id, period, 2)
    world.refused("tenant-a", call, "AboveCapacity", units=2, sold=39, capacity=40)


def test_sales_close_when_the_period_starts(world, asset):
    period = asset.opened_in + 1
    offer_id = world.offer(asset, period, 1_000_000, until=period + 1)
    start = world.clock.start_of(period)
    world.travel(start)
    call = buy(world, offer_id, period, 1)
    world.refused("tenant-a", call, "SaleClosed", period=period, timestamp=start, start=start)
    world.send("tenant-a", buy(world, offer_id, period + 1, 1))


def test_a_sale_whose_credit_the_bond_does_not_cover_is_refused(world):
    asset = world.asset(bond=600_000)
    period = asset.opened_in + 1
    world.give_coins("tenant-a", asset)
    offer_id = world.offer(asset, period, 1_000_001)
    world.refused(
        "tenant-a", buy(world, offer_id, period, 3), "InsufficientBond", free=600_000, needed=600_001
    )
    world.send("tenant-a", buy(world, offer_id, period, 2))
    world.check_books(asset)


def test_buying_nothing_is_refused(world, asset):
    offer_id = world.offer(asset, asset.opened_in + 1, 1)
    world.refused("tenant-a", buy(world, offer_id, asset.opened_in + 1, 0), "ZeroAmount")


def test_only_the_lease_token_books_sales(world, asset):
    # one period at a price of 1, as `OfferWord` packs it
    sold = 1 | asset.id << 88 | (asset.opened_in + 1) << 120 | 1 << 152 | 100 << 184 | 2_000 << 238
    sale = (sold, 1, address("tenant-a"))
    signed = (0, 2**40, bytes(32), bytes(65), False)
    for call in (
        world.settlement.prepare("bookSale", *sale),
        world.settlement.prepare("bookSaleSigned", *sale, signed),
    ):
        world.refused("tenant-a", call, "NotLeaseToken", caller=address("tenant-a"))


def test_a_buyer_without_coins_buys_nothing(world, asset):
    offer_id = world.offer(asset, asset.opened_in + 1, 5)
    call = buy(world, offer_id, asset.opened_in + 1, 1)
    world.refused("outsider", call, "ERC20InsufficientAllowance", spender=asset.vault, allowance=0, needed=5)


def test_spot_goes_to_a_running_period_not_to_a_later_or_closed_one(world, asset):
    period = asset.opened_in
    world.spot(asset, period, 77, payer="tenant-a")
    assert world.period_book(asset, period).spot == 77
    deposit = world.settlement.deposit_spot
    world.refused("tenant-a", deposit(asset.id, period, 0, CODE), "ZeroAmount")
    later = deposit(asset.id, period + 1, 1, CODE)
    world.refused("tenant-a", later, "PeriodNotStarted", period=period + 1, current=period)
    world.report_and_settle(asset, period, up(4_000))
    closed = deposit(asset.id, period, 1, CODE)
    world.refused("tenant-a", closed, "PeriodClosed", assetId=asset.id, period=period, state=1)
    world.check_books(asset)


def test_only_the_owner_withdraws_bond_and_only_what_is_free(world, asset):
    world.buy(asset, "tenant-a", asset.opened_in + 1, 5, 1_000_000)
    free = 10**9 - 1_000_000
    withdraw = world.settlement.withdraw_bond
    who = {"assetId": asset.id, "caller": address("outsider"), "owner": address("owner")}
    world.refused("outsider", withdraw(asset.id, 1), "NotOwner", **who)
    world.refused("owner", withdraw(asset.id, free + 1), "InsufficientBond", free=free, needed=free + 1)
    before = world.coins("owner")
    world.send("owner", withdraw(asset.id, free))
    assert world.coins("owner") == before + free
    assert world.book(asset).bond_free == 0
    assert world.period_book(asset, asset.opened_in + 1).reserved == 1_000_000
    world.check_books(asset)


def test_anyone_may_add_to_the_bond(world, asset):
    world.send("tenant-a", world.settlement.deposit_bond(asset.id, 5))
    assert world.book(asset).bond_free == 10**9 + 5
    world.check_books(asset)


def test_a_pause_stops_sales_and_deposits_but_not_settlement_and_claims(world, asset):
    period = asset.opened_in
    world.spot(asset, period, 1_000)
    offer_id = world.offer(asset, period + 50, 1)
    posted = world.post(period, {asset: up(4_000)})
    world.pass_dispute(period)
    until = world.now + 5_000
    world.send("guardian", world.settlement.pause_sales(until))
    s = world.settlement
    for name, call in (
        ("tenant-a", buy(world, offer_id, period + 50, 1)),
        ("tenant-a", s.deposit_spot(asset.id, period, 1, CODE)),
        ("owner", s.deposit_bond(asset.id, 1)),
    ):
        world.refused(name, call, "PausedUntil", until=until)
    world.settle(asset, posted.evidence(asset.id))
    before, owed = world.coins("owner"), world.owed(asset, "owner")
    world.send("outsider", world.claim(asset, "owner"))
    assert world.coins("owner") == before + owed > before
    holders = world.holders_part(asset)
    world.send("outsider", asset.share.claim(address("owner"), 5))
    assert world.coins("owner") == before + owed + holders
    world.send("owner", s.withdraw_bond(asset.id, 1))
    world.travel(until)
    world.send("tenant-a", buy(world, offer_id, period + 50, 1))
    world.check_books(asset, period + 52)


def test_a_pause_lasts_seven_days_at_most_and_can_be_lifted(world, asset):
    limit = world.now + 7 * DAY
    too_long = world.settlement.pause_sales(limit + 1)
    world.refused("guardian", too_long, "PauseTooLong", until=limit + 1, limit=limit)
    world.send("guardian", world.settlement.pause_sales(limit))
    world.refused("owner", world.settlement.deposit_bond(asset.id, 1), "PausedUntil", until=limit)
    world.send("guardian", world.settlement.pause_sales(0))
    world.send("owner", world.settlement.deposit_bond(asset.id, 1))


def test_opening_needs_an_active_asset_its_terms_and_an_allowed_coin(world):
    asset_id, terms = world.register()
    opening = world.settlement.open_asset
    world.refused("outsider", opening(asset_id, terms), "NotActive", assetId=asset_id)
    world.refused("outsider", world.settlement.deposit_bond(asset_id, 1), "NotOpen", assetId=asset_id)
    world.send("registrar", world.registry.activate(asset_id))
    other = world.terms(fee_bps=0)
    given, right = terms_hash(other), terms_hash(terms)
    world.refused("outsider", opening(asset_id, other), "WrongTerms", given=given, inForce=right)
    world.send("outsider", opening(asset_id, terms))
    world.refused("outsider", opening(asset_id, terms), "AlreadyOpen", assetId=asset_id)


def test_a_coin_that_is_not_allowed_opens_no_asset_but_goes_on_where_it_is(world):
    created = world.send("issuer", creation("TestStablecoin", [], world.chain))
    asset_id, terms = world.register(stablecoin=created.contract_address)
    world.send("registrar", world.registry.activate(asset_id))
    call = world.settlement.open_asset(asset_id, terms)
    world.refused("outsider", call, "CoinNotAllowed", coin=created.contract_address)
    world.allow(str(created.contract_address), IssuerStatus.PERMITTED)
    world.send("outsider", call)
    asset = world.asset()
    world.allow(world.coin.address, IssuerStatus.NOT_ALLOWED)
    world.spot(asset, asset.opened_in, 5)
    world.allow(world.coin.address)


def test_only_settlement_moves_a_vaults_coins(world, asset):
    vault = vault_of(world, asset)
    who, coin = address("outsider"), world.coin.address
    signed = (0, 2**40, bytes(32), bytes(65), False)
    for call in (vault.prepare("pull", who, 1, 0), vault.prepare("pullSigned", who, 1, 0, signed)):
        world.refused("outsider", call, "NotSettlement", caller=who)
    for call in (vault.prepare("push", coin, who, 1), vault.prepare("tryPush", coin, [who], [1])):
        world.refused("outsider", call, "NotPayer", caller=who)


def test_terms_and_devices_are_pinned_by_the_first_sale(world, asset):
    period = asset.opened_in + 2
    later = world.offer(asset, period + 1, 100)
    world.buy(asset, "tenant-a", period, 1, 100)
    book = world.period_book(asset, period)
    assert (book.terms_version, book.capacity_units, book.unit_seconds, book.credit_bps) == (
        0,
        40,
        100,
        2_000,
    )
    new = world.terms(credit_bps=1)
    announce = world.registry.announce_terms
    call = announce(asset.id, period, asset.terms, new)
    world.refused("owner", call, "TooEarly", fromPeriod=period, earliest=period + 1)
    world.send("owner", announce(asset.id, period + 1, asset.terms, new))
    # what was offered under the old terms is not sold under the new ones
    stale = buy(world, later, period + 1, 1)
    world.refused("tenant-a", stale, "WrongVersion", given=0, pinned=1)
    fresh = world.offer(replace(asset, terms=new), period + 1, 100)
    world.send("tenant-a", buy(world, fresh, period + 1, 1))
    world.refused("tenant-a", stale, "WrongVersion", given=0, pinned=1)
    assert world.period_book(asset, period + 1).credit_bps == 1


def test_a_refused_call_raises_before_anything_is_stored(world, asset):
    sender = world.sender("outsider")
    with pytest.raises(ContractReverted, match="NotOwner"):
        sender.send("a key", world.settlement.withdraw_bond(asset.id, 1))
    sender.send("a key", world.coin.approve(asset.vault, 1))
