"""Runs of periods in one sale, paid by allowance or by the payer's signature."""

import pytest
from tests.contracts.world import address, key_of

from wellhead.chain.eip712 import Domain, StructType
from wellhead.chain.signatures import sign

RECEIVE = StructType(
    "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,"
    "bytes32 nonce)"
)
PRICE = 1_000_001


@pytest.fixture
def asset(world):
    asset = world.asset()
    world.give_coins("tenant-a", asset)
    return asset


def events(world, block, name):
    return [e.args for e in world.settlement.events_between(block, block) if e.name == name]


def buy(world, offer, first, count, units, name="tenant-a"):
    return world.leases.buy(offer, first, count, units, address(name), 2**127)


def test_a_run_books_each_period_and_pays_for_all_at_once(world, asset):
    p = asset.opened_in
    offer = world.offer(asset, p + 1, PRICE, until=p + 30)
    world.send("tenant-a", buy(world, offer, p + 3, 1, 2))
    before, free = world.coins("tenant-a"), world.book(asset).bond_free
    block = world.send("tenant-a", buy(world, offer, p + 1, 30, 3)).block
    assert world.coins("tenant-a") == before - 90 * PRICE
    # 20 % of three units' price, rounded up; one period had two units already
    lone, topped = 600_001, -(-5 * PRICE // 5) - -(-2 * PRICE // 5)
    assert world.book(asset).bond_free == free - 29 * lone - topped
    (told,) = events(world, block, "SaleBooked")
    assert (told["firstId"], told["count"], told["units"]) == (asset.lease(p + 1, PRICE), 30, 3)
    assert told["creditLocked"] == 29 * lone + topped
    for period in range(p + 1, p + 31):
        book = world.period_book(asset, period)
        units = 5 if period == p + 3 else 3
        assert (book.sold_units, book.escrow) == (units, units * PRICE)
        assert book.reserved == -(-units * PRICE // 5)
    world.check_books(asset, p + 32)
    assert world.registry.pinned_before(asset.id) == p + 31


def test_a_run_that_one_period_cannot_hold_sells_nothing(world, asset):
    p = asset.opened_in
    offer = world.offer(asset, p + 1, PRICE, until=p + 30)
    world.send("tenant-a", buy(world, offer, p + 7, 1, 38))
    full = {"units": 3, "sold": 38, "capacity": 40}
    world.refused("tenant-a", buy(world, offer, p + 1, 10, 3), "AboveCapacity", **full)
    assert world.period_book(asset, p + 1).sold_units == 0


def test_a_run_begins_after_now_and_has_at_most_a_hundred_periods(world, asset):
    p = asset.opened_in
    offer = world.offer(asset, p, PRICE, until=p + 200)
    start = world.clock.start_of(p)
    now = world.now
    world.refused("tenant-a", buy(world, offer, p, 2, 1), "SaleClosed", period=p, timestamp=now, start=start)
    world.send("tenant-a", buy(world, offer, p + 1, 100, 1))
    assert world.period_book(asset, p + 100).sold_units == 1
    assert world.period_book(asset, p + 101).sold_units == 0


def test_a_run_across_two_versions_of_the_terms_or_devices_is_refused(world, asset):
    p = asset.opened_in
    offer = world.offer(asset, p + 1, PRICE, until=p + 30)
    world.send("owner", world.registry.announce_devices(asset.id, p + 9, 5, b"\1" * 32, asset.terms))
    numbers = {"fromPeriod": p + 8, "toPeriod": p + 9}
    world.refused("tenant-a", buy(world, offer, p + 8, 2, 1), "NotOneVersion", **numbers)
    world.send("tenant-a", buy(world, offer, p + 7, 2, 1))
    world.send("tenant-a", buy(world, offer, p + 9, 2, 1))
    capacities = [world.period_book(asset, q).capacity_units for q in (p + 8, p + 9)]
    assert capacities == [40, 50]


def signed(world, asset, offer, order, split, key="tenant-b", amount=None):
    """The relayed purchase with the payer's authorization over it."""
    _, first, count, units, _, price, _ = order
    nonce = bytes(world.leases.read("orderHash", order))
    vault, coin = world.settlement.vault_of(asset.id, first)
    values = {
        "from": address("tenant-b"),
        "to": vault,
        "value": count * units * price if amount is None else amount,
        "validAfter": 0,
        "validBefore": world.now + 1_000,
        "nonce": nonce,
    }
    domain = Domain(world.chain.chain_id, coin, "Test USD Coin", "2")
    signature = sign(key_of(key), domain.digest(RECEIVE.hash(values)))
    authorized = (address("tenant-b"), 0, values["validBefore"], signature, split)
    return world.leases.prepare("buyWithAuthorization", order, authorized)


@pytest.mark.parametrize("split", [True, False], ids=["vrs", "bytes"])
def test_a_relayer_buys_a_run_with_the_payers_signature_and_nothing_else(world, asset, split):
    p = asset.opened_in
    world.send("issuer", world.coin.mint(address("tenant-b"), 10**12))
    offer = world.offer(asset, p + 1, PRICE, until=p + 30)
    order = (offer, p + 1, 4, 2, address("tenant-b"), PRICE, b"\7" * 32)
    foreign = signed(world, asset, offer, order, split, key="outsider")
    world.refused("outsider", foreign, "ERC3009InvalidSignature")
    cheap = signed(world, asset, offer, order, split, amount=1)
    world.refused("outsider", cheap, "ERC3009InvalidSignature")
    call = signed(world, asset, offer, order, split)
    before = world.coins("tenant-b")
    world.send("outsider", call)
    assert world.coins("tenant-b") == before - 8 * PRICE
    assert world.leases.balance_of(address("tenant-b"), asset.lease(p + 4, PRICE)) == 2
    # and not again
    with pytest.raises(Exception, match="ERC3009"):
        world.send("outsider", call)
    world.check_books(asset, p + 9)


def test_a_signature_to_be_split_has_65_bytes(world, asset):
    p = asset.opened_in
    world.send("issuer", world.coin.mint(address("tenant-b"), 10**12))
    offer = world.offer(asset, p + 1, PRICE)
    order = (offer, p + 1, 1, 1, address("tenant-b"), PRICE, bytes(32))
    short = (address("tenant-b"), 0, world.now + 1_000, b"\1" * 64, True)
    call = world.leases.prepare("buyWithAuthorization", order, short)
    world.refused("outsider", call, "NotSplitSignature", length=64)
