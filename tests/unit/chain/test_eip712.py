"""Our EIP-712 encoder says what eth-account's says, and refuses what does not fit."""

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given
from hypothesis import strategies as st

from wellhead.chain.eip712 import Domain, StructType
from wellhead.chain.signatures import HALF_ORDER, address_of, recover, sign
from wellhead.errors import InputError

KEY = bytes(range(1, 33))
ORDER = 2 * HALF_ORDER + 1
STRUCT = StructType("Thing(uint32 count,uint56 joules,bytes32 root,bytes4 tag,address who)")
DOMAIN = Domain(1_337, address_of(KEY))


@given(
    st.fixed_dictionaries(
        {
            "count": st.integers(0, 2**32 - 1),
            "joules": st.integers(0, 2**56 - 1),
            "root": st.binary(min_size=32, max_size=32),
            "tag": st.binary(min_size=4, max_size=4),
            "who": st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex()),
        }
    )
)
def test_digest_and_signature_equal_another_encoders(values: dict[str, object]) -> None:
    digest = DOMAIN.digest(STRUCT.hash(values))  # type: ignore[arg-type]
    message = encode_typed_data(full_message=STRUCT.typed_data(DOMAIN, values))  # type: ignore[arg-type]
    assert bytes(Account.sign_message(message, KEY).signature) == sign(KEY, digest)
    assert recover(digest, sign(KEY, digest)) == address_of(KEY)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("count", 2**32, "count = 4294967296 does not fit uint32"),
        ("count", -1, "count = -1 does not fit uint32"),
        ("joules", 1.5, "joules = 1.5 does not fit uint56"),
        ("root", b"\1" * 31, "is not bytes32"),
        ("who", 5, "who = 5 is not an address"),
    ],
)
def test_a_value_that_does_not_fit_is_named(field: str, value: object, said: str) -> None:
    values: dict[str, object] = {
        "count": 1,
        "joules": 1,
        "root": bytes(32),
        "tag": bytes(4),
        "who": address_of(KEY),
    }
    with pytest.raises(InputError, match=said):
        STRUCT.hash(values | {field: value})  # type: ignore[arg-type]


def test_a_signature_with_high_s_is_refused() -> None:
    digest = bytes(32)
    signature = sign(KEY, digest)
    s = ORDER - int.from_bytes(signature[32:64], "big")
    mirrored = signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])
    with pytest.raises(InputError, match="is high"):
        recover(digest, mirrored)


@pytest.mark.parametrize("size", [0, 64, 66])
def test_a_signature_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(InputError, match=f"signature of {size} bytes, not 65"):
        recover(bytes(32), bytes(size))


@pytest.mark.parametrize("v", [0, 1, 26, 29])
def test_a_signature_with_another_v_is_refused(v: int) -> None:
    with pytest.raises(InputError, match=f"v = {v}, not 27 or 28"):
        recover(bytes(32), sign(KEY, bytes(32))[:64] + bytes([v]))


def test_a_signature_that_is_no_point_is_refused() -> None:
    with pytest.raises(InputError, match="does not recover"):
        recover(bytes(32), b"\xff" * 32 + b"\1" * 32 + b"\x1b")
