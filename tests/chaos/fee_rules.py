"""What a real node's pool does with a second transaction of one nonce; anvil is too kind."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import rlp
from eth_account import Account

from wellhead.chain.keccak import keccak256

Upstream = Callable[..., dict[str, Any]]


class FeeRule(StrEnum):
    """Whose pool."""

    GETH = "geth"
    """Both fees at least 10 % higher."""
    RETH = "reth"
    """Both fees more than 10 % higher."""

    def allows(self, old: int, new: int) -> bool:
        """Whether one fee was raised enough."""
        return new * 100 >= old * 110 if self is FeeRule.GETH else new * 100 > old * 110


class Refusals:
    """Remembers the fees of what was accepted for each sender and nonce."""

    def __init__(self) -> None:
        self._accepted: dict[tuple[str, int], tuple[str, int, int]] = {}
        self.underpriced = 0
        """How often a replacement was refused for its fees."""

    def of(self, rule: FeeRule, raw: bytes, upstream: Upstream) -> dict[str, Any] | None:
        """The pool's error for `raw`, or None where the node may have it."""
        if raw[0] != 2:
            return None
        fields = rlp.decode(raw[1:])
        nonce, tip, fee = (int.from_bytes(fields[i], "big") for i in (1, 2, 3))
        place, own_hash = (Account.recover_transaction(raw), nonce), "0x" + keccak256(raw).hex()
        known = self._accepted.get(place)
        replaces = known and known[0] != own_hash and self._is_pending(known[0], upstream)
        if known and replaces and not (rule.allows(known[1], tip) and rule.allows(known[2], fee)):
            self.underpriced += 1
            return {"code": -32000, "message": "replacement transaction underpriced"}
        self._accepted[place] = (own_hash, tip, fee)
        return None

    @staticmethod
    def reworded(error: dict[str, Any]) -> dict[str, Any]:
        """The node's error in geth's words."""
        if error.get("message") == "transaction already imported":
            return {"code": -32000, "message": "already known"}
        return error

    @staticmethod
    def _is_pending(transaction_hash: str, upstream: Upstream) -> bool:
        found = upstream("eth_getTransactionByHash", transaction_hash).get("result")
        return bool(found) and found["blockNumber"] is None
