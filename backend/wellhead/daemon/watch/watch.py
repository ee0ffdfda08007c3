"""Looks at chain and database every few seconds, in a thread of its own; shows what it finds as metrics."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker
from web3.exceptions import Web3Exception

from wellhead.chain.index.service import Indexer, money_may_move
from wellhead.chain.system import System
from wellhead.chain.windows import Windows
from wellhead.daemon.log import told
from wellhead.daemon.metrics import Metrics
from wellhead.daemon.watch import indexed
from wellhead.daemon.watch.clocks import skews
from wellhead.daemon.watch.keys import KeyWatch
from wellhead.daemon.watch.reports import challenge_dues, report_states
from wellhead.errors import ChainError

LOOK_SECONDS = 10.0
TRANSIENT = (ChainError, Web3Exception, OSError, SQLAlchemyError)
"""What may be gone at the next look."""
LOG = logging.getLogger("wellhead.watch")


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on a person is called, in wei."""

    balance_floor: int = 5 * 10**16
    """Least native coin of a key."""
    balance_drop: int = 10**17
    """More than a key can spend in ten minutes by itself."""


@dataclass
class Watch:
    """One member's watch."""

    metrics: Metrics
    sessions: sessionmaker[Session]
    system: System
    keys: list[KeyWatch]
    limits: Limits = field(default_factory=Limits)
    clock: Callable[[], float] = time.time
    faults: dict[str, str] = field(default_factory=dict)
    """What could not be looked at the last time, and why."""
    indexer: Indexer | None = None
    """Kept at the newest block by the looks; without it somebody else keeps the index."""
    _windows: Windows | None = None
    _compared: int | None = None
    """Period in which the index's sums were compared last."""

    def look(self) -> None:
        """Look at everything once; what cannot be seen is counted, and the rest is seen all the same."""
        for name, part in (
            ("keys", self.look_at_keys),
            ("index", self.look_at_index),
            ("totals", self.look_at_totals),
            ("reports", self.look_at_reports),
            ("clock", self.look_at_clocks),
        ):
            with self._counted(name):
                part()
        if not self.faults:
            self.metrics.watched_at.set(self.clock())

    def run(self, stop: threading.Event, seconds: float = LOOK_SECONDS) -> None:
        """Look every `seconds` until `stop` is set."""
        while not stop.is_set():
            self.look()
            stop.wait(seconds)

    @contextmanager
    def _counted(self, name: str) -> Iterator[None]:
        try:
            yield
        except TRANSIENT as error:
            self.metrics.on_rpc_error("database" if isinstance(error, SQLAlchemyError) else "watch")
            told(LOG, "cannot look", logging.WARNING, at=name, error=str(error), kind=type(error).__name__)
            self.faults[name] = type(error).__name__
        else:
            self.faults.pop(name, None)

    def look_at_keys(self) -> None:
        """Sending keys: balances, nonces, and what others send with them."""
        for key in self.keys:
            state = key.look(self.system.chain, self.sessions)
            self.metrics.show_key(state, self.limits.balance_floor, self.limits.balance_drop)

    def look_at_index(self) -> None:
        """Bring the index to our node's newest block, and show where it stands even where that fails."""
        head = self.system.chain.block_number()
        try:
            if self.indexer is not None:
                self.metrics.on_reorg(self.indexer.poll(self._still_reading).rolled_back)
        finally:
            with self.sessions() as session:
                state = indexed.index_state(session, head)
            if state is not None:
                self.metrics.show_index(state)

    def look_at_totals(self) -> None:
        """Once a period: the index's sums against the chain's own; what stays different stops money."""
        calendar = self.system.deployment.clock
        period = calendar.period_at(max(int(self.clock()), calendar.genesis))
        if self.indexer is None or period == self._compared or not money_may_move(self.sessions):
            return
        differences = self.indexer.compare_totals(max(0, period - indexed.PERIODS_KEPT))
        self._compared = period
        self.metrics.ledger_differences.set(len(differences))
        for difference in differences:
            told(LOG, "totals differed", logging.WARNING, difference=str(difference))

    def _still_reading(self, cursor: int, newest: int) -> None:
        """A long chain is read for longer than a look may take: each run of blocks is a sign of life."""
        self.metrics.watched_at.set(self.clock())

    def look_at_reports(self) -> None:
        """What is late, and what is challenged."""
        if self._windows is None:
            self._windows = self.system.oracle.windows()
        calendar, windows = self.system.deployment.clock, self._windows
        now = max(int(self.clock()), calendar.genesis)
        since = max(0, calendar.period_at(now) - indexed.PERIODS_KEPT)
        with self.sessions() as session:
            found = indexed.published(session, since)
        self.metrics.show_reports(report_states(found, calendar, windows))
        self.metrics.show_challenges(challenge_dues(found, windows), windows.answer // 2)

    def look_at_clocks(self) -> None:
        """The clock of this host beside others."""
        for source, seconds in skews(self.system.chain, self.sessions, self.clock).items():
            self.metrics.clock_skew.labels(source).set(seconds)
