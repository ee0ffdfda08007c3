"""What the chain says about open transactions: included, reorged away, final, or their nonce taken.

Only receipts of own hashes, block hashes by number and counts at final blocks are believed; no answer to a
send is. Reading twice or from a node that lags changes nothing that the next reading does not put right.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from wellhead.chain.line import OpenIntent
from wellhead.chain.node import Node, Receipt, View
from wellhead.chain.states import Event, State

PROVED_AT_ONCE = 40
"""Nonces looked at in one request, so that one node answers for all their hashes and the count."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that happened to an intent."""

    intent: OpenIntent
    event: Event
    receipt: Receipt | None = None


def findings(node: Node, address: str, view: View, line: Sequence[OpenIntent]) -> list[Finding]:
    """What happened to the intents since they were stored; raises ChainError if the node does not answer."""
    due = [intent for intent in line if intent.is_pending and (intent.nonce or 0) < view.count]
    receipt_of = _receipts(node, due)
    found = [_included(intent, receipt_of[intent.id]) for intent in due if intent.id in receipt_of]
    missing = [intent for intent in due if intent.id not in receipt_of]
    found += _taken(node, address, view, missing)
    found += _mined(node, view, [intent for intent in line if intent.state is State.MINED])
    return found


def _receipts(node: Node, intents: Sequence[OpenIntent]) -> dict[int, Receipt]:
    """Receipts by intent, of whichever attempt has one."""
    asked = [(intent.id, each) for intent in intents for each in intent.hashes]
    if not asked:
        return {}
    given = node.receipts([each for _, each in asked])
    return {
        intent_id: receipt
        for (intent_id, _), receipt in zip(asked, given, strict=True)
        if receipt is not None
    }


def _included(intent: OpenIntent, receipt: Receipt) -> Finding:
    return Finding(intent, Event.INCLUDED, receipt)


def _taken(node: Node, address: str, view: View, missing: Sequence[OpenIntent]) -> list[Finding]:
    """Whose nonce was used, at a final block, by a transaction not ours: proved by one node at once."""
    suspects = [intent for intent in missing if (intent.nonce or 0) < view.count_final][:PROVED_AT_ONCE]
    found = []
    for intent in suspects:
        count, receipts = node.receipts_and_final_count(address, view.final, intent.hashes)
        if count > (intent.nonce or 0) and not any(receipts):
            found.append(Finding(intent, Event.DROPPED if intent.fills_gap else Event.NONCE_TAKEN))
    return found


def _mined(node: Node, view: View, mined: Sequence[OpenIntent]) -> list[Finding]:
    """Whether the blocks of mined transactions are still on the chain, and final."""
    numbers = sorted({intent.block or 0 for intent in mined})
    hash_of = dict(zip(numbers, node.block_hashes(numbers), strict=True)) if numbers else {}
    stand = [intent for intent in mined if hash_of[intent.block or 0] == intent.block_hash]
    found = [Finding(each, Event.FINALIZED) for each in stand if (each.block or 0) <= view.final]
    moved = [each for each in mined if hash_of[each.block or 0] not in (None, each.block_hash)]
    receipt_of = _receipts(node, moved)
    for intent in moved:
        receipt = receipt_of.get(intent.id)
        found.append(_included(intent, receipt) if receipt else Finding(intent, Event.REORGED))
    return found
