"""recognizeLoss: a vault that lost coins pays everybody the same part, and new money goes elsewhere."""

import itertools

import pytest
from tests.contracts.odd_coins import OddCoin, odd_coin
from tests.contracts.world import SUPPLY, World, address, up

PRICE = 1_000_003
BOND = 10**9


class Seized:
    """An asset in a coin whose issuer can seize: two tenants, two holders, an owner, a bond; one period
    closed."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.coin: OddCoin = odd_coin(world)
        self.asset = world.asset(bond=0, stablecoin=self.coin.address)
        for name in ("owner", "tenant-a", "tenant-b"):
            self.coin.give(name, self.asset.vault)
        world.send("owner", world.settlement.deposit_bond(self.asset.id, BOND))
        self.period = self.asset.opened_in
        self.offer = world.offer(self.asset, self.period + 1, PRICE, until=self.period + 4)
        for name, units in (("tenant-a", 30), ("tenant-b", 10)):
            world.send(name, world.leases.buy(self.offer, self.period + 1, 1, units, address(name), PRICE))
        world.send("owner", self.asset.share.transfer(address("alice"), SUPPLY // 3))
        world.travel(world.clock.end_of(self.period) + 601)
        world.send("outsider", world.skip(self.asset.id, 1))
        world.report_and_settle(self.asset, self.period + 1, up(2_000, down=1_000))
        for name, units in (("tenant-a", 30), ("tenant-b", 10)):
            series = self.asset.lease(self.period + 1, PRICE)
            world.send("outsider", world.settlement.redeem(address(name), series, units))

    @property
    def claims(self) -> int:
        """All nominal claims on the vault."""
        return self.world.settlement.funds_of(self.asset.vault).booked + self.world.holders_part(self.asset)

    def seize(self, amount: int) -> None:
        self.world.send("issuer", self.coin.prepare("seize", self.asset.vault, amount))

    def recognize(self) -> None:
        self.world.send("outsider", self.world.settlement.recognize_loss(self.asset.id, 0))

    def owed(self, name: str) -> int:
        return self.world.settlement.owed(self.asset.vault, self.coin.address, address(name))

    def paid(self, name: str, call: object, sender: str = "outsider") -> int:
        before = self.coin.balance_of(address(name))
        self.world.send(sender, call)  # type: ignore[arg-type]
        return self.coin.balance_of(address(name)) - before

    def claim(self, name: str, sender: str = "outsider") -> int:
        call = self.world.settlement.claim(self.asset.vault, self.coin.address, address(name))
        return self.paid(name, call, sender)

    def take(self, name: str) -> int:
        """Claims for himself, which is the only way while the vault is impaired."""
        return self.claim(name, name)


@pytest.fixture
def seized(prepared):
    return Seized(prepared)


def test_a_whole_vault_has_no_loss_to_recognize(prepared, seized):
    held = seized.coin.balance_of(seized.asset.vault)
    assert held == seized.claims
    numbers = {"vault": seized.asset.vault, "balance": held, "obligations": held}
    call = prepared.settlement.recognize_loss(seized.asset.id, 0)
    prepared.refused("outsider", call, "NoLoss", **numbers)
    # a gift is no loss either, and nobody's
    prepared.send("issuer", seized.coin.mint(seized.asset.vault, 12_345))
    numbers["balance"] += 12_345
    prepared.refused("outsider", call, "NoLoss", **numbers)


ORDERS = list(itertools.permutations(("tenant-a", "tenant-b", "owner", "protocol")))


@pytest.mark.parametrize("order", [ORDERS[0], ORDERS[-1], ORDERS[9]], ids=str)
def test_everybody_gets_the_same_part_in_whatever_order(prepared, order):
    seized = Seized(prepared)
    claims = seized.claims
    seized.seize(claims // 3 + 7)
    seized.recognize()
    left = seized.coin.balance_of(seized.asset.vault)
    funds = prepared.settlement.funds_of(seized.asset.vault)
    assert (funds.impaired, funds.balance, funds.obligations) == (True, left, claims)
    out = 0
    for name in order:
        owed = seized.owed(name)
        assert owed > 0
        out += (paid := seized.take(name))
        assert paid == owed * left // claims, name
    bond = prepared.settlement.withdraw_bond(seized.asset.id, BOND // 2)
    out += (paid := seized.paid("owner", bond, "owner"))
    assert paid == BOND // 2 * left // claims
    for name in ("alice", "owner"):
        asked = prepared.holders_part(seized.asset)
        paid = seized.paid(name, seized.asset.share.claim(address(name), 9), name)
        taken = asked - prepared.holders_part(seized.asset)
        assert taken > 0
        assert paid == taken * left // claims, name
        out += paid
    assert out <= left
    assert seized.coin.balance_of(seized.asset.vault) == left - out
    # what is left still covers its part of everything still owed
    assert seized.coin.balance_of(seized.asset.vault) * claims >= seized.claims * left


def test_an_impaired_vault_takes_no_sale_and_no_deposit_but_settles_and_redeems(prepared, seized):
    w, s, asset, period = prepared, prepared.settlement, seized.asset, seized.period
    w.send("tenant-a", w.leases.buy(seized.offer, period + 4, 1, 2, address("tenant-a"), PRICE))
    seized.seize(10**8)
    seized.recognize()
    impaired = {"vault": asset.vault}
    buy = w.leases.buy(seized.offer, period + 4, 1, 1, address("tenant-a"), PRICE)
    w.refused("tenant-a", buy, "Impaired", **impaired)
    w.refused("owner", s.deposit_bond(asset.id, 1), "Impaired", **impaired)
    w.refused("owner", s.deposit_spot(asset.id, w.period, 1, bytes(32)), "Impaired", **impaired)
    w.travel(w.clock.end_of(period + 3) + 601)
    w.send("outsider", w.skip(asset.id, 2))
    w.report_and_settle(asset, period + 4, up(0))
    w.send("outsider", s.redeem(address("tenant-a"), asset.lease(period + 4, PRICE), 2))
    funds, owed = s.funds_of(asset.vault), seized.owed("tenant-a")
    assert seized.take("tenant-a") == funds.payable(owed) < owed


def test_a_new_epoch_keeps_new_money_away_from_the_loss_and_needs_no_notice(prepared):
    seized = Seized(prepared)
    w, s, asset = prepared, prepared.settlement, seized.asset
    seized.seize(seized.claims - 1_000)
    w.send("owner", s.start_epoch(asset.id, odd_coin(w).address))  # by notice: not recognized yet
    noticed = w.book(asset).epoch_from
    other = Seized(prepared)
    other.seize(other.claims - 1_000)
    other.recognize()
    now = w.period
    w.send("owner", s.start_epoch(other.asset.id, other.coin.address))
    book = w.book(other.asset)
    assert (book.epoch_from, noticed) == (now + 1, seized.period + 4)
    for name in ("owner", "tenant-a"):
        other.coin.give(name, book.vault)
    w.send("owner", s.deposit_bond(other.asset.id, BOND, epoch=1))
    offer = w.offer(other.asset, now + 2, PRICE)
    w.send("tenant-a", w.leases.buy(offer, now + 2, 1, 5, address("tenant-a"), PRICE))
    for name in ("tenant-a", "tenant-b", "owner", "protocol"):
        if s.funds_of(other.asset.vault).payable(other.owed(name)):
            other.take(name)
    assert other.coin.balance_of(book.vault) == BOND + 5 * PRICE == s.funds_of(book.vault).booked
    assert not s.funds_of(book.vault).impaired


def test_coins_that_come_back_heal_the_vault_and_the_part_never_exceeds_one(prepared, seized):
    w, s = prepared, prepared.settlement
    claims = seized.claims
    seized.seize(claims // 2)
    seized.recognize()
    owed = seized.owed("tenant-b")
    first = seized.take("tenant-b")
    assert first == owed * (claims - claims // 2) // claims
    w.send("issuer", seized.coin.mint(seized.asset.vault, claims // 4))
    seized.recognize()
    half_healed = s.funds_of(seized.asset.vault)
    assert half_healed.impaired
    assert half_healed.obligations == claims - owed
    w.send("issuer", seized.coin.mint(seized.asset.vault, claims))
    seized.recognize()
    healed = s.funds_of(seized.asset.vault)
    assert (healed.impaired, healed.payable(77)) == (False, 77)
    owed = seized.owed("tenant-a")
    assert seized.claim("tenant-a") == owed
    w.send("owner", s.deposit_bond(seized.asset.id, 5))


def test_a_vault_that_lost_everything_pays_nothing_and_forgets_no_claim(prepared, seized):
    w, s = prepared, prepared.settlement
    seized.seize(seized.coin.balance_of(seized.asset.vault))
    seized.recognize()
    owed = seized.owed("tenant-a")
    call = s.claim(seized.asset.vault, seized.coin.address, address("tenant-a"))
    w.refused("tenant-a", call, "NothingToPay", vault=seized.asset.vault, amount=owed)
    batch = s.claim_batch(seized.asset.vault, seized.coin.address, [address("tenant-a")])
    w.send("outsider", batch)
    assert seized.owed("tenant-a") == owed
    bond = s.withdraw_bond(seized.asset.id, 1)
    w.refused("owner", bond, "NothingToPay", vault=seized.asset.vault, amount=1)


def test_nobody_takes_an_impaired_vaults_part_for_somebody_else(prepared, seized):
    """He may rather wait for the coins to come back."""
    w, s, vault = prepared, prepared.settlement, seized.asset.vault
    seized.seize(seized.claims // 2)
    seized.recognize()
    owed, payee = seized.owed("tenant-a"), address("tenant-a")
    stranger = {"vault": vault, "caller": address("outsider"), "payee": payee}
    w.refused("outsider", s.claim(vault, seized.coin.address, payee), "NotPayee", **stranger)
    mined = w.send("tenant-a", s.claim_batch(vault, seized.coin.address, [payee]))
    assert [e.name for e in s.events_between(mined.block, mined.block)] == ["ClaimFailed"]
    assert seized.owed("tenant-a") == owed


def test_nobody_pays_into_a_vault_whose_loss_is_not_recognized(prepared, seized):
    w, s, asset = prepared, prepared.settlement, seized.asset
    booked = s.funds_of(asset.vault).booked
    seized.seize(seized.coin.balance_of(asset.vault) - booked)
    w.send("owner", s.deposit_bond(asset.id, 1))  # what is booked is still there
    seized.seize(1)
    short = {"coin": seized.coin.address, "held": booked, "booked": booked + 1}
    period = seized.period + 4
    buy = w.leases.buy(seized.offer, period, 1, 1, address("tenant-a"), PRICE)
    w.refused("tenant-a", buy, "LossUnrecognized", **short)
    w.refused("owner", s.deposit_bond(asset.id, 5), "LossUnrecognized", **short)
    w.refused("owner", s.deposit_spot(asset.id, w.period, 5, bytes(32)), "LossUnrecognized", **short)


def test_a_loss_in_one_vault_touches_no_other(prepared, seized):
    other = prepared.asset()
    before = prepared.settlement.funds_of(other.vault)
    seized.seize(seized.claims // 2)
    seized.recognize()
    assert prepared.settlement.funds_of(other.vault) == before
    prepared.check_books(other)
