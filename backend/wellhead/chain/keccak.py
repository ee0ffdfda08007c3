"""Keccak-256 (the EVM's hash, not NIST SHA3-256)."""

import sha3


def keccak256(data: bytes) -> bytes:
    """32-byte Keccak-256 of `data`."""
    return bytes(sha3.keccak_256(data).digest())
