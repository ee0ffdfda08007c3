"""JSON-RPC over one persistent connection, each request once: no retry that the caller does not see.

A call has three ends, and they are three types: a result, the node's own error, or nothing that can be relied
on (`Lost`: no connection, a timeout, a status that is not 200, an empty body, bad JSON, somebody else's id).
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

Call = tuple[str, Sequence[Any]]
"""A method and its parameters."""


@dataclass(frozen=True, slots=True)
class Result:
    """What the node answered."""

    value: Any


@dataclass(frozen=True, slots=True)
class NodeError:
    """The node answered that it did not do it."""

    code: int
    message: str
    data: Any = None


@dataclass(frozen=True, slots=True)
class Lost:
    """Nothing tells whether the node did it."""

    why: str


Reply = Result | NodeError | Lost


class Wire:
    """One endpoint. `batch_max` = 1 sends every call by itself, for endpoints that take no batches."""

    def __init__(self, url: str, timeout_seconds: float = 10.0, batch_max: int = 100) -> None:
        limits = httpx.Limits(max_connections=4, max_keepalive_connections=4, keepalive_expiry=30)
        # no proxies, no .netrc, no redirects: the URL given is the only place that is ever spoken to
        self._client = httpx.Client(
            timeout=timeout_seconds, limits=limits, trust_env=False, follow_redirects=False
        )
        self._url, self._batch_max = url, batch_max
        self._ids = itertools.count(1)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __del__(self) -> None:
        self._client.close()

    def call(self, method: str, *params: Any) -> Reply:
        """One call."""
        return self.call_all([(method, params)])[0]

    def call_all(self, calls: Sequence[Call]) -> list[Reply]:
        """Replies in the order of `calls`; up to `batch_max` travel in one request."""
        replies: list[Reply] = []
        for first in range(0, len(calls), self._batch_max):
            replies += self._batch(calls[first : first + self._batch_max])
        return replies

    def _batch(self, calls: Sequence[Call]) -> list[Reply]:
        ids = [next(self._ids) for _ in calls]
        requests = [
            {"jsonrpc": "2.0", "id": own, "method": method, "params": params}
            for own, (method, params) in zip(ids, calls, strict=True)
        ]
        body = orjson.dumps(requests if len(requests) > 1 else requests[0])
        try:
            response = self._client.post(
                self._url, content=body, headers={"Content-Type": "application/json"}
            )
        except httpx.HTTPError as error:
            return [Lost(type(error).__name__)] * len(calls)
        return _replies(response.status_code, response.content, ids)


def _replies(status: int, content: bytes, ids: Sequence[int]) -> list[Reply]:
    try:
        answer = orjson.loads(content)
    except orjson.JSONDecodeError:
        why = f"status {status}" if status != httpx.codes.OK else "empty" if not content else "bad JSON"
        return [Lost(why)] * len(ids)
    answers = answer if isinstance(answer, list) else [answer]
    by_id = {each["id"]: each for each in answers if isinstance(each, dict) and _is_id(each.get("id"))}
    if status != httpx.codes.OK and not by_id:
        return [Lost(f"status {status}")] * len(ids)
    return [_reply(by_id.get(own)) for own in ids]


def _is_id(value: object) -> bool:
    return type(value) is int


def _reply(answer: Any) -> Reply:
    if answer is None:
        return Lost("wrong id")
    error = answer.get("error")
    if isinstance(error, dict):
        code = error.get("code")
        return NodeError(code if type(code) is int else 0, str(error.get("message", "")), error.get("data"))
    if error is not None:
        return NodeError(0, str(error))
    if "result" not in answer:
        return Lost("neither result nor error")
    return Result(answer["result"])
