"""buy, buyWithPermit, buyWithAuthorization: after the requirements in ILeaseToken.sol."""

from dataclasses import replace

import pytest
from tests.contracts.world import address, key_of, up

from wellhead.chain.contracts.lease_offers import Ask, Run
from wellhead.chain.contracts.lease_token import Authorized, Order, Permit
from wellhead.chain.eip712 import Domain
from wellhead.chain.signatures import sign
from wellhead.errors import ContractReverted
from wellhead.market.orders import authorization_digest, order_nonce, permit_digest

A, B = address("tenant-a"), address("tenant-b")
SALT = b"\7" * 32
FOREVER = 1 << 40


@pytest.fixture
def offer_id(world, asset):
    """Five base units a unit, ten periods from the next one on."""
    return world.offer(asset, asset.opened_in + 1, 5, until=asset.opened_in + 10)


def coin_domain(world):
    return Domain(world.chain.chain_id, world.coin.address, "Test USD Coin", "2")


def signed_order(world, asset, order, *, payer="tenant-a", split, value=None, nonce=None):
    """The payer's authorization for that order; `value` and `nonce` may be false."""
    nonce = nonce or order_nonce(*order.as_tuple())
    value = order.cost if value is None else value
    digest = authorization_digest(coin_domain(world), address(payer), asset.vault, value, 0, FOREVER, nonce)
    return Authorized(address(payer), 0, FOREVER, sign(key_of(payer), digest), split)


def signed_permit(world, asset, name, value, *, split, nonce=None, deadline=FOREVER):
    nonce = world.coin.read("nonces", address(name)) if nonce is None else nonce
    digest = permit_digest(coin_domain(world), address(name), asset.vault, value, nonce, deadline)
    return Permit(value, deadline, sign(key_of(name), digest), split)


def series_of(asset, first, count, price=5):
    return [asset.lease(first + i, price) for i in range(count)]


def test_the_id_names_asset_period_and_price_and_supply_counts_units(world, asset, offer_id):
    p = asset.opened_in + 1
    paid = world.coins("tenant-a")
    world.send("tenant-a", world.leases.buy(offer_id, p, 1, 3, B, 5))
    series = asset.id << 160 | p << 128 | 5
    assert world.leases.balance_of(B, series) == world.leases.total_supply(series) == 3
    assert world.leases.balance_of(A, series) == 0
    assert paid - world.coins("tenant-a") == 15
    # escrow of a series is supply · price until its period is closed
    assert world.period_book(asset, p).escrow == 3 * 5


def test_a_run_is_bought_in_one_call_each_period_a_series(world, asset, offer_id):
    p = asset.opened_in + 2
    paid = world.coins("tenant-a")
    mined = world.send("tenant-a", world.leases.buy(offer_id, p, 8, 4, A, 5))
    for series in series_of(asset, p, 8):
        assert world.leases.balance_of(A, series) == world.leases.total_supply(series) == 4
    outside = [asset.lease(p - 1, 5), asset.lease(p + 8, 5), asset.lease(p, 4)]
    assert [world.leases.balance_of(A, series) for series in outside] == [0, 0, 0]
    assert paid - world.coins("tenant-a") == 8 * 4 * 5
    (batch,) = world.leases.events_between(mined.block, mined.block)
    assert (batch.name, list(batch.args["ids"])) == ("TransferBatch", series_of(asset, p, 8))
    assert list(batch.args["values"]) == [4] * 8
    # every period of the run has its price in escrow
    assert [world.period_book(asset, p + i).escrow for i in range(8)] == [20] * 8


def test_a_run_is_as_good_as_its_periods_one_by_one(world, asset, offer_id):
    p = asset.opened_in + 1
    world.send("tenant-a", world.leases.buy(offer_id, p, 7, 2, A, 5))
    for i in range(7):
        world.send("tenant-b", world.leases.buy(offer_id, p + i, 1, 2, B, 5))
    for series in series_of(asset, p, 7):
        assert world.leases.balance_of(A, series) == world.leases.balance_of(B, series) == 2
        assert world.leases.total_supply(series) == 4


@pytest.mark.parametrize("count", [0, 101])
def test_a_run_has_between_one_and_a_hundred_periods(world, asset, count):
    p = asset.opened_in + 1
    long = world.offer(asset, p, 5, until=p + 200)
    call = world.leases.buy(long, p, count, 1, A, 5)
    world.refused("tenant-a", call, "RunTooLong", periods=count, limit=100)


@pytest.mark.parametrize(("first", "count"), [(-1, 1), (-1, 3), (10, 1), (9, 2), (0, 11)])
def test_periods_outside_the_offer_are_refused(world, asset, offer_id, first, count):
    p = asset.opened_in + 1 + first
    call = world.leases.buy(offer_id, p, count, 1, A, 5)
    world.refused("tenant-a", call, "NotOffered", offerId=offer_id, fromPeriod=p, count=count)


def test_a_buyer_pays_no_more_than_he_said(world, asset, offer_id):
    p = asset.opened_in + 1
    call = world.leases.buy(offer_id, p, 1, 1, A, 4)
    world.refused("tenant-a", call, "PriceAbove", price=5, maxPrice=4)
    world.send("tenant-a", world.leases.buy(offer_id, p, 1, 1, A, 9))
    assert world.leases.balance_of(A, asset.lease(p, 5)) == 1


def test_an_offer_to_a_named_tenant_delivers_to_nobody_else(world, asset):
    p = asset.opened_in + 1
    run = Run(asset.id, p, p + 3, B)
    world.send("owner", world.lease_offers.offer(run, Ask(2), asset.terms))
    named = world.lease_offers.offer_count() - 1
    wrong = world.leases.buy(named, p, 1, 1, A, 2)
    world.refused("tenant-a", wrong, "NotTenant", offerId=named, account=A, tenant=B)
    # whoever pays, the price is in escrow
    world.send("tenant-a", world.leases.buy(named, p, 2, 3, B, 2))
    assert world.leases.balance_of(B, asset.lease(p + 1, 2)) == 3
    assert world.period_book(asset, p + 1).escrow == 6


def test_nothing_is_delivered_to_the_zero_address_or_a_frozen_account(world, asset, offer_id):
    p, nobody = asset.opened_in + 1, "0x" + "00" * 20
    call = world.leases.buy(offer_id, p, 1, 1, nobody, 5)
    world.refused("tenant-a", call, "ERC1155InvalidReceiver", receiver=nobody)
    world.send("compliance", world.identities.set_frozen(B, True))
    call = world.leases.buy(offer_id, p, 1, 1, B, 5)
    world.refused("tenant-a", call, "ERC7943CannotReceive", account=B)
    world.send("compliance", world.identities.set_frozen(B, False))
    world.send("tenant-a", call)


@pytest.mark.parametrize("reserved", [0, 15])
def test_all_offers_of_a_period_share_its_capacity_and_spot_keeps_its_part(world, reserved):
    asset = world.asset(reserved_for_spot=reserved)
    world.give_coins("tenant-a", asset)
    p, capacity = asset.opened_in + 1, 40 - reserved
    cheap, dear = (world.offer(asset, p, price, until=p + 3) for price in (5, 6))
    world.send("tenant-a", world.leases.buy(cheap, p + 1, 1, capacity - 1, A, 5))
    over = world.leases.buy(dear, p, 3, 2, A, 6)
    full = {"units": 2, "sold": capacity - 1, "capacity": capacity}
    world.refused("tenant-a", over, "AboveCapacity", **full)
    world.send("tenant-a", world.leases.buy(dear, p, 3, 1, A, 6))


def test_an_offer_under_older_terms_sells_nothing_where_newer_ones_hold(world):
    asset = world.asset(notice_periods=0)
    world.give_coins("tenant-a", asset)
    p = asset.opened_in + 1
    old = world.offer(asset, p, 5, until=p + 9)
    # half the units and none reserved before, all but one reserved after: the old figures would oversell
    newer = replace(asset.terms, unit_seconds=200, reserved_for_spot=19)
    world.send("owner", world.registry.announce_terms(asset.id, p + 2, asset.terms, newer))
    version = world.lease_offers.offer_of(old).terms_version
    stale = {"given": version, "pinned": version + 1}
    world.refused("tenant-a", world.leases.buy(old, p + 2, 1, 2, A, 5), "WrongVersion", **stale)
    # nor a run that reaches into them
    with pytest.raises(ContractReverted):
        world.send("tenant-a", world.leases.buy(old, p + 1, 2, 2, A, 5))
    assert world.leases.total_supply(asset.lease(p + 1, 5)) == 0
    world.send("tenant-a", world.leases.buy(old, p + 1, 1, 2, A, 5))
    world.send("owner", world.lease_offers.offer(Run(asset.id, p + 2, p + 9), Ask(5), newer))
    fresh = world.lease_offers.offer_count() - 1
    world.send("tenant-a", world.leases.buy(fresh, p + 2, 1, 1, A, 5))
    full = {"units": 1, "sold": 1, "capacity": 1}
    world.refused("tenant-a", world.leases.buy(fresh, p + 2, 1, 1, A, 5), "AboveCapacity", **full)


def test_no_more_is_sold_than_fewer_devices_can_deliver(world, asset, offer_id):
    p = asset.opened_in + 1
    announced = world.registry.announce_devices(asset.id, p + 1, 2, b"\1" * 32, asset.terms)
    world.send("owner", announced)
    full = {"units": 21, "sold": 0, "capacity": 20}
    world.refused("tenant-a", world.leases.buy(offer_id, p + 1, 1, 21, A, 5), "AboveCapacity", **full)
    world.send("tenant-a", world.leases.buy(offer_id, p, 1, 40, A, 5))
    world.send("tenant-a", world.leases.buy(offer_id, p + 1, 1, 20, A, 5))


@pytest.mark.parametrize("split", [True, False], ids=["v-r-s", "bytes"])
def test_a_permit_pays_without_approval_before(world, offer_id, asset, split):
    p, name = asset.opened_in + 1, "permitting"
    world.send("issuer", world.coin.mint(address(name), 100))
    world.sender(name)
    order = Order(offer_id, p, 2, 3, address(name), 5, SALT)
    permit = signed_permit(world, asset, name, 30, split=split)
    world.send(name, world.leases.buy_with_permit(order, permit))
    assert world.leases.balance_of(address(name), asset.lease(p + 1, 5)) == 3
    assert world.coin.read("allowance", address(name), asset.vault) == 0


@pytest.mark.parametrize("split", [True, False], ids=["v-r-s", "bytes"])
def test_a_permit_that_somebody_used_first_still_buys(world, asset, offer_id, split):
    p, name = asset.opened_in + 1, f"front-run-{split}"
    world.send("issuer", world.coin.mint(address(name), 100))
    world.sender(name)
    permit = signed_permit(world, asset, name, 5, split=split)
    args = (address(name), asset.vault, permit.value, permit.deadline, permit.signature)
    world.send("outsider", world.coin.prepare("permit(address,address,uint256,uint256,bytes)", *args))
    order = Order(offer_id, p, 1, 1, address(name), 5, SALT)
    world.send(name, world.leases.buy_with_permit(order, permit))
    assert world.leases.balance_of(address(name), asset.lease(p, 5)) == 1


def test_another_mans_permit_does_not_make_him_pay(world, asset, offer_id):
    p, name = asset.opened_in + 1, "robbed"
    world.send("issuer", world.coin.mint(address(name), 100))
    order = Order(offer_id, p, 1, 1, address("outsider"), 5, SALT)
    permit = signed_permit(world, asset, name, 5, split=True)
    no_allowance = {"spender": asset.vault, "allowance": 0, "needed": 5}
    call = world.leases.buy_with_permit(order, permit)
    world.refused("outsider", call, "ERC20InsufficientAllowance", **no_allowance)


def test_a_permit_to_be_split_has_65_bytes(world, asset, offer_id):
    order = Order(offer_id, asset.opened_in + 1, 1, 1, A, 5, SALT)
    for size in (0, 64, 66):
        call = world.leases.buy_with_permit(order, Permit(5, FOREVER, bytes(size), True))
        world.refused("tenant-a", call, "NotSplittable", signatureBytes=size)


def test_the_python_order_hash_is_the_contracts(world, offer_id):
    order = Order(offer_id, 1 << 31, 100, (1 << 40) - 1, A, (1 << 128) - 1, SALT)
    assert order_nonce(*order.as_tuple()) == world.leases.order_hash(order)


@pytest.mark.parametrize("split", [True, False], ids=["v-r-s", "bytes"])
def test_anyone_relays_an_order_that_its_payer_signed(world, asset, offer_id, split):
    p = asset.opened_in + 1
    order = Order(offer_id, p, 3, 2, B, 5, SALT)
    paid = world.coins("tenant-a")
    call = world.leases.buy_with_authorization(order, signed_order(world, asset, order, split=split))
    world.send("outsider", call)
    assert paid - world.coins("tenant-a") == order.cost == 30
    assert [world.leases.balance_of(B, series) for series in series_of(asset, p, 3)] == [2, 2, 2]
    used = {"authorizer": A, "nonce": order_nonce(*order.as_tuple())}
    world.refused("outsider", call, "ERC3009UsedAuthorization", **used)


@pytest.mark.parametrize(
    "changed",
    [
        {"to": address("outsider")},
        {"units": 1},
        {"count": 2, "units": 3},
        {"from_period": 3},
        {"salt": b"\1" * 32},
    ],
    ids=["receiver", "units", "same cost, other run", "period", "salt"],
)
def test_a_relayer_can_buy_nothing_else(world, asset, offer_id, changed):
    p = asset.opened_in + 1
    order = Order(offer_id, p, 3, 2, B, 5, SALT)
    authorized = signed_order(world, asset, order, split=True)
    if "from_period" in changed:
        changed = {"from_period": p + changed["from_period"]}
    other = replace(order, **changed)
    world.refused(
        "outsider", world.leases.buy_with_authorization(other, authorized), "ERC3009InvalidSignature"
    )
    another = world.offer(asset, p, 5, until=p + 9)
    swapped = replace(order, offer_id=another)
    world.refused(
        "outsider", world.leases.buy_with_authorization(swapped, authorized), "ERC3009InvalidSignature"
    )


def test_an_order_is_for_its_price_and_its_exact_cost(world, asset, offer_id):
    p = asset.opened_in + 1
    order = Order(offer_id, p, 1, 2, B, 6, SALT)
    call = world.leases.buy_with_authorization(order, signed_order(world, asset, order, split=True))
    world.refused("outsider", call, "PriceMoved", price=5, agreed=6)
    order = replace(order, price=5)
    more = signed_order(world, asset, order, split=True, value=11)
    world.refused("outsider", world.leases.buy_with_authorization(order, more), "ERC3009InvalidSignature")
    loose = signed_order(world, asset, order, split=True, nonce=SALT)
    world.refused("outsider", world.leases.buy_with_authorization(order, loose), "ERC3009InvalidSignature")


def test_only_settlement_burns_and_redeeming_leaves_the_rest(world, asset, offer_id):
    p = asset.opened_in + 1
    world.send("tenant-a", world.leases.buy(offer_id, p, 3, 4, A, 5))
    series = asset.lease(p, 5)
    call = world.leases.prepare("burn", A, A, series, 1)
    world.refused("tenant-a", call, "NotSettlement", caller=A)
    world.report_and_settle(asset, p - 1, up(4_000))
    world.report_and_settle(asset, p, up(4_000))
    world.send("tenant-a", world.settlement.redeem(A, series, 3))
    assert world.leases.balance_of(A, series) == world.leases.total_supply(series) == 1
    assert world.leases.balance_of(A, asset.lease(p + 1, 5)) == 4
