"""The three pages: on loopback only, from memory, with a reason where something is wrong."""

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from wellhead.daemon.actions import StepResult
from wellhead.daemon.metrics import Metrics
from wellhead.daemon.served import Served
from wellhead.errors import StateError


class Pages:
    """Served pages and what they say is wrong."""

    def __init__(self) -> None:
        self.sick: dict[str, str] = {}
        self.unready: dict[str, str] = {}
        self.metrics = Metrics()
        self.served = Served(self.metrics, lambda: self.sick, lambda: self.unready, 0)

    def get(self, path: str, method: str = "GET") -> tuple[int, str, str]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.served.port}{path}", method=method)
        try:
            with urllib.request.urlopen(request, timeout=5) as response:  # noqa: S310
                return response.status, response.headers["Content-Type"], response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers["Content-Type"], error.read().decode()


@pytest.fixture
def pages() -> Iterator[Pages]:
    pages = Pages()
    with pages.served:
        yield pages


def test_metrics_are_in_prometheus_text_format(pages: Pages) -> None:
    pages.metrics.on_step("index", StepResult("index"), 0.3)
    status, kind, text = pages.get("/metrics")
    assert (status, kind) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert 'wellhead_steps_total{result="done",step="index"} 1.0' in text
    assert "python_info" not in text


def test_health_and_readiness_say_what_is_wrong(pages: Pages) -> None:
    assert pages.get("/healthz")[0] == pages.get("/readyz")[0] == 200
    pages.sick["loop"], pages.unready["index"] = "no round for 90 s", "1,000 blocks behind"
    status, _, body = pages.get("/healthz")
    assert (status, json.loads(body)) == (503, {"ok": False, "faults": {"loop": "no round for 90 s"}})
    assert json.loads(pages.get("/readyz")[2])["faults"] == {"index": "1,000 blocks behind"}


def test_other_paths_and_methods_are_refused(pages: Pages) -> None:
    assert pages.get("/")[0] == 404
    assert pages.get("/metrics/../etc/passwd")[0] == 404
    assert pages.get("/metrics", "POST")[0] == 405


def test_only_loopback_is_listened_on(pages: Pages) -> None:
    assert pages.served._server.server_address[0] == "127.0.0.1"


def test_a_caller_that_says_nothing_holds_up_nobody(pages: Pages) -> None:
    with socket.create_connection(("127.0.0.1", pages.served.port)):
        assert pages.get("/metrics")[0] == 200


def test_a_port_that_is_taken_is_named(pages: Pages) -> None:
    with pytest.raises(StateError, match=f"cannot listen at 127.0.0.1:{pages.served.port}"):
        Served(pages.metrics, dict, dict, pages.served.port)


def test_the_port_is_free_again_after_leaving() -> None:
    with Pages().served as served:
        port = served.port
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
