"""Signatures by a mocked KMS: every one low, by the key's own address, 65 bytes (R43)."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import boto3
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from moto import mock_aws
from moto.kms.utils import ECDSAPrivateKey
from tests.chaos.cli import Told, main, silent

from wellhead.chain.keccak import keccak256
from wellhead.chain.signatures import HALF_ORDER, recover
from wellhead.chain.signers.kms import KmsSigner
from wellhead.errors import WellheadError


@contextmanager
def mocked_kms() -> Iterator[Any]:
    """boto3's client of moto's KMS, taught that a message of type DIGEST is not hashed once more."""

    def sign(key: Any, message: bytes, _: str) -> bytes:
        return bytes(key.private_key.sign(message, ec.ECDSA(Prehashed(hashes.SHA256()))))

    with mock_aws(), patch.object(ECDSAPrivateKey, "sign", sign):
        access = {"aws_access_key_id": "nobody", "aws_secret_access_key": "nothing"}
        yield boto3.client("kms", region_name="eu-central-1", **access)


def made_key(client: Any, spec: str = "ECC_SECG_P256K1", usage: str = "SIGN_VERIFY") -> str:
    """Id of a new key."""
    return str(client.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"])


def run(seed: int, count: int, told: Told = silent) -> dict[str, Any]:
    """`count` signatures over digests drawn from the seed, each checked."""
    invalid = 0
    with mocked_kms() as client:
        signer = KmsSigner(client, made_key(client))
        for number in range(count):
            digest = keccak256(b"%d %d" % (seed, number))
            try:
                signature = signer.sign_digest(digest)
                is_low = int.from_bytes(signature[32:64], "big") <= HALF_ORDER
                invalid += len(signature) != 65 or not is_low or recover(digest, signature) != signer.address
            except WellheadError:
                invalid += 1
            if (number + 1) % 1_000 == 0:
                told(f"{number + 1:,} of {count:,} signatures, {invalid} invalid")
    return {"faults": {"invalid": invalid}}


if __name__ == "__main__":
    sys.exit(main("kms", run, 10_000, "signatures"))
