"""Requests between members are signed: who asks whom for what, with which body, when, and once.

EIP-712 under the oracle's domain, so a signature is good for one deployment, one receiver and one request.
Pure: whoever checks brings the time, the members and the nonces that were used.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from wellhead.chain.eip712 import Domain, StructType
from wellhead.chain.keccak import keccak256
from wellhead.chain.signatures import recover
from wellhead.chain.signers import Signer
from wellhead.errors import InputError

REQUEST_TYPE = StructType(
    "MemberRequest(address member,address receiver,bytes32 target,bytes32 body,uint40 sentAt,bytes32 nonce)"
)

MEMBER, SENT_AT, NONCE, SIGNATURE = (
    "wellhead-member",
    "wellhead-sent-at",
    "wellhead-nonce",
    "wellhead-signature",
)
"""The headers that carry it."""

CLOCK_SECONDS_MAX = 60
"""How far the two members' clocks, with the way between them, may be apart."""


class RequestRefused(InputError):
    """A request that no member signed like this, too old, or seen before."""


@dataclass(frozen=True, slots=True)
class MemberRequest:
    """What a member signs for a request."""

    member: str
    receiver: str
    method: str
    target: str
    """Path and query as sent."""
    body: bytes
    sent_at: int
    nonce: bytes

    @property
    def struct_hash(self) -> bytes:
        """EIP-712 struct hash."""
        return REQUEST_TYPE.hash(
            {
                "member": self.member,
                "receiver": self.receiver,
                "target": keccak256(f"{self.method} {self.target}".encode()),
                "body": keccak256(self.body),
                "sentAt": self.sent_at,
                "nonce": self.nonce,
            }
        )


def signed_headers(signer: Signer, oracle: Domain, request: MemberRequest) -> dict[str, str]:
    """The headers that make a request a member's."""
    return {
        MEMBER: request.member,
        SENT_AT: str(request.sent_at),
        NONCE: "0x" + request.nonce.hex(),
        SIGNATURE: "0x" + signer.sign_digest(oracle.digest(request.struct_hash)).hex(),
    }


def check_headers(headers: Mapping[str, str], members: Collection[str], now: int) -> tuple[str, int, bytes]:
    """Member, time and nonce that the headers claim; raises RequestRefused before any body is read."""
    member = headers.get(MEMBER, "")
    if member not in members:
        raise RequestRefused(f"{member[:42]!r} is not one of {len(members)} members")
    sent_at, nonce = headers.get(SENT_AT, ""), headers.get(NONCE, "")
    if not (sent_at.isascii() and sent_at.isdigit()) or len(sent_at) > 12:
        raise RequestRefused(f"{SENT_AT} {sent_at[:20]!r} is no time")
    if abs(now - int(sent_at)) > CLOCK_SECONDS_MAX:
        raise RequestRefused(f"sent at {sent_at}, it is {now}: more than {CLOCK_SECONDS_MAX} s apart")
    return member, int(sent_at), _bytes(NONCE, nonce, 32)


def check_request(headers: Mapping[str, str], oracle: Domain, request: MemberRequest) -> None:
    """Raise RequestRefused unless the member whom the request names signed it."""
    signature = _bytes(SIGNATURE, headers.get(SIGNATURE, ""), 65)
    try:
        signer = recover(oracle.digest(request.struct_hash), signature)
    except InputError as error:
        raise RequestRefused(f"{SIGNATURE}: {error}") from error
    if signer != request.member:
        raise RequestRefused(f"signed by {signer}, not by {request.member}")


def _bytes(name: str, text: str, size: int) -> bytes:
    try:
        if not text.startswith("0x") or len(text) != 2 + 2 * size:
            raise ValueError
        return bytes.fromhex(text[2:])
    except ValueError:
        raise RequestRefused(f"{name} {text[:20]!r} is not 0x and {2 * size} hex digits") from None
