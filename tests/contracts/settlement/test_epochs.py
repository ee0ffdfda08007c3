"""startEpoch: the money of later periods goes to a new vault and coin, and never mixes with the old."""

import pytest
from tests.contracts.odd_coins import odd_coin
from tests.contracts.world import L, address, up

from wellhead.chain.contract import creation
from wellhead.chain.contracts.coin_registry import IssuerStatus
from wellhead.chain.contracts.stablecoin import StablecoinContract

PRICE = 2_000_000
BOND = 10**9


@pytest.fixture(scope="module")
def euro(world):
    """Another coin with six decimals, whose issuer has a better standing."""
    made = world.send("issuer", creation("TestStablecoin", [], world.chain)).contract_address
    world.allow(str(made), IssuerStatus.PERMITTED)
    return StablecoinContract(world.chain, str(made))


@pytest.fixture(scope="module")
def yen(world):
    """A third coin, whose standing is no lower than the other's."""
    made = world.send("issuer", creation("TestStablecoin", [], world.chain)).contract_address
    world.allow(str(made), IssuerStatus.PERMITTED)
    return StablecoinContract(world.chain, str(made))


@pytest.fixture
def asset(world):
    return world.asset(notice_periods=2)


def give(world, coin, name, vault):
    world.send("issuer", coin.mint(address(name), 10**15))
    world.send(name, coin.approve(vault, 2**256 - 1))


def start(world, asset, coin):
    return world.settlement.start_epoch(asset.id, coin.address)


def vault_of_epoch(world, asset, epoch):
    return world.settlement.vault_of_epoch(asset.id, epoch)[0]


def test_an_epoch_starts_after_notice_and_after_everything_sold(world, asset, euro):
    p = asset.opened_in
    world.send("owner", start(world, asset, euro))
    book = world.book(asset)
    assert (book.epoch, book.epoch_from, book.coin) == (1, p + 3, euro.address)
    assert world.settlement.vault_of(asset.id, p + 2) == (asset.vault, world.coin.address)
    assert world.settlement.vault_of(asset.id, p + 3) == (book.vault, euro.address)
    other = world.asset()
    q = other.opened_in
    world.buy(other, "tenant-a", q + 7, 1, PRICE)
    world.send("owner", start(world, other, euro))
    assert world.book(other).epoch_from == q + 8


def test_the_event_of_an_epoch_names_its_vault_and_its_coin(world, asset, euro):
    mined = world.send("owner", start(world, asset, euro))
    said = [e for e in world.settlement.events_between(mined.block, mined.block) if e.name == "EpochStarted"]
    book = world.book(asset)
    named = ("assetId", "epoch", "fromPeriod", "vault", "coin")
    assert [tuple(e.args[n] for n in named) for e in said] == [
        (asset.id, 1, book.epoch_from, book.vault, euro.address)
    ]


def test_only_the_owner_starts_an_epoch_and_one_at_a_time(world, asset, euro, yen):
    call = start(world, asset, euro)
    who = {"assetId": asset.id, "caller": address("outsider"), "owner": address("owner")}
    world.refused("outsider", call, "NotOwner", **who)
    world.send("owner", call)
    pending = {"assetId": asset.id, "epoch": 1, "fromPeriod": asset.opened_in + 3}
    world.refused("owner", call, "EpochPending", **pending)
    world.travel(world.clock.start_of(asset.opened_in + 3))
    world.send("owner", start(world, asset, yen))
    assert world.book(asset).epoch == 2


def test_a_vault_that_lost_nothing_is_not_renewed_in_the_coin_that_it_holds(world, asset):
    """Each epoch makes claims of the past dearer: an owner may not start them for nothing."""
    world.refused("owner", start(world, asset, world.coin), "SameCoin", coin=world.coin.address)


def test_a_coin_that_is_not_allowed_or_weaker_or_of_other_decimals_is_no_successor(world, asset, euro):
    unknown = StablecoinContract(
        world.chain, str(world.send("issuer", creation("TestStablecoin", [], world.chain)).contract_address)
    )
    world.refused("owner", start(world, asset, unknown), "CoinNotAllowed", coin=unknown.address)
    world.allow(unknown.address)
    world.allow(world.coin.address, IssuerStatus.FOREIGN_COMPARABLE)
    weaker = {"coin": unknown.address, "status": 1, "present": 2}
    world.refused("owner", start(world, asset, unknown), "WeakerCoin", **weaker)
    world.allow(world.coin.address, IssuerStatus.NOT_ALLOWED)
    world.send("owner", start(world, asset, unknown))
    world.allow(world.coin.address)
    coarse = odd_coin(world, decimals=2)
    other = world.asset()
    decimals = {"coin": coarse.address, "decimals": 2, "present": 6}
    world.refused("owner", start(world, other, coarse), "OtherDecimals", **decimals)


def test_an_unknown_epoch_is_refused(world, asset):
    s, numbers = world.settlement, {"assetId": asset.id, "epoch": 1, "newest": 0}
    world.refused("owner", s.deposit_bond(asset.id, 1, epoch=1), "UnknownEpoch", **numbers)
    world.refused("owner", s.withdraw_bond(asset.id, 1, epoch=1), "UnknownEpoch", **numbers)
    world.refused("owner", s.recognize_loss(asset.id, 1), "UnknownEpoch", **numbers)
    world.reading_refused(lambda: s.vault_of_epoch(asset.id, 1), "UnknownEpoch", **numbers)


def test_a_run_of_sales_stays_in_one_epoch_and_its_own_bond(world, asset, euro):
    p = asset.opened_in
    world.send("owner", start(world, asset, euro))
    offer = world.offer(asset, p + 1, PRICE, until=p + 9)
    vault = vault_of_epoch(world, asset, 1)
    for name in ("tenant-a", "owner"):
        give(world, euro, name, vault)
    world.give_coins("tenant-a", asset)
    across = world.leases.buy(offer, p + 2, 2, 1, address("tenant-a"), PRICE)
    world.refused("tenant-a", across, "NotOneEpoch", assetId=asset.id, fromPeriod=p + 2, count=2)
    later = world.leases.buy(offer, p + 3, 2, 1, address("tenant-a"), PRICE)
    world.refused("tenant-a", later, "InsufficientBond", free=0, needed=2 * PRICE // 5)
    world.send("owner", world.settlement.deposit_bond(asset.id, BOND, epoch=1))
    world.send("tenant-a", later)
    old, new = world.settlement.funds_of(asset.vault), world.settlement.funds_of(vault)
    assert (old.booked, old.bond_free) == (BOND, BOND)
    assert (new.booked, new.bond_free) == (BOND + 2 * PRICE, BOND - 2 * PRICE // 5)
    assert euro.balance_of(vault) == new.booked


def test_a_switch_leaves_each_coin_with_its_own_claims_to_the_last_unit(world, euro):
    asset = world.asset(notice_periods=0)
    p, price = asset.opened_in, 1_000_003
    world.buy(asset, "tenant-a", p + 1, 7, price)
    world.send("owner", start(world, asset, euro))
    vault = vault_of_epoch(world, asset, 1)
    for name in ("tenant-a", "owner"):
        give(world, euro, name, vault)
    world.send("owner", world.settlement.deposit_bond(asset.id, BOND, epoch=1))
    world.buy(asset, "tenant-a", p + 2, 9, price)
    world.travel(world.clock.end_of(p) + 601)
    world.send("outsider", world.skip(asset.id, 1))
    for q in (p + 1, p + 2):
        world.report_and_settle(asset, q, up(333, down=77, energy=123_457))
    for q, units in ((p + 1, 7), (p + 2, 9)):
        world.send("outsider", world.settlement.redeem(address("tenant-a"), asset.lease(q, price), units))
    for epoch, coin, q in ((0, world.coin, p + 1), (1, euro, p + 2)):
        held_in = vault_of_epoch(world, asset, epoch)
        funds, book = world.settlement.funds_of(held_in), world.period_book(asset, q)
        held = coin.balance_of(held_in)
        assert held == funds.booked + world.holders_part(asset, epoch)
        payees = ("owner", "protocol", "tenant-a")
        owed = [world.settlement.owed(held_in, coin.address, address(n)) for n in payees]
        assert all(owed)
        assert funds.booked == funds.bond_free + book.reserved + sum(owed)
        for name, amount in zip(payees, owed, strict=True):
            before = coin.balance_of(address(name))
            world.send("outsider", world.settlement.claim(held_in, coin.address, address(name)))
            assert coin.balance_of(address(name)) == before + amount
        assert coin.balance_of(held_in) == held - sum(owed)
    wrong = world.settlement.claim(vault, world.coin.address, address("owner"))
    nothing = {"vault": vault, "coin": world.coin.address, "payee": address("owner")}
    world.refused("outsider", wrong, "NothingOwed", **nothing)


def test_a_claim_in_another_coin_than_the_vaults_pays_nothing(world, euro):
    asset = world.asset()
    world.spot(asset, asset.opened_in, 1_000_000)
    world.report_and_settle(asset, asset.opened_in, up(1))
    world.send("issuer", euro.mint(asset.vault, 10**9))
    call = world.settlement.claim(asset.vault, euro.address, address("owner"))
    world.refused("outsider", call, "WrongCoin", coin=euro.address, held=world.coin.address)
    assert world.settlement.owed(asset.vault, euro.address, address("owner")) == 0
    assert world.owed(asset, "owner") > 0


def test_old_periods_find_their_vault_among_many_epochs(world, euro):
    asset = world.asset(notice_periods=0, bond=0)
    first, starts = asset.opened_in, [asset.opened_in]
    for turn in range(5):
        coin = euro if turn % 2 == 0 else world.coin
        world.allow(world.coin.address, IssuerStatus.PERMITTED)
        world.send("owner", start(world, asset, coin))
        starts.append(world.book(asset).epoch_from)
        world.travel(world.clock.start_of(starts[-1]) + L // 2)
    world.allow(world.coin.address)
    for epoch, period in enumerate(starts):
        assert world.settlement.vault_of_epoch(asset.id, epoch)[1] == period
        for inside in range(period, starts[epoch + 1] if epoch + 1 < len(starts) else period + 2):
            assert world.settlement.vault_of(asset.id, inside)[0] == vault_of_epoch(world, asset, epoch)
    assert starts == sorted(set(starts))
    assert starts[0] == first
