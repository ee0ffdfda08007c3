"""What a signer can do, and how a transaction becomes signed bytes with any of them."""

from collections.abc import Mapping
from typing import Any, Protocol

import rlp
from eth_utils import to_canonical_address

from wellhead.chain.keccak import keccak256
from wellhead.errors import InputError

EIP_1559 = b"\x02"
FIELDS = frozenset(
    ("chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas", "to", "value", "data", "type")
)


class Signer(Protocol):
    """One key. Whatever it is made of appears in no text that this object gives."""

    @property
    def address(self) -> str:
        """Checksummed address of the key."""

    def sign_digest(self, digest: bytes) -> bytes:
        """65 bytes `r ‖ s ‖ v` over 32 bytes; s is low, v 27 or 28."""

    def sign_transaction(self, transaction: Mapping[str, Any]) -> bytes:
        """The bytes to broadcast for an EIP-1559 transaction."""


class DigestSigner:
    """Signs transactions by signing their digest."""

    def sign_digest(self, digest: bytes) -> bytes:
        """65 bytes `r ‖ s ‖ v` over 32 bytes; s is low, v 27 or 28."""
        raise NotImplementedError

    def sign_transaction(self, transaction: Mapping[str, Any]) -> bytes:
        """The bytes to broadcast for an EIP-1559 transaction; InputError for any other kind."""
        unknown = transaction.keys() - FIELDS
        if unknown or int(transaction.get("type", 2)) != 2:
            raise InputError(f"only EIP-1559 transactions are signed; odd: {sorted(unknown) or 'type'}")
        to = transaction.get("to")
        fields: list[Any] = [
            transaction["chainId"],
            transaction["nonce"],
            transaction["maxPriorityFeePerGas"],
            transaction["maxFeePerGas"],
            transaction["gas"],
            to_canonical_address(to) if to else b"",
            transaction.get("value", 0),
            bytes(transaction.get("data", b"")),
            [],
        ]
        signature = self.sign_digest(keccak256(EIP_1559 + rlp.encode(fields)))
        r, s = (int.from_bytes(signature[i : i + 32], "big") for i in (0, 32))
        return bytes(EIP_1559 + rlp.encode([*fields, signature[64] - 27, r, s]))
