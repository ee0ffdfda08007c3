"""How a step acts on the chain: under a lease, once per key; or not at all, in a dry run."""

import logging
import threading
from dataclasses import dataclass, field
from typing import Protocol

from wellhead.chain.contract import ContractCall
from wellhead.daemon.lease import Lease
from wellhead.errors import ContractReverted, StateError, TransactionUnknown

logger = logging.getLogger(__name__)

ATTEMPTS_MAX = 3
"""Times that a call is sent anew after a block holds it as reverted: someone else was first, mostly."""


class Sends(Protocol):
    """What sends a call once under a key and waits for its block."""

    @property
    def address(self) -> str:
        """Who sends."""

    def send(self, key: str, call: ContractCall) -> object:
        """Raises ContractReverted, StateError or TransactionUnknown as `chain.service.Sender`."""


class Stopping(StateError):
    """The process was asked to end: nothing new is begun."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that a person should look at: a short code for the metric, and a text."""

    code: str
    text: str


@dataclass(slots=True)
class StepResult:
    """What a step did."""

    name: str
    done: list[str] = field(default_factory=list)
    """Keys whose transaction stands in a block now."""
    would: list[str] = field(default_factory=list)
    """Keys that a dry run did not send."""
    waiting: list[str] = field(default_factory=list)
    """What is not due, not ours now, or not answered yet."""
    alarms: list[Alarm] = field(default_factory=list)
    error: str | None = None
    """Why the step ended early."""

    def alarm(self, code: str, text: str) -> None:
        """Raise an alarm."""
        logger.warning("%s: %s", code, text)
        self.alarms.append(Alarm(code, text))


@dataclass
class Actions:
    """Sends for the loop; `sender` None is a dry run."""

    sender: Sends | None
    lease: Lease | None
    stopping: threading.Event

    def do(self, result: StepResult, key: str, call: ContractCall) -> bool:
        """Send `call` under `key`; returns whether a block holds it; what waits goes to the result."""
        if self.stopping.is_set():
            raise Stopping(f"{call.action}: the process is ending")
        if self.sender is None:
            logger.info("dry run: would send %s under %s", call.action, key)
            result.would.append(key)
            return False
        for attempt in range(ATTEMPTS_MAX):
            if self.lease is not None:
                self.lease.require()
            try:
                self.sender.send(key if attempt == 0 else f"{key}#{attempt}", call)
                result.done.append(key)
                return True
            except ContractReverted as refused:
                if refused.name != "RevertedInBlock":
                    result.waiting.append(f"{key}: {refused}")
                    return False
                logger.warning("%s: reverted in its block", key)
            except TransactionUnknown as unknown:
                result.waiting.append(f"{key}: {unknown}")
                return False
        result.alarm("reverted", f"{key}: {call.action} reverted in {ATTEMPTS_MAX} blocks")
        return False
