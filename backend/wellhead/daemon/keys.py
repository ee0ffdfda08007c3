"""A member's key in this process's memory."""

from collections.abc import Callable

from wellhead.chain.signatures import address_of, sign


class KeySigner:
    """Signs with a private key that it shows nobody."""

    __slots__ = ("_sign", "address")

    def __init__(self, private_key: bytes) -> None:
        self.address = address_of(private_key)
        self._sign: Callable[[bytes], bytes] = lambda digest: sign(private_key, digest)

    def sign_digest(self, digest: bytes) -> bytes:
        """65 bytes `r ‖ s ‖ v` over 32 bytes."""
        return self._sign(digest)

    def __repr__(self) -> str:
        """The address only."""
        return f"KeySigner({self.address})"
