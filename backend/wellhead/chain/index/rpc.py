"""JSON-RPC in batches: each batch is one request, so one node answers all of it."""

from collections.abc import Sequence
from typing import Any

import httpx
import orjson

from wellhead.errors import ChainError

Call = tuple[str, list[Any]]


class NodeFault(ChainError):
    """A node gave no usable answer: lost, cut off, behind, or contradicting itself. Ask again."""


class RangeTooLong(NodeFault):
    """A node refused a run of blocks; a shorter one may do."""


class Refusal(ChainError):
    """A node's error to one call of a batch; returned as its answer, not raised."""

    def __init__(self, code: int, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(f"{code}: {message}")


class NodeRpc:
    """One endpoint. Reads only; every answer is checked to belong to its question."""

    def __init__(self, url: str, timeout_seconds: float = 30.0) -> None:
        """Connects at the first call."""
        self._client = httpx.Client(base_url=url, timeout=timeout_seconds)
        self._next_id = 1

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        """Answers in order, an error among them as a `Refusal`; raises NodeFault where the whole was lost."""
        first = self._next_id
        self._next_id += len(calls)
        asked = [
            {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
            for number, (method, params) in enumerate(calls, first)
        ]
        given = self._post(orjson.dumps(asked))
        if not isinstance(given, list):
            raise NodeFault(f"{len(calls)} calls answered by {str(given)[:200]}")
        by_id = {each.get("id"): each for each in given if isinstance(each, dict)}
        if set(by_id) != set(range(first, first + len(calls))):
            raise NodeFault(f"{len(calls)} calls answered under other ids")
        return [_result(by_id[number]) for number in range(first, first + len(calls))]

    def _post(self, body: bytes) -> Any:
        try:
            answer = self._client.post("", content=body, headers={"Content-Type": "application/json"})
        except httpx.TimeoutException as error:
            raise RangeTooLong("no answer in time") from error
        except httpx.TransportError as error:
            raise NodeFault(f"no answer: {error!r}") from error
        if answer.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
            raise RangeTooLong("status 413")
        if answer.status_code != httpx.codes.OK:
            raise NodeFault(f"status {answer.status_code}")
        try:
            return orjson.loads(answer.content)
        except orjson.JSONDecodeError as error:
            raise NodeFault(f"{len(answer.content)} bytes that are not JSON") from error


def _result(answer: dict[str, Any]) -> Any:
    error = answer.get("error")
    if error is not None:
        return Refusal(int(error.get("code", 0)), str(error.get("message", "")))
    if "result" not in answer:
        raise NodeFault("an answer with neither result nor error")
    return answer["result"]
