"""What a call costs does not depend on how many others hold the share (R35)."""

from tests.contracts.world import address, up

HOLDERS = (1, 100)
SPREAD_PERCENT = 5


def gas_of(world, holders):
    """Gas of settling a period and of one holder's claim, where so many hold the share."""
    asset = world.asset(bond=10**9)
    for number in range(holders):
        name = f"holder-{number}-of-{holders}"
        world.verify(name)
        world.send("owner", asset.share.transfer(address(name), 10**21))
    period = asset.opened_in + 1
    world.buy(asset, "tenant-a", period, 10, 10**6)
    world.travel(world.clock.end_of(period - 1) + 601)
    world.send("outsider", world.skip(asset.id, 1))
    posted = world.post(period, {asset: up(4_000)})
    world.pass_dispute(period)
    settled = world.settle(asset, posted.evidence(asset.id))
    claimed = world.send("outsider", asset.share.claim(address(f"holder-0-of-{holders}"), 10))
    return settled.gas_used, claimed.gas_used


def test_settling_and_claiming_cost_the_same_for_any_number_of_holders(world):
    few, many = (gas_of(world, holders) for holders in HOLDERS)
    for with_few, with_many in zip(few, many, strict=True):
        assert abs(with_many - with_few) * 100 <= SPREAD_PERCENT * with_few
