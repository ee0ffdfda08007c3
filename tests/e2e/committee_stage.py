"""A committee to be killed: contracts on an anvil, a sold period, three processes, agents that push."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from eth_account import Account
from sqlalchemy.orm import Session, sessionmaker

from wellhead.chain.client import Chain
from wellhead.chain.contract import ContractCall, creation
from wellhead.chain.contracts.coin_registry import IssuerStatus
from wellhead.chain.deployment import DeploymentPlan, deploy
from wellhead.chain.development import BANK_KEY
from wellhead.chain.keccak import keccak256
from wellhead.chain.service import Sender
from wellhead.chain.signatures import address_of
from wellhead.chain.system import System, bind
from wellhead.chain.windows import Windows
from wellhead.clock import PeriodClock
from wellhead.market.service import buy_lease, offer_leases
from wellhead.registry.devices import Device
from wellhead.registry.published import devices_path, encode_devices
from wellhead.registry.service import OpenedAsset, open_asset
from wellhead.registry.terms import RULES_VERSION, ZERO_ADDRESS, ZERO_WORD, Terms
from wellhead.settlement.service import deposit_bond
from wellhead.telemetry.published import row_from
from wellhead.telemetry.reading import Reading, SignedReading, sign_reading

L = 8
WINDOWS = Windows(post_from=3, post_until=40, dispute=4, answer=4, revision=4, hard_end=100)
PASSWORD = "correct horse"
PRICE = 1_250_000
SOLD = 10
DEVICES = 3


def key_of(name: str) -> bytes:
    return keccak256(f"committee {name}".encode())


MEMBER_KEYS = [key_of(f"member {n}") for n in range(3)]


@dataclass
class Process:
    """One member's process."""

    home: Path
    port: int
    started: "subprocess.Popen[bytes] | None" = None
    kills: int = 0

    def start(self) -> None:
        command = [sys.executable, "-c", "from wellhead.cli.app import main; main()", "daemon", "--live"]
        log = (self.home / "log.txt").open("ab")
        environment = os.environ | {"WELLHEAD_KEYSTORE_PASSWORD": PASSWORD, "WELLHEAD_METRICS_PORT": "0"}
        self.started = subprocess.Popen(
            [*command, "--config", str(self.home / "daemon.toml")], stdout=log, stderr=log, env=environment
        )
        log.close()

    def kill(self) -> None:
        """Kill -9, then start again."""
        assert self.started is not None
        self.started.send_signal(signal.SIGKILL)
        self.started.wait()
        self.kills += 1
        self.start()

    def stop(self) -> float:
        """SIGTERM; returns the seconds until it was gone."""
        assert self.started is not None
        asked = time.monotonic()
        self.started.terminate()
        self.started.wait(timeout=30)
        return time.monotonic() - asked

    def is_up(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False

    @property
    def log(self) -> str:
        return (self.home / "log.txt").read_text()


@dataclass
class Stage:
    """Everything deployed, one asset sold in one period."""

    chain: Chain
    system: System
    asset: OpenedAsset
    period: int
    agent_keys: tuple[bytes, ...]
    lease_id: int
    processes: list[Process] = field(default_factory=list)

    def push(self, up: int, period: int | None = None) -> int:
        """Every device's agent pushes a reading of `up` seconds to every member; returns how many took it."""
        period = self.period if period is None else period
        rows = [row_from(self._reading(period, index, up)) for index in range(DEVICES)]
        taken = 0
        for process in self.processes:
            try:
                answer = httpx.post(
                    f"http://127.0.0.1:{process.port}/v1/readings", json={"readings": rows}, timeout=2
                )
            except httpx.HTTPError:
                continue
            taken += answer.status_code == 200 and all("error" not in o for o in answer.json()["outcomes"])
        return taken

    def _reading(self, period: int, index: int, up: int) -> SignedReading:
        device = self.asset.devices[index]
        reading = Reading(
            self.asset.asset_id, period, index, device.device_id, up, 0, 0, up, up * 500, 0, bytes(32)
        )
        return sign_reading(self.agent_keys[index], self.system.domain_of("ReportOracle"), reading)


def request(chain: Chain, method: str, *params: object) -> None:
    answer = chain.web3.provider.make_request(method, list(params))  # type: ignore[arg-type]
    assert "error" not in answer, answer


def set_stage(
    chain: Chain, sessions: sessionmaker[Session], home: Path, members: int = 3, periods: int = 1
) -> Stage:
    """Deploy, open, sell so many periods; then blocks come every second, by the wall's clock."""
    bank = Sender(chain, sessions, BANK_KEY)
    names = ("operator", "owner", "tenant")
    senders = {name: Sender(chain, sessions, key_of(name)) for name in names}
    for address in [*(s.address for s in senders.values()), *map(address_of, MEMBER_KEYS)]:
        bank.send(f"fund {address}", ContractCall(address, b"", "fund", 10**19))
    operator, owner, tenant = (senders[name] for name in names)
    clock = PeriodClock(chain.timestamp(), L)
    roles = [address_of(key_of(name)) for name in ("protocol", "admin")]
    plan = DeploymentPlan(
        clock,
        WINDOWS,
        tuple(map(address_of, MEMBER_KEYS[:members])),
        members // 2 + 1,
        *roles,
        *(operator.address,) * 4,
    )
    deployment = deploy(operator, plan)
    (home / "deployment.json").write_text(deployment.to_json())
    system = bind(chain, deployment)
    coin = system.coin_at(str(operator.send("coin", creation("TestStablecoin", [], chain)).contract_address))
    status = system.coins.set_coin_status(coin.address, IssuerStatus.UNKNOWN, ZERO_WORD)
    operator.send("status", status)
    for sender in (owner, tenant):
        operator.send(f"mint {sender.address}", coin.mint(sender.address, 10**12))
    keys = sorted((keccak256(b"gpu %d" % n), key_of(f"agent {n}")) for n in range(DEVICES))
    devices = [Device(index, uuid, address_of(key)) for index, (uuid, key) in enumerate(keys)]
    agent_keys = tuple(key for _, key in keys)
    terms = Terms(
        RULES_VERSION, 0, 0, 1, 250, 4_000, 1_000, 50, 1_000, 700, 1_000, 0, 0, 120_000, 0, 1, 100,
        ZERO_ADDRESS, coin.address, ZERO_WORD, ZERO_WORD, ZERO_WORD, ZERO_WORD,
    )  # fmt: skip
    asset = open_asset(system, owner, operator, terms, devices, agent_keys)
    deposit_bond(system, owner, asset, 10**9)
    period = clock.period_at(int(time.time()) + 12) + 1
    offer = offer_leases(system, owner, asset, period, period + periods - 1, PRICE)
    lease_id = buy_lease(system, tenant, asset, offer, period, SOLD, periods)
    request(chain, "evm_setNextBlockTimestamp", int(time.time()))
    request(chain, "evm_mine")
    request(chain, "evm_setIntervalMining", 1)
    assert chain.timestamp() < clock.start_of(period)
    return Stage(chain, system, asset, period, agent_keys, lease_id)


def add_members(
    stage: Stage, home: Path, url: str, databases: Sequence[str], keys: Sequence[bytes] = MEMBER_KEYS
) -> None:
    """Configured processes with these databases and keys, not started; equal keys are one member's."""
    ports = free_ports(len(keys))
    peers = {address_of(k): f"http://127.0.0.1:{p}" for k, p in zip(keys, ports, strict=True)}
    for number, (key, port) in enumerate(zip(keys, ports, strict=True)):
        folder = home / f"member-{number}"
        target = folder / "published" / devices_path(stage.asset.asset_id, 0)
        target.parent.mkdir(parents=True)
        target.write_bytes(encode_devices(stage.asset.devices))
        keystore = json.dumps(Account.encrypt(key, PASSWORD, kdf="pbkdf2", iterations=2))
        (folder / "key.json").write_text(keystore)
        (folder / "key.json").chmod(0o600)
        lines = {
            "rpc_url": url,
            "deployment": str(home / "deployment.json"),
            "database": databases[number],
            "published": str(folder / "published"),
            "keystore": str(folder / "key.json"),
        }
        numbers = {"listen_port": port, "interval_seconds": 0.5, "lease_seconds": 2, "wait_seconds": 4}
        text = "".join(f'{name} = "{value}"\n' for name, value in lines.items())
        text += "".join(f"{name} = {value}\n" for name, value in numbers.items())
        text += "[duties]\nturn_seconds = 3\n[peers]\n"
        text += "".join(f'"{address}" = "{peer}"\n' for address, peer in peers.items())
        (folder / "daemon.toml").write_text(text)
        stage.processes.append(Process(folder, port))


def free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def await_all_up(processes: Sequence[Process], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not all(process.is_up() for process in processes):
        assert time.monotonic() < deadline, [process.log[-2_000:] for process in processes]
        time.sleep(0.1)
