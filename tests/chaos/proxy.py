"""A node that misbehaves: JSON-RPC on loopback, forwarded to a real node, with the faults of real ones.

    proxy = Proxy(anvil_url, Faults(seed=7, after_sending={Fault.BAD_GATEWAY: 0.05}))
    with proxy as url:
        ...                        # use `url` as the endpoint
        proxy.faults = Faults()    # healthy from here on
        proxy.calls["eth_getLogs"] # how often each method was asked for

Each HTTP request (a batch counts as one: one node answers it) draws its own fault from the seed.
`after_sending` forwards first: the node has done it, the caller is not told. Lagging answers come from a node
that is some blocks behind, and say so nowhere.
"""

import json
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any
from urllib.parse import urlsplit

from tests.chaos.fee_rules import FeeRule, Refusals
from tests.chaos.lagging import Lagging

SENDS = "eth_sendRawTransaction"
Json = dict[str, Any]


class Fault(StrEnum):
    """How an answer is lost."""

    BAD_GATEWAY = "502"
    """Status 502 and a page of HTML."""
    TIMEOUT = "timeout"
    """Nothing for `timeout_seconds`, then the connection is closed."""
    DROP = "drop"
    """The connection is closed at once."""
    EMPTY = "empty"
    """Status 200 without a body."""
    BAD_JSON = "bad json"
    """Status 200, JSON cut off in the middle."""
    WRONG_ID = "wrong id"
    """Well-formed, with the id of somebody else's request."""


EVERY_FAULT: Mapping[Fault, float] = dict.fromkeys(Fault, 0.02)
"""Each fault in one of fifty requests."""


@dataclass(frozen=True)
class Faults:
    """What goes wrong and how often; the default is a healthy node."""

    seed: int = 0
    after_sending: Mapping[Fault, float] = field(default_factory=dict)
    """Share of requests with a sendRawTransaction that are forwarded and whose answer is lost so."""
    instead_of_sending: Mapping[Fault, float] = field(default_factory=dict)
    """The same without forwarding: the transaction never reaches the node."""
    while_reading: Mapping[Fault, float] = field(default_factory=dict)
    """Share of all other requests whose answer is lost."""
    timeout_seconds: float = 1.0
    fee_rule: FeeRule | None = None
    """Whose rule a replacement must keep; anvil alone takes +5 %."""
    lagging_share: float = 0.0
    """Share of requests without sends that a node answers which is behind."""
    lagging_blocks: int = 0
    """How far that node is behind."""
    logs_blocks_max: int | None = None
    """Most blocks that one eth_getLogs may ask for."""
    duplicate_sends: bool = False
    """Forward every send twice, as a load balancer that retries does."""


class Proxy:
    """Serves on a free loopback port while entered; `faults` may be replaced at any time."""

    def __init__(self, upstream_url: str, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self.calls: Counter[str] = Counter()
        self.lost: Counter[Fault] = Counter()
        self.sent: list[bytes] = []
        """Raw bytes of every transaction that was offered, in order."""
        self.refusals = Refusals()
        self.url = ""
        """Where it serves, while entered."""
        self._upstream = urlsplit(upstream_url)
        self._random, self._lock, self._seed = Random(self.faults.seed), threading.Lock(), self.faults.seed
        self._server: ThreadingHTTPServer | None = None
        self._open: set[socket.socket] = set()
        self._local = threading.local()

    def __enter__(self) -> str:
        self._server = _Server(("127.0.0.1", 0), type("Endpoint", (_Endpoint,), {"proxy": self}))
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        return self.url

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        for connection in list(self._open):
            close(connection)
        self._server.server_close()

    # --- one request -----------------------------------------------------------------------------------

    def answer(self, body: bytes) -> tuple[bytes, Fault | None]:
        """What to send back, and how to lose it."""
        asked = json.loads(body)
        requests: list[Json] = asked if isinstance(asked, list) else [asked]
        sends = [bytes.fromhex(r["params"][0][2:]) for r in requests if r["method"] == SENDS]
        with self._lock:
            faults = self.faults
            if faults.seed != self._seed:
                self._random, self._seed = Random(faults.seed), faults.seed
            self.calls.update(r["method"] for r in requests)
            self.sent += sends
            instead = self._drawn(faults.instead_of_sending) if sends else None
            after = self._drawn(faults.after_sending if sends else faults.while_reading)
            lags = not sends and faults.lagging_share > 0 and self._random.random() < faults.lagging_share
            fault = instead or after
            self.lost.update([fault] if fault else [])
        if instead:
            return b"{}", instead
        if lags:
            lagging = Lagging(self.upstream, faults.lagging_blocks)
            answers = [lagging.answer(each) for each in requests]
        else:
            answers = [self._one(each, faults) for each in requests] if self._alters(faults) else None
        if answers is None:
            return self._forward(body), after
        return json.dumps(answers if isinstance(asked, list) else answers[0]).encode(), after

    def upstream(self, method: str, *params: Any) -> Json:
        """The real node's whole answer to one call."""
        call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        answer: Json = json.loads(self._forward(json.dumps(call).encode()))
        return answer

    def _alters(self, faults: Faults) -> bool:
        return bool(faults.fee_rule or faults.logs_blocks_max or faults.duplicate_sends)

    def _one(self, request: Json, faults: Faults) -> Json:
        answer: Json = {"jsonrpc": "2.0", "id": request["id"]}
        method, params = request["method"], request.get("params", [])
        error = None
        if method == SENDS and faults.fee_rule:
            error = self.refusals.of(faults.fee_rule, bytes.fromhex(params[0][2:]), self.upstream)
        elif method == "eth_getLogs" and faults.logs_blocks_max:
            error = self._range_error(params[0], faults.logs_blocks_max)
        if error:
            return answer | {"error": error}
        given = self.upstream(method, *params)
        if method == SENDS and faults.duplicate_sends:
            self.upstream(method, *params)
        if method == SENDS and faults.fee_rule and "error" in given:
            given["error"] = self.refusals.reworded(given["error"])
        return given | {"id": request["id"]}

    def _range_error(self, asked: Json, blocks_max: int) -> Json | None:
        if "blockHash" in asked:
            return None
        head = int(self.upstream("eth_blockNumber")["result"], 16)
        first, last = (_number(asked.get(end, "latest"), head) for end in ("fromBlock", "toBlock"))
        if last - first + 1 <= blocks_max:
            return None
        return {"code": -32005, "message": f"query exceeds max block range {blocks_max}"}

    def _drawn(self, shares: Mapping[Fault, float]) -> Fault | None:
        if not shares:
            return None
        point = self._random.random()
        for fault, share in shares.items():
            point -= share
            if point < 0:
                return fault
        return None

    def _forward(self, body: bytes) -> bytes:
        """The node's own bytes, over this thread's connection; again if that was closed meanwhile."""
        for attempt in range(2):
            connection = getattr(self._local, "connection", None)
            if connection is None:
                connection = HTTPConnection(self._upstream.hostname or "", self._upstream.port, timeout=60)
                self._local.connection = connection
            try:
                connection.request("POST", "/", body, {"Content-Type": "application/json"})
                return bytes(connection.getresponse().read())
            except OSError:
                self.hang_up()
                if attempt:
                    raise
        raise AssertionError("unreachable")

    def hang_up(self) -> None:
        """Close this thread's connection to the node."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    def opened(self, connection: socket.socket, is_open: bool) -> None:
        """Remember which connections are to be closed at the end."""
        (self._open.add if is_open else self._open.discard)(connection)


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that was killed in the middle of a request is nothing to tell."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Endpoint(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    proxy: Proxy

    def setup(self) -> None:
        super().setup()
        self.proxy.opened(self.connection, is_open=True)

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
        self.proxy.opened(self.connection, is_open=False)
        self.proxy.hang_up()

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:  # the caller was killed in the middle of asking
            self.close_connection = True
            return None
        try:
            answer, fault = self.proxy.answer(body)
        except OSError:
            fault, answer = Fault.BAD_GATEWAY, b""
        if fault in (Fault.TIMEOUT, Fault.DROP):
            time.sleep(self.proxy.faults.timeout_seconds if fault is Fault.TIMEOUT else 0)
            self.close_connection = True
            return close(self.connection)
        status, text = _spoilt(answer, fault)
        try:
            self._write(status, text)
        except OSError:  # the caller was killed or has given up
            self.close_connection = True

    def _write(self, status: int, text: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
        self.wfile.flush()

    def log_message(self, *_: Any) -> None:
        return


def _spoilt(answer: bytes, fault: Fault | None) -> tuple[int, bytes]:
    if fault is Fault.BAD_GATEWAY:
        return 502, b"<html><body><h1>502 Bad Gateway</h1></body></html>"
    if fault is Fault.EMPTY:
        return 200, b""
    if fault is Fault.BAD_JSON:
        return 200, answer[: len(answer) // 2]
    if fault is Fault.WRONG_ID:
        given = json.loads(answer)
        for each in given if isinstance(given, list) else [given]:
            each["id"] = 987_654_321
        return 200, json.dumps(given).encode()
    return 200, answer


def close(connection: socket.socket) -> None:
    """Close a connection in whatever state it is."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _number(block: str, head: int) -> int:
    return int(block, 16) if block.startswith("0x") else 0 if block == "earliest" else head


__all__ = ["EVERY_FAULT", "Fault", "Faults", "FeeRule", "Proxy"]
