"""How far this host's clock is from others, without asking a time server.

A block from the future proves that our clock is slow; a block's age proves nothing. A database server's clock
and the `Date` that our node's HTTP server writes tell both ways, to a second.
"""

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

import httpx
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from wellhead.chain.client import Chain

SOURCES = ("chain", "database", "node")


def skews(
    chain: Chain, sessions: sessionmaker[Session] | None, now: Callable[[], float] = time.time
) -> dict[str, float]:
    """Seconds that this host's clock is ahead of each other one that can be asked."""
    found = {"chain": min(0.0, now() - chain.timestamp())}
    database = None if sessions is None else database_clock(sessions)
    if database is not None:
        found["database"] = now() - database
    url = getattr(chain.web3.provider, "endpoint_uri", None)
    dated = None if url is None else http_clock(str(url))
    if dated is not None:
        difference = now() - dated
        # The header's second has begun by now: less than one is none.
        found["node"] = 0.0 if 0 <= difference < 1 else difference
    return found


def database_clock(sessions: sessionmaker[Session]) -> float | None:
    """The server's Unix seconds; None where the database is a file on this host."""
    with sessions() as session:
        if session.get_bind().dialect.name == "sqlite":
            return None
        answer = session.scalar(select(func.extract("epoch", func.clock_timestamp())))
    return None if answer is None else float(answer)


def http_clock(url: str, timeout_seconds: float = 5.0) -> float | None:
    """Unix seconds by the `Date` of the server behind `url`; None where it gives none."""
    question = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}
    try:
        with httpx.Client(timeout=timeout_seconds, trust_env=False, follow_redirects=False) as client:
            written = client.post(url, json=question).headers.get("date")
        return None if written is None else parsedate_to_datetime(written).timestamp()
    except (httpx.HTTPError, ValueError):
        return None
