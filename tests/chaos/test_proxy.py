"""The misbehaving node misbehaves as it says, and only so."""

from collections.abc import Iterator

import httpx
import pytest
from eth_account import Account
from tests.chaos.node import mine, rpc, run_node
from tests.chaos.proxy import Fault, Faults, FeeRule, Proxy

from wellhead.chain.development import BANK_KEY
from wellhead.chain.keccak import keccak256
from wellhead.chain.signatures import address_of

BANK = address_of(BANK_KEY)
GWEI = 10**9


@pytest.fixture(scope="module")
def node() -> Iterator[str]:
    with run_node("--no-mining") as url:
        yield url


@pytest.fixture(autouse=True)
def _each_from_the_start(node: str) -> Iterator[None]:
    snapshot = rpc(node, "evm_snapshot")
    yield
    rpc(node, "evm_revert", snapshot)
    rpc(node, "anvil_dropAllTransactions")


def raw(nonce: int = 0, fee: int = 10 * GWEI, tip: int = GWEI) -> bytes:
    transaction = {"chainId": 31337, "nonce": nonce, "gas": 21_000, "to": BANK, "value": 0, "data": b""}
    fees = {"maxFeePerGas": fee, "maxPriorityFeePerGas": tip}
    return bytes(Account.sign_transaction({**transaction, **fees}, BANK_KEY).raw_transaction)


def post(url: str, raw_bytes: bytes) -> httpx.Response:
    call = {"jsonrpc": "2.0", "id": 5, "method": "eth_sendRawTransaction", "params": ["0x" + raw_bytes.hex()]}
    return httpx.post(url, json=call, timeout=5)


def is_known(node: str, raw_bytes: bytes) -> bool:
    return rpc(node, "eth_getTransactionByHash", "0x" + keccak256(raw_bytes).hex()) is not None


@pytest.mark.parametrize("fault", Fault)
def test_an_answer_is_lost_after_the_node_has_accepted(node: str, fault: Fault) -> None:
    proxy = Proxy(node, Faults(after_sending={fault: 1.0}, timeout_seconds=0.05))
    with proxy as url:
        try:
            response = post(url, raw())
        except httpx.TransportError:
            assert fault in (Fault.TIMEOUT, Fault.DROP)
        else:
            status = 502 if fault is Fault.BAD_GATEWAY else 200
            assert response.status_code == status
            assert response.text[-1:] != "}" or response.json()["id"] != 5
    assert is_known(node, raw())
    assert proxy.lost == {fault: 1}


def test_a_send_can_be_lost_before_it_reaches_the_node(node: str) -> None:
    with Proxy(node, Faults(instead_of_sending={Fault.BAD_GATEWAY: 1.0})) as url:
        assert post(url, raw()).status_code == 502
    assert not is_known(node, raw())


def test_a_healthy_proxy_answers_as_the_node_does_and_counts(node: str) -> None:
    proxy = Proxy(node)
    with proxy as url:
        assert rpc(url, "eth_chainId") == rpc(node, "eth_chainId")
        assert post(url, raw()).json() == {"jsonrpc": "2.0", "id": 5, "result": "0x" + keccak256(raw()).hex()}
    assert proxy.calls == {"eth_chainId": 1, "eth_sendRawTransaction": 1}
    assert proxy.sent == [raw()]


@pytest.mark.parametrize(("rule", "percent_taken"), [(FeeRule.GETH, 110), (FeeRule.RETH, 111)])
def test_a_replacement_must_raise_both_fees(node: str, rule: FeeRule, percent_taken: int) -> None:
    with Proxy(node, Faults(fee_rule=rule)) as url:
        assert "result" in post(url, raw(fee=100 * GWEI, tip=GWEI)).json()
        assert post(url, raw(fee=100 * GWEI, tip=GWEI)).json()["error"]["message"] == "already known"
        for fee, tip in ((percent_taken - 1, percent_taken), (percent_taken, percent_taken - 1)):
            answer = post(url, raw(fee=fee * GWEI, tip=tip * GWEI // 100)).json()
            assert answer["error"]["message"] == "replacement transaction underpriced"
        assert "result" in post(url, raw(fee=percent_taken * GWEI, tip=percent_taken * GWEI // 100)).json()


def test_a_lagging_node_has_not_seen_the_newest_blocks(node: str) -> None:
    with Proxy(node, Faults(lagging_share=1.0, lagging_blocks=2)) as url:
        post(url, raw())
        mine(node, 3)
        head = int(rpc(node, "eth_blockNumber"), 16)
        first = rpc(node, "eth_getBlockByNumber", hex(head - 2), False)
        assert rpc(url, "eth_blockNumber") == hex(head - 2)
        assert rpc(url, "eth_getBlockByNumber", "latest", False) == first
        assert rpc(url, "eth_getBlockByNumber", hex(head - 1), False) is None
        assert rpc(url, "eth_getLogs", {"fromBlock": hex(head), "toBlock": hex(head)}) == []
        transaction_hash = "0x" + keccak256(raw()).hex()
        assert rpc(url, "eth_getTransactionReceipt", transaction_hash) is not None
        assert rpc(url, "eth_getTransactionCount", BANK, "latest") == "0x1"


def test_a_range_of_logs_that_is_too_long_is_refused(node: str) -> None:
    mine(node, 10)
    with Proxy(node, Faults(logs_blocks_max=5)) as url:
        assert rpc(url, "eth_getLogs", {"fromBlock": "0x1", "toBlock": "0x5"}) == []
        with pytest.raises(RuntimeError, match="query exceeds max block range 5"):
            rpc(url, "eth_getLogs", {"fromBlock": "0x1", "toBlock": "0x6"})
