"""The key that a command is given: a keystore, AWS KMS, or none."""

from pathlib import Path

from wellhead.chain.signers import Signer
from wellhead.chain.signers.keystore import open_keystore, read_password
from wellhead.errors import ChainError, InputError


def open_signer(keystore: Path | None, password_file: Path | None, kms_key: str | None) -> Signer | None:
    """The signer; None where neither is named. Raises InputError if both are, or if the key does not open."""
    if keystore is not None and kms_key is not None:
        raise InputError("both a keystore and a KMS key are given: which one is it?")
    if keystore is not None:
        return open_keystore(keystore, read_password(password_file))
    return None if kms_key is None else _kms(kms_key)


def _kms(key_id: str) -> Signer:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    from wellhead.chain.signers.kms import KmsSigner

    try:
        return KmsSigner(boto3.client("kms"), key_id)
    except (BotoCoreError, ClientError) as error:
        raise ChainError(f"KMS: {error}") from error
