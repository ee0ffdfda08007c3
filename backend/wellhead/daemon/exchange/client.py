"""What a member asks of another, over HTTP: signed requests out, checked answers in."""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import httpx
import orjson

from wellhead.chain.eip712 import Domain
from wellhead.chain.signers import Signer
from wellhead.daemon.exchange.auth import MemberRequest, signed_headers
from wellhead.daemon.member import Verdict
from wellhead.errors import InputError, StateError
from wellhead.registry.devices import Device
from wellhead.registry.published import devices_path, parse_devices
from wellhead.reports.committee import ReceivedReading, Statement
from wellhead.reports.wire import received_from, statement_from
from wellhead.telemetry.reading import struct_hash

T = TypeVar("T")

ANSWER_BYTES_MAX = 256 << 20
DEVICES_PER_ASK = 500
TIMEOUT_SECONDS = 5.0
JUDGING_SECONDS = 30.0
"""How long a peer may take to judge a proposal."""


class PeerSilent(StateError):
    """A peer gave no answer that can be used; it may later."""


class Peer:
    """Another member behind a URL. Every method raises PeerSilent where no usable answer comes."""

    def __init__(
        self,
        address: str,
        http: httpx.Client,
        signer: Signer,
        oracle: Domain,
        clock: Callable[[], int] = lambda: int(time.time()),
    ) -> None:
        self.address, self._http, self._signer, self._oracle = address, http, signer, oracle
        self._clock = clock

    def digests(self, period: int) -> dict[int, bytes]:
        """By asset, the hash of all that the peer holds of the period."""
        answer = self._object("GET", f"/v1/periods/{period}/digests")
        return self._parsed(lambda: {int(a): _bytes(d, 32) for a, d in answer["assets"].items()})

    def device_digests(self, period: int, asset_id: int) -> dict[int, bytes]:
        """By device, the hash of all its readings."""
        found: dict[int, bytes] = {}
        start: int | None = 0
        while start is not None:
            path = f"/v1/periods/{period}/assets/{asset_id}/digests?start={start}"
            answer = self._object("GET", path)
            found |= self._parsed(lambda: {int(i): _bytes(d, 32) for i, d in answer["devices"]})  # noqa: B023
            following = answer.get("next")
            start = following if type(following) is int and following > start else None
        return found

    def readings(self, period: int, asset_id: int, indexes: Sequence[int]) -> list[ReceivedReading]:
        """All readings of these devices, with receipts."""
        body = orjson.dumps({"indexes": list(indexes)})
        answer = self._object("POST", f"/v1/periods/{period}/assets/{asset_id}/readings", body)
        return self._parsed(lambda: [received_from(row, struct_hash) for row in answer["readings"]])

    def judge(self, body: bytes) -> Verdict:
        """The peer's verdict on a proposal; its signatures are not checked here."""
        answer = self._object("PUT", "/v1/proposals", body, JUDGING_SECONDS)
        return self._parsed(
            lambda: Verdict(
                _bytes(answer["digest"], 32),
                None if answer["signature"] is None else _bytes(answer["signature"], 65),
                tuple(statement_from(row) for row in answer["statements"]),
                str(answer["refusal"])[:2_000],
            )
        )

    def proposal(self, digest: bytes) -> bytes:
        """A proposal's body, unchecked."""
        return self._ask("GET", f"/v1/proposals/0x{digest.hex()}")

    def signatures(self, digest: bytes) -> dict[str, bytes]:
        """Signatures of a proposal that the peer knows, unchecked."""
        answer = self._object("GET", f"/v1/proposals/0x{digest.hex()}/signatures")
        return self._parsed(lambda: {str(m): _bytes(s, 65) for m, s in answer["signatures"].items()})

    def statements(self, period: int, revision: int) -> list[Statement]:
        """Disagreements that the peer knows, unchecked."""
        answer = self._object("GET", f"/v1/periods/{period}/revisions/{revision}/disagreements")
        return self._parsed(lambda: [statement_from(row) for row in answer["statements"]])

    def device_list(self, asset_id: int, version: int) -> list[Device]:
        """A device list, unchecked."""
        content = self._ask("GET", f"/v1/devices/{asset_id}/{version}")
        return self._parsed(lambda: parse_devices(devices_path(asset_id, version), content))

    def _object(
        self, method: str, target: str, body: bytes = b"", seconds: float = TIMEOUT_SECONDS
    ) -> Mapping[str, Any]:
        content = self._ask(method, target, body, seconds)
        answer: object = self._parsed(lambda: orjson.loads(content))
        if not isinstance(answer, dict):
            raise PeerSilent(f"{self.address}: {method} {target}: not an object")
        return answer

    def _ask(self, method: str, target: str, body: bytes = b"", seconds: float = TIMEOUT_SECONDS) -> bytes:
        request = MemberRequest(
            self._signer.address,
            self.address,
            method,
            target,
            body,
            self._clock(),
            secrets.token_bytes(32),
        )
        headers = signed_headers(self._signer, self._oracle, request)
        try:
            with self._http.stream(method, target, content=body, headers=headers, timeout=seconds) as answer:
                content = bytearray()
                for chunk in answer.iter_bytes():
                    content += chunk
                    if len(content) > ANSWER_BYTES_MAX:
                        raise PeerSilent(f"{self.address}: answer above {ANSWER_BYTES_MAX} bytes")
                status = answer.status_code
        except httpx.HTTPError as error:
            raise PeerSilent(f"{self.address}: {method} {target}: {error!r}") from error
        if status != httpx.codes.OK:
            raise PeerSilent(f"{self.address}: {method} {target}: {status} {bytes(content[:300])!r}")
        return bytes(content)

    def _parsed(self, parse: Callable[[], T]) -> T:
        try:
            return parse()
        except (KeyError, TypeError, ValueError, AttributeError, InputError) as error:
            raise PeerSilent(f"{self.address}: malformed answer, {error!r}") from error


def open_http(url: str) -> httpx.Client:
    """A client for one peer: no redirects, no proxies or keys from the environment."""
    return httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False)


def _bytes(value: object, size: int) -> bytes:
    if not isinstance(value, str) or len(value) != 2 + 2 * size:
        raise InputError(f"{str(value)[:80]!r} is not 0x and {2 * size} hex digits")
    return bytes.fromhex(value[2:])
