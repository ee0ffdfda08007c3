"""A member's signed word that it received a reading, and when: evidence should it leave the reading out."""

from collections.abc import Callable
from dataclasses import dataclass

from wellhead.chain.eip712 import Domain, StructType
from wellhead.chain.signatures import recover, sign
from wellhead.errors import InputError, ReadingError

SignDigest = Callable[[bytes], bytes]
"""32-byte digest → 65-byte signature."""

RECEIPT_TYPE = StructType("Receipt(bytes32 readingHash,uint40 receivedAt)")


@dataclass(frozen=True, slots=True)
class Receipt:
    """`reading_hash` = the reading's struct hash; `received_at` in Unix seconds; 65-byte signature."""

    reading_hash: bytes
    received_at: int
    signature: bytes


def receipt_hash(reading_hash: bytes, received_at: int) -> bytes:
    """The EIP-712 struct hash of a receipt; raises InputError for values that do not fit."""
    return RECEIPT_TYPE.hash({"readingHash": reading_hash, "receivedAt": received_at})


def sign_receipt(
    member_key: bytes | SignDigest, domain: Domain, reading_hash: bytes, received_at: int
) -> Receipt:
    """A receipt signed with the member's 32-byte key, or by whatever signs digests for him."""
    digest = domain.digest(receipt_hash(reading_hash, received_at))
    signature = sign(member_key, digest) if isinstance(member_key, bytes) else member_key(digest)
    return Receipt(reading_hash, received_at, signature)


def receipt_signer(domain: Domain, receipt: Receipt) -> str:
    """Checksummed address that signed; raises ReadingError for a malformed receipt."""
    try:
        return recover(
            domain.digest(receipt_hash(receipt.reading_hash, receipt.received_at)), receipt.signature
        )
    except InputError as error:
        raise ReadingError(f"receipt: {error}") from error


def verify_receipt(domain: Domain, receipt: Receipt, reading_hash: bytes, member: str) -> None:
    """Raises ReadingError unless `member` signed this receipt for the reading of that struct hash."""
    if receipt.reading_hash != reading_hash:
        raise ReadingError(f"receipt is for {receipt.reading_hash.hex()}, not for {reading_hash.hex()}")
    signer = receipt_signer(domain, receipt)
    if signer != member:
        raise ReadingError(f"receipt is signed by {signer}, not by member {member}")
