"""`kill -9` at every named point and at random moments, 5 % of answers lost after acceptance (R12).

A warm parent forks the process that is killed and the one that goes on after it. The first runs a play that
passes every point: payments, a fee bump, blocks, a reorg, a gap left by a foreign transaction, finality.
"""

import os
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

from eth_account import Account
from tests.chaos.cli import Told, main, silent
from tests.chaos.node import mine, rpc, run_node
from tests.chaos.proxy import Fault, Faults, Proxy
from tests.chaos.rig import CHAIN_ID, GWEI, Rig, random_of, step, submit

from wellhead.chain.points import Point, nobody

PAYMENTS = 4
PLAYS_MAX = 4


def run(seed: int, count: int, told: Told = silent, random_kills: int | None = None) -> dict[str, Any]:
    """`count` kills at each point and 40 × `count` at random moments, each followed by a restart."""
    at_random = 40 * count if random_kills is None else random_kills
    with tempfile.TemporaryDirectory() as folder, run_node("--no-mining", "--slots-in-an-epoch", "1") as node:
        proxy = Proxy(node, Faults(seed=seed, after_sending={Fault.BAD_GATEWAY: 0.05}))
        with proxy as url:
            rig = Rig(node, url, f"sqlite:///{folder}/outbox.sqlite", seed)
            plays = Plays(rig, seed)
            for number in range(count):
                for point in Point:
                    plays.kill_at(point, number)
                told(f"each point {number + 1:,} of {count:,} times: {plays.killed:,} killed")
            plays.measure()
            at_points = plays.killed
            while plays.killed - at_points < at_random:
                plays.kill_somewhere()
                if plays.sent // PAYMENTS % 100 == 0:
                    told(f"{plays.killed - at_points:,} of {at_random:,} random kills")
            never = sum(times < count for times in plays.reached.values())
            faults = rig.tally(range(plays.sent)) | {"never_reached": never}
    counts = {"kills": plays.killed, "lost_answers": proxy.lost.total(), "kills_at": plays.reached}
    return {"faults": faults, "payments": plays.sent} | counts


class Plays:
    """One play after another, each cut short and brought to its end by another process."""

    def __init__(self, rig: Rig, seed: int) -> None:
        self.rig, self.seed, self.sent, self.killed, self.seconds = rig, seed, 0, 0, 0.0
        self.reached = dict.fromkeys(map(str, Point), 0)

    def kill_at(self, point: Point, number: int) -> None:
        """The process kills itself the first or, one time in four, the second time that it is there.

        A play that did not pass there (so often) is ended in peace, and another begun.
        """
        hit = random_of(self.seed, point, number).choice((1, 1, 1, 2))
        for _ in range(PLAYS_MAX):
            some = self._next()
            died = _forked(partial(_play, self.rig, some, point, hit))
            self._end(some)
            hit = 1
            if died:
                self.reached[point] += 1
                self.killed += 1
                return

    def measure(self) -> None:
        """Time one play."""
        started, some = time.monotonic(), self._next()
        _forked(partial(_play, self.rig, some))
        self.seconds = time.monotonic() - started
        self._end(some)

    def kill_somewhere(self) -> None:
        """The process is killed at a moment within the play."""
        after = random_of(self.seed, "moment", self.sent).uniform(0, self.seconds)
        some = self._next()
        self.killed += _forked(partial(_play, self.rig, some), after)
        self._end(some)

    def _next(self) -> range:
        self.sent += PAYMENTS
        return range(self.sent - PAYMENTS, self.sent)

    def _end(self, some: range) -> None:
        if _forked(partial(_finish, self.rig, some)):
            raise AssertionError(f"the process that goes on was killed at {some}")


def _play(rig: Rig, some: range, point: Point | None = None, hit: int = 1) -> None:
    """What a daemon does, in a chain that gives it everything to do; dies at the `hit`-th time at `point`."""
    left = hit

    def at(reached: Point) -> None:
        nonlocal left
        left -= reached is point
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    outbox = rig.outbox(at if point else nobody)
    outbox.resume()
    submit(outbox, rig.requests(some[:2]))
    for base_fee in (50 * GWEI, 50 * GWEI, 50 * GWEI):
        rpc(rig.node_url, "anvil_setNextBlockBaseFeePerGas", hex(base_fee))
        mine(rig.node_url)
    step(outbox)
    rpc(rig.node_url, "anvil_setNextBlockBaseFeePerGas", hex(GWEI))
    mine(rig.node_url)
    step(outbox)
    rpc(rig.node_url, "anvil_reorg", 1, [])
    step(outbox)
    foreign = _foreign(rig)
    submit(outbox, rig.requests(some[2:]))
    if foreign:
        rpc(rig.node_url, "anvil_dropTransaction", foreign)
    step(outbox)
    for _ in range(4):
        mine(rig.node_url)
        step(outbox)


def _foreign(rig: Rig) -> str | None:
    """Somebody else uses the key: the hash of a transaction that waits in the pool; None if ours is there."""
    nonce = int(rpc(rig.node_url, "eth_getTransactionCount", rig.signer.address, "pending"), 16)
    fees = {"maxFeePerGas": 40 * GWEI, "maxPriorityFeePerGas": GWEI}
    transaction = {"chainId": CHAIN_ID, "nonce": nonce, "gas": 21_000, "to": rig.signer.address, "value": 0}
    raw = Account.sign_transaction({**transaction, **fees}, rig.key).raw_transaction
    try:
        return str(rpc(rig.node_url, "eth_sendRawTransaction", "0x" + bytes(raw).hex()))
    except RuntimeError:
        return None


def _finish(rig: Rig, some: range) -> None:
    """The process that comes after: resumes, is told the same payments again, and brings all to an end."""
    outbox = rig.outbox()
    rpc(rig.node_url, "anvil_setNextBlockBaseFeePerGas", hex(GWEI))
    outbox.resume()
    submit(outbox, rig.requests(some))
    rig.settle(outbox, some)


def forked_process(work: Callable[[], None]) -> int:
    """Process id of a child of this process that does `work`; its exit status is 1 if that raises."""
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # the proxy's threads hold nothing that a child needs
        child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        except BaseException as error:  # noqa: BLE001
            sys.stderr.write("".join(traceback.format_exception(error)))
        finally:
            os._exit(status)
    return child


def _forked(work: Callable[[], None], kill_after_seconds: float | None = None) -> bool:
    """Do `work` in a child; whether it was killed. What it raises is raised here."""
    child = forked_process(work)
    if kill_after_seconds is not None:
        time.sleep(kill_after_seconds)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise AssertionError("the play failed; see above")
    return os.WIFSIGNALED(status)


if __name__ == "__main__":
    sys.exit(main("kills", run, 50, "kills at each point"))
