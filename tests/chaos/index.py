"""`python -m tests.chaos.index --seed S --count N [--json]`: the index under reorganisations and kills.

Each schedule is drawn from its seed: transactions, reorganisations 0 … 64 deep that put some transactions
into other blocks, looks by a node that lags or breaks, restarts, and an indexer in a process of its own that
is killed with SIGKILL, at a named point in the middle of a batch or at any moment. At its end the index must
have the hash of a database that was indexed from scratch by a healthy node. Even seeds use SQLite, odd ones
PostgreSQL.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy.orm import Session, sessionmaker
from tests.chaos.node import run_node
from tests.chaos.proxy import EVERY_FAULT, Faults, Proxy
from tests.chaos.source import Source
from tests.postgres import run_postgres

from wellhead.chain.index import heal, repository, store
from wellhead.chain.index.rpc import NodeFault, NodeRpc
from wellhead.chain.index.service import Indexer, money_may_move
from wellhead.chain.index.span import Span
from wellhead.chain.index.state_hash import state_hash
from wellhead.db.engine import open_sessions

STEPS = 14
DEPTH_MAX = 64
SCHEDULES_PER_NODE = 10
"""anvil mines the slower the longer its chain."""
CHILD_SECONDS_MAX = 10

KILL_POINTS: tuple[tuple[object, str], ...] = (
    (repository, "write_events"),
    (repository, "write_blocks"),
    (repository, "delete_blocks"),
    (store, "finalize"),
    (store, "renumber"),
)
"""Where a child kills itself: after the call, in the middle of a transaction."""


@dataclass
class Schedule:
    """One drawn history."""

    seed: int
    source: Source
    database: str
    done: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.draw = Random(self.seed)

    def play(self) -> None:
        """All steps, in order."""
        steps: dict[Callable[[], None], int] = {
            self._write: 6,
            self._reorganise: 4,
            self._look: 3,
            self._look_through_faults: 1,
            self._kill: 4,
        }
        for step in self.draw.choices(list(steps), list(steps.values()), k=STEPS):
            step()
            self.done[step.__name__.strip("_")] += 1

    def _write(self) -> None:
        draw, source = self.draw, self.source
        for _ in range(draw.randint(1, 4)):
            kind = draw.randrange(5)
            if kind == 0:
                source.open()
            elif kind == 1 and source.shares:
                source.write_share(draw.choice(source.shares), draw.randint(1, 20))
            elif kind == 2:
                source.write_leases(draw.randint(0, 9))
            elif kind == 3:
                source.mine(draw.randint(1, 8))
            else:
                source.sell(draw.randint(1, 40))

    def _reorganise(self) -> None:
        depth = self.draw.choice((0, 1, 2, 3, 8, DEPTH_MAX, self.draw.randint(0, DEPTH_MAX)))
        self.source.reorg(depth, self.draw)

    def _look(self) -> None:
        with indexer_on(self.database, self.source.url, self.source, self._span()) as indexer:
            indexer.poll()

    def _look_through_faults(self) -> None:
        faults = Faults(self.seed, while_reading=EVERY_FAULT, lagging_share=0.2, lagging_blocks=5)
        with (
            Proxy(self.source.url, faults) as url,
            indexer_on(self.database, url, self.source, self._span()) as indexer,
            suppress(NodeFault),
        ):
            indexer.poll()

    def _kill(self) -> None:
        """A process that indexes, killed; the chain may move under it."""
        point = self.draw.choice((None, *KILL_POINTS))
        span, moment = self._span(), self.draw.random() * 0.08
        child = os.fork()
        if not child:
            self._index_until_killed(point, span)
        if self.draw.random() < 0.4:
            self._write()
        if self.draw.random() < 0.3:
            self._reorganise()
        if point is None:
            time.sleep(moment)
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return
        deadline = time.monotonic() + moment + 0.3
        while os.waitpid(child, os.WNOHANG) == (0, 0):
            if time.monotonic() > deadline:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return
            time.sleep(0.005)
        self.done["killed at a named point"] += 1

    def _index_until_killed(self, point: tuple[object, str] | None, span: Span) -> None:
        """In the child: never returns, never cleans up what is the parent's."""
        try:
            if point is not None:
                module, name = point
                setattr(module, name, _killing(getattr(module, name), self.draw.randint(1, 3)))
            with indexer_on(self.database, self.source.url, self.source, span) as indexer:
                deadline = time.monotonic() + CHILD_SECONDS_MAX
                while time.monotonic() < deadline:
                    with suppress(NodeFault):
                        indexer.poll()
        finally:
            os._exit(1)

    def _span(self) -> Span:
        """Short runs, so that there is a middle."""
        return Span(first=self.draw.choice((1, 3, 10, 2_000)), longest=self.draw.choice((5, 20, 2_000)))


@contextmanager
def indexer_on(database: str, url: str, source: Source, span: Span | None = None) -> Iterator[Indexer]:
    """An indexer with connections of its own, as after a restart."""
    sessions, node = open_sessions(database), NodeRpc(url)
    try:
        yield Indexer(sessions, node, source.deployment, span=span)
    finally:
        node.close()
        sessions.kw["bind"].dispose()


def run_schedule(seed: int, source: Source, database: str, clean: str) -> Counter[str]:
    """Play a schedule and compare; what was done. Raises AssertionError with the seed."""
    for url in (database, clean):
        empty(open_sessions(url), source)
    schedule = Schedule(seed, source, database)
    schedule.play()
    with indexer_on(database, source.url, source) as indexer:
        cursor = indexer.poll().cursor
        chaotic = standing(indexer.sessions, cursor)
        damage = heal.find_damage(indexer.sessions, indexer.reader, indexer.state())
        moves = money_may_move(indexer.sessions)
    with indexer_on(clean, source.url, source) as indexer:
        indexer.poll()
        fresh = standing(indexer.sessions, cursor)
    assert chaotic == fresh, f"seed {seed}: the index differs from a clean one after {dict(schedule.done)}"
    assert not damage, f"seed {seed}: {damage}"
    assert moves, f"seed {seed}: money stands still"
    return schedule.done


def standing(sessions: sessionmaker[Session], block: int) -> tuple[str, list[tuple[str, str, int, int]]]:
    """The hash over everything up to a block, and each contract with its first block and newest number."""
    with sessions() as session:
        known = [(c.address, c.kind, c.since_block, c.sequence) for c in repository.contracts(session)]
        return state_hash(session, block).hex(), known


def empty(sessions: sessionmaker[Session], source: Source) -> None:
    """An index that has read nothing of this source."""
    with sessions.begin() as session:
        store.drop_index(session, source.deployment)
    sessions.kw["bind"].dispose()


def run(seed: int, count: int, told: Callable[[str], object]) -> Counter[str]:
    """So many schedules from `seed` on; what was done in all of them."""
    done: Counter[str] = Counter()
    with (
        tempfile.TemporaryDirectory(prefix="wellhead-chaos-") as folder,
        run_postgres() as server,
        server.database() as chaotic,
    ):
        databases = (f"sqlite:///{Path(folder) / 'chaotic.sqlite'}", chaotic)
        clean = f"sqlite:///{Path(folder) / 'clean.sqlite'}"
        for start in range(seed, seed + count, SCHEDULES_PER_NODE):
            with run_node() as url:
                for each in range(start, min(start + SCHEDULES_PER_NODE, seed + count)):
                    source = Source(url)
                    source.mine(DEPTH_MAX)
                    done.update(run_schedule(each, source, databases[each % 2], clean))
                    done["schedules"] += 1
            told(f"{done['schedules']} of {count} schedules")
    return done


def _killing(call: Callable[..., Any], times: int) -> Callable[..., Any]:
    """`call`, after which the process is gone at the given time."""
    left = times

    def killing(*args: Any, **kwargs: Any) -> Any:
        nonlocal left
        result = call(*args, **kwargs)
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return killing


def main() -> int:
    """Exit status 0 only if no schedule differed."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.index", description="Chaos for the index.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    options = parser.parse_args()
    started = time.monotonic()
    done = run(options.seed, options.count, lambda line: sys.stderr.write(f"{line}\n"))
    seconds = round(time.monotonic() - started, 1)
    told = {"seed": options.seed, "differences": 0, "seconds": seconds, **done}
    listed = json.dumps(told) if options.json else "\n".join(f"{k}: {v}" for k, v in told.items())
    sys.stdout.write(f"{listed}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
