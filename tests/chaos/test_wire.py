"""The wire to a node: one question, one answer, and every way to lose it told apart."""

from collections.abc import Iterator

import pytest
from tests.chaos.node import run_node
from tests.chaos.proxy import Fault, Faults, Proxy

from wellhead.chain.wire import Lost, NodeError, Result, Wire


@pytest.fixture(scope="module")
def node() -> Iterator[str]:
    """An anvil's address."""
    with run_node() as url:
        yield url


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (Fault.BAD_GATEWAY, "status 502"),
        (Fault.EMPTY, "empty"),
        (Fault.BAD_JSON, "bad JSON"),
        (Fault.WRONG_ID, "wrong id"),
    ],
)
def test_the_wire_tells_how_an_answer_was_lost(node: str, fault: Fault, why: str) -> None:
    with Proxy(node, Faults(while_reading={fault: 1.0})) as url:
        assert Wire(url).call("eth_chainId") == Lost(why)
        assert Wire(url).call_all([("eth_chainId", ()), ("eth_blockNumber", ())]) == [Lost(why)] * 2


def test_the_wire_asks_once_and_follows_nobody(node: str) -> None:
    proxy = Proxy(node, Faults(while_reading={Fault.DROP: 1.0}))
    with proxy as url:
        assert isinstance(Wire(url).call("eth_chainId"), Lost)
        assert proxy.calls["eth_chainId"] == 1
        proxy.faults = Faults()
        assert Wire(url, batch_max=1).call_all([("eth_chainId", ()), ("nobody_knows", ())])[0] == Result(
            "0x7a69"
        )
        assert isinstance(Wire(url).call("nobody_knows"), NodeError)
    assert isinstance(Wire("http://127.0.0.1:9/").call("eth_chainId"), Lost)
