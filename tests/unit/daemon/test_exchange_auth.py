"""A request is answered only as its member signed it, for this receiver, now, and once."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from wellhead.chain.contracts.report_oracle import MemberSet
from wellhead.chain.eip712 import Domain
from wellhead.chain.keccak import keccak256
from wellhead.chain.signatures import HALF_ORDER
from wellhead.chain.signers.memory import MemorySigner
from wellhead.daemon.exchange import app as application
from wellhead.daemon.exchange.app import build_app
from wellhead.daemon.exchange.auth import (
    CLOCK_SECONDS_MAX,
    MEMBER,
    NONCE,
    SENT_AT,
    SIGNATURE,
    MemberRequest,
    signed_headers,
)
from wellhead.daemon.exchange.client import Peer, PeerSilent
from wellhead.daemon.member import Member, Verdict
from wellhead.db.engine import open_sessions

NOW = 1_750_000_000
ORDER = 2 * HALF_ORDER + 1
ORACLE = Domain(31337, "0x" + "22" * 20)
ASKING, ASKED, STRANGER = (MemorySigner(keccak256(name)) for name in (b"asking", b"asked", b"stranger"))
TARGET = "/v1/proposals"
BODY = b"a proposal"


@dataclass
class Asked:
    """A member that judges everything alike, and its application."""

    member: Any
    app: Any
    judged: list[bytes]

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://asked") as client:
                return await client.request(method, target, headers=headers, content=body)

        return asyncio.run(ask())


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Asked]:
    sessions = open_sessions(f"sqlite:///{tmp_path / 'asked.sqlite'}")
    judged: list[bytes] = []
    members = [ASKING.address, ASKED.address]

    def consider(body: bytes) -> Verdict:
        judged.append(body)
        return Verdict(bytes(32), bytes(65))

    member = SimpleNamespace(
        sessions=sessions,
        signer=ASKED,
        oracle=ORACLE,
        known_members=members,
        clock=lambda: NOW,
        committee=lambda: MemberSet(members, 2, 1),
        consider=consider,
    )
    yield Asked(member, build_app(cast(Member, member)), judged)
    sessions.kw["bind"].dispose()


REQUEST = MemberRequest(ASKING.address, ASKED.address, "PUT", TARGET, BODY, NOW, bytes(range(32)))


def headers_of(
    request: MemberRequest = REQUEST, signer: MemorySigner = ASKING, oracle: Domain = ORACLE
) -> Any:
    return signed_headers(signer, oracle, request)


def test_a_signed_request_is_answered(asked: Asked) -> None:
    answer = asked.send("PUT", TARGET, headers_of(), BODY)
    assert answer.status_code == 200
    assert answer.json()["signature"] == "0x" + "00" * 65
    assert asked.judged == [BODY]


def test_the_same_request_again_is_refused(asked: Asked) -> None:
    headers = headers_of()
    assert asked.send("PUT", TARGET, headers, BODY).status_code == 200
    again = asked.send("PUT", TARGET, headers, BODY)
    assert again.status_code == 409
    assert "answered before" in again.text
    assert len(asked.judged) == 1


def test_the_same_request_is_refused_by_another_process_of_the_member(asked: Asked) -> None:
    headers = headers_of()
    assert asked.send("PUT", TARGET, headers, BODY).status_code == 200
    asked.app = build_app(asked.member)
    assert asked.send("PUT", TARGET, headers, BODY).status_code == 409


def flipped(text: str) -> str:
    return text[:-1] + ("0" if text[-1] != "0" else "1")


def high_s(headers: Mapping[str, str]) -> dict[str, str]:
    signature = bytes.fromhex(headers[SIGNATURE][2:])
    s = ORDER - int.from_bytes(signature[32:64], "big")
    other = signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])
    return {**headers, SIGNATURE: "0x" + other.hex()}


Sent = tuple[str, str, Mapping[str, str], bytes]

MUTATIONS: dict[str, Callable[[], Sent]] = {
    "no headers": lambda: ("PUT", TARGET, {}, BODY),
    "another body": lambda: ("PUT", TARGET, headers_of(), BODY + b"!"),
    "no body": lambda: ("PUT", TARGET, headers_of(), b""),
    "another path": lambda: ("GET", "/v1/periods/1/digests", headers_of(), BODY),
    "another method": lambda: ("PUT", TARGET, headers_of(replace(REQUEST, method="POST")), BODY),
    "another query": lambda: ("PUT", TARGET + "?start=1", headers_of(), BODY),
    "another time": lambda: ("PUT", TARGET, {**headers_of(), SENT_AT: str(NOW + 1)}, BODY),
    "another nonce": lambda: ("PUT", TARGET, {**headers_of(), NONCE: flipped(headers_of()[NONCE])}, BODY),
    "another signature": lambda: ("PUT", TARGET, {**headers_of(), SIGNATURE: "0x" + "11" * 65}, BODY),
    "high s": lambda: ("PUT", TARGET, high_s(headers_of()), BODY),
    "short signature": lambda: ("PUT", TARGET, {**headers_of(), SIGNATURE: "0x" + "22" * 63}, BODY),
    "compact signature": lambda: ("PUT", TARGET, {**headers_of(), SIGNATURE: "0x" + "22" * 64}, BODY),
    "another member named": lambda: ("PUT", TARGET, {**headers_of(), MEMBER: ASKED.address}, BODY),
    "lower-case member": lambda: ("PUT", TARGET, {**headers_of(), MEMBER: ASKING.address.lower()}, BODY),
    "a stranger": lambda: (
        "PUT", TARGET, headers_of(replace(REQUEST, member=STRANGER.address), STRANGER), BODY,
    ),
    "a stranger in a member's name": lambda: ("PUT", TARGET, headers_of(signer=STRANGER), BODY),
    "for another receiver": lambda: (
        "PUT", TARGET, headers_of(replace(REQUEST, receiver=STRANGER.address)), BODY,
    ),
    "for another chain": lambda: (
        "PUT", TARGET, headers_of(oracle=Domain(1, ORACLE.verifying_contract)), BODY,
    ),
    "for another oracle": lambda: ("PUT", TARGET, headers_of(oracle=Domain(31337, "0x" + "33" * 20)), BODY),
    "too old": lambda: (
        "PUT", TARGET, headers_of(replace(REQUEST, sent_at=NOW - CLOCK_SECONDS_MAX - 1)), BODY,
    ),
    "from the future": lambda: (
        "PUT", TARGET, headers_of(replace(REQUEST, sent_at=NOW + CLOCK_SECONDS_MAX + 1)), BODY,
    ),
    "no time": lambda: ("PUT", TARGET, {**headers_of(), SENT_AT: "soon"}, BODY),
    "negative time": lambda: ("PUT", TARGET, {**headers_of(), SENT_AT: f"-{NOW}"}, BODY),
    "short nonce": lambda: ("PUT", TARGET, {**headers_of(), NONCE: "0x00"}, BODY),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_changed_request_is_refused(asked: Asked, name: str) -> None:
    answer = asked.send(*MUTATIONS[name]())
    assert answer.status_code == 401, answer.text
    assert asked.judged == []


@pytest.mark.parametrize("apart", [-CLOCK_SECONDS_MAX, CLOCK_SECONDS_MAX])
def test_clocks_may_be_a_minute_apart(asked: Asked, apart: int) -> None:
    request = replace(REQUEST, sent_at=NOW + apart)
    assert asked.send("PUT", TARGET, headers_of(request), BODY).status_code == 200


def test_a_body_above_the_limit_is_not_read_on(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application, "PROPOSAL_BYTES_MAX", 100)
    body = b"x" * 101
    assert asked.send("PUT", TARGET, headers_of(replace(REQUEST, body=body)), body).status_code == 413
    monkeypatch.setattr(application, "AGENT_BYTES_MAX", 100)
    assert asked.send("POST", "/v1/readings", {}, body).status_code == 413


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "body"),
        (b"[]", "not an object"),
        (b'{"readings": 1}', "a list of at most"),
        (b'{"readings": [1]}', "not an object"),
        (b'{"readings": [{}]}', "missing"),
        (b'{"readings": [' + b",".join([b"1"] * 1_001) + b"]}", "a list of at most"),
    ],
)
def test_a_malformed_push_is_named(asked: Asked, body: bytes, said: str) -> None:
    answer = asked.send("POST", "/v1/readings", {}, body)
    assert answer.status_code == 422
    assert said in answer.json()["message"]


@pytest.mark.parametrize(
    "target", ["/v1/periods/-1/digests", "/v1/periods/4294967296/digests", "/v1/periods/x/digests"]
)
def test_a_number_out_of_range_is_refused(asked: Asked, target: str) -> None:
    request = MemberRequest(ASKING.address, ASKED.address, "GET", target, b"", NOW, bytes(32))
    assert asked.send("GET", target, headers_of(request)).status_code == 422


class Answering(httpx.BaseTransport):
    """A peer that gives one answer."""

    def __init__(self, status: int, content: bytes) -> None:
        self.answer = (status, content)
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        status, content = self.answer
        if status == 0:
            raise httpx.ConnectError("refused")
        return httpx.Response(status, content=content)


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (0, b""),
        (500, b"{}"),
        (302, b"{}"),
        (200, b""),
        (200, b"not json"),
        (200, b"[]"),
        (200, b"{}"),
        (200, b'{"assets": {"x": "0x"}}'),
        (200, b'{"assets": {"0": "0x00"}}'),
        (200, b'{"assets": {"0": 7}}'),
    ],
)
def test_an_answer_that_cannot_be_used_is_silence(status: int, content: bytes) -> None:
    http = httpx.Client(transport=Answering(status, content), base_url="http://peer")
    with http, pytest.raises(PeerSilent, match=ASKED.address):
        Peer(ASKED.address, http, ASKING, ORACLE, lambda: NOW).digests(1)


def test_every_request_carries_a_new_nonce() -> None:
    peer = Answering(200, b'{"assets": {}}')
    with httpx.Client(transport=peer, base_url="http://peer") as http:
        for _ in range(3):
            Peer(ASKED.address, http, ASKING, ORACLE, lambda: NOW).digests(1)
    assert len({request.headers[NONCE] for request in peer.asked}) == 3


def test_a_key_is_in_no_text() -> None:
    assert keccak256(b"asking").hex() not in repr(ASKING) + str(ASKING)
