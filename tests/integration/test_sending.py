"""A transaction is on disk before it leaves, leaves once, and an error while sending decides nothing."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker, undefer

from wellhead.chain.client import Chain
from wellhead.chain.contract import ContractCall, creation
from wellhead.chain.contracts.stablecoin import StablecoinContract
from wellhead.chain.models import TransactionAttempt, TransactionIntent
from wellhead.chain.service import Sender
from wellhead.errors import ContractReverted, StateError, TransactionUnknown

SOMEBODY = "0x000000000000000000000000000000000000bEEF"


@pytest.fixture
def coin(bank: Sender, chain: Chain) -> StablecoinContract:
    mined = bank.send("coin", creation("TestStablecoin", [], chain))
    assert mined.contract_address is not None
    return StablecoinContract(chain, mined.contract_address)


def stored(sessions: sessionmaker[Session], key: str) -> TransactionIntent | None:
    with sessions() as session:
        return session.scalar(select(TransactionIntent).where(TransactionIntent.key == key))


def attempts(sessions: sessionmaker[Session], intent: TransactionIntent) -> list[TransactionAttempt]:
    query = select(TransactionAttempt).where(TransactionAttempt.intent_id == intent.id)
    with sessions() as session:
        return list(session.scalars(query.options(undefer(TransactionAttempt.signed_bytes))))


def test_the_same_key_is_sent_once_and_answers_the_same(bank: Sender, coin: StablecoinContract) -> None:
    first = bank.send("mint", coin.mint(SOMEBODY, 70))
    assert bank.send("mint", coin.mint(SOMEBODY, 70)) == first
    assert coin.balance_of(SOMEBODY) == 70


def test_a_key_used_for_another_call_is_refused(bank: Sender, coin: StablecoinContract) -> None:
    bank.send("mint", coin.mint(SOMEBODY, 70))
    with pytest.raises(StateError, match=r"key 'mint' was used for TestStablecoin\.mint"):
        bank.send("mint", coin.mint(SOMEBODY, 71))
    assert coin.balance_of(SOMEBODY) == 70


def test_a_refused_call_is_named_with_its_numbers_and_nothing_is_stored(
    bank: Sender, coin: StablecoinContract, sessions: sessionmaker[Session]
) -> None:
    nonce = bank.chain.web3.eth.get_transaction_count(bank.address)
    with pytest.raises(ContractReverted) as refused:
        bank.send("too much", coin.prepare("transfer", SOMEBODY, 5))
    assert refused.value.name == "ERC20InsufficientBalance"
    assert (refused.value.args_by_name["balance"], refused.value.args_by_name["needed"]) == (0, 5)
    assert stored(sessions, "too much") is None
    assert bank.chain.web3.eth.get_transaction_count(bank.address) == nonce


def test_signed_bytes_are_stored_before_anything_leaves(
    bank: Sender, coin: StablecoinContract, sessions: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bytes] = []
    send = bank.chain.web3.eth.send_raw_transaction

    def watched(raw: Any) -> Any:
        intent = stored(sessions, "mint")
        assert intent is not None
        (attempt,) = attempts(sessions, intent)
        seen.append(attempt.signed_bytes)
        assert bytes(raw) == attempt.signed_bytes
        return send(raw)

    monkeypatch.setattr(bank.chain.web3.eth, "send_raw_transaction", watched)
    bank.send("mint", coin.mint(SOMEBODY, 70))
    assert len(seen) == 1


def test_an_error_after_acceptance_is_resolved_by_the_transactions_own_hash(
    bank: Sender, coin: StablecoinContract, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = bank.chain.web3.eth.send_raw_transaction

    def accepted_then_broken(raw: Any) -> Any:
        send(raw)
        raise ConnectionError("502 Bad Gateway")

    monkeypatch.setattr(bank.chain.web3.eth, "send_raw_transaction", accepted_then_broken)
    bank.send("mint", coin.mint(SOMEBODY, 70))
    assert coin.balance_of(SOMEBODY) == 70


def test_a_lost_transaction_is_unknown_and_the_very_bytes_are_sent_again(
    bank: Sender, coin: StablecoinContract, sessions: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    def dropped(raw: Any) -> Any:
        raise ConnectionError("dropped")

    with monkeypatch.context() as broken:
        broken.setattr(bank.chain.web3.eth, "send_raw_transaction", dropped)
        with pytest.raises(TransactionUnknown, match="in no block after 1 s"):
            bank.send("mint", coin.mint(SOMEBODY, 70))
    before = stored(sessions, "mint")
    mined = bank.send("mint", coin.mint(SOMEBODY, 70))
    after = stored(sessions, "mint")
    assert before is not None
    assert after is not None
    assert before.status == "signed"
    assert after.status == "mined"
    (attempt,) = attempts(sessions, after)
    assert mined.transaction_hash == "0x" + attempt.transaction_hash.hex()
    assert coin.balance_of(SOMEBODY) == 70


def test_native_coin_goes_where_it_is_sent(bank: Sender) -> None:
    bank.send("gift", ContractCall(SOMEBODY, b"", "gift", 12_345))
    assert bank.chain.web3.eth.get_balance(SOMEBODY) == 12_345  # type: ignore[arg-type]
