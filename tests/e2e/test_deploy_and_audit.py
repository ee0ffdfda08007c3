"""`wellhead deploy` and `wellhead audit` on a node of their own: dry first, then for good, then audited."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from eth_account import Account
from tests.e2e.command import run

from wellhead.chain.client import Chain
from wellhead.chain.deployment import CORE, Deployment
from wellhead.chain.development import BANK_KEY, run_anvil
from wellhead.chain.signatures import address_of
from wellhead.chain.system import bind
from wellhead.errors import InputError

PASSWORD = "correct horse"
ADDRESSES = [address_of(bytes([n]) * 32) for n in range(1, 10)]


@pytest.fixture(scope="module")
def anvil(repo_root: Path) -> Iterator[Chain]:
    binary = repo_root / "node_modules/.bin/anvil"
    if not binary.exists():
        pytest.skip("anvil is not installed: npm has no build of it for this platform")
    with run_anvil(binary) as chain:
        yield chain


@pytest.fixture
def arguments(anvil: Chain, tmp_path: Path) -> list[str]:
    a, b, c, protocol, admin, registrar, compliance, guardian, recovery = ADDRESSES
    roles = {"protocol": protocol, "admin": admin, "registrar": registrar}
    roles |= {"compliance": compliance, "guardian": guardian, "recovery": recovery}
    members = [word for member in (a, b, c) for word in ("--member", member)]
    options = [word for name, address in roles.items() for word in (f"--{name}", address)]
    out = ["--out", str(tmp_path / "deployment.json"), "--database", f"sqlite:///{tmp_path / 'sent.sqlite'}"]
    genesis = str(anvil.timestamp() - 1_000)
    return [
        *("deploy", "--rpc", str(anvil.web3.provider.endpoint_uri), "--genesis", genesis),  # type: ignore[attr-defined]
        *(*members, "--quorum", "2", *options, *out),
    ]


def test_without_a_key_nothing_is_sent(anvil: Chain, arguments: list[str], tmp_path: Path) -> None:
    before = anvil.block_number()
    done = run(*arguments, "--sender", address_of(BANK_KEY))
    assert done.returncode == 0, done.stderr
    assert "dry run: nothing was sent" in done.stderr
    assert anvil.block_number() == before
    assert not (tmp_path / "deployment.json").exists()


def test_a_minority_quorum_is_refused_before_anything_is_sent(arguments: list[str]) -> None:
    arguments[arguments.index("--quorum") + 1] = "1"
    done = run(*arguments, "--sender", address_of(BANK_KEY))
    assert done.returncode == 2
    assert "quorum 1 of 3 members: must be more than half" in done.stderr


def test_a_deployment_is_written_bound_and_audited(
    anvil: Chain, arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keystore = tmp_path / "key.json"
    keystore.write_text(json.dumps(Account.encrypt(BANK_KEY, PASSWORD, kdf="pbkdf2", iterations=2)))
    monkeypatch.setenv("WELLHEAD_KEYSTORE_PASSWORD", PASSWORD)
    done = run(*arguments, "--keystore", str(keystore))
    assert done.returncode == 0, done.stderr
    assert BANK_KEY.hex() not in done.stdout + done.stderr
    path = tmp_path / "deployment.json"
    deployment = Deployment.from_json(path.read_text())
    assert set(deployment.contracts) == set(CORE)
    system = bind(anvil, deployment)
    assert system.oracle.members() == (sorted(ADDRESSES[:3], key=lambda a: int(a, 16)), 2, 1)
    assert system.roles.has_role(0, address_of(BANK_KEY))[0] is False

    again = run(*arguments, "--keystore", str(keystore))
    assert again.returncode == 2
    assert "is never overwritten" in again.stderr

    (tmp_path / "published").mkdir()
    url = str(anvil.web3.provider.endpoint_uri)  # type: ignore[attr-defined]
    audited = run(
        *("audit", "--json", "--rpc", url, "--deployment", str(path)),
        *("--readings", str(tmp_path / "published")),
    )
    assert audited.returncode == 0, audited.stderr + audited.stdout
    opinion = json.loads(audited.stdout)
    assert opinion["findings"] == []
    assert opinion["checks"] > 5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not json", "deployment file"),
        ("{}", "deployment file"),
        (
            '{"chain_id":1,"genesis":0,"period_seconds":1,"first_block":0,"contracts":{"Roles":"0x0"}}',
            f"lacks {', '.join(CORE[1:])}",
        ),
    ],
)
def test_a_malformed_deployment_file_is_named(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        Deployment.from_json(text)
