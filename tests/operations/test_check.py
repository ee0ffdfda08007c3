"""`wellhead check`: nothing amiss passes, and each thing amiss is named with what to do about it."""

import json
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from sqlalchemy.orm import Session
from tests.chaos.node import mine, run_node
from typer.testing import CliRunner

from wellhead.chain.client import connect_rpc
from wellhead.chain.deployment import Deployment, DeploymentPlan, deploy
from wellhead.chain.development import BANK_KEY
from wellhead.chain.models import SendingKey
from wellhead.chain.service import Sender
from wellhead.chain.signatures import address_of
from wellhead.chain.windows import windows_for
from wellhead.cli.app import app
from wellhead.clock import PeriodClock
from wellhead.db.engine import open_sessions

BANK = address_of(BANK_KEY)
PASSWORD = "correct horse battery staple"
STRANGER = bytes(range(1, 33))


@dataclass(frozen=True)
class Place:
    """A member's files and node."""

    url: str
    deployment: Deployment
    folder: Path

    @property
    def arguments(self) -> dict[str, str]:
        """What a well-configured member is given."""
        return {
            "--rpc": self.url,
            "--deployment": str(self.folder / "deployment.json"),
            "--database": f"sqlite:///{self.folder / 'member.sqlite'}",
            "--keystore": str(self.folder / "key.json"),
            "--password-file": str(self.folder / "password"),
        }

    def check(self, **changes: str | None) -> tuple[int, dict[str, Any], str]:
        """Exit code, items by name, and all that was printed; None takes an option away."""
        options = self.arguments | {f"--{name.replace('_', '-')}": value for name, value in changes.items()}
        arguments = [part for name, value in options.items() if value is not None for part in (name, value)]
        done = CliRunner().invoke(app, ["check", "--json", *arguments])
        document = json.loads(done.stdout)
        assert document["ok"] is (done.exit_code == 0)
        return done.exit_code, {item["name"]: item for item in document["items"]}, done.output


def write_key(folder: Path, name: str, key: bytes) -> Path:
    path = folder / name
    path.write_text(json.dumps(Account.encrypt(key, PASSWORD, kdf="pbkdf2", iterations=2)))
    path.chmod(0o600)
    return path


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Deployment]]:
    folder = tmp_path_factory.mktemp("node")
    with run_node("--gas-limit", "100000000", "--slots-in-an-epoch", "1") as url:
        sessions = open_sessions(f"sqlite:///{folder / 'deployer.sqlite'}")
        genesis = int(time.time()) // 86_400 * 86_400
        plan = DeploymentPlan(PeriodClock(genesis, 86_400), windows_for(86_400), (BANK,), 1, *[BANK] * 6)
        deployment = deploy(Sender(connect_rpc(url, BANK), sessions, BANK_KEY), plan)
        sessions.kw["bind"].dispose()
        yield url, deployment


@pytest.fixture
def place(node: tuple[str, Deployment], tmp_path: Path) -> Place:
    url, deployment = node
    mine(url)
    (tmp_path / "deployment.json").write_text(deployment.to_json())
    (tmp_path / "password").write_text(PASSWORD + "\n")
    (tmp_path / "password").chmod(0o600)
    write_key(tmp_path, "key.json", BANK_KEY)
    open_sessions(f"sqlite:///{tmp_path / 'member.sqlite'}").kw["bind"].dispose()
    return Place(url, deployment, tmp_path)


def test_a_member_in_order_passes_and_is_told_what_was_seen(place: Place) -> None:
    code, items, _ = place.check()
    assert code == 0
    assert {name for name, item in items.items() if item["verdict"] == "fail"} == set()
    wanted = {
        "endpoint", "deployment file", "key", "chain", "client", "chain id", "synchronised", "finalized",
        "contracts", "rules version", "wiring", "member", "stake", "balance", "database", "schema",
        "writable", "lease", "telemetry", "clock",
    }  # fmt: skip
    assert set(items) == wanted
    assert "anvil" in items["client"]["found"]
    assert BANK in items["key"]["found"]


def test_the_daemons_own_file_says_what_to_look_at_and_the_command_line_wins(place: Place) -> None:
    names = {"--rpc": "rpc_url", "--password-file": "keystore_password_file"}
    lines = (f'{names.get(o, o[2:])} = "{value}"\n' for o, value in place.arguments.items())
    config = place.folder / "daemon.toml"
    config.write_text("".join(lines))
    nothing = dict.fromkeys(("rpc", "deployment", "database", "keystore", "password_file"), None)
    code, items, _ = place.check(config=str(config), **nothing)
    assert code == 0
    assert BANK in items["key"]["found"]
    code, items, _ = place.check(config=str(config), **nothing | {"keystore": str(place.folder / "none")})
    assert code == 1
    assert items["key"]["verdict"] == "fail"


def test_people_get_a_table(place: Place) -> None:
    arguments = [part for option in place.arguments.items() for part in option]
    done = CliRunner().invoke(app, ["check", *arguments])
    assert done.exit_code == 0
    assert "finalized" in done.stdout
    assert "{" not in done.stdout


def test_nothing_configured_fails_item_by_item_and_not_with_a_traceback(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["check", "--json"])
    items = {item["name"]: item["verdict"] for item in json.loads(done.stdout)["items"]}
    assert done.exit_code == 1
    assert items == {"endpoint": "fail", "deployment file": "fail", "key": "warn", "database": "fail"}


@pytest.mark.parametrize(
    ("item", "changes", "verdict", "found"),
    [
        ("chain", {"rpc": "http://127.0.0.1:9"}, "fail", "Error"),
        ("deployment file", {"deployment": "absent.json"}, "fail", "FileNotFoundError"),
        ("key", {"kms_key": "alias/member"}, "fail", "both a keystore and a KMS key"),
        ("key", {"keystore": None}, "warn", "dry run"),
        ("database", {"database": "sqlite:///absent.sqlite"}, "warn", "is not there"),
        ("database", {"database": "postgresql+pg8000://u:hunter22@127.0.0.1:9/x"}, "fail", "Error"),
    ],
)
def test_what_is_wrong_is_named(
    place: Place, item: str, changes: dict[str, str | None], verdict: str, found: str
) -> None:
    code, items, printed = place.check(**changes)
    assert (code, items[item]["verdict"]) == (0 if verdict == "warn" else 1, verdict)
    assert found in items[item]["found"]
    assert items[item]["advice"]
    assert "hunter22" not in printed
    assert not Path("absent.sqlite").exists()


def test_a_wrong_password_opens_nothing_and_is_not_shown(place: Place) -> None:
    (place.folder / "password").write_text("wrong guess")
    code, items, printed = place.check()
    assert (code, items["key"]["verdict"]) == (1, "fail")
    assert "wrong password" in items["key"]["found"]
    assert "wrong guess" not in printed


def test_a_key_that_is_no_member_fails(place: Place) -> None:
    write_key(place.folder, "stranger.json", STRANGER)
    code, items, printed = place.check(keystore=str(place.folder / "stranger.json"))
    assert (code, items["member"]["verdict"], items["balance"]["verdict"]) == (1, "fail", "fail")
    assert BANK in items["member"]["advice"]
    assert STRANGER.hex() not in printed


def test_an_endpoint_of_another_chain_fails(place: Place) -> None:
    other = replace(place.deployment, chain_id=1)
    (place.folder / "deployment.json").write_text(other.to_json())
    code, items, _ = place.check()
    assert (code, items["chain id"]["verdict"]) == (1, "fail")


def test_contracts_that_are_not_this_releases_fail(place: Place) -> None:
    contracts = place.deployment.contracts | {"Disputes": place.deployment.contracts["Faults"]}
    (place.folder / "deployment.json").write_text(replace(place.deployment, contracts=contracts).to_json())
    code, items, _ = place.check()
    assert (code, items["contracts"]["verdict"], items["rules version"]["verdict"]) == (1, "fail", "fail")
    assert items["contracts"]["found"] == "unknown code: Disputes"


def test_another_calendar_than_the_contracts_fails(place: Place) -> None:
    moved = replace(place.deployment, genesis=place.deployment.genesis - 86_400)
    (place.folder / "deployment.json").write_text(moved.to_json())
    code, items, _ = place.check()
    assert (code, items["wiring"]["verdict"]) == (1, "fail")
    assert "genesis" in items["wiring"]["found"]


def test_a_database_that_cannot_be_written_fails(place: Place) -> None:
    with sqlite3.connect(place.folder / "member.sqlite") as other:
        other.execute("BEGIN IMMEDIATE")
        code, items, _ = place.check()
    assert (code, items["writable"]["verdict"]) == (1, "fail")
    assert "locked" in items["writable"]["found"]


def test_a_key_in_use_elsewhere_is_told(place: Place) -> None:
    sessions = open_sessions(place.arguments["--database"])
    held: Session
    with sessions.begin() as held:
        until = int(time.time() * 1_000) + 60_000
        held.add(SendingKey(chain_id=31337, sender=BANK, holder="other:1", fence=3, expires_ms=until))
    sessions.kw["bind"].dispose()
    code, items, _ = place.check()
    assert (code, items["lease"]["verdict"], items["lease"]["found"]) == (0, "warn", f"{BANK} by other:1")


def test_a_clock_that_is_off_fails(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    real = time.time
    monkeypatch.setattr("wellhead.cli.check.time.time", lambda: real() + 45)
    code, items, _ = place.check()
    assert (code, items["clock"]["verdict"]) == (1, "fail")
    assert "to the node" in items["clock"]["found"]
