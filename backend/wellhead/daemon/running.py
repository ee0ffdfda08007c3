"""A daemon's process: the exchange in a thread, the loop in the main one, and an orderly end."""

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import httpx
import uvicorn
from fastapi import FastAPI
from sqlalchemy.orm import Session, sessionmaker

from wellhead.chain.client import Chain
from wellhead.chain.deployment import Deployment
from wellhead.chain.follow import Follower
from wellhead.chain.signers import Signer
from wellhead.chain.system import bind
from wellhead.daemon.actions import Actions, Sends
from wellhead.daemon.exchange.app import build_app
from wellhead.daemon.exchange.client import Peer, open_http
from wellhead.daemon.gather import Gatherer, OnMember
from wellhead.daemon.gather import nobody as no_member
from wellhead.daemon.lease import Lease
from wellhead.daemon.loop import Loop, OnStep, nobody
from wellhead.daemon.member import Member
from wellhead.daemon.published import PublishedFolder
from wellhead.daemon.settings import DaemonSettings
from wellhead.daemon.steps.context import Context
from wellhead.errors import StateError

logger = logging.getLogger(__name__)

START_SECONDS_MAX = 15.0
GRACE_SECONDS = 3
"""What requests in flight are given when the process ends."""


@dataclass
class Daemon:
    """One process's parts."""

    settings: DaemonSettings
    context: Context
    loop: Loop
    stopping: threading.Event
    http: list[httpx.Client]

    def run(self, *, once: bool = False) -> None:
        """Serve and loop until SIGTERM or SIGINT; with `once`, one round."""
        with _stopped_by_signals(self.stopping), self._served():
            if once:
                try:
                    self.loop.cycle()
                finally:
                    self.loop.lease.release()
            else:
                self.loop.run(self.settings.interval_seconds)
        for client in self.http:
            client.close()

    @contextmanager
    def _served(self) -> Iterator[None]:
        if self.context.member is None or self.settings.listen_port == 0:
            yield
            return
        with serving(build_app(self.context.member), self.settings.listen_host, self.settings.listen_port):
            yield


def build_daemon(
    settings: DaemonSettings,
    chain: Chain,
    sessions: sessionmaker[Session],
    signer: Signer | None,
    sender: Sends | None,
    on_step: OnStep = nobody,
    before: Sequence[Callable[[], object]] = (),
    money_may_move: Callable[[], bool] = lambda: True,
    on_member: OnMember = no_member,
) -> Daemon:
    """Put the parts together; `signer` None: no member, `sender` None: a dry run.

    `before` is done at the start of each round (the outbox's step); while `money_may_move` says no, nothing
    is settled or paid.
    """
    deployment = Deployment.from_json(Path(settings.deployment).read_text())
    system = bind(chain, deployment)
    follower = Follower(chain, deployment.first_block)
    stopping = threading.Event()
    who = sender.address if sender else f"dry:{signer.address if signer else ''}"
    lease = Lease(
        sessions, f"daemon:{chain.chain_id}:{system.settlement.address}:{who}", settings.lease_seconds
    )
    actions = Actions(sender, lease, stopping)
    context = Context(
        system, follower, actions, settings.duties, lambda: int(time.time()), money_may_move=money_may_move
    )
    clients: list[httpx.Client] = []
    if signer is not None and settings.is_member:
        member = Member(system, follower, sessions, signer, PublishedFolder(Path(settings.published)))
        member.signs = sender is not None
        peers = []
        for address, url in sorted(settings.peers.items()):
            if address != signer.address:
                clients.append(open_http(url))
                peers.append(Peer(address, clients[-1], signer, member.oracle))
        context.member, context.gatherer = member, Gatherer(member, peers, settings.sources_min, on_member)
        member.find_list = context.gatherer.find_list
    return Daemon(settings, context, Loop(context, lease, stopping, on_step, before), stopping, clients)


@contextmanager
def serving(app: FastAPI, host: str, port: int) -> Iterator[None]:
    """The application behind a port, in a thread of its own, until the end of the block."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        limit_concurrency=64,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=GRACE_SECONDS,
        h11_max_incomplete_event_size=16_384,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="exchange", daemon=True)
    thread.start()
    deadline = time.monotonic() + START_SECONDS_MAX
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise StateError(f"the exchange cannot listen at {host}:{port}")
        time.sleep(0.02)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(GRACE_SECONDS + 2)


@contextmanager
def _stopped_by_signals(stopping: threading.Event) -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        logger.info("signal %d: ending", number)
        stopping.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
