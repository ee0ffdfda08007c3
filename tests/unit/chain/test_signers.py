"""Signers sign what the chain accepts, and show their key to nobody."""

import copy
import json
import pickle
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_keys import KeyAPI
from tests.chaos import kms
from tests.chaos.kms import made_key, mocked_kms

from wellhead.chain.keccak import keccak256
from wellhead.chain.signatures import address_of, sign
from wellhead.chain.signers.keystore import PASSWORD_VARIABLE, open_keystore, read_password
from wellhead.chain.signers.kms import ORDER, KmsSigner, decode_der
from wellhead.chain.signers.memory import MemorySigner
from wellhead.errors import ChainError, InputError

KEY = keccak256(b"canary: this key must appear nowhere")
PASSWORD = "correct horse"
SIGNATURES = 200
TRANSACTION = {
    "chainId": 31337,
    "nonce": 7,
    "maxFeePerGas": 10**10,
    "maxPriorityFeePerGas": 10**9,
    "gas": 21_000,
    "to": "0x000000000000000000000000000000000000bEEF",
    "value": 5,
    "data": b"\x01\x02",
}


@pytest.fixture
def client() -> Iterator[Any]:
    with mocked_kms() as opened:
        yield opened


def keystore(folder: Path, **changes: Any) -> Path:
    path = folder / "key.json"
    path.write_text(json.dumps(Account.encrypt(KEY, PASSWORD, iterations=2) | changes))
    path.chmod(0o600)
    return path


def shown(value: object) -> str:
    return f"{value!r} {value} {vars(value) if hasattr(value, '__dict__') else ''}"


def leaks(text: str) -> bool:
    return KEY.hex() in text.lower() or repr(KEY) in text or str(int.from_bytes(KEY, "big")) in text


def test_eth_account_signs_with_libsecp256k1_too() -> None:
    assert type(KeyAPI().backend).__name__ == "CoinCurveECCBackend"


@pytest.mark.parametrize("to", [TRANSACTION["to"], None])
def test_a_signed_transaction_is_what_eth_account_signs(to: str | None) -> None:
    raw = MemorySigner(KEY).sign_transaction({**TRANSACTION, "to": to})
    reference = {key: value for key, value in {**TRANSACTION, "to": to}.items() if value is not None}
    assert raw == bytes(Account.sign_transaction(reference, KEY).raw_transaction)
    assert Account.recover_transaction(raw) == address_of(KEY)


@pytest.mark.parametrize("odd", [{"gasPrice": 1}, {"accessList": []}, {"type": 1}])
def test_other_kinds_of_transactions_are_refused(odd: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="only EIP-1559"):
        MemorySigner(KEY).sign_transaction({**TRANSACTION, **odd})


def test_a_keystore_opens_with_its_password_only(tmp_path: Path) -> None:
    path = keystore(tmp_path)
    assert open_keystore(path, PASSWORD).address == address_of(KEY)
    with pytest.raises(InputError, match=r"keystore key\.json: wrong password"):
        open_keystore(path, "wrong")


@pytest.mark.parametrize(
    "changes", [{"version": 1}, {"crypto": {}}, {"crypto": None}, {"address": "00" * 20}]
)
def test_a_keystore_that_is_none_is_refused_and_says_nothing(tmp_path: Path, changes: Any) -> None:
    with pytest.raises(InputError, match="keystore") as refused:
        open_keystore(keystore(tmp_path, **changes), PASSWORD)
    assert not leaks("".join(traceback.format_exception(refused.value)))


def test_a_keystore_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = keystore(tmp_path)
    path.chmod(0o644)
    with pytest.raises(InputError, match="mode 644"):
        open_keystore(path, PASSWORD)


def test_a_password_comes_from_a_file_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n")
    file.chmod(0o600)
    assert read_password(file) == PASSWORD
    monkeypatch.setenv(PASSWORD_VARIABLE, "from the environment")
    assert read_password(None) == "from the environment"
    monkeypatch.delenv(PASSWORD_VARIABLE)
    with pytest.raises(InputError, match=PASSWORD_VARIABLE):
        read_password(None)


def test_no_text_and_no_copy_of_a_signer_holds_its_key(tmp_path: Path) -> None:
    for signer in (MemorySigner(KEY), open_keystore(keystore(tmp_path), PASSWORD)):
        assert leaks(f"{KEY!r}")
        assert not leaks(shown(signer))
        for copied in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="not to be copied"):
                copied(signer)


@pytest.mark.parametrize("bytes_of", [lambda: b"\0" * 32, lambda: KEY + b"\1", lambda: b"", lambda: KEY[:31]])
def test_what_is_no_key_is_refused_without_being_shown(bytes_of: Any) -> None:
    with pytest.raises(InputError, match="no secp256k1 private key") as refused:
        MemorySigner(bytes_of())
    assert KEY[:31].hex() not in "".join(traceback.format_exception(refused.value))


def test_kms_signatures_are_low_and_recover_to_the_keys_address() -> None:
    assert kms.run(seed=1, count=SIGNATURES)["faults"] == {"invalid": 0}


def test_a_transaction_signed_by_kms_is_by_its_address(client: Any) -> None:
    signer = KmsSigner(client, made_key(client))
    assert Account.recover_transaction(signer.sign_transaction(TRANSACTION)) == signer.address


@pytest.mark.parametrize(
    ("spec", "usage"),
    [("ECC_NIST_P256", "SIGN_VERIFY"), ("RSA_2048", "SIGN_VERIFY"), ("RSA_2048", "ENCRYPT_DECRYPT")],
)
def test_a_kms_key_of_another_kind_is_refused(client: Any, spec: str, usage: str) -> None:
    with pytest.raises(InputError, match="not ECC_SECG_P256K1"):
        KmsSigner(client, made_key(client, spec, usage))


class Forwarding:
    """KMS whose signatures come from elsewhere."""

    def __init__(self, client: Any, signature: bytes) -> None:
        self._client, self._signature = client, signature

    def get_public_key(self, **named: Any) -> Any:
        return self._client.get_public_key(**named)

    def sign(self, **_: Any) -> Any:
        return {"Signature": self._signature}


def der(r: int, s: int) -> bytes:
    def integer(value: int) -> bytes:
        raw = value.to_bytes(value.bit_length() // 8 + 1, "big")
        return b"\x02" + bytes([len(raw)]) + raw

    body = integer(r) + integer(s)
    return b"\x30" + bytes([len(body)]) + body


def test_a_signature_by_another_key_never_leaves(client: Any) -> None:
    digest = keccak256(b"digest")
    compact = sign(KEY, digest)
    foreign = der(int.from_bytes(compact[:32], "big"), int.from_bytes(compact[32:64], "big"))
    with pytest.raises(ChainError, match="not by 0x"):
        KmsSigner(Forwarding(client, foreign), made_key(client)).sign_digest(digest)


@pytest.mark.parametrize("high", [False, True])
def test_der_is_read_and_high_s_comes_out_low(client: Any, high: bool) -> None:
    key_id = made_key(client)
    digest = keccak256(b"digest")
    honest = KmsSigner(client, key_id).sign_digest(digest)
    r, s = (int.from_bytes(honest[i : i + 32], "big") for i in (0, 32))
    given = der(r, ORDER - s if high else s)
    signature = KmsSigner(Forwarding(client, given), key_id).sign_digest(digest)
    assert signature[:64] == honest[:64]


@pytest.mark.parametrize(
    "odd",
    [
        b"",
        der(5, 6)[:-1],
        der(5, 6) + b"\0",
        b"\x31" + der(5, 6)[1:],
        der(0, 6),
        der(5, ORDER),
        bytes.fromhex("3008020200050202ff06"),
        bytes.fromhex("300702020005020106"),
        bytes.fromhex("3006020105030106"),
    ],
)
def test_what_is_no_der_signature_is_refused(odd: bytes) -> None:
    with pytest.raises(InputError, match="DER"):
        decode_der(odd)
