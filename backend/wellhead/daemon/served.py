"""Three pages on loopback: `/metrics` for Prometheus, `/healthz` and `/readyz` for whoever restarts it.

Healthy: the loop ended a round lately. Ready: nothing stands in the way of signing and sending; the answer
names what does. All is read from memory, so an answer never waits for chain or database.
"""

import json
import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from wellhead.daemon.metrics import CONTENT_TYPE, Metrics
from wellhead.errors import StateError

LOOPBACK = "127.0.0.1"
REQUEST_SECONDS_MAX = 5
Faults = Callable[[], Mapping[str, str]]
"""What is wrong by name; empty if nothing is."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    timeout = REQUEST_SECONDS_MAX

    def log_message(self, format: str, *args: Any) -> None:
        """A scrape every few seconds is worth a line only to those who look for it."""
        logging.getLogger("wellhead.served").debug(format, *args)


class Served:
    """The pages; `port` 0 takes a free one. Use as a context: served from entering to leaving it."""

    def __init__(self, metrics: Metrics, unhealthy: Faults, unready: Faults, port: int) -> None:
        pages = {"/healthz": unhealthy, "/readyz": unready}

        def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            path, method = environ.get("PATH_INFO", ""), environ.get("REQUEST_METHOD")
            if method not in ("GET", "HEAD"):
                return _reply(start, "405 Method Not Allowed", b"only GET\n")
            if path == "/metrics":
                return _reply(start, "200 OK", metrics.text(), CONTENT_TYPE)
            if path in pages:
                return _verdict(start, pages[path]())
            return _reply(start, "404 Not Found", b"/metrics /healthz /readyz\n")

        try:
            self._server = make_server(LOOPBACK, port, answer, server_class=_Server, handler_class=_Handler)
        except OSError as error:
            raise StateError(f"the pages cannot listen at {LOOPBACK}:{port}: {error.strerror}") from error
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)
        self.port = int(self._server.server_port)

    def __enter__(self) -> "Served":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _verdict(start: Callable[..., Any], faults: Mapping[str, str]) -> Iterable[bytes]:
    body = json.dumps({"ok": not faults, "faults": dict(faults)}).encode() + b"\n"
    return _reply(start, "503 Service Unavailable" if faults else "200 OK", body, "application/json")


def _reply(
    start: Callable[..., Any], status: str, body: bytes, kind: str = "text/plain; charset=utf-8"
) -> Iterable[bytes]:
    headers = [("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
    start(status, headers)
    return [body]
