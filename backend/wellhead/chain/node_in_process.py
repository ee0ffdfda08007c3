"""The in-process chain as a node: every transaction is mined at once and nothing is ever taken back."""

from collections.abc import Sequence
from typing import Any

from web3 import Web3
from web3.exceptions import TransactionNotFound, Web3Exception

from wellhead.chain.client import Chain
from wellhead.chain.contract import CALL_GAS, ContractCall
from wellhead.chain.node import Receipt, View
from wellhead.chain.reverts import REFUSALS, as_reverted

IN_PROCESS_GAS = 16_000_000
"""Flat gas limit, where estimating would run everything twice more."""


class InProcessNode:
    """py-evm behind web3."""

    def __init__(self, chain: Chain) -> None:
        self._eth = chain.web3.eth

    def view(self, address: str) -> View:
        """The chain now; its newest block is final."""
        newest = self._eth.get_block("latest")
        number = int(newest["number"])
        count = int(self._eth.get_transaction_count(Web3.to_checksum_address(address), "pending"))
        return View(number, int(newest["baseFeePerGas"]), number, count, count, count)

    def send(self, raws: Sequence[bytes]) -> list[str | None]:
        """Offer signed bytes, in order."""
        return [self._offered(raw) for raw in raws]

    def receipts(self, hashes: Sequence[bytes]) -> list[Receipt | None]:
        """Receipts by hash."""
        return [self._receipt(each) for each in hashes]

    def receipts_and_final_count(
        self, address: str, final: int, hashes: Sequence[bytes]
    ) -> tuple[int, list[Receipt | None]]:
        """One process, one moment."""
        return self.view(address).count_final, self.receipts(hashes)

    def block_hashes(self, numbers: Sequence[int]) -> list[bytes | None]:
        """Hashes by number."""
        return [bytes(self._eth.get_block(number)["hash"]) for number in numbers]

    def gas_for(self, address: str, calls: Sequence[ContractCall]) -> list[int]:
        """The flat limit, after a static call."""
        for call in calls:
            request: Any = {"from": address, "data": call.data, "value": call.value, "gas": CALL_GAS}
            if call.to is not None:
                request["to"] = Web3.to_checksum_address(call.to)
            try:
                self._eth.call(request)
            except REFUSALS as error:
                raise as_reverted(error, call.action) from error
        return [IN_PROCESS_GAS] * len(calls)

    def _offered(self, raw: bytes) -> str | None:
        """Whatever goes wrong says nothing about the transaction: its hash decides."""
        try:
            self._eth.send_raw_transaction(raw)
        except (Web3Exception, OSError, ValueError, *REFUSALS) as error:
            return str(error) or type(error).__name__
        return None

    def _receipt(self, transaction_hash: bytes) -> Receipt | None:
        try:
            found = self._eth.get_transaction_receipt(Web3.to_hex(transaction_hash))
        except TransactionNotFound:
            return None
        return Receipt(
            bytes(found["transactionHash"]),
            int(found["blockNumber"]),
            bytes(found["blockHash"]),
            found["status"] == 1,
            int(found["gasUsed"]),
            found.get("contractAddress"),
        )
