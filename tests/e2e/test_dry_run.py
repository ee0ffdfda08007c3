"""A dry run sends nothing, whatever is due; and what is not known is not worked on."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker
from tests.e2e.command import run
from tests.e2e.committee_stage import MEMBER_KEYS, Stage, request, set_stage
from web3.middleware import Web3Middleware

from wellhead.chain.development import run_anvil
from wellhead.chain.signers.memory import MemorySigner
from wellhead.daemon.actions import StepResult
from wellhead.daemon.guard import StaleChain, UnknownContracts, check_contracts, check_head
from wellhead.daemon.running import Daemon, build_daemon
from wellhead.daemon.settings import DaemonSettings
from wellhead.db.engine import open_sessions
from wellhead.registry.published import devices_path, encode_devices
from wellhead.reports.wire import encode_proposal

CYCLES = 100
FINALITY_BLOCKS = 130
"""More than anvil wants above a block before it calls it final."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dry")


@pytest.fixture(scope="module")
def sessions(home: Path) -> Iterator[sessionmaker[Session]]:
    opened = open_sessions(f"sqlite:///{home / 'setup.sqlite'}")
    yield opened
    opened.kw["bind"].dispose()


@pytest.fixture(scope="module")
def stage(repo_root: Path, home: Path, sessions: sessionmaker[Session]) -> Iterator[Stage]:
    binary = repo_root / "node_modules/.bin/anvil"
    if not binary.exists():
        pytest.skip("anvil is not installed: npm has no build of it for this platform")
    with run_anvil(binary, int(time.time()) - 150) as chain:
        stage = set_stage(chain, sessions, home)
        request(chain, "evm_setIntervalMining", 0)
        request(chain, "anvil_mine", hex(FINALITY_BLOCKS), hex(0))
        clock = stage.system.deployment.clock
        request(chain, "evm_setNextBlockTimestamp", clock.end_of(stage.period) + 60)
        request(chain, "evm_mine")
        yield stage


@pytest.fixture
def daemon(stage: Stage, home: Path, sessions: sessionmaker[Session]) -> Daemon:
    settings = DaemonSettings(
        rpc_url=str(stage.chain.web3.provider.endpoint_uri),  # type: ignore[attr-defined]
        deployment=home / "deployment.json",
        published=home / "published",
        listen_port=0,
    )
    made = build_daemon(settings, stage.chain, sessions, MemorySigner(MEMBER_KEYS[0]), None)
    made.context.clock = stage.chain.timestamp
    assert made.context.member is not None
    made.context.member.clock = stage.chain.timestamp
    return made


def test_a_hundred_rounds_of_a_dry_run_send_nothing(stage: Stage, daemon: Daemon) -> None:
    asked: list[str] = []

    class Recorder(Web3Middleware):
        def request_processor(self, method: Any, params: Any) -> Any:
            asked.append(method)
            return method, params

    stage.chain.web3.middleware_onion.add(Recorder, "recorder")
    heard: list[StepResult] = []
    daemon.loop._on_step = lambda name, result, seconds: heard.append(result)
    for cycle in range(CYCLES):
        turn = cycle % len(MEMBER_KEYS) * daemon.context.duties.turn_seconds
        daemon.context.clock = lambda turn=turn: stage.chain.timestamp() + turn
        daemon.loop.cycle()
    daemon.loop.lease.release()
    stage.chain.web3.middleware_onion.remove("recorder")
    assert len(asked) > CYCLES
    assert [method for method in asked if method.startswith("eth_send")] == []
    would = {key for result in heard for key in result.would}
    assert any(":skip:" in key for key in would)
    assert not [result for result in heard if result.done or result.error]


def test_a_dry_run_gives_no_signature(stage: Stage, daemon: Daemon) -> None:
    member = daemon.context.member
    assert member is not None
    asset = stage.asset
    member.published.write({devices_path(asset.asset_id, 0): encode_devices(asset.devices)})
    due = member.due(stage.period)
    assert due is not None
    verdict = member.consider(encode_proposal(member.build(due).proposal))
    assert verdict.signature is None
    assert "signs nothing" in verdict.refusal


def test_the_command_is_a_dry_run_without_a_key(stage: Stage, home: Path) -> None:
    config = home / "daemon.toml"
    url = stage.chain.web3.provider.endpoint_uri  # type: ignore[attr-defined]
    config.write_text(
        f'rpc_url = "{url}"\ndeployment = "{home / "deployment.json"}"\n'
        f'database = "sqlite:///{home / "dry.sqlite"}"\n[duties]\nhead_seconds_max = 100000\n'
    )
    before = stage.chain.block_number()
    done = run("daemon", "--once", "--config", str(config))
    assert done.returncode == 0, done.stderr
    assert "dry run" in done.stderr
    assert "would send Settlement.skip" in done.stderr
    assert stage.chain.block_number() == before
    live = run("daemon", "--once", "--live", "--config", str(config))
    assert live.returncode == 2
    assert "live needs a key" in live.stderr


def test_a_setting_that_is_wrong_is_named(home: Path) -> None:
    config = home / "wrong.toml"
    config.write_text('interval_seconds = "often"\n')
    done = run("daemon", "--once", "--config", str(config))
    assert done.returncode == 2
    assert "rpc_url: Field required" in done.stderr
    assert "interval_seconds" in done.stderr


def test_contracts_that_are_not_the_known_ones_are_refused(stage: Stage, daemon: Daemon) -> None:
    assert check_contracts(stage.system) > 20
    address = stage.system.settlement.address
    code = stage.chain.code_at(address)
    request(stage.chain, "anvil_setCode", address, "0x" + (code[:-1] + bytes([code[-1] ^ 1])).hex())
    try:
        with pytest.raises(UnknownContracts, match=f"Settlement at {address}"):
            daemon.loop.cycle()
    finally:
        request(stage.chain, "anvil_setCode", address, "0x" + code.hex())
    assert daemon.loop.cycle()
    daemon.loop.lease.release()


def test_an_endpoint_that_lags_is_not_believed(stage: Stage, daemon: Daemon) -> None:
    now = stage.chain.timestamp()
    assert check_head(stage.system, now + 300, 300) == 300
    with pytest.raises(StaleChain, match="301 s old"):
        check_head(stage.system, now + 301, 300)
    daemon.context.clock = lambda: now + 301
    [result] = daemon.loop.cycle()
    assert result.error is not None
    assert "301 s old" in result.error
    daemon.loop.lease.release()


def test_a_daemon_without_the_lease_does_nothing(stage: Stage, daemon: Daemon, home: Path) -> None:
    other = build_daemon(
        daemon.settings, stage.chain, daemon.loop.lease._sessions, MemorySigner(MEMBER_KEYS[0]), None
    )
    other.context.clock = stage.chain.timestamp
    assert len(daemon.loop.cycle()) > 1
    [only] = other.loop.cycle()
    assert only.waiting == ["another daemon works"]
    daemon.loop.lease.release()
    assert len(other.loop.cycle()) > 1
    other.loop.lease.release()


def test_the_loop_ends_between_steps_when_it_is_asked_to(daemon: Daemon) -> None:
    threading.Timer(0.3, daemon.stopping.set).start()
    started = time.monotonic()
    daemon.loop.run(60.0)
    assert time.monotonic() - started < 10
    assert daemon.loop.lease.token == 0
