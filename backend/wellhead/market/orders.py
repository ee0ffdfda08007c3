"""What buyers sign: orders, and the stablecoin's permits and authorizations that pay for them.

An EIP-3009 authorization pays for one order and nothing else: its nonce is the order's EIP-712 struct hash,
its receiver the vault, its value the exact cost. Source: docs/protocol.md, "Prices"; EIP-2612; EIP-3009.
"""

from wellhead.chain.eip712 import Domain, StructType, Value

ORDER = StructType(
    "Order(uint256 offerId,uint32 fromPeriod,uint32 count,uint40 units,address to,uint128 price,bytes32 salt)"
)
RECEIVE_WITH_AUTHORIZATION = StructType(
    "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,"
    "bytes32 nonce)"
)
PERMIT = StructType("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)")


def order_nonce(
    offer_id: int, from_period: int, count: int, units: int, to: str, price: int, salt: bytes
) -> bytes:
    """Struct hash of an order; raises InputError naming a field that does not fit."""
    return ORDER.hash(
        {
            "offerId": offer_id,
            "fromPeriod": from_period,
            "count": count,
            "units": units,
            "to": to,
            "price": price,
            "salt": salt,
        }
    )


def authorization_digest(
    coin: Domain, payer: str, vault: str, value: int, valid_after: int, valid_before: int, nonce: bytes
) -> bytes:
    """What the payer signs (EIP-3009, in the coin's own domain) so that the vault may take `value` once."""
    fields: dict[str, Value] = {
        "from": payer,
        "to": vault,
        "value": value,
        "validAfter": valid_after,
        "validBefore": valid_before,
        "nonce": nonce,
    }
    return coin.digest(RECEIVE_WITH_AUTHORIZATION.hash(fields))


def permit_digest(coin: Domain, owner: str, spender: str, value: int, nonce: int, deadline: int) -> bytes:
    """What the owner signs (ERC-2612, in the coin's own domain) so that `spender` may take up to `value`."""
    fields: dict[str, Value] = {
        "owner": owner,
        "spender": spender,
        "value": value,
        "nonce": nonce,
        "deadline": deadline,
    }
    return coin.digest(PERMIT.hash(fields))
