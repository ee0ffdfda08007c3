"""`wellhead daemon` as systemd runs it: it looks, serves, logs JSON, ends in time, and shows no key."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from eth_account import Account
from tests.chaos.node import mine, run_node

from wellhead.chain.client import connect_rpc
from wellhead.chain.deployment import DeploymentPlan, deploy
from wellhead.chain.development import BANK_KEY
from wellhead.chain.service import Sender
from wellhead.chain.signatures import address_of
from wellhead.chain.windows import windows_for
from wellhead.clock import PeriodClock
from wellhead.db.engine import open_sessions

BANK = address_of(BANK_KEY)
PASSWORD = "a password that is nowhere"
START_SECONDS_MAX = 40
STOP_SECONDS_MAX = 10


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def page(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as response:
        return str(response.read().decode())


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """What the unit's environment file and credentials give."""
    with run_node("--gas-limit", "100000000", "--slots-in-an-epoch", "1") as url:
        sessions = open_sessions(f"sqlite:///{tmp_path / 'deployer.sqlite'}")
        genesis = int(time.time()) // 86_400 * 86_400
        plan = DeploymentPlan(PeriodClock(genesis, 86_400), windows_for(86_400), (BANK,), 1, *[BANK] * 6)
        deployment = deploy(Sender(connect_rpc(url, BANK), sessions, BANK_KEY), plan)
        sessions.kw["bind"].dispose()
        mine(url, 2)
        (tmp_path / "deployment.json").write_text(deployment.to_json())
        (tmp_path / "password").write_text(PASSWORD)
        keystore = Account.encrypt(BANK_KEY, PASSWORD, kdf="pbkdf2", iterations=2)
        (tmp_path / "key.json").write_text(json.dumps(keystore))
        for secret in ("password", "key.json"):
            (tmp_path / secret).chmod(0o600)
        yield {
            **os.environ,
            "WELLHEAD_RPC_URL": url,
            "WELLHEAD_DEPLOYMENT": str(tmp_path / "deployment.json"),
            "WELLHEAD_DATABASE": f"sqlite:///{tmp_path / 'member.sqlite'}",
            "WELLHEAD_PUBLISHED": str(tmp_path / "published"),
            "WELLHEAD_KEYSTORE": str(tmp_path / "key.json"),
            "WELLHEAD_KEYSTORE_PASSWORD_FILE": str(tmp_path / "password"),
            "WELLHEAD_METRICS_PORT": str(free_port()),
            "WELLHEAD_LISTEN_PORT": "0",
            "WELLHEAD_INTERVAL_SECONDS": "1",
        }


def await_metric(process: "subprocess.Popen[str]", port: int, wanted: str) -> str:
    """The metrics' text as soon as it holds that."""
    deadline = time.monotonic() + START_SECONDS_MAX
    text = ""
    while wanted not in text:
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        assert time.monotonic() < deadline, text
        time.sleep(0.2)
        try:
            text = page(port, "/metrics")
        except OSError:
            continue
    return text


def test_the_daemon_is_what_the_alerts_and_the_unit_expect(
    environment: dict[str, str], tmp_path: Path
) -> None:
    port = int(environment["WELLHEAD_METRICS_PORT"])
    command = [sys.executable, "-c", "from wellhead.cli.app import main; main()"]
    process = subprocess.Popen(
        [*command, "daemon"], env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        text = await_metric(process, port, 'wellhead_step_success_timestamp_seconds{step="upkeep"}')
        text = await_metric(process, port, f'wellhead_key_foreign_transactions{{address="{BANK}"}}')
        checked = subprocess.run(
            [*command, "check", "--json"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        healthy, ready = json.loads(page(port, "/healthz")), json.loads(page(port, "/readyz"))
    finally:
        process.send_signal(signal.SIGTERM)
        asked = time.monotonic()
        said, told = process.communicate(timeout=30)
    assert time.monotonic() - asked < STOP_SECONDS_MAX
    assert process.returncode == 0, told
    assert (healthy, ready) == ({"ok": True, "faults": {}},) * 2
    assert checked.returncode == 0, checked.stdout
    assert "wellhead_index_lag_blocks 0.0" in text
    assert all({"time", "level", "event", "logger"} <= json.loads(line).keys() for line in told.splitlines())
    for shown in (said, told, text, checked.stdout, checked.stderr):
        assert BANK_KEY.hex() not in shown.lower()
        assert PASSWORD not in shown
    for file in tmp_path.glob("member.sqlite*"):
        assert BANK_KEY not in file.read_bytes()
