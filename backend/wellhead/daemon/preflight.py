"""What has to be in order before a member starts: looked at one by one, nothing is changed.

Every item says what was found and, where it is not right, what to do. An item that another one needs first is
left out where that one failed.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, func, make_url, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker
from web3 import Web3
from web3.exceptions import Web3Exception

from wellhead.audit.state.sync import read_codes, read_wires
from wellhead.chain.client import Chain, connect_rpc
from wellhead.chain.deployment import Deployment
from wellhead.chain.models import SendingKey
from wellhead.chain.signers import Signer
from wellhead.chain.stakes import ZERO_ADDRESS
from wellhead.chain.system import System, bind
from wellhead.daemon.redact import Redactor
from wellhead.daemon.watch.clocks import skews
from wellhead.db.engine import PACKAGED_MIGRATIONS, SOURCE_MIGRATIONS, WRITES, open_engine
from wellhead.errors import InputError, WellheadError
from wellhead.registry.terms import RULES_VERSION
from wellhead.telemetry.models import ReadingRow

SKEW_SECONDS_MAX = 10
FREE_BYTES_MIN = 1 << 30
LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")
FAULTS = (WellheadError, Web3Exception, SQLAlchemyError, OSError, ValueError)


class Verdict(StrEnum):
    """How an item stands."""

    OK = "ok"
    WARN = "warn"
    """It works, but somebody should know."""
    FAIL = "fail"
    """The member must not start like this."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was looked at."""

    name: str
    verdict: Verdict
    found: str
    advice: str = ""


@dataclass(frozen=True)
class Member:
    """What a member is started with."""

    rpc_url: str | None
    deployment: Path | None
    database_url: str | None
    open_signer: Callable[[], Signer | None]
    """Opens the key; None where there is none, which is a dry run."""
    balance_floor: int
    """Least native coin of the key, in wei."""


@dataclass
class Preflight:
    """Looks at a member's surroundings; `items` is what came out."""

    member: Member
    now: Callable[[], float]
    redactor: Redactor = field(default_factory=Redactor)
    items: list[Item] = field(default_factory=list)

    def look(self) -> list[Item]:
        """Everything, in the order in which it depends on each other."""
        deployment = self._configuration()
        signer = self._key()
        chain = self._chain(deployment)
        if chain is not None and deployment is not None and chain.chain_id == deployment.chain_id:
            self._deployment(chain, deployment, signer)
        self._database(chain, deployment, signer)
        return self.items

    @property
    def passed(self) -> bool:
        """Whether nothing stands in the way."""
        return all(item.verdict is not Verdict.FAIL for item in self.items)

    def _say(self, name: str, verdict: Verdict, found: object, advice: str = "") -> None:
        clean = self.redactor.clean
        advice = "" if verdict is Verdict.OK else advice
        self.items.append(Item(name, verdict, clean(str(found)), clean(advice)))

    def _judge(
        self, name: str, good: bool, found: object, advice: str, worst: Verdict = Verdict.FAIL
    ) -> None:
        self._say(name, Verdict.OK if good else worst, found, advice)

    @contextmanager
    def _guarded(self, name: str, advice: str = "") -> Iterator[None]:
        """What goes wrong inside is a failed item of that name."""
        try:
            yield
        except FAULTS as error:
            self._say(name, Verdict.FAIL, f"{type(error).__name__}: {error}".splitlines()[0][:300], advice)

    # --- configuration and key -----------------------------------------------------------------------------

    def _configuration(self) -> Deployment | None:
        url = self.member.rpc_url
        if url is None:
            self._say("endpoint", Verdict.FAIL, "none", "set WELLHEAD_RPC_URL or give --rpc")
        else:
            parts = urlsplit(url)
            private = parts.scheme == "https" or parts.hostname in LOCAL_HOSTS
            advice = "what crosses a network unencrypted can be changed on its way"
            self._judge("endpoint", private, url, advice, Verdict.WARN)
        deployment = None
        with self._guarded(
            "deployment file", "it is what `wellhead deploy` wrote; every member has the same"
        ):
            if self.member.deployment is None:
                raise InputError("none is given")
            deployment = Deployment.from_json(self.member.deployment.read_text(encoding="utf-8"))
            started = deployment.genesis <= self.now()
            found = f"chain {deployment.chain_id}, periods of {deployment.period_seconds} s"
            self._judge("deployment file", started, found, "period 0 has not begun", Verdict.WARN)
        return deployment

    def _key(self) -> Signer | None:
        signer = None
        with self._guarded("key", "the daemon would not start: see docs/operations.md, Keys"):
            signer = self.member.open_signer()
            if signer is None:
                advice = "without a key the daemon only says what it would send"
                self._say("key", Verdict.WARN, "none: dry run", advice)
            else:
                self.redactor.watch(signer.address)
                self._say("key", Verdict.OK, f"{type(signer).__name__} of {signer.address}")
        return signer

    # --- chain ---------------------------------------------------------------------------------------------

    def _chain(self, deployment: Deployment | None) -> Chain | None:
        if self.member.rpc_url is None:
            return None
        chain = None
        with self._guarded("chain", "is the endpoint up, and does this host reach it?"):
            chain = connect_rpc(self.member.rpc_url, ZERO_ADDRESS, timeout_seconds=10)
            self._say("chain", Verdict.OK, f"id {chain.chain_id}, block {chain.block_number()}")
            self._say("client", Verdict.OK, chain.web3.client_version)
            if deployment is not None:
                same = deployment.chain_id == chain.chain_id
                found = f"{chain.chain_id}, deployed on {deployment.chain_id}"
                self._judge("chain id", same, found, "this endpoint serves another chain")
            syncing = chain.web3.eth.syncing
            self._judge("synchronised", syncing is False, not syncing, "wait until the node has caught up")
            self._finality(chain)
        return chain

    def _finality(self, chain: Chain) -> None:
        try:
            block = int(chain.web3.eth.get_block("finalized")["number"])
        except (Web3Exception, ValueError):
            advice = "a fixed depth is used instead: make sure that the chain never reorganises deeper"
            self._say("finalized", Verdict.WARN, "the node does not know the tag", advice)
        else:
            self._say("finalized", Verdict.OK, f"block {block}")

    def _deployment(self, chain: Chain, deployment: Deployment, signer: Signer | None) -> None:
        with self._guarded("contracts", "is the deployment file the right one?"):
            system = bind(chain, deployment)
            codes = list(read_codes(system, ()))
            strange = [code.name for code in codes if code.found != code.expected]
            advice = "another release deployed them: use the release that did"
            found = f"unknown code: {', '.join(strange)}" if strange else f"{len(codes)} known"
            self._judge("contracts", not strange, found, advice)
            self._judge(
                "rules version", not strange, RULES_VERSION if not strange else "cannot be told", advice
            )
            if strange:
                return
            wires = [wire.name for wire in read_wires(system) if wire.expected != wire.found]
            advice = "the file names contracts of different deployments, or another calendar"
            self._judge("wiring", not wires, ", ".join(wires) or "as in the deployment file", advice)
            if signer is not None:
                self._member(system, signer.address)

    def _member(self, system: System, address: str) -> None:
        members = system.oracle.members()
        advice = f"members are {', '.join(members.members) or 'none'}"
        found = f"one of {len(members.members)}, {members.quorum} must agree"
        is_member = address in members.members
        self._judge("member", is_member, found if is_member else f"{address} is not appointed", advice)
        if is_member:
            stake, least = system.oracle.stake_of(address).amount, system.oracle.stakes().min_stake
            self._judge("stake", stake >= least, f"{stake} wei of {least}", "deposit what is missing")
        balance = int(system.chain.web3.eth.get_balance(Web3.to_checksum_address(address)))
        floor = self.member.balance_floor
        worst = Verdict.WARN if balance else Verdict.FAIL
        self._judge(
            "balance", balance >= floor, f"{balance} wei", f"send at least {floor - balance} wei", worst
        )

    # --- database ------------------------------------------------------------------------------------------

    def _database(self, chain: Chain | None, deployment: Deployment | None, signer: Signer | None) -> None:
        sessions: sessionmaker[Session] | None = None
        with self._guarded("database", "does the server run, and may this user write?"):
            engine = self._engine()
            if engine is not None and self._is_migrated(engine):
                sessions = sessionmaker(engine)
                self._is_writable(engine)
                self._lease(sessions, signer)
                self._telemetry(sessions, deployment)
        if chain is not None and (sessions is not None or self.member.database_url is None):
            with self._guarded("clock"):
                self._clock(chain, sessions)
        if sessions is not None:
            sessions.kw["bind"].dispose()

    def _engine(self) -> Engine | None:
        if self.member.database_url is None:
            self._say("database", Verdict.FAIL, "none", "set WELLHEAD_DATABASE or give --database")
            return None
        url = make_url(self.member.database_url)
        if url.password:
            self.redactor.hide(str(url.password))
        shown = url.render_as_string(hide_password=True)
        if url.get_backend_name() != "sqlite":
            self._say("database", Verdict.OK, shown)
            return open_engine(self.member.database_url)
        file = Path(url.database or "")
        if not file.is_file():
            self._say("database", Verdict.WARN, f"{shown} is not there", "the daemon creates it at its start")
            return None
        free = shutil.disk_usage(file.parent).free
        found = f"{shown}, {free >> 20} MiB free"
        self._judge("database", free >= FREE_BYTES_MIN, found, "make room on that disk", Verdict.WARN)
        return open_engine(self.member.database_url)

    def _is_migrated(self, engine: Engine) -> bool:
        location = PACKAGED_MIGRATIONS if PACKAGED_MIGRATIONS.is_dir() else SOURCE_MIGRATIONS
        config = Config()
        config.set_main_option("script_location", str(location))
        wanted = set(ScriptDirectory.from_config(config).get_heads())
        with engine.connect() as connection:
            found = set(MigrationContext.configure(connection).get_current_heads())
        said = f"{', '.join(sorted(found)) or 'nothing'}, newest is {', '.join(sorted(wanted))}"
        self._judge("schema", found == wanted, said, "the daemon migrates at its start", Verdict.WARN)
        return found == wanted

    def _is_writable(self, engine: Engine) -> None:
        with self._guarded("writable", "a replica, a full disk, or missing rights"):
            with engine.connect().execution_options(**{WRITES: True}) as connection:
                connection.execute(text("UPDATE sending_keys SET fence = fence WHERE 1 = 0"))
                connection.rollback()
            self._say("writable", Verdict.OK, "yes")

    def _lease(self, sessions: sessionmaker[Session], signer: Signer | None) -> None:
        with sessions() as session:
            held = session.scalars(select(SendingKey).where(SendingKey.expires_ms > int(self.now() * 1_000)))
            holders = [
                f"{row.sender} by {row.holder}" for row in held if signer and row.sender == signer.address
            ]
        advice = "another process sends with this key: nothing breaks, but one of them waits"
        self._judge("lease", not holders, ", ".join(holders) or "free", advice, Verdict.WARN)

    def _telemetry(self, sessions: sessionmaker[Session], deployment: Deployment | None) -> None:
        with sessions() as session:
            newest = session.scalar(select(func.max(ReadingRow.received_at)))
        if newest is None:
            advice = "no agent has pushed a reading here yet: see docs/operations.md, Agents"
            self._say("telemetry", Verdict.WARN, "no reading", advice)
            return
        age = int(self.now()) - newest
        limit = deployment.period_seconds if deployment else 86_400
        advice = "agents push at least once a period: do they reach this member?"
        self._judge("telemetry", age <= limit, f"newest reading {age} s old", advice, Verdict.WARN)

    def _clock(self, chain: Chain, sessions: sessionmaker[Session] | None) -> None:
        found = skews(chain, sessions, self.now)
        worst = max(found.values(), key=abs)
        said = ", ".join(f"{seconds:+.1f} s to the {source}" for source, seconds in found.items())
        self._judge("clock", abs(worst) <= SKEW_SECONDS_MAX, said, "set this host's clock (NTP)")
