"""Subscribing to an offering by one signature: the order, and the EIP-3009 authorization that carries it."""

from dataclasses import astuple, dataclass

from wellhead.chain.eip712 import Domain, StructType
from wellhead.chain.signatures import sign

ORDER_TYPE = StructType("SubscriptionOrder(uint256 offeringId,address subscriber,uint96 shares,uint256 salt)")
AUTHORIZATION_TYPE = StructType(
    "ReceiveWithAuthorization(address from,address to,uint256 value,"
    "uint256 validAfter,uint256 validBefore,bytes32 nonce)"
)


@dataclass(frozen=True, slots=True)
class SubscriptionOrder:
    """So many shares of an offering for a subscriber; `salt` lets the same be ordered twice."""

    offering_id: int
    subscriber: str
    shares: int
    salt: int = 0

    def as_tuple(self) -> tuple[int | str, ...]:
        """Fields in the struct's order."""
        return astuple(self)

    @property
    def nonce(self) -> bytes:
        """The struct hash, which the authorization carries; InputError if a field does not fit."""
        names = (name for name, _ in ORDER_TYPE.fields)
        return ORDER_TYPE.hash(dict(zip(names, self.as_tuple(), strict=True)))


@dataclass(frozen=True, slots=True)
class Payment:
    """The subscriber's signature and when it may be used; `split` picks the coin's form with `v, r, s`."""

    valid_after: int
    valid_before: int
    signature: bytes
    split: bool = False

    def as_tuple(self) -> tuple[int | bytes, ...]:
        """Fields in the struct's order."""
        return astuple(self)


def sign_payment(
    coin: Domain,
    offerings: str,
    order: SubscriptionOrder,
    cost: int,
    until: int,
    key: bytes,
    split: bool = False,
) -> Payment:
    """The subscriber's authorization of `cost` to the offering contract, good before `until`.

    `coin` is the coin's own EIP-712 domain, read from the token.
    """
    values: dict[str, int | bytes | str] = {
        "from": order.subscriber,
        "to": offerings,
        "value": cost,
        "validAfter": 0,
        "validBefore": until,
        "nonce": order.nonce,
    }
    return Payment(0, until, sign(key, coin.digest(AUTHORIZATION_TYPE.hash(values))), split)
