"""Random runs at several prices, redeemed in parts: supplies, escrow and payouts against our own count."""

import random
from collections import Counter

from tests.contracts.world import WINDOWS, World, address

from wellhead.errors import ContractReverted

PRICES = (1, 7, 1000, 10**9 + 7)


TENANTS = ("tenant-a", "tenant-b", "tenant-c")
PERIODS = 12
PURCHASES = 35


class Counted:
    """An asset sold at four prices, and our own count of who holds what."""

    def __init__(self, seed):
        self.rng, self.world = random.Random(seed), World()
        self.asset = self.world.asset(devices=40, bond=10**13)
        self.base = self.world.period + 2
        self.last = self.base + PERIODS - 1
        for tenant in TENANTS:
            self.world.give_coins(tenant, self.asset)
        self.offers = [self.world.offer(self.asset, self.base, price, self.last) for price in PRICES]
        self.held, self.supply = Counter(), Counter()

    def buy(self):
        """One purchase of a run, mostly at the dearest price; what the asset cannot cover is refused."""
        rng, world = self.rng, self.world
        k = rng.randrange(len(PRICES)) if rng.random() < 0.6 else 3
        first = rng.randrange(self.base, self.last + 1)
        count = rng.choice([1, 1, rng.randrange(1, self.last - first + 2)])
        units, who = rng.randrange(1, 12), rng.choice(TENANTS)
        try:
            call = world.leases.buy(self.offers[k], first, count, units, address(who), PRICES[k])
            world.send(who, call)
        except ContractReverted as refused:
            assert refused.name in ("AboveCapacity", "InsufficientBond")  # noqa: PT017
            return
        for period in range(first, first + count):
            self.held[who, self.asset.lease(period, PRICES[k])] += units
            self.supply[self.asset.lease(period, PRICES[k])] += units

    def redeem(self):
        """Part of what somebody holds; returns whom it is owed and how much."""
        who, lease = self.rng.choice([each for each, units in self.held.items() if units])
        units = self.rng.randrange(1, self.held[who, lease] + 1)
        self.world.send(who, self.world.settlement.redeem(address(who), lease, units))
        self.held[who, lease] -= units
        self.supply[lease] -= units
        return who, units * (lease & (1 << 128) - 1)

    def check(self):
        """Every series, those that nobody bought too, has the supply that was counted."""
        for period in range(self.base, self.last + 1):
            for price in (*PRICES, 2, 500):
                lease = self.asset.lease(period, price)
                assert int(self.world.leases.read("totalSupply", lease)) == self.supply[lease], hex(lease)

    def close(self):
        """Every period ends without a report: everything is given back."""
        world, asset = self.world, self.asset
        world.travel(world.clock.end_of(self.last) + WINDOWS.hard_end)
        if (following := world.book(asset).next_period) < self.base:
            world.send("outsider", world.skip(asset.id, self.base - following))
        for period in range(self.base, self.last + 1):
            sold = world.period_book(asset, period).escrow
            call = world.settle_unreported(asset.id, asset.terms, []) if sold else world.skip(asset.id, 1)
            world.send("outsider", call)


def test_supplies_and_payouts_are_those_of_every_unit_counted():
    counted = Counted(0)
    for _ in range(PURCHASES):
        counted.buy()
    counted.check()
    for period in range(counted.base, counted.last + 1):
        escrow = sum(counted.supply[counted.asset.lease(period, price)] * price for price in PRICES)
        assert counted.world.period_book(counted.asset, period).escrow == escrow
    counted.close()
    counted.check()
    due = Counter()
    while +counted.held:
        who, amount = counted.redeem()
        due[who] += amount
        if counted.rng.random() < 0.1:
            counted.check()
    assert not +counted.supply
    for tenant in TENANTS:
        assert counted.world.owed(counted.asset, tenant) == due[tenant]
