"""Membership: members change slowly, and only to lists that can work. (The matrix: `test_matrix.py`.)"""

import pytest
from tests.contracts.world import MEMBERS, WINDOWS, address

ZERO = "0x" + "00" * 20
SLOW = WINDOWS.hard_end + 1


def test_members_change_only_after_a_delay_that_outlasts_every_window(world):
    call = world.oracle.prepare("setMembers", [address("outsider")], 1)
    world.sender("admin")
    world.refused(
        "admin",
        call,
        "AccessManagerNotScheduled",
        operationId=world.roles.read("hashOperation", address("admin"), world.oracle.address, call.data),
    )
    schedule = world.roles.prepare("schedule", world.oracle.address, call.data, 0)
    world.send("admin", schedule)
    operation = world.roles.read("hashOperation", address("admin"), world.oracle.address, call.data)
    world.travel(world.now + SLOW - 1)
    world.refused("admin", call, "AccessManagerNotReady", operationId=operation)
    assert world.oracle.members() == (sorted(map(address, MEMBERS), key=lambda a: int(a, 16)), 2, 1)
    world.travel(world.now + 1)
    world.send("admin", call)
    assert world.oracle.members() == ([address("outsider")], 1, 2)


@pytest.mark.parametrize(
    ("members", "quorum", "error", "numbers"),
    [
        (["a", "b"], 1, "InvalidQuorum", {"quorum": 1, "members": 2}),
        (["a", "b"], 3, "InvalidQuorum", {"quorum": 3, "members": 2}),
        (["a", "a"], 2, "MembersOutOfOrder", {"previous": address("a"), "member": address("a")}),
        ([None, "a"], 2, "MembersOutOfOrder", {"previous": ZERO, "member": ZERO}),
    ],
)
def test_members_are_distinct_and_a_quorum_is_more_than_half(world, members, quorum, error, numbers):
    chosen = [address(m) if m else "0x" + "00" * 20 for m in members]
    call = world.oracle.prepare("setMembers", chosen, quorum)
    world.send("admin", world.roles.prepare("schedule", world.oracle.address, call.data, 0))
    world.travel(world.now + SLOW)
    world.refused("admin", call, error, **numbers)
