"""Members: appointments, stakes, lists in code, leaving, misses."""

from dataclasses import replace

import pytest
from tests.contracts.disputes.game import ETHER, STAKES
from tests.contracts.world import MEMBERS, WINDOWS, World, address, up

from wellhead.errors import ContractReverted

DAYS_30 = 30 * 86_400
SLOW = WINDOWS.hard_end + 1


@pytest.fixture
def staked():
    """A world of its own, whose members have put in nothing yet."""
    return World(stakes=STAKES)


def ascending(*names):
    return sorted(map(address, names), key=lambda a: int(a, 16))


def deposit(world, name, wei=ETHER):
    world.send(name, world.oracle.deposit_stake(wei))


def appoint(world, names, quorum):
    call = world.oracle.set_members([address(name) for name in names], quorum)
    world.send("admin", world.roles.prepare("schedule", world.oracle.address, call.data, 0))
    world.travel(world.now + SLOW)
    world.send("admin", call)


def test_appointed_members_sign_once_their_stake_reaches_the_minimum(staked):
    world = staked
    assert world.oracle.members().members == []
    deposit(world, "member-1", ETHER - 1)
    assert world.oracle.members().members == []
    deposit(world, "member-1", 1)
    deposit(world, "member-3")
    deposit(world, "stranger")
    assert world.oracle.members().members == ascending("member-1", "member-3")
    assert world.oracle.members().quorum == 2
    deposit(world, "member-2")
    assert world.oracle.members() == (ascending(*MEMBERS), 2, 4)
    assert world.oracle.stake_of(address("stranger")).amount == ETHER


def test_every_version_of_the_list_stays_readable(staked):
    for name in MEMBERS:
        deposit(staked, name)
    lists = [staked.oracle.read("membersAt", version) for version in range(6)]
    assert [len(members) for members in lists] == [0, 0, 1, 2, 3, 0]


def test_who_has_not_staked_does_not_sign(staked):
    world = staked
    deposit(world, "member-1")
    deposit(world, "member-2")
    asset = world.asset(bond=0)
    world.travel(world.clock.end_of(asset.opened_in) + WINDOWS.post_from)
    built = world.build(asset.opened_in, {asset: up(1)})
    signatures = world.signatures(built.report, "member-1", "member-3")
    with pytest.raises(ContractReverted, match="NotMember"):
        world.send("outsider", world.oracle.submit(built.report, signatures))
    world.submit(built, "member-1", "member-2")


def test_leaving_counts_at_once_and_frees_the_stake_thirty_days_later(staked):
    world = staked
    for name in MEMBERS:
        deposit(world, name)
    world.send("member-2", world.oracle.leave_members())
    left = world.now
    assert world.oracle.members().members == ascending("member-1", "member-3")
    assert world.oracle.members().quorum == 2, "leaving never makes a quorum easier"
    call = world.oracle.withdraw_stake()
    world.travel(left + DAYS_30 - 1)
    world.refused(
        "member-2",
        call,
        "StillBound",
        member=address("member-2"),
        timestamp=left + DAYS_30 - 1,
        freeAt=left + DAYS_30,
    )
    world.travel(left + DAYS_30)
    world.send("member-2", call)
    assert world.oracle.owed_wei(address("member-2")) == ETHER
    world.send("outsider", world.oracle.claim_wei(address("member-2")))
    assert world.oracle.owed_wei(address("member-2")) == 0
    world.refused("member-2", call, "NothingStaked", member=address("member-2"))


def test_who_has_not_left_cannot_withdraw(staked):
    deposit(staked, "member-1")
    never = 2**256 - 1
    staked.refused(
        "member-1",
        staked.oracle.withdraw_stake(),
        "StillBound",
        member=address("member-1"),
        timestamp=staked.now,
        freeAt=never,
    )


def test_leaving_without_stake_or_seat_is_refused(staked):
    staked.refused("outsider", staked.oracle.leave_members(), "NothingStaked", member=address("outsider"))


def test_a_member_who_comes_back_is_bound_again(staked):
    world = staked
    deposit(world, "member-1")
    world.send("member-1", world.oracle.leave_members())
    assert world.oracle.members().members == []
    deposit(world, "member-1", 0)
    assert world.oracle.members().members == [address("member-1")]
    assert world.oracle.stake_of(address("member-1")).left_at == 0


def test_a_new_appointment_replaces_the_list_and_frees_who_is_not_in_it(staked):
    world = staked
    for name in (*MEMBERS, "newcomer"):
        deposit(world, name)
    appoint(world, ["member-1", "newcomer", "pauper"], 2)
    assert world.oracle.members().members == ascending("member-1", "newcomer")
    left = {name: world.oracle.stake_of(address(name)).left_at for name in (*MEMBERS, "newcomer")}
    assert left == {"member-1": 0, "member-2": world.now, "member-3": world.now, "newcomer": 0}
    deposit(world, "member-2", ETHER)
    assert world.oracle.members().members == ascending("member-1", "newcomer"), "no longer appointed"


@pytest.mark.parametrize(
    ("count", "quorum", "error"),
    [(2, 1, "InvalidQuorum"), (2, 3, "InvalidQuorum"), (0, 0, "InvalidQuorum"), (33, 17, "TooManyMembers")],
)
def test_appointments_need_a_quorum_of_more_than_half_and_at_most_32(staked, count, quorum, error):
    names = [f"someone {i}" for i in range(count)]
    with pytest.raises(ContractReverted, match=error):
        appoint(staked, names, quorum)


def test_thirty_two_members_fit(staked):
    appoint(staked, [f"someone {i}" for i in range(32)], 17)
    deposit(staked, "someone 31")
    assert staked.oracle.members().members == [address("someone 31")]


def test_a_member_below_the_minimum_is_dropped_by_anyone_and_others_are_not(staked):
    world = staked
    for name in MEMBERS:
        deposit(world, name)
    call = world.oracle.drop_member(address("member-1"))
    numbers = {"member": address("member-1"), "amount": ETHER, "minimum": ETHER}
    world.refused("outsider", call, "StakeSuffices", **numbers)
    stranger = world.oracle.drop_member(address("stranger"))
    world.refused("outsider", stranger, "NotInList", member=address("stranger"), version=4)
    period = missed(world)
    world.send("outsider", world.oracle.charge_miss(period, 4))
    world.send("outsider", call)
    assert world.oracle.members().members == ascending("member-2", "member-3")


def missed(world):
    """A period with an asset that no member posted, its post window over."""
    asset = world.asset(bond=0)
    world.travel(world.clock.end_of(asset.opened_in) + WINDOWS.post_until + 1)
    return asset.opened_in


def test_members_who_miss_a_period_pay_the_fee_once(staked):
    world = staked
    for name in MEMBERS:
        deposit(world, name)
    period = missed(world)
    version = world.oracle.members().version
    for wrong in (version - 1, version + 1, 0):
        end = world.clock.end_of(period)
        call = world.oracle.charge_miss(period, wrong)
        world.refused("outsider", call, "NotInForce", version=wrong, timestamp=end)
    world.send("member-2", world.oracle.leave_members())  # too late to get away
    world.send("outsider", world.oracle.charge_miss(period, version))
    fee = STAKES.miss_fee
    assert [world.oracle.stake_of(address(m)).amount for m in MEMBERS] == [ETHER - fee] * 3
    assert world.oracle.owed_wei(STAKES.treasury) == 3 * fee
    again = world.oracle.charge_miss(period, version)
    world.refused("outsider", again, "MissAlreadyCharged", period=period)


def test_a_period_that_was_posted_or_may_still_be_costs_nothing(staked):
    world = staked
    for name in MEMBERS:
        deposit(world, name)
    asset = world.asset(bond=0)
    period = asset.opened_in
    deadline = world.clock.end_of(period) + WINDOWS.post_until
    call = world.oracle.charge_miss(period, world.oracle.members().version)
    world.travel(deadline)
    numbers = {"period": period, "timestamp": deadline, "deadline": deadline}
    world.refused("outsider", call, "BeforePostDeadline", **numbers)
    period += 1
    world.post(period, {asset: up(1)})
    world.travel(world.clock.end_of(period) + WINDOWS.post_until + 1)
    call = world.oracle.charge_miss(period, world.oracle.members().version)
    world.refused("outsider", call, "NotMissed", period=period)


def test_stakes_are_all_that_the_oracle_holds(staked):
    world = staked
    for name in MEMBERS:
        deposit(world, name, 2 * ETHER)
    held = world.chain.web3.eth.get_balance(world.oracle.address)
    assert held == sum(world.oracle.stake_of(address(m)).amount for m in MEMBERS) == 6 * ETHER
    assert world.oracle.stakes() == replace(STAKES)
