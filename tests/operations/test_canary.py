"""A canary key signs, fails and is asked about in every way; nothing that leaves the process shows it."""

import base64
import copy
import io
import json
import logging
import pickle
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from eth_account import Account
from sqlalchemy.orm import Session, sessionmaker
from tests.chaos.kms import made_key, mocked_kms

from wellhead.chain.client import Chain
from wellhead.chain.contract import ContractCall
from wellhead.chain.development import BANK_KEY, open_in_process
from wellhead.chain.keccak import keccak256
from wellhead.chain.node_in_process import InProcessNode
from wellhead.chain.outbox import Outbox
from wellhead.chain.placing import Request
from wellhead.chain.service import Sender
from wellhead.chain.signatures import address_of
from wellhead.chain.signers.keystore import open_keystore
from wellhead.chain.signers.kms import KmsSigner
from wellhead.chain.signers.memory import MemorySigner
from wellhead.daemon.log import start_logging
from wellhead.daemon.metrics import Metrics
from wellhead.daemon.redact import Redactor
from wellhead.daemon.watch.keys import KeyWatch
from wellhead.db.engine import open_sessions

CANARY = keccak256(b"a canary in the coal mine")
PASSWORD = "canary password, not to be seen"
ADDRESS = address_of(CANARY)
FORMS = [
    CANARY.hex(), CANARY.hex().upper(), repr(CANARY)[2:-1], str(int.from_bytes(CANARY, "big")),
    base64.b64encode(CANARY).decode(), repr(list(CANARY))[1:-1], PASSWORD,
]  # fmt: skip
SOMEBODY = "0x000000000000000000000000000000000000bEEF"


def assert_clean(where: str, content: str | bytes) -> None:
    raw = content if isinstance(content, bytes) else content.encode()
    for form in FORMS:
        assert form.encode() not in raw, f"{where} shows the key: …{form[:6]}…"
    assert CANARY not in raw, f"{where} holds the key's bytes"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root, stream = logging.getLogger(), io.StringIO()
    before = root.handlers[:], root.level, sys.excepthook, threading.excepthook
    start_logging(Redactor([ADDRESS], [PASSWORD]), stream, logging.DEBUG)
    yield stream
    root.handlers[:], root.level, sys.excepthook, threading.excepthook = before
    logging.captureWarnings(False)
    assert_clean("the log", stream.getvalue())


@pytest.fixture
def chain() -> Chain:
    return open_in_process(1_750_000_000)


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[sessionmaker[Session]]:
    opened = open_sessions(f"sqlite:///{tmp_path / 'canary.sqlite'}")
    yield opened
    opened.kw["bind"].dispose()


def told_by(failing: Callable[[], object]) -> str:
    """Everything that a failure says: text, arguments, causes and traceback."""
    try:
        failing()
    except Exception as error:  # whatever it is, it must say nothing
        logging.getLogger("wellhead").exception("canary: %r", error)
        chained, said = error, ""
        while chained is not None:
            said += repr(chained) + str(chained) + repr(chained.args)
            chained = chained.__cause__ or chained.__context__  # type: ignore[assignment]
        return said + "".join(traceback.format_exception(error))
    raise AssertionError("it should have failed")


def keystore(folder: Path, **changes: Any) -> Path:
    path = folder / "key.json"
    content = Account.encrypt(CANARY, PASSWORD, kdf="pbkdf2", iterations=2) | changes
    path.write_text(json.dumps(content))
    path.chmod(0o600)
    return path


def test_sending_shows_the_key_nowhere(
    chain: Chain, sessions: sessionmaker[Session], tmp_path: Path, log: io.StringIO
) -> None:
    bank = Sender(chain, sessions, BANK_KEY)
    bank.send("fund", ContractCall(ADDRESS, b"", "fund", 10**19))
    sender = Sender(chain, sessions, MemorySigner(CANARY))
    sender.send("pay", ContractCall(SOMEBODY, b"", "pay", 1))
    failures = [
        told_by(lambda: sender.send("pay", ContractCall(SOMEBODY, b"", "pay", 2))),
        told_by(lambda: sender.send("too much", ContractCall(SOMEBODY, b"", "pay", 10**30))),
        told_by(lambda: sender.signer.sign_transaction({"gasPrice": 1})),
    ]
    metrics = Metrics()
    metrics.show_key(KeyWatch(ADDRESS).look(chain, sessions), 1, 1)
    for text in (*failures, repr(sender), repr(sender.signer), str(vars(sender)), repr(sender.outbox)):
        assert_clean("a text", text)
    assert_clean("/metrics", metrics.text())
    sessions.kw["bind"].dispose()
    for file in tmp_path.iterdir():
        assert_clean(file.name, file.read_bytes())


def test_a_node_that_fails_gives_nothing_away(
    chain: Chain, sessions: sessionmaker[Session], log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = Outbox(InProcessNode(chain), sessions, MemorySigner(CANARY), chain.chain_id)

    def broken(*_: object) -> Any:
        raise ConnectionError("gone")

    monkeypatch.setattr(InProcessNode, "view", broken)
    request = Request("pay", ContractCall(SOMEBODY, b"", "pay", 1), 21_000)
    assert_clean("an error", told_by(lambda: outbox.submit([request])))


def test_a_signer_cannot_be_copied_and_shows_its_address_only(log: io.StringIO) -> None:
    signer = MemorySigner(CANARY)
    assert_clean("repr", f"{signer!r} {signer} {signer.sign_digest!r} {dir(signer)}")
    assert ADDRESS in repr(signer)
    assert_clean("an error", told_by(lambda: pickle.dumps(signer)))
    assert_clean("an error", told_by(lambda: copy.deepcopy(signer)))
    assert_clean("an error", told_by(lambda: MemorySigner(CANARY + b"\0")))
    assert_clean("an error", told_by(lambda: signer.sign_digest(CANARY[:5])))
    assert_clean(
        "a locals dump", repr(logging.makeLogRecord({"args": signer, "fields": {"by": signer}}).__dict__)
    )


def test_a_keystore_that_does_not_open_says_why_and_no_more(tmp_path: Path, log: io.StringIO) -> None:
    path = keystore(tmp_path)
    assert open_keystore(path, PASSWORD).address == ADDRESS
    assert_clean("an error", told_by(lambda: open_keystore(path, PASSWORD + "?")))
    path = keystore(tmp_path, address="00" * 20)
    assert_clean("an error", told_by(lambda: open_keystore(path, PASSWORD)))
    path = keystore(tmp_path, version=4)
    assert_clean("an error", told_by(lambda: open_keystore(path, PASSWORD)))
    path.chmod(0o644)
    assert_clean("an error", told_by(lambda: open_keystore(path, PASSWORD)))
    path.write_text("{" + CANARY.hex())
    path.chmod(0o600)
    assert_clean("an error", told_by(lambda: open_keystore(path, PASSWORD)))


def test_kms_says_nothing_but_its_keys_name(log: io.StringIO) -> None:
    access = {"aws_access_key_id": CANARY.hex(), "aws_secret_access_key": PASSWORD}
    with mocked_kms():
        client = boto3.client("kms", region_name="eu-central-1", **access)
        signer = KmsSigner(client, made_key(client))
        signer.sign_digest(keccak256(b"digest"))
        assert_clean("repr", repr(signer))
        assert_clean("an error", told_by(lambda: signer.sign_digest(b"short")))
        assert_clean("an error", told_by(lambda: KmsSigner(client, made_key(client, "RSA_2048"))))
        assert_clean("an error", told_by(lambda: KmsSigner(client, "no such key")))


def test_the_canary_is_found_where_it_does_leak() -> None:
    for leak in (CANARY, CANARY.hex(), repr(CANARY), str(list(CANARY)), f"({PASSWORD})"):
        with pytest.raises(AssertionError, match="the key"):
            assert_clean("a leak", leak)
