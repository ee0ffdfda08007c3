"""Transactions that the simple sender stored are the new outbox's, with the bytes that were signed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from eth_account import Account
from sqlalchemy.orm import undefer

from wellhead.chain.development import BANK_KEY
from wellhead.chain.models import TransactionAttempt, TransactionIntent
from wellhead.chain.repository import open_intents
from wellhead.chain.signatures import address_of
from wellhead.chain.states import State
from wellhead.db.engine import SOURCE_MIGRATIONS, open_engine, open_sessions

BANK = address_of(BANK_KEY)


def old_row(nonce: int, status: str, block: int | None) -> dict[str, Any]:
    fields = {"chainId": 31337, "nonce": nonce, "gas": 54_321, "to": BANK, "value": 7, "data": b"\x01\x02"}
    fees = {"maxFeePerGas": 30 * 10**9, "maxPriorityFeePerGas": 10**9}
    signed = Account.sign_transaction({**fields, **fees}, BANK_KEY)
    return {
        "key": f"key {nonce}",
        "chain_id": 31337,
        "sender": BANK,
        "nonce": nonce,
        "recipient": BANK,
        "action": "pay",
        "payload_hash": bytes(32),
        "value": "7",
        "signed_bytes": bytes(signed.raw_transaction),
        "transaction_hash": bytes(signed.hash),
        "status": status,
        "block": block,
        "created_at": datetime(2026, 11, 23, tzinfo=UTC),
    }


@pytest.fixture
def migrated(tmp_path: Path) -> str:
    """A database with three old rows, brought to the newest schema."""
    url = f"sqlite:///{tmp_path / 'old.sqlite'}"
    engine, config = open_engine(url), Config()
    config.set_main_option("script_location", str(SOURCE_MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "20261123_01")
        table = sa.Table("transaction_intents", sa.MetaData(), autoload_with=connection)
        dated = [old_row(0, "mined", 3), old_row(1, "reverted", 4), old_row(2, "signed", None)]
        connection.execute(table.insert(), dated)
    engine.dispose()
    open_sessions(url).kw["bind"].dispose()
    return url


def test_old_transactions_keep_their_bytes_and_their_place(migrated: str) -> None:
    sessions = open_sessions(migrated)
    query = sa.select(TransactionAttempt).options(undefer(TransactionAttempt.signed_bytes))
    with sessions() as session:
        intents = list(session.scalars(sa.select(TransactionIntent).options(undefer(TransactionIntent.data))))
        attempts = list(session.scalars(query.order_by(TransactionAttempt.id)))
        waiting = open_intents(session, 31337, BANK)
    sessions.kw["bind"].dispose()
    assert [(each.status, each.succeeded, each.nonce) for each in intents] == [
        ("mined", True, 0),
        ("mined", False, 1),
        ("signed", None, 2),
    ]
    assert {(each.data, each.gas, each.fills_gap) for each in intents} == {(b"\x01\x02", 54_321, False)}
    assert [each.mined_hash for each in intents[:2]] == [each.transaction_hash for each in attempts[:2]]
    assert [each.signed_bytes for each in attempts] == [old_row(n, "", 0)["signed_bytes"] for n in range(3)]
    assert {(each.max_fee, each.tip) for each in attempts} == {(30 * 10**9, 10**9)}
    assert [each.state for each in waiting] == [State.MINED, State.MINED, State.SIGNED]
