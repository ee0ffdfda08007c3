"""Keystore v3 files, as geth, clef and cast write them; the password comes from a file or the environment."""

import json
import os
import stat
from pathlib import Path

from eth_account import Account

from wellhead.chain.signers.memory import MemorySigner
from wellhead.errors import InputError

PASSWORD_VARIABLE = "WELLHEAD_KEYSTORE_PASSWORD"  # noqa: S105


def read_password(password_file: Path | None) -> str:
    """From the file, one trailing newline cut off, or else from `WELLHEAD_KEYSTORE_PASSWORD`."""
    if password_file is None:
        password = os.environ.get(PASSWORD_VARIABLE)
        if password is None:
            raise InputError(f"no password: name a file, or set {PASSWORD_VARIABLE}")
        return password
    _refuse_if_others_read(password_file)
    return password_file.read_text(encoding="utf-8").removesuffix("\n")


def open_keystore(path: Path, password: str) -> MemorySigner:
    """The signer whose key the file holds. Raises InputError for a wrong password or another kind of file."""
    _refuse_if_others_read(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict) or content.get("version") != 3:
            raise InputError(f"{path.name} is no version 3 keystore")
        private_key = bytes(Account.decrypt(content, password))
    except (ValueError, TypeError, KeyError) as error:
        why = "wrong password" if "MAC" in str(error) else f"unreadable ({type(error).__name__})"
        raise InputError(f"keystore {path.name}: {why}") from None
    signer = MemorySigner(private_key)
    named = str(content.get("address", "")).lower().removeprefix("0x")
    if named and named != signer.address.lower()[2:]:
        raise InputError(f"keystore {path.name} says it is 0x{named}, but holds the key of {signer.address}")
    return signer


def _refuse_if_others_read(path: Path) -> None:
    if not path.is_file():
        raise InputError(f"no file {path.name}")
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise InputError(f"{path.name} has mode {mode:03o}: others may read it; chmod 600")
