"""Attestors' credentials: who may hold shares, until when."""

from dataclasses import astuple, dataclass

from wellhead.chain.eip712 import Domain, StructType
from wellhead.chain.signatures import sign

CREDENTIAL_TYPE = StructType(
    "Credential(address account,uint16 country,uint8 investorClass,uint40 issuedAt,uint40 expiresAt)"
)


@dataclass(frozen=True, slots=True)
class Credential:
    """`country` is ISO 3166-1 numeric, times are Unix seconds; see `IIdentityRegistry.Credential`."""

    account: str
    country: int
    investor_class: int
    issued_at: int
    expires_at: int

    def as_tuple(self) -> tuple[str | int, ...]:
        """Fields in the struct's order."""
        return astuple(self)


def sign_credential(identities: Domain, credential: Credential, attestor_key: bytes) -> bytes:
    """The attestor's 65-byte signature; raises InputError for a field that does not fit its type."""
    names = (name for name, _ in CREDENTIAL_TYPE.fields)
    values = dict(zip(names, credential.as_tuple(), strict=True))
    return sign(attestor_key, identities.digest(CREDENTIAL_TYPE.hash(values)))
