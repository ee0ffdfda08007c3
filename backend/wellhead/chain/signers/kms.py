"""A key that never leaves AWS KMS (`ECC_SECG_P256K1`): it signs digests, we check what it gives.

KMS answers with a DER signature whose s may be high and without the recovery id: s is made low, v is found by
recovering both ways and comparing with the address. What does not verify never leaves this module.
"""

from typing import Any

from coincurve import PublicKey
from eth_utils import to_checksum_address

from wellhead.chain.keccak import keccak256
from wellhead.chain.signatures import HALF_ORDER, recover
from wellhead.chain.signers.protocol import DigestSigner
from wellhead.errors import ChainError, InputError

ORDER = 2 * HALF_ORDER + 1
"""Of secp256k1's group."""
CURVE_OID = bytes.fromhex("06052b8104000a")
"""secp256k1, 1.3.132.0.10, as a SubjectPublicKeyInfo names its curve."""
POINT_BYTES = 65
"""An uncompressed public key, the last field of its SubjectPublicKeyInfo."""


class KmsSigner(DigestSigner):
    """One KMS key; the address is read once."""

    def __init__(self, client: Any, key_id: str) -> None:
        """Read the public key. `client` is boto3's KMS client; InputError for a key of another kind."""
        self._client, self._key_id = client, key_id
        answer = client.get_public_key(KeyId=key_id)
        public_key, usage = bytes(answer["PublicKey"]), answer.get("KeyUsage")
        if CURVE_OID not in public_key[:-POINT_BYTES] or usage != "SIGN_VERIFY":
            raise InputError(f"KMS key {key_id} for {usage} is not ECC_SECG_P256K1 for SIGN_VERIFY")
        self.address = _address_of(public_key)

    def sign_digest(self, digest: bytes) -> bytes:
        """65 bytes `r ‖ s ‖ v` over 32 bytes; ChainError if what KMS gave is not by this key."""
        if len(digest) != 32:
            raise InputError(f"digest of {len(digest)} bytes, not 32")
        answer = self._client.sign(
            KeyId=self._key_id, Message=digest, MessageType="DIGEST", SigningAlgorithm="ECDSA_SHA_256"
        )
        r, s = decode_der(answer["Signature"])
        compact = r.to_bytes(32, "big") + min(s, ORDER - s).to_bytes(32, "big")
        for v in (27, 28):
            signature = compact + bytes([v])
            if _recovers_to(self.address, digest, signature):
                return signature
        raise ChainError(f"KMS key {self._key_id} gave a signature that is not by {self.address}")

    def __repr__(self) -> str:
        return f"KmsSigner({self._key_id}, {self.address})"


def decode_der(der: bytes) -> tuple[int, int]:
    """R and s of a DER `SEQUENCE {INTEGER, INTEGER}`; InputError for anything else, to the byte."""
    if len(der) < 8 or der[0] != 0x30 or der[1] != len(der) - 2:
        raise InputError(f"{len(der)} bytes that are no DER signature")
    r, rest = _integer(der[2:])
    s, rest = _integer(rest)
    if rest:
        raise InputError(f"{len(rest)} bytes after a DER signature")
    return r, s


def _integer(der: bytes) -> tuple[int, bytes]:
    if len(der) < 3 or der[0] != 0x02 or not 1 <= der[1] <= min(33, len(der) - 2):
        raise InputError("a DER signature's integer has an odd tag or length")
    number, rest = der[2 : 2 + der[1]], der[2 + der[1] :]
    padded = len(number) > 1 and number[0] == 0 and number[1] < 0x80
    if number[0] >= 0x80 or padded or not 0 < int.from_bytes(number, "big") < ORDER:
        raise InputError("a DER signature's integer is negative, padded or out of range")
    return int.from_bytes(number, "big"), rest


def _address_of(subject_public_key_info: bytes) -> str:
    point = subject_public_key_info[-POINT_BYTES:]
    try:
        key = PublicKey(point)
    except ValueError:
        raise InputError(f"{len(subject_public_key_info)} bytes that end in no public key") from None
    return to_checksum_address(keccak256(key.format(compressed=False)[1:])[-20:])


def _recovers_to(address: str, digest: bytes, signature: bytes) -> bool:
    try:
        return recover(digest, signature) == address
    except InputError:
        return False
