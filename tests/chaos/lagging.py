"""A node some blocks behind, made from one that is not: what it has not seen does not exist."""

from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
TAGS = ("latest", "pending", "safe", "finalized")


class Lagging:
    """Answers as of `blocks` before the newest."""

    def __init__(self, upstream: Callable[..., Json], blocks: int) -> None:
        self._upstream = upstream
        self.head = max(0, int(upstream("eth_blockNumber")["result"], 16) - blocks)

    def answer(self, request: Json) -> Json:
        """The whole answer to one request."""
        method, params = request["method"], list(request.get("params", []))
        told = getattr(self, f"_{method}", None)
        given = told(params) if told else self._upstream(method, *params)
        return {"jsonrpc": "2.0", **given, "id": request["id"]}

    def _eth_blockNumber(self, _: list[Any]) -> Json:  # noqa: N802
        return {"result": hex(self.head)}

    def _eth_getBlockByNumber(self, params: list[Any]) -> Json:  # noqa: N802
        return self._seen(self._upstream("eth_getBlockByNumber", self._tag(params[0]), *params[1:]), "number")

    def _eth_getBlockByHash(self, params: list[Any]) -> Json:  # noqa: N802
        return self._seen(self._upstream("eth_getBlockByHash", *params), "number")

    def _eth_getTransactionReceipt(self, params: list[Any]) -> Json:  # noqa: N802
        return self._seen(self._upstream("eth_getTransactionReceipt", *params), "blockNumber")

    def _eth_getTransactionByHash(self, params: list[Any]) -> Json:  # noqa: N802
        return self._seen(self._upstream("eth_getTransactionByHash", *params), "blockNumber")

    def _eth_getTransactionCount(self, params: list[Any]) -> Json:  # noqa: N802
        return self._upstream("eth_getTransactionCount", params[0], self._tag(params[1]))

    def _eth_getLogs(self, params: list[Any]) -> Json:  # noqa: N802
        asked = params[0]
        if "blockHash" in asked:
            block = self._upstream("eth_getBlockByHash", asked["blockHash"], False).get("result")
            if not block or int(block["number"], 16) > self.head:
                return {"error": {"code": -32000, "message": "unknown block"}}
            return self._upstream("eth_getLogs", asked)
        first, last = (
            int(self._tag(asked.get(end, "latest")), 16) if asked.get(end) != "earliest" else 0
            for end in ("fromBlock", "toBlock")
        )
        if first > self.head:
            return {"result": []}
        return self._upstream(
            "eth_getLogs", asked | {"fromBlock": hex(first), "toBlock": hex(min(last, self.head))}
        )

    def _tag(self, block: str) -> str:
        if block not in TAGS:
            return block
        if block in ("latest", "pending"):
            return hex(self.head)
        known = self._upstream("eth_getBlockByNumber", block, False).get("result")
        return hex(min(self.head, int(known["number"], 16) if known else 0))

    def _seen(self, given: Json, numbered_by: str) -> Json:
        found = given.get("result")
        if found and found.get(numbered_by) and int(found[numbered_by], 16) > self.head:
            return {"result": None}
        return given
