"""How each job is brought to its steady state and then done, once, measured."""

from collections.abc import Callable
from functools import cached_property

from tests.contracts.world import Asset, address

from benchmarks.gas.challenges import Fleet
from benchmarks.gas.stage import BOND, PRICE, Done, Stage, member_names

HOLDERS = 100
RUN = 30
"""Periods bought at once."""

WORD_PERIODS = 6
"""Periods that share a word of storage in the lease token, at most."""

SHARES = 123_456_789 * 10**12
"""Shares of a holder whose earnings leave a remainder."""


class Play:
    """The stages that jobs are done on; each is built when a job first wants it."""

    def __init__(self, progress: Callable[[str], None] = lambda _: None) -> None:
        self.progress = progress
        self._by_quorum: dict[int, Stage] = {}

    def stage_of(self, quorum: int) -> Stage:
        """A world whose reports are signed by a quorum of the longest list that so many are a majority of."""
        if quorum not in self._by_quorum:
            self._by_quorum[quorum] = Stage(member_names(2 * quorum - 1), quorum)
        return self._by_quorum[quorum]

    @cached_property
    def stage(self) -> Stage:
        """The stage of all other jobs: a thousand assets."""
        self.progress("registering a thousand assets")
        stage = self.stage_of(3)
        stage.crowd()
        return stage

    @cached_property
    def fleet(self) -> Fleet:
        """The largest asset, whose first period was challenged and answered."""
        self.progress("building trees of 131,072 devices")
        fleet = Fleet(self.stage)
        found = fleet.reported(0)
        fleet.challenge(found)
        fleet.answer(found)
        return fleet

    def asset(self) -> Asset:
        """A fresh asset with a large bond, with verified holders alice and bob beside its owner."""
        asset = self.stage.asset(devices=8, bond=BOND)
        for name in ("alice", "bob"):
            if not self.stage.identities.is_verified(address(name)):
                self.stage.verify(name)
            self.stage.send("owner", asset.share.transfer(address(name), SHARES))
        return asset


def share_transfer_repeat(play: Play) -> Done:
    """Both moved already this period."""
    stage, asset = play.stage, play.asset()
    stage.travel_to_next_period()
    for amount in (10**15, SHARES // 7):
        done = stage.do("alice", asset.share.transfer(address("bob"), amount))
    return done


def share_transfer_first(play: Play) -> Done:
    """First move of both in a period; every earlier one was moved in too, and all but the last is settled."""
    stage, asset = play.stage, play.asset()
    for _ in range(5):
        period = stage.travel_to_next_period()
        stage.within_period(50)
        done = stage.do("alice", asset.share.transfer(address("bob"), SHARES // 70))
        stage.sell(asset, period + 1)
        while (settled := stage.book(asset).next_period) < period:
            if stage.period_book(asset, settled).sold_units:
                posted = stage.report_among_others(asset, settled)
                stage.settle(asset, posted.evidence(asset.id))
            else:
                stage.skip_to(asset, settled + 1)
    return done


def report(quorum: int) -> Callable[[Play], Done]:
    """A period's first revision, posted after another one."""

    def play_report(play: Play) -> Done:
        stage = play.stage_of(quorum)  # the number of assets does not matter: one root is posted
        asset = stage.asset()
        for _ in range(2):
            period = stage.period
            done = stage.post_built(stage.build_among_others(period, stage.usual_report(asset, period)))
        return done

    return play_report


def settle_asset(play: Play) -> Done:
    """One of a thousand assets, the whole waterfall; owner and protocol have yet to claim what was before."""
    stage, asset = play.stage, play.asset()
    stage.settled_period(asset)
    period = stage.period + 1
    stage.sell(asset, period)
    stage.travel_to_next_period()
    stage.spot(asset, period, 987_654_321)
    stage.travel_to_next_period()
    stage.skip_to(asset, period)
    posted = stage.report_among_others(asset, period)
    return stage.do("outsider", stage.settlement.settle(asset.id, asset.terms, posted.evidence(asset.id)))


def claim(periods: int) -> Callable[[Play], Done]:
    """Claimed once before; then so many periods were settled in which the holder did nothing."""

    def play_claim(play: Play) -> Done:
        stage, asset = play.stage, play.asset()
        stage.give_coins("alice", asset)
        stage.settled_period(asset)
        stage.send("outsider", asset.share.claim(address("alice"), 10))
        stage.quiet_periods(asset, periods)
        return stage.do("outsider", asset.share.claim(address("alice"), 10))

    return play_claim


def push_per_holder(play: Play) -> Done:
    """A keeper claims for a hundred holders, each of whom was paid before; then a period was settled."""
    stage, asset = play.stage, play.asset()
    holders = [f"holder-{i}" for i in range(HOLDERS)]
    for i, name in enumerate(holders):
        stage.verify(name)
        stage.send("owner", asset.share.transfer(address(name), SHARES // 1_000 + i))
    call = asset.share.claim_batch([address(name) for name in holders], 10)
    stage.settled_period(asset)
    stage.send("outsider", call)
    stage.quiet_periods(asset, 1)
    return stage.do("outsider", call)


def buy_first(play: Play) -> Done:
    """The first units that anyone buys of a period, in words of storage that nobody has written yet."""
    return _buy(play, times=1)


def buy_again(play: Play) -> Done:
    """More units of a series that the tenant has."""
    return _buy(play, times=2)


def buy_run(play: Play) -> Done:
    """A run of periods in which nothing is sold, beginning where it takes most words."""
    return _buy(play, times=1, count=RUN, after=1)


def _buy(play: Play, times: int, count: int = 1, after: int = 0) -> Done:
    """`after`: periods between the first of a word of storage and the first that is bought."""
    stage, asset = play.stage, play.asset()
    stage.sell(asset, stage.period + 1)  # the vault holds coins, the asset has sold before
    stage.give_coins("tenant-b", asset)
    period = (stage.period + 1) // WORD_PERIODS * WORD_PERIODS + WORD_PERIODS + after
    offer = stage.offer(asset, period, PRICE, period + count - 1)
    call = stage.leases.buy(offer, period, count, 7, address("tenant-b"), PRICE)
    for _ in range(times):
        done = stage.do("tenant-b", call)
    return done


def grant(play: Play) -> Done:
    """The first units that a tenant grants, to somebody who uses nothing else."""
    stage, asset = play.stage, play.asset()
    period = stage.period + 1
    stage.sell(asset, period)
    return stage.do("tenant-a", stage.leases.grant(address("grantee"), asset.lease(period, PRICE), 5))


def challenge_open(play: Play) -> Done:
    """The first challenge of a report; challenges of others were answered before."""
    return play.fleet.challenge(play.fleet.reported(1))


def challenge_answer(play: Play) -> Done:
    """The answer, by somebody who has yet to claim what he is owed for another one."""
    found = play.fleet.reported(2)
    play.fleet.challenge(found)
    return play.fleet.answer(found)
