"""Key material never leaves in a text: whatever is logged or served passes here last.

Nothing secret is needed to know a key when it is seen: a candidate is a key of ours if its address is one of
ours. So a leak is caught whichever way the key was written (hexadecimal, bytes literal, number, base64) and
by whomever. Secrets without an address (a keystore's password) are given, and found as they are. Hexadecimal
longer than a hash is cut: no key can travel inside calldata or a keystore's dump.
"""

import ast
import base64
import binascii
import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import urlsplit, urlunsplit

from wellhead.chain.signatures import address_of

HIDDEN = "[hidden]"
SECRET_LENGTH_MIN = 4
"""Shorter secrets would blank out ordinary words."""
HEX_DIGITS_MAX = 64
"""A hash, and a private key, have so many; what is longer is cut to an ordinary beginning."""
HEX_DIGITS_MIN = 60
"""A key printed as a number loses its leading zeros."""
KEPT_DIGITS = 8

SECRET_NAMES = re.compile(
    r"pass(word|phrase)|secret|mnemonic|private|api_?key|(access|auth|bearer)_?token", re.IGNORECASE
)
"""Names of fields whose values are never written, whatever they are."""

_HEX = re.compile(rf"[0-9a-fA-F]{{{HEX_DIGITS_MIN},}}")
_DECIMAL = re.compile(r"\d{60,78}")
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{43}=?(?![A-Za-z0-9+/_-])")
_BYTES = re.compile(r"""b(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
_NUMBERS = re.compile(r"(?:\d{1,3}\s*,\s*){31}\d{1,3}")
_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s'\"<>]+")


class Redactor:
    """Takes key material out of texts. Holds addresses and passwords, never a key."""

    def __init__(self, addresses: Iterable[str] = (), secrets: Iterable[str] = ()) -> None:
        self._addresses: set[str] = set()
        self._secrets: set[str] = set()
        for address in addresses:
            self.watch(address)
        for secret in secrets:
            self.hide(secret)

    def watch(self, address: str) -> None:
        """Recognise the key of `address` from now on."""
        self._addresses.add(address.lower())

    def hide(self, secret: str) -> None:
        """Never let this text through; what is shorter than four characters is no secret."""
        if len(secret) >= SECRET_LENGTH_MIN:
            self._secrets.add(secret)

    def clean(self, text: str) -> str:
        """`text` without key material, without passwords in URLs, and with long hexadecimal cut."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        text = _URL.sub(lambda found: _without_credentials(found[0]), text)
        text = _BYTES.sub(self._bytes_literal, text)
        text = _DECIMAL.sub(lambda found: self._kept(found[0], _decimal_bytes), text)
        text = _HEX.sub(self._hexadecimal, text)
        text = _NUMBERS.sub(lambda found: self._kept(found[0], _listed_bytes), text)
        return _BASE64.sub(lambda found: self._kept(found[0], _base64_bytes), text)

    def clean_value(self, name: str, value: object) -> object:
        """A field's value as it may be written: text, numbers, lists and maps of such; `name` decides too."""
        if SECRET_NAMES.search(name):
            return HIDDEN
        if value is None or isinstance(value, bool | float):
            return value
        if isinstance(value, int):
            text = self.clean(str(value))
            return value if text == str(value) and abs(value) < 1 << 53 else text
        if isinstance(value, Mapping):
            return {self.clean(str(key)): self.clean_value(str(key), each) for key, each in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            cleaned = self.clean(repr(value))
            return [self.clean_value(name, each) for each in value] if cleaned == repr(value) else cleaned
        if isinstance(value, bytes | bytearray | memoryview):
            return self.clean("0x" + bytes(value).hex())
        return self.clean(str(value))

    def _is_key(self, candidate: bytes) -> bool:
        if len(candidate) != 32 or not self._addresses:
            return False
        try:
            return address_of(candidate).lower() in self._addresses
        except ValueError:
            return False

    def _kept(self, text: str, read: Callable[[str], bytes | None]) -> str:
        candidate = read(text)
        return HIDDEN if candidate is not None and self._is_key(candidate) else text

    def _hexadecimal(self, found: "re.Match[str]") -> str:
        digits = found[0]
        if len(digits) > HEX_DIGITS_MAX:
            return f"{digits[:KEPT_DIGITS]}…[{len(digits)} digits]"
        return HIDDEN if self._is_key(bytes.fromhex(digits.zfill(HEX_DIGITS_MAX))) else digits

    def _bytes_literal(self, found: "re.Match[str]") -> str:
        try:
            value = ast.literal_eval(found[0])
        except (ValueError, SyntaxError):
            return found[0]
        windows = (value[start : start + 32] for start in range(max(0, len(value) - 31)))
        if len(value) > 256:
            return f"[{len(value)} bytes]"
        return HIDDEN if any(map(self._is_key, windows)) else found[0]


def _without_credentials(url: str) -> str:
    """The URL with user, password, query and long path segments hidden: hosted nodes keep their key there."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return HIDDEN
    path = "/".join(HIDDEN if len(each) >= 20 else each for each in parts.path.split("/"))
    query = HIDDEN if parts.query else ""
    return urlunsplit((parts.scheme, host, path, query, ""))


def _decimal_bytes(text: str) -> bytes | None:
    number = int(text)
    return number.to_bytes(32, "big") if number < 1 << 256 else None


def _listed_bytes(text: str) -> bytes | None:
    numbers = [int(each) for each in text.split(",")]
    return bytes(numbers) if max(numbers) < 256 else None


def _base64_bytes(text: str) -> bytes | None:
    padded = text.rstrip("=") + "="
    try:
        return base64.b64decode(padded, altchars=b"-_" if {"-", "_"} & set(text) else None, validate=True)
    except (binascii.Error, ValueError):
        return None
