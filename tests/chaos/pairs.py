"""Two processes on one key and one database, the leader paused past its lease and woken up (R18)."""

import os
import signal
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

from tests.chaos.cli import Told, main, silent
from tests.chaos.kills import forked_process
from tests.chaos.node import mine, run_node
from tests.chaos.rig import DONE, LEASE_SECONDS, Rig, random_of, step, submit

from wellhead.chain.points import Observer, Point, nobody

PAYMENTS = 3
PAUSED_AT = (
    Point.TURN_TAKEN, Point.NONCE_TAKEN, Point.SIGNED, Point.COMMITTED, Point.BROADCAST, Point.MINED_SEEN
)  # fmt: skip
"""Where the leader stops itself."""


def run(seed: int, count: int, told: Told = silent) -> dict[str, Any]:
    """`count` rounds: both are told the same payments; the first stops somewhere, and goes on too late."""
    sent, paused = 0, 0
    with (
        tempfile.TemporaryDirectory() as folder,
        run_node("--block-time", "0.2", "--slots-in-an-epoch", "1") as node,
    ):
        rig = Rig(node, node, f"sqlite:///{folder}/outbox.sqlite", seed)
        for number in range(count):
            chance = random_of(seed, "pair", number)
            some, sent = range(sent, sent + PAYMENTS), sent + PAYMENTS
            leader = forked_process(partial(_pay, rig, some, _pausing(chance.choice(PAUSED_AT))))
            paused += _awaited_stop(leader)
            follower = forked_process(partial(_pay, rig, some, nobody))
            time.sleep(LEASE_SECONDS * chance.uniform(0.5, 3))
            os.kill(leader, signal.SIGCONT)
            for child in (leader, follower):
                _, status = os.waitpid(child, 0)
                if status:
                    raise AssertionError(f"round {number}: a process ended with {status}")
            if (number + 1) % 20 == 0:
                told(f"{number + 1:,} of {count:,} rounds, {paused:,} leaders paused")
        mine(node, 2)
        faults = rig.tally(range(sent))
    return {"faults": faults, "payments": sent, "leaders_paused": paused}


def _pausing(point: Point) -> Observer:
    left = 1

    def at(reached: Point) -> None:
        nonlocal left
        if reached is point and left:
            left = 0
            os.kill(os.getpid(), signal.SIGSTOP)

    return at


def _awaited_stop(child: int) -> bool:
    """Whether the leader stopped; it may also have ended already."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        state = Path(f"/proc/{child}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
        if state in "TZ":
            return state == "T"
        time.sleep(0.005)
    raise AssertionError("the leader neither stopped nor ended")


def _pay(rig: Rig, some: range, at: Observer) -> None:
    outbox = rig.outbox(at)
    outbox.resume()
    submit(outbox, rig.requests(some))
    keys = [rig.request(number).key for number in some]
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if all(outcome.state in DONE for outcome in outbox.outcomes(keys).values()):
            return
        step(outbox)
        time.sleep(0.05)
    raise AssertionError(f"not mined in 30 s: {outbox.outcomes(keys)}")


if __name__ == "__main__":
    sys.exit(main("pairs", run, 200, "rounds of two processes"))
