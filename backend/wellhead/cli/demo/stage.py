"""Setting the stage: contracts, coin, players, an asset that is open for sale."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from wellhead.chain.client import Chain, ChainKind
from wellhead.chain.contract import creation
from wellhead.chain.contracts.coin_registry import IssuerStatus
from wellhead.chain.contracts.stablecoin import StablecoinContract
from wellhead.chain.deployment import DeploymentPlan, deploy
from wellhead.chain.development import travel
from wellhead.chain.keccak import keccak256
from wellhead.chain.signatures import address_of
from wellhead.chain.system import System, bind
from wellhead.cli.demo.cast import QUORUM, Cast, gather, key_named
from wellhead.cli.demo.machines import sleep_until
from wellhead.cli.demo.metering import MemberStore
from wellhead.cli.demo.plan import SHARES_SOLD, DemoPlan, terms_for
from wellhead.db.engine import open_sessions
from wellhead.errors import ChainError
from wellhead.market.service import transfer_shares
from wellhead.registry.service import OpenedAsset, open_asset, verify_investor

POCKET_MONEY_COINS = 10**15
LONGEST_WAIT_SECONDS = 900
COUNTRIES = (756, 276)
"""ISO 3166-1 numeric: Switzerland, Germany."""

Told = Callable[[str], None]
"""Hears one line of the story."""


@dataclass(frozen=True)
class Stage:
    """Everything that a demonstration plays on."""

    system: System
    cast: Cast
    coin: StablecoinContract
    asset: OpenedAsset
    members: tuple[MemberStore, ...]
    home: Path

    def reach(self, timestamp: int) -> None:
        """Let the chain's clock come to `timestamp`: by travel, or by waiting where it keeps its own time."""
        chain = self.system.chain
        if chain.timestamp() >= timestamp:
            return
        if chain.kind is not ChainKind.RPC:
            travel(chain, timestamp)
            return
        if timestamp - chain.timestamp() > LONGEST_WAIT_SECONDS:
            raise ChainError(
                f"this chain keeps its own time and stands {timestamp - chain.timestamp()} s before "
                f"{timestamp}; a demonstration waits at most {LONGEST_WAIT_SECONDS} s"
            )
        while chain.timestamp() < timestamp:
            sleep_until(timestamp, lambda _: None)


def set_stage(chain: Chain, plan: DemoPlan, home: Path, told: Told) -> Stage:
    """Deploy, fund, verify and open; ends with shares in the first investor's hands."""
    sessions = open_sessions(f"sqlite:///{home / 'operator.sqlite'}")
    cast = gather(chain, sessions)
    told(f"chain {chain.chain_id} ({chain.kind}): contracts are created")
    operator = cast["operator"]
    deployment = deploy(
        operator,
        DeploymentPlan(
            clock=plan.clock,
            windows=plan.windows,
            members=tuple(address_of(key) for key in cast.member_keys),
            quorum=QUORUM,
            protocol=cast.protocol,
            admin=address_of(key_named("admin")),
            registrar=operator.address,
            compliance=operator.address,
            guardian=address_of(key_named("guardian")),
            recovery=address_of(key_named("recovery")),
        ),
    )
    (home / "deployment.json").write_text(deployment.to_json())
    system = bind(chain, deployment)
    coin = _issue_coin(system, cast)
    told(f"{len(plan.machines.uuids)} devices are registered, each bound by its agent's signature")
    asset = open_asset(
        system,
        cast["owner"],
        operator,
        terms_for(plan, coin.address),
        plan.machines.registered(),
        plan.machines.agent_keys,
    )
    _bring_investors(system, cast, asset)
    told("two investors are verified; the first holds a quarter of the revenue shares")
    return Stage(system, cast, coin, asset, _open_member_stores(cast, home), home)


def _issue_coin(system: System, cast: Cast) -> StablecoinContract:
    operator = cast["operator"]
    mined = operator.send(system.key_of("coin"), creation("TestStablecoin", [], system.chain))
    if mined.contract_address is None:
        raise ChainError(f"{mined.transaction_hash} created no coin")
    coin = system.coin_at(mined.contract_address)
    allow = system.coins.set_coin_status(coin.address, IssuerStatus.UNKNOWN, keccak256(b"test coin"))
    operator.send(system.key_of("coin-status"), allow)
    for name in ("owner", "tenant-1", "tenant-2"):
        operator.send(system.key_of("mint", name), coin.mint(cast[name].address, POCKET_MONEY_COINS))
    return coin


def _bring_investors(system: System, cast: Cast, asset: OpenedAsset) -> None:
    operator, attestor_key = cast["operator"], key_named("attestor")
    operator.send(
        system.key_of("attestor"), system.identities.set_attestor(address_of(attestor_key), active=True)
    )
    for name, country in zip(("investor-1", "investor-2"), COUNTRIES, strict=True):
        verify_investor(system, operator, attestor_key, cast[name].address, country, 400 * 86_400)
    transfer_shares(system, cast["owner"], asset, cast["investor-1"].address, SHARES_SOLD, "first sale")


def _open_member_stores(cast: Cast, home: Path) -> tuple[MemberStore, ...]:
    def sessions_of(number: int) -> sessionmaker[Session]:
        return open_sessions(f"sqlite:///{home / f'member-{number}.sqlite'}")

    return tuple(MemberStore(key, sessions_of(n)) for n, key in enumerate(cast.member_keys, 1))
