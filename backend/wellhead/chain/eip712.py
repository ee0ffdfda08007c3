"""EIP-712 for flat structs of static types: type hash, struct hash, domain separator, digest.

Every message that Wellhead signs is flat and static (no arrays, strings or nested structs), so its
encoding is one 32-byte word a field. Source: EIP-712, "Definition of hashStruct".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from eth_utils import to_canonical_address

from wellhead.chain.keccak import keccak256
from wellhead.errors import InputError

Value = int | bytes | str
"""An unsigned integer, a bytesN value, or an address as hex text."""


def _uint_encoder(name: str, bits: int) -> Callable[[Value], bytes]:
    limit = 1 << bits

    def encode(value: Value) -> bytes:
        if not isinstance(value, int) or not 0 <= value < limit:
            raise InputError(f"{name} = {value!r} does not fit uint{bits}")
        return value.to_bytes(32, "big")

    return encode


def _bytes_encoder(name: str, size: int) -> Callable[[Value], bytes]:
    def encode(value: Value) -> bytes:
        if not isinstance(value, bytes) or len(value) != size:
            raise InputError(f"{name} = {value!r} is not bytes{size}")
        return value.ljust(32, b"\0")

    return encode


def _address_encoder(name: str) -> Callable[[Value], bytes]:
    def encode(value: Value) -> bytes:
        if not isinstance(value, str):
            raise InputError(f"{name} = {value!r} is not an address")
        return to_canonical_address(value).rjust(32, b"\0")

    return encode


def _encoder(name: str, solidity_type: str) -> Callable[[Value], bytes]:
    if solidity_type.startswith("uint"):
        return _uint_encoder(name, int(solidity_type[4:]))
    if solidity_type.startswith("bytes") and solidity_type != "bytes":
        return _bytes_encoder(name, int(solidity_type[5:]))
    if solidity_type == "address":
        return _address_encoder(name)
    raise InputError(f"{name}: type {solidity_type} is not static")


@dataclass(frozen=True)
class StructType:
    """A struct by its EIP-712 `encodeType` text, e.g. `Receipt(bytes32 readingHash,uint40 receivedAt)`."""

    signature: str
    name: str = field(init=False)
    fields: tuple[tuple[str, str], ...] = field(init=False)
    type_hash: bytes = field(init=False)

    def __post_init__(self) -> None:
        """Parse the signature once."""
        name, _, rest = self.signature.partition("(")
        pairs = [part.split(" ") for part in rest.rstrip(")").split(",")]
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "fields", tuple((field_name, kind) for kind, field_name in pairs))
        object.__setattr__(self, "type_hash", keccak256(self.signature.encode()))
        object.__setattr__(self, "_encoders", tuple((n, _encoder(n, kind)) for n, kind in self.fields))

    def hash(self, values: Mapping[str, Value]) -> bytes:
        """32-byte struct hash; raises InputError naming the field that does not fit its type."""
        encoders: tuple[tuple[str, Callable[[Value], bytes]], ...] = self._encoders  # type: ignore[attr-defined]
        return keccak256(self.type_hash + b"".join(encode(values[name]) for name, encode in encoders))

    def typed_data(self, domain: "Domain", values: Mapping[str, Value]) -> dict[str, object]:
        """The `eth_signTypedData_v4` object for wallets and for checking against other encoders."""
        return {
            "types": {
                "EIP712Domain": [{"name": n, "type": t} for n, t in DOMAIN_TYPE.fields_as_text],
                self.name: [{"name": n, "type": t} for n, t in self.fields],
            },
            "primaryType": self.name,
            "domain": {
                "name": domain.name,
                "version": domain.version,
                "chainId": domain.chain_id,
                "verifyingContract": domain.verifying_contract,
            },
            "message": {n: values[n] for n, _ in self.fields},
        }


class _DomainType:
    signature = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    type_hash = keccak256(signature.encode())
    fields_as_text = (
        ("name", "string"),
        ("version", "string"),
        ("chainId", "uint256"),
        ("verifyingContract", "address"),
    )


DOMAIN_TYPE = _DomainType


@dataclass(frozen=True)
class Domain:
    """An EIP-712 domain: who is signed for, on which chain, at which contract."""

    chain_id: int
    verifying_contract: str
    name: str = "Wellhead"
    version: str = "1"
    separator: bytes = field(init=False)

    def __post_init__(self) -> None:
        """Compute the separator once."""
        encoded = (
            DOMAIN_TYPE.type_hash
            + keccak256(self.name.encode())
            + keccak256(self.version.encode())
            + self.chain_id.to_bytes(32, "big")
            + to_canonical_address(self.verifying_contract).rjust(32, b"\0")
        )
        object.__setattr__(self, "separator", keccak256(encoded))

    def digest(self, struct_hash: bytes) -> bytes:
        """The 32 bytes that a key signs: `keccak256(0x1901 ‖ separator ‖ struct hash)`."""
        return keccak256(b"\x19\x01" + self.separator + struct_hash)
