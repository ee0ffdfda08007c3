"""65-byte ECDSA signatures exactly as the contracts accept them: low s, v 27 or 28, an EOA's key.

Python signs and recovers with libsecp256k1 (coincurve); the rules are OpenZeppelin's `ECDSA.recover`
without ERC-1271 and without 64-byte compact signatures.
"""

from coincurve import PrivateKey, PublicKey
from eth_utils import to_checksum_address

from wellhead.chain.keccak import keccak256
from wellhead.errors import InputError

HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
"""The largest s that counts as low: half of secp256k1's order."""


def address_of(private_key: bytes) -> str:
    """Checksummed address of a 32-byte private key."""
    return _address(PrivateKey(private_key).public_key)


def sign(private_key: bytes, digest: bytes) -> bytes:
    """65 bytes `r ‖ s ‖ v` over a 32-byte digest; s is always low."""
    compact = PrivateKey(private_key).sign_recoverable(digest, hasher=None)
    return compact[:64] + bytes([compact[64] + 27])


def recover(digest: bytes, signature: bytes) -> str:
    """Checksummed address that signed; raises InputError on what the contracts refuse."""
    if len(signature) != 65:
        raise InputError(f"signature of {len(signature)} bytes, not 65")
    s, v = int.from_bytes(signature[32:64], "big"), signature[64]
    if s > HALF_ORDER:
        raise InputError(f"signature's s = {s:#x} is high")
    if v not in (27, 28):
        raise InputError(f"signature's v = {v}, not 27 or 28")
    try:
        key = PublicKey.from_signature_and_message(signature[:64] + bytes([v - 27]), digest, hasher=None)
    except Exception as error:  # coincurve raises bare Exception for a point off the curve
        raise InputError(f"signature does not recover to a key: {error}") from error
    return _address(key)


def _address(key: PublicKey) -> str:
    return to_checksum_address(keccak256(key.format(compressed=False)[1:])[-20:])
