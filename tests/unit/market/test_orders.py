"""What buyers sign: the standards' type hashes, and an order's hash that every field moves."""

import pytest

from wellhead.chain.eip712 import Domain
from wellhead.errors import InputError
from wellhead.market.orders import (
    PERMIT,
    RECEIVE_WITH_AUTHORIZATION,
    authorization_digest,
    order_nonce,
    permit_digest,
)

A, B = "0x" + "11" * 20, "0x" + "22" * 20
ORDER = (1, 2, 3, 4, A, 5, b"\6" * 32)
COIN = Domain(1, B, "USD Coin", "2")


def test_type_hashes_are_the_standards() -> None:
    assert RECEIVE_WITH_AUTHORIZATION.type_hash.hex() == (
        "d099cc98ef71107a616c4f0f941f04c322d8e254fe26b3c6668db87aae413de8"
    )
    assert PERMIT.type_hash.hex() == "6e71edae12b1b97f4d1f60370fef10105fa2faae0126114a169c64845d6126c9"


@pytest.mark.parametrize("place", range(7))
def test_every_field_of_an_order_is_in_its_hash(place: int) -> None:
    changed = list(ORDER)
    other = {4: B, 6: b"\7" * 32}
    changed[place] = other.get(place, 99)
    assert order_nonce(*changed) != order_nonce(*ORDER)  # type: ignore[arg-type]


def test_a_field_that_does_not_fit_is_named() -> None:
    with pytest.raises(InputError, match=r"units = 1099511627776 does not fit uint40"):
        order_nonce(1, 2, 3, 1 << 40, A, 5, bytes(32))


def test_a_digest_is_of_one_coin_on_one_chain() -> None:
    nonce = order_nonce(*ORDER)
    digests = {
        authorization_digest(coin, A, B, 60, 0, 9, nonce)
        for coin in (COIN, Domain(2, B, "USD Coin", "2"), Domain(1, A, "USD Coin", "2"))
    }
    assert len(digests) == 3
    assert permit_digest(COIN, A, B, 60, 0, 9) != permit_digest(COIN, A, B, 60, 1, 9)
