"""A key in this process's memory: for tests, development, and as what a keystore file unlocks."""

from wellhead.chain.signatures import address_of, sign
from wellhead.chain.signers.protocol import DigestSigner
from wellhead.errors import InputError

KEY_BYTES = 32


class MemorySigner(DigestSigner):
    """Signs with a private key that it shows nobody: no attribute, no text, no pickle holds it."""

    def __init__(self, private_key: bytes) -> None:
        """Raises InputError, without the bytes, if they are no key."""
        try:
            if len(private_key) != KEY_BYTES:
                raise ValueError
            self.address = address_of(private_key)
        except ValueError:
            raise InputError(f"{len(private_key)} bytes that are no secp256k1 private key") from None

        def signed(digest: bytes) -> bytes:  # a closure: unlike partial, it shows nothing of what it holds
            return sign(private_key, digest)

        self._sign = signed

    def sign_digest(self, digest: bytes) -> bytes:
        """65 bytes `r ‖ s ‖ v` over 32 bytes."""
        return self._sign(digest)

    def __repr__(self) -> str:
        return f"MemorySigner({self.address})"

    def __reduce__(self) -> str:
        raise TypeError("a signer is not to be copied out of its process")
