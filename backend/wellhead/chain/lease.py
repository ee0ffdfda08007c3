"""Whose turn a key is: a fenced lease in the database, so that two processes never use one key at once.

Every write of the outbox is a *turn*: one database transaction that first makes sure that the key is ours.
A process that was paused past its lease finds another fence in its next turn and stops; all it can still do
is to send bytes that were committed in its own turn, which the next holder sends as well.
"""

import os
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session, sessionmaker

from wellhead.chain.models import SendingKey
from wellhead.errors import StateError

POLL_SECONDS = 0.01
GRACE_SECONDS = 1.0


class KeyBusy(StateError):
    """Another process has the key; try again when its lease has run out."""


class LeaseLost(StateError):
    """Another process took the key since our turn began; what it did counts."""


def begin_write(session: Session) -> None:
    """Take SQLite's write lock at once: a transaction that reads first could not take it later."""
    if session.get_bind().dialect.name != "sqlite":
        return
    connection = session.connection()
    if not getattr(connection.connection.dbapi_connection, "in_transaction", False):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def now_ms(session: Session) -> int:
    """Unix milliseconds by the clock that all processes share: the database server's, or this host's."""
    if session.get_bind().dialect.name == "sqlite":
        return time.time_ns() // 1_000_000
    return int(session.scalars(select(func.extract("epoch", func.clock_timestamp()) * 1_000)).one())


class Lease:
    """One outbox's claim to one key on one chain."""

    def __init__(self, sessions: sessionmaker[Session], chain_id: int, sender: str, seconds: float) -> None:
        self._sessions, self._chain_id, self._sender = sessions, chain_id, sender
        self._milliseconds = int(seconds * 1_000)
        self.holder = f"{socket.gethostname()[:32]}:{os.getpid()}:{secrets.token_hex(4)}"
        self._fence: int | None = None
        """The fence of the turns that belong together; None between them."""

    @property
    def is_held(self) -> bool:
        """Whether a row of turns has begun and not ended."""
        return self._fence is not None

    @contextmanager
    def turn(self, *, last: bool = False) -> Iterator[Session]:
        """A database transaction in which the key is ours; the `last` of a row of turns gives it back.

        Waits for as long as a lease may last; then raises KeyBusy if another process still holds the key.
        Raises LeaseLost if one took it since the first turn of the row.
        """
        try:
            with ExitStack() as stack:
                session, row = self._awaited(stack)
                yield session
                if last:
                    row.expires_ms = 0
        except BaseException:
            self._fence = None
            raise
        if last:
            self._fence = None

    def _awaited(self, stack: ExitStack) -> tuple[Session, SendingKey]:
        deadline = time.monotonic() + self._milliseconds / 1_000 + GRACE_SECONDS
        while True:
            session = stack.enter_context(self._sessions.begin())
            begin_write(session)
            try:
                return session, self._claimed(session)
            except KeyBusy:
                stack.close()
                if time.monotonic() > deadline:
                    raise
            time.sleep(POLL_SECONDS)

    def _claimed(self, session: Session) -> SendingKey:
        place = (self._chain_id, self._sender)
        row = session.get(SendingKey, place, with_for_update=True)
        if row is None:
            row = self._inserted(session)
        now = now_ms(session)
        if self._fence is not None and row.fence != self._fence:
            raise LeaseLost(
                f"{self._sender} was taken by {row.holder}: fence {row.fence}, ours {self._fence}"
            )
        if row.holder != self.holder:
            if row.expires_ms > now:
                raise KeyBusy(f"{self._sender} is used by {row.holder} for {row.expires_ms - now} ms more")
            row.holder, row.fence = self.holder, row.fence + 1
        row.expires_ms, self._fence = now + self._milliseconds, row.fence
        return row

    def _inserted(self, session: Session) -> SendingKey:
        """The key's row, made by whoever comes first."""
        make = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
        place = {"chain_id": self._chain_id, "sender": self._sender}
        session.execute(
            make(SendingKey).values(**place, holder="", fence=0, expires_ms=0).on_conflict_do_nothing()
        )
        return session.get_one(SendingKey, tuple(place.values()), with_for_update=True)
