"""Somebody else uses the key, transactions vanish, the database comes from a backup: sending goes on (R15).

When a fault has ended, a new payment must be mined within three blocks, and everything that was under way
must end without a hand laid on it; a nonce that a foreign transaction took costs until that is final.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

from eth_account import Account
from tests.chaos.cli import Told, main, silent
from tests.chaos.node import mine, rpc, run_node
from tests.chaos.rig import CHAIN_ID, GWEI, Rig, random_of, step, submit

HEALTHY_WITHIN_BLOCKS = 3


def run(seed: int, count: int, told: Told = silent) -> dict[str, Any]:
    """`count` faults, one after the other, drawn from the seed."""
    unhealthy, slowest, played = 0, 0, dict.fromkeys(FAULTS, 0)
    with tempfile.TemporaryDirectory() as folder, run_node("--no-mining", "--slots-in-an-epoch", "1") as node:
        file = Path(folder) / "outbox.sqlite"
        desk = Desk(Rig(node, node, f"sqlite:///{file}", seed), file)
        for number in range(count):
            chance = random_of(seed, "nonce", number)
            name = chance.choice(list(FAULTS))
            played[name] += 1
            FAULTS[name](desk, chance)
            blocks = desk.blocks_until_paid()
            unhealthy, slowest = unhealthy + (blocks > HEALTHY_WITHIN_BLOCKS), max(slowest, blocks)
            desk.end_all()
            if (number + 1) % 100 == 0:
                told(f"{number + 1:,} of {count:,} faults, slowest {slowest} blocks")
        faults = desk.rig.tally(desk.owed) | {"unhealthy": unhealthy}
        desk.close()
    return {"faults": faults, "payments": len(desk.owed), "slowest_blocks": slowest, "played": played}


class Desk:
    """One outbox and what it owes; its database can be put away and brought back."""

    def __init__(self, rig: Rig, file: Path) -> None:
        self.rig, self.file, self.outbox = rig, file, rig.outbox()
        self.owed: list[int] = []
        self.under_way: list[int] = []
        self._next = 0

    def pay(self, count: int = 1) -> list[int]:
        """Submit so many new payments."""
        numbers = list(range(self._next, self._next + count))
        self._next += count
        submit(self.outbox, self.rig.requests(numbers))
        self.owed += numbers
        self.under_way += numbers
        return numbers

    def blocks_until_paid(self) -> int:
        """A new payment now, and after how many blocks it is mined."""
        return self.rig.settle(self.outbox, self.pay())

    def end_all(self) -> None:
        """Everything under way comes to its end."""
        self.rig.settle(self.outbox, self.under_way)
        self.under_way.clear()

    def foreign(self, nonce: int) -> str | None:
        """Hash of a foreign transaction by this key in the pool; None where it is not let in."""
        fees = {"maxFeePerGas": 90 * GWEI, "maxPriorityFeePerGas": 30 * GWEI}
        fields = {
            "chainId": CHAIN_ID,
            "nonce": nonce,
            "gas": 21_000,
            "to": self.rig.signer.address,
            "value": 0,
        }
        raw = bytes(Account.sign_transaction({**fields, **fees}, self.rig.key).raw_transaction)
        with suppress(RuntimeError):
            return str(rpc(self.rig.node_url, "eth_sendRawTransaction", "0x" + raw.hex()))
        return None

    def count(self, block: str = "latest") -> int:
        """Transactions of the key."""
        return int(rpc(self.rig.node_url, "eth_getTransactionCount", self.rig.signer.address, block), 16)

    def close(self) -> None:
        """Close the database."""
        self.outbox.sessions.kw["bind"].dispose()

    def reopen(self) -> None:
        """As a new process does."""
        self.close()
        self.outbox = self.rig.outbox()
        self.outbox.resume()


def external(desk: Desk, chance: Random) -> None:
    """Others send between ours; all are mined."""
    for _ in range(chance.randint(1, 3)):
        desk.pay(chance.randint(0, 2))
        desk.foreign(desk.count("pending"))
    mine(desk.rig.node_url)


def lost_foreign(desk: Desk, chance: Random) -> None:
    """Foreign transactions that ours were put behind vanish from the pool."""
    hashes = [desk.foreign(desk.count("pending")) for _ in range(chance.randint(1, 3))]
    desk.pay(chance.randint(1, 2))
    for each in hashes:
        if each:
            rpc(desk.rig.node_url, "anvil_dropTransaction", each)


def lost_own(desk: Desk, chance: Random) -> None:
    """The pool forgets everything."""
    desk.pay(chance.randint(1, 4))
    rpc(desk.rig.node_url, "anvil_dropAllTransactions")


def taken(desk: Desk, chance: Random) -> None:
    """A foreign transaction replaces one of ours and is mined under its nonce."""
    desk.pay(chance.randint(1, 3))
    desk.foreign(desk.count())
    mine(desk.rig.node_url)


def backup(desk: Desk, chance: Random) -> None:
    """The database of an hour ago: payments made since are not in it, and not asked for again."""
    desk.end_all()
    desk.close()
    kept = desk.file.with_suffix(".backup")
    shutil.copyfile(desk.file, kept)
    desk.reopen()
    desk.pay(chance.randint(1, 4))
    if chance.random() < 0.5:
        mine(desk.rig.node_url)
        step(desk.outbox)
    desk.close()
    for leftover in desk.file.parent.glob(f"{desk.file.name}-*"):
        leftover.unlink()
    os.replace(kept, desk.file)
    desk.under_way.clear()  # the node has them; the database that comes back knows nothing of them
    desk.reopen()


FAULTS: dict[str, Callable[[Desk, Random], None]] = {
    "external": external,
    "lost foreign": lost_foreign,
    "lost own": lost_own,
    "taken": taken,
    "backup": backup,
}


if __name__ == "__main__":
    sys.exit(main("nonces", run, 1_000, "faults"))
