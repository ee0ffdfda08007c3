"""Three members on one chain, each with a database, a key and an exchange of its own; no sockets.

The third member's database is PostgreSQL, the others' are SQLite: they have to agree all the same.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from tests.contracts.disputes.game import Game, Metered
from tests.contracts.world import MEMBERS, key_of
from tests.postgres import Postgres

from wellhead.chain.follow import Follower
from wellhead.chain.signers.memory import MemorySigner
from wellhead.chain.system import bind
from wellhead.daemon.exchange.app import build_app
from wellhead.daemon.exchange.client import Peer
from wellhead.daemon.gather import Gatherer
from wellhead.daemon.member import Member
from wellhead.daemon.published import PublishedFolder
from wellhead.db.engine import open_sessions
from wellhead.registry.published import devices_path, encode_devices
from wellhead.telemetry.reading import SignedReading
from wellhead.telemetry.repository import row_of


class InProcess(httpx.BaseTransport):
    """Brings a request to an application of this process: no socket is opened."""

    def __init__(self, app: FastAPI) -> None:
        self._inner = httpx.ASGITransport(app=app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        async def ask() -> httpx.Response:
            answer = await self._inner.handle_async_request(request)
            return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())

        return asyncio.run(ask())


@dataclass
class Committee:
    """The members, and what tests do with them."""

    game: Game
    members: list[Member]
    clients: list[httpx.Client]
    down: set[int] = field(default_factory=set)

    def peers_of(self, place: int) -> list[Peer]:
        """How a member sees those others that are up."""
        me = self.members[place]
        return [
            Peer(other.signer.address, self.clients[n], me.signer, other.oracle, other.clock)
            for n, other in enumerate(self.members)
            if n != place and n not in self.down
        ]

    def gatherer(self, place: int, **options: Any) -> Gatherer:
        """A member as proposer."""
        return Gatherer(self.members[place], self.peers_of(place), **options)

    def give(self, place: int, readings: Sequence[SignedReading], late: int = 0) -> None:
        """A member received these from the agents, just in time or `late` seconds after."""
        member = self.members[place]
        with member.sessions.begin() as session:
            for signed in readings:
                session.add(row_of(signed, member.cutoff_of(signed.reading.period) + late))

    def publish(self, of: Metered) -> None:
        """Every member finds the asset's device list."""
        for member in self.members:
            member.published.write({devices_path(of.asset.id, 0): encode_devices(of.devices)})

    def metered(self, count: int = 4) -> Metered:
        """A fresh asset whose list all members have."""
        of = self.game.metered(count=count)
        self.publish(of)
        return of

    def close(self, period: int) -> None:
        """To the first second in which the period may be reported."""
        world = self.game.world
        world.travel(world.clock.end_of(period) + member_windows(self).post_from)


def member_windows(committee: Committee):  # type: ignore[no-untyped-def]
    return committee.members[0].windows


@pytest.fixture(scope="module")
def game() -> Game:
    """A world per module: every step reads all of its assets."""
    return Game()


@pytest.fixture
def make(game: Game, tmp_path: Path, postgres: Postgres) -> Iterator[Callable[[], Committee]]:
    opened: list[Committee] = []
    databases = ExitStack()

    def made() -> Committee:
        system = bind(game.world.chain, game.world.deployment)
        members, clients = [], []
        for place, name in enumerate(sorted(MEMBERS)):
            home = tmp_path / f"{len(opened)}-{name}"
            home.mkdir()
            url = f"sqlite:///{home / 'member.sqlite'}"
            if place == 2:
                url = databases.enter_context(postgres.database())
            member = Member(
                system,
                Follower(system.chain, system.deployment.first_block),
                open_sessions(url),
                MemorySigner(key_of(name)),
                PublishedFolder(home / "published"),
                lambda: game.world.now,
            )
            members.append(member)
            clients.append(httpx.Client(transport=InProcess(build_app(member)), base_url="http://member"))
        opened.append(Committee(game, members, clients))
        for of in game.known.values():
            opened[-1].publish(of)
        return opened[-1]

    yield made
    for committee in opened:
        for member in committee.members:
            member.sessions.kw["bind"].dispose()
    databases.close()


@pytest.fixture
def committee(make: Callable[[], Committee]) -> Committee:
    return make()
