"""A chain whose contracts only write events, of the real shape: what the indexer is tried on.

with run_source() as source:
    source.sell(30)             # one transaction, one block, thirty events
    source.reorg(5, Random(1))  # five blocks gone, some of their transactions in others
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from eth_account import Account
from eth_utils.address import to_checksum_address
from tests.chaos.node import rpc, run_node

from wellhead.chain.artifacts import HARNESS_FOLDER, read_artifact
from wellhead.chain.deployment import Deployment
from wellhead.chain.development import BANK_KEY
from wellhead.chain.keccak import keccak256
from wellhead.chain.signatures import address_of

ROOT = Path(__file__).parents[2]
GAS = 29_000_000
GAS_PRICE = 20 * 10**9
MINED_SECONDS_MAX = 10
SENDER = address_of(BANK_KEY)


class Source:
    """One mock Settlement on a node, with its leases and shares."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.shares: list[str] = []
        code = read_artifact(ROOT / HARNESS_FOLDER / "EventSource.json").bytecode
        created = self._send(None, code)
        self.address = to_checksum_address(created["contractAddress"])
        leases = to_checksum_address("0x" + self.call(self.address, "leases()")[-20:].hex())
        first = int(created["blockNumber"], 16)
        self.deployment = Deployment(
            int(rpc(url, "eth_chainId"), 16),
            0,
            86_400,
            first,
            {"Settlement": self.address, "LeaseToken": leases},
        )

    @property
    def head(self) -> int:
        """The newest block."""
        return int(rpc(self.url, "eth_blockNumber"), 16)

    def sell(self, count: int) -> int:
        """So many `SaleBooked` in one block; its number."""
        return self._act(self.address, "sell(uint256)", count)

    def open(self) -> str:
        """A share that is named by `AssetOpened` after it wrote; its address."""
        self._act(self.address, "open()")
        number = len(self.shares)
        share = to_checksum_address("0x" + self.call(self.address, "shares(uint256)", number)[-20:].hex())
        self.shares.append(share)
        return share

    def write_share(self, share: str, count: int) -> int:
        """So many `Transfer` and as many `RevenueAdded` of a share."""
        return self._act(share, "write(uint256)", count)

    def write_leases(self, count: int) -> int:
        """A batch of leases and a `URI` that is not UTF-8."""
        return self._act(self.deployment.contracts["LeaseToken"], "write(uint256)", count)

    def mine(self, blocks: int) -> None:
        """Empty blocks."""
        rpc(self.url, "anvil_mine", hex(blocks))

    def reorg(self, depth: int, draw: Random | None = None) -> None:
        """Replace the last `depth` blocks; `draw` puts some of their transactions into other new ones."""
        pairs: list[Any] = []
        if draw is not None and depth:
            for height in range(self.head - depth + 1, self.head + 1):
                block = rpc(self.url, "eth_getBlockByNumber", hex(height), False)
                pairs += [
                    rpc(self.url, "eth_getRawTransactionByHash", each) for each in block["transactions"]
                ]
            kept = pairs[: draw.randint(0, len(pairs))]
            places = sorted(draw.randrange(depth) for _ in kept)
            pairs = [[raw, place] for raw, place in zip(kept, places, strict=True)]
        if depth:
            rpc(self.url, "anvil_reorg", depth, pairs)
        self._forget_lost_shares()

    def call(self, to: str, function: str, *words: int) -> bytes:
        """The answer to a view."""
        call = {"to": to, "data": _data(function, words)}
        return bytes.fromhex(rpc(self.url, "eth_call", call, "latest")[2:])

    def _forget_lost_shares(self) -> None:
        for place, share in enumerate(self.shares):
            if rpc(self.url, "eth_getCode", share, "latest") == "0x":
                del self.shares[place:]
                return

    def _act(self, to: str, function: str, *words: int) -> int:
        return int(self._send(to, bytes.fromhex(_data(function, words)[2:]))["blockNumber"], 16)

    def _send(self, to: str | None, data: bytes) -> dict[str, Any]:
        transaction: dict[str, Any] = {
            "nonce": int(rpc(self.url, "eth_getTransactionCount", SENDER, "latest"), 16),
            "chainId": int(rpc(self.url, "eth_chainId"), 16),
            "gas": GAS,
            "gasPrice": GAS_PRICE,
            "value": 0,
            "data": "0x" + data.hex(),
        }
        signed = Account.sign_transaction(transaction | ({"to": to} if to else {}), BANK_KEY)
        sent = rpc(self.url, "eth_sendRawTransaction", "0x" + bytes(signed.raw_transaction).hex())
        deadline = time.monotonic() + MINED_SECONDS_MAX
        while (receipt := rpc(self.url, "eth_getTransactionReceipt", sent)) is None:
            assert time.monotonic() < deadline, f"{sent} is in no block after {MINED_SECONDS_MAX} s"
            time.sleep(0.002)
        assert receipt["status"] == "0x1", receipt
        return dict(receipt)


@contextmanager
def run_source(*options: str) -> Iterator[Source]:
    """A source on an anvil of its own."""
    with run_node(*options) as url:
        yield Source(url)


def _data(function: str, words: tuple[int, ...]) -> str:
    return "0x" + (keccak256(function.encode())[:4] + b"".join(w.to_bytes(32) for w in words)).hex()
