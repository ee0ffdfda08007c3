"""An anvil for chaos tests: with options, on loopback, ended by its process id."""

import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ANVIL = Path(__file__).parents[2] / "node_modules/.bin/anvil"
START_SECONDS_MAX = 15


@contextmanager
def run_node(*options: str) -> Iterator[str]:
    """A node's URL. Mines each transaction at once unless `--block-time` or `--no-mining` say otherwise."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(ANVIL), "--silent", "--port", str(port), "--hardfork", "prague", *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + START_SECONDS_MAX
        while not _answers(url):
            assert process.poll() is None, f"anvil ended with exit status {process.returncode}"
            assert time.monotonic() < deadline, f"anvil did not answer within {START_SECONDS_MAX} s"
            time.sleep(0.03)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=10)


def rpc(url: str, method: str, *params: Any) -> Any:
    """One call's result; RuntimeError with the node's error."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
        answer = json.load(response)
    if "error" in answer:
        raise RuntimeError(f"{method}: {answer['error']}")
    return answer["result"]


def mine(url: str, blocks: int = 1) -> None:
    """Mine so many blocks now."""
    for _ in range(blocks):
        rpc(url, "evm_mine")


def _answers(url: str) -> bool:
    try:
        rpc(url, "eth_chainId")
    except OSError:
        return False
    return True
