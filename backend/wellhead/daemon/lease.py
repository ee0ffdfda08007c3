"""The loop's lease: of all daemons on one database one works at a time, and a late one sends nothing.

Each new holder gets a larger token. A holder renews before every transaction; one that slept past its lease
finds another's token there and stops. Should it be overtaken between that look and the sending, the outbox's
key and the contracts make the second sending harmless.
"""

import os
import secrets
import socket
import time
from typing import Any

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from wellhead.daemon.models import LeaseRow
from wellhead.errors import StateError


class LeaseStale(StateError):
    """Another daemon took the lease: nothing may be sent any more."""


class Lease:
    """One daemon's claim to be the one that works."""

    def __init__(self, sessions: sessionmaker[Session], name: str, seconds: float) -> None:
        self._sessions, self._name, self._milliseconds = sessions, name, int(seconds * 1_000)
        self.holder = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
        self.token = 0
        """The token under which it is ours; 0 while it is not."""

    def acquire(self) -> bool:
        """Renew the lease, or take it if nobody holds it; returns whether it is ours now."""
        if self.token and self._renewed():
            return True
        self.token = 0
        self._make()
        with self._sessions.begin() as session:
            now = _now_ms(session)
            taken = _changed(
                session,
                update(LeaseRow)
                .where(LeaseRow.name == self._name, LeaseRow.expires_ms <= now)
                .values(holder=self.holder, token=LeaseRow.token + 1, expires_ms=now + self._milliseconds),
            )
            if taken:
                row = session.get_one(LeaseRow, self._name, populate_existing=True)
                self.token = row.token
        return bool(taken)

    def require(self) -> int:
        """The token, the lease renewed; raises LeaseStale if another daemon has it."""
        if not self.token or not self._renewed():
            stale, self.token = self.token, 0
            raise LeaseStale(f"{self._name}: token {stale} is not the newest: another daemon works now")
        return self.token

    def release(self) -> None:
        """Let others take it at once."""
        if self.token:
            with self._sessions.begin() as session:
                _changed(session, self._ours().values(expires_ms=0))
        self.token = 0

    def _renewed(self) -> bool:
        with self._sessions.begin() as session:
            expires = _now_ms(session) + self._milliseconds
            return bool(_changed(session, self._ours().values(expires_ms=expires)))

    def _ours(self) -> Any:
        return update(LeaseRow).where(
            LeaseRow.name == self._name, LeaseRow.holder == self.holder, LeaseRow.token == self.token
        )

    def _make(self) -> None:
        with self._sessions() as session:
            if session.get(LeaseRow, self._name) is not None:
                return
        try:
            with self._sessions.begin() as session:
                session.add(LeaseRow(name=self._name, holder="", token=0, expires_ms=0))
        except IntegrityError:
            return  # another daemon made it meanwhile


def _changed(session: Session, statement: Any) -> int:
    result = session.execute(statement.execution_options(synchronize_session=False))
    return result.rowcount if isinstance(result, CursorResult) else 0


def _now_ms(session: Session) -> int:
    """Unix milliseconds by the clock that all daemons share: the database server's, or this host's."""
    if session.get_bind().dialect.name == "sqlite":
        return time.time_ns() // 1_000_000
    return int(session.scalar(select(func.extract("epoch", func.clock_timestamp()) * 1_000)) or 0)
