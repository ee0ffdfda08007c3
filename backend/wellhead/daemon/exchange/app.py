"""The exchange as a FastAPI application: members ask each other for readings, proposals, signatures.

Every member's request is signed (`auth`), once, for this receiver. Agents push readings without: each carries
its own signature. What a member answers proves itself: readings, receipts, signatures and statements are
signed, a proposal is rebuilt. Bodies and pages are limited.
"""

import logging
from collections.abc import Sequence
from typing import Annotated, Any

import orjson
from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy.exc import IntegrityError

from wellhead.daemon.exchange.auth import (
    CLOCK_SECONDS_MAX,
    MemberRequest,
    RequestRefused,
    check_headers,
    check_request,
)
from wellhead.daemon.intake import Intake
from wellhead.daemon.member import Member
from wellhead.errors import InputError, ReadingError
from wellhead.registry.published import devices_path
from wellhead.reports import repository
from wellhead.reports.committee import asset_digests, device_digests
from wellhead.reports.wire import received_row, statement_row
from wellhead.telemetry.published import signed_reading_from

logger = logging.getLogger(__name__)

PROPOSAL_BYTES_MAX = 64 << 20
"""A proposal's body, compressed."""

AGENT_BYTES_MAX = 1 << 20
"""An agent's push."""

READINGS_PER_PUSH_MAX = 1_000
DEVICES_PER_PAGE_MAX = 1_000
"""Devices whose readings are asked for at once."""

DIGESTS_PER_PAGE = 20_000


def build_app(member: Member) -> FastAPI:
    """The application of one member."""
    app = FastAPI(title="Wellhead member", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.member, app.state.intake = member, Intake(member)
    app.add_exception_handler(InputError, _refused)
    app.post("/v1/readings")(push_readings)
    app.get("/v1/periods/{period}/digests")(asset_digests_of)
    app.get("/v1/periods/{period}/assets/{asset_id}/digests")(device_digests_of)
    app.post("/v1/periods/{period}/assets/{asset_id}/readings")(readings_of)
    app.get("/v1/periods/{period}/revisions/{revision}/disagreements")(disagreements_of)
    app.put("/v1/proposals")(put_proposal)
    app.get("/v1/proposals/{digest}")(proposal_of)
    app.get("/v1/proposals/{digest}/signatures")(signatures_of)
    app.get("/v1/devices/{asset_id}/{version}")(device_list_of)
    return app


async def agent_body(request: Request) -> bytes:
    """An agent's body within its limit."""
    return await _body(request, AGENT_BYTES_MAX)


async def member_body(request: Request) -> bytes:
    """A member's body, read only if the headers may be a member's."""
    member: Member = request.app.state.member
    try:
        check_headers(request.headers, member.known_members, member.clock())
    except RequestRefused as error:
        raise HTTPException(401, str(error)) from error
    return await _body(request, PROPOSAL_BYTES_MAX)


def caller(request: Request, body: Annotated[bytes, Depends(member_body)]) -> str:
    """The member who signed this request; 401 for anything else, 409 for a request seen before."""
    member: Member = request.app.state.member
    query = f"?{request.url.query}" if request.url.query else ""
    now = member.clock()
    try:
        name, sent_at, nonce = check_headers(request.headers, member.committee().members, now)
        target = request.url.path + query
        signed = MemberRequest(name, member.signer.address, request.method, target, body, sent_at, nonce)
        check_request(request.headers, member.oracle, signed)
    except RequestRefused as error:
        raise HTTPException(401, str(error)) from error
    try:
        with member.sessions.begin() as session:
            repository.add_nonce(session, name, nonce, sent_at, now - 2 * CLOCK_SECONDS_MAX)
    except IntegrityError as error:
        raise HTTPException(409, f"request 0x{nonce.hex()} of {name} was answered before") from error
    return name


Body = Annotated[bytes, Depends(member_body)]
AgentBody = Annotated[bytes, Depends(agent_body)]
Caller = Annotated[str, Depends(caller)]


def push_readings(request: Request, body: AgentBody) -> Response:
    """Agents' readings: `{"readings": [row, …]}` → a receipt or an error for each, in order."""
    rows = _object(body).get("readings")
    if not isinstance(rows, list) or len(rows) > READINGS_PER_PUSH_MAX:
        raise InputError(f"readings: a list of at most {READINGS_PER_PUSH_MAX} rows")
    outcomes = request.app.state.intake.receive([_reading(row) for row in rows])
    answers: list[dict[str, Any]] = []
    for outcome in outcomes:
        receipt = outcome.receipt
        if receipt is None:
            answers.append({"error": type(outcome.error).__name__, "message": str(outcome.error)})
        else:
            answers.append(
                {
                    "readingHash": "0x" + receipt.reading_hash.hex(),
                    "receivedAt": receipt.received_at,
                    "signature": "0x" + receipt.signature.hex(),
                }
            )
    return _json({"member": request.app.state.member.signer.address, "outcomes": answers})


def asset_digests_of(request: Request, period: int, who: Caller) -> Response:
    """By asset, the hash of everything held of the period."""
    member: Member = request.app.state.member
    with member.sessions() as session:
        found = asset_digests(member.held(session, period))
    return _json({"assets": {str(asset_id): "0x" + digest.hex() for asset_id, digest in found.items()}})


def device_digests_of(
    request: Request, period: int, asset_id: int, who: Caller, start: Annotated[int, Query(ge=0)] = 0
) -> Response:
    """By device from index `start` on, the hash of all its readings; `next` is where to go on."""
    member: Member = request.app.state.member
    with member.sessions() as session:
        found = device_digests(member.held(session, period).get(asset_id, {}))
    page = [[i, "0x" + digest.hex()] for i, digest in found.items() if i >= start][: DIGESTS_PER_PAGE + 1]
    going_on = page[DIGESTS_PER_PAGE][0] if len(page) > DIGESTS_PER_PAGE else None
    return _json({"devices": page[:DIGESTS_PER_PAGE], "next": going_on})


def readings_of(request: Request, period: int, asset_id: int, body: Body, who: Caller) -> Response:
    """All readings of the devices `{"indexes": […]}` with receipts."""
    member: Member = request.app.state.member
    indexes = _object(body).get("indexes")
    if not isinstance(indexes, list) or len(indexes) > DEVICES_PER_PAGE_MAX:
        raise InputError(f"indexes: a list of at most {DEVICES_PER_PAGE_MAX}")
    wanted = {index for index in indexes if type(index) is int}
    with member.sessions() as session:
        found = member.received(session, period, asset_id)
    return _json({"readings": [received_row(r) for r in found if r.signed.reading.device_index in wanted]})


def put_proposal(request: Request, body: Body, who: Caller) -> Response:
    """Judge a proposal: a signature, or what this member disagrees with."""
    verdict = request.app.state.member.consider(body)
    return _json(
        {
            "digest": "0x" + verdict.digest.hex(),
            "signature": verdict.signature and "0x" + verdict.signature.hex(),
            "statements": [statement_row(statement) for statement in verdict.statements],
            "refusal": verdict.refusal,
        }
    )


def proposal_of(request: Request, digest: str, who: Caller) -> Response:
    """A stored proposal."""
    member: Member = request.app.state.member
    with member.sessions() as session:
        found = repository.proposal_body(session, _hash(digest))
    if found is None:
        raise HTTPException(404, f"no proposal {digest}")
    return Response(found, media_type="application/octet-stream")


def signatures_of(request: Request, digest: str, who: Caller) -> Response:
    """Signatures of a proposal that are known here, by member."""
    member: Member = request.app.state.member
    with member.sessions() as session:
        found = repository.signatures_of(session, _hash(digest))
    return _json({"signatures": {name: "0x" + signature.hex() for name, signature in found.items()}})


def disagreements_of(request: Request, period: int, revision: int, who: Caller) -> Response:
    """Every disagreement known here about a period's revision."""
    member: Member = request.app.state.member
    with member.sessions() as session:
        found = repository.statements_on(session, period, revision)
    return _json({"statements": [statement_row(statement) for statement in found]})


def device_list_of(request: Request, asset_id: int, version: int, who: Caller) -> Response:
    """A device list as published."""
    member: Member = request.app.state.member
    found = member.published.read(devices_path(asset_id, version))
    if found is None:
        raise HTTPException(404, f"no device list {asset_id}-{version}")
    return Response(found, media_type="application/jsonl")


async def _body(request: Request, limit: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise HTTPException(413, f"more than {limit} bytes")
    return bytes(body)


def _json(content: dict[str, Any]) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")


def _object(body: bytes) -> dict[str, Any]:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InputError(f"body: {error}") from error
    if not isinstance(content, dict):
        raise InputError("body: not an object")
    return content


def _reading(row: Any) -> Any:
    if not isinstance(row, dict):
        raise ReadingError("reading: not an object")
    return signed_reading_from(row)


def _hash(text: str) -> bytes:
    try:
        if len(text) != 66 or not text.startswith("0x"):
            raise ValueError
        return bytes.fromhex(text[2:])
    except ValueError:
        raise InputError(f"{text[:80]!r} is not 0x and 64 hex digits") from None


def _refused(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": type(error).__name__, "message": str(error)[:2_000]}, 422)


__all__: Sequence[str] = ["build_app"]
