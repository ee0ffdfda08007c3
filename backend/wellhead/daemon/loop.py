"""The loop: ordered steps, again and again, each idempotent; one daemon works at a time, stopping anywhere."""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from sqlalchemy.exc import DBAPIError
from web3.exceptions import Web3Exception

from wellhead.daemon.actions import StepResult, Stopping
from wellhead.daemon.guard import check_contracts, check_head
from wellhead.daemon.lease import Lease, LeaseStale
from wellhead.daemon.steps.claims import push_claims
from wellhead.daemon.steps.context import Context
from wellhead.daemon.steps.disputes import answer_challenges, expire_challenges
from wellhead.daemon.steps.report import post_reports, publish
from wellhead.daemon.steps.settle import settle_periods
from wellhead.daemon.steps.upkeep import keep_house, reprice_offers
from wellhead.errors import ChainError, InputError, StateError

logger = logging.getLogger(__name__)

Step = Callable[[Context, StepResult], None]
OnStep = Callable[[str, StepResult, float], None]
"""Hears a step's name, what it did, and how many seconds it took."""

STEPS: tuple[tuple[str, Step], ...] = (
    ("answer", answer_challenges),
    ("report", post_reports),
    ("publish", publish),
    ("expire", expire_challenges),
    ("settle", settle_periods),
    ("claim", push_claims),
    ("reprice", reprice_offers),
    ("upkeep", keep_house),
)
"""In order of urgency: an answer that comes too late costs the signers."""

TRANSIENT = (ChainError, StateError, InputError, Web3Exception, DBAPIError, OSError)
"""What ends a step and may be gone in the next round; anything else ends the process."""


def nobody(name: str, result: StepResult, seconds: float) -> None:
    """Hears nothing."""


class Loop:
    """Runs the steps while the lease is ours. `before` is done first in each round: the outbox's own step."""

    def __init__(
        self,
        context: Context,
        lease: Lease,
        stopping: threading.Event,
        on_step: OnStep = nobody,
        before: Sequence[Callable[[], object]] = (),
        steps: Sequence[tuple[str, Step]] = STEPS,
    ) -> None:
        self.context, self.lease, self.stopping = context, lease, stopping
        self._on_step, self._before, self._steps = on_step, before, steps
        self._known = False

    def run(self, interval_seconds: float) -> None:
        """Rounds until the process is asked to end; the lease is given back then."""
        try:
            while not self.stopping.is_set():
                self.cycle()
                self.stopping.wait(interval_seconds)
        finally:
            self.lease.release()

    def cycle(self) -> list[StepResult]:
        """One round of all steps; nothing if another daemon holds the lease. Raises UnknownContracts."""
        if not self._known:
            logger.info(
                "%d comparisons: the contracts are the known ones", check_contracts(self.context.system)
            )
            self._known = True
        results: list[StepResult] = []
        if self._done("sync", self._sync, results) is not None:
            for name, step in self._steps:
                if self.stopping.is_set() or self._done(name, step, results) is None:
                    break
        return results

    def _sync(self, context: Context, result: StepResult) -> None:
        if not self.lease.acquire():
            raise LeaseStale("another daemon works")
        check_head(context.system, context.clock(), context.duties.head_seconds_max)
        for each in self._before:
            each()

    def _done(self, name: str, step: Step, results: list[StepResult]) -> StepResult | None:
        """Run one step; None if the round is over with it."""
        result, started = StepResult(name), time.monotonic()
        goes_on = True
        try:
            step(self.context, result)
        except (Stopping, LeaseStale) as ends:
            result.waiting.append(str(ends))
            goes_on = False
        except TRANSIENT as error:
            result.error = f"{type(error).__name__}: {error}"
            result.alarm("step_failed", f"{name}: {result.error}")
            goes_on = name != "sync"
        results.append(result)
        self._on_step(name, result, time.monotonic() - started)
        return result if goes_on else None
