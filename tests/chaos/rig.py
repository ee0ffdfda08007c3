"""Payments whose every double and every loss shows in a balance, and an outbox that is to make them.

Payment n goes to an account of its own and is n + 1 wei: paid twice or not at all, the account says so.
Nothing on chain stops a second payment, so the outbox alone is what is tested.
"""

import json
import urllib.request
from collections.abc import Iterable
from random import Random

from eth_utils import to_checksum_address
from sqlalchemy.orm import sessionmaker
from tests.chaos.node import mine, rpc

from wellhead.chain.contract import ContractCall
from wellhead.chain.fees import FeePolicy
from wellhead.chain.keccak import keccak256
from wellhead.chain.lease import KeyBusy
from wellhead.chain.node import HttpNode
from wellhead.chain.outbox import Outbox
from wellhead.chain.placing import Request
from wellhead.chain.points import Observer, nobody
from wellhead.chain.signers.memory import MemorySigner
from wellhead.chain.states import State
from wellhead.chain.wire import Wire
from wellhead.db.engine import open_engine, open_sessions
from wellhead.errors import ChainError

CHAIN_ID = 31337
GWEI = 10**9
LEASE_SECONDS = 0.25
ROUNDS_MAX = 60
DONE = (State.MINED, State.FINAL)


class Rig:
    """One database, one node (through a proxy or not), one key."""

    def __init__(
        self, node_url: str, url: str, database: str, seed: int, policy: FeePolicy | None = None
    ) -> None:
        self.node_url, self.url, self.database = node_url, url, database
        self.policy = policy or FeePolicy()
        self.key = keccak256(b"chaos key %d" % seed)
        self.signer = MemorySigner(self.key)
        self._salt = seed
        rpc(node_url, "anvil_setBalance", self.signer.address, hex(10**24))
        open_sessions(self.database).kw["bind"].dispose()

    def outbox(self, at: Observer = nobody, timeout_seconds: float = 5.0) -> Outbox:
        """A new outbox, as a new process has one."""
        wire = Wire(self.url, timeout_seconds)
        sessions = sessionmaker(open_engine(self.database), expire_on_commit=False)
        return Outbox(
            HttpNode(wire), sessions, self.signer, CHAIN_ID, self.policy, lease_seconds=LEASE_SECONDS, at=at
        )

    # --- payments --------------------------------------------------------------------------------------

    def payee(self, number: int) -> str:
        """The account of payment `number`."""
        return to_checksum_address(keccak256(b"payee %d %d" % (self._salt, number))[-20:])

    def request(self, number: int) -> Request:
        """Payment `number`."""
        call = ContractCall(self.payee(number), b"", f"payment {number}", number + 1)
        return Request(f"payment {number}", call, 21_000)

    def requests(self, numbers: Iterable[int]) -> list[Request]:
        """Payments."""
        return [self.request(number) for number in numbers]

    def tally(self, numbers: Iterable[int]) -> dict[str, int]:
        """How many were paid more than once, and how many not in full, by the node's word."""
        wanted = list(numbers)
        paid = balances(self.node_url, [self.payee(number) for number in wanted])
        return {
            "double": sum(has > number + 1 for has, number in zip(paid, wanted, strict=True)),
            "lost": sum(has < number + 1 for has, number in zip(paid, wanted, strict=True)),
        }

    def settle(self, outbox: Outbox, numbers: Iterable[int], mine_each: int = 1) -> int:
        """Steps and blocks until all are mined; how many blocks that took. AssertionError if it is stuck."""
        keys = [self.request(number).key for number in numbers]
        for blocks in range(ROUNDS_MAX):
            known = outbox.outcomes(keys)
            if all(key in known and known[key].state in DONE for key in keys):
                return blocks
            step(outbox)
            mine(self.node_url, mine_each)
            step(outbox)
        stuck = {key: outcome for key, outcome in outbox.outcomes(keys).items() if outcome.state not in DONE}
        raise AssertionError(f"stuck after {ROUNDS_MAX} rounds: {stuck}")


def step(outbox: Outbox) -> None:
    """One step of a daemon, which goes on where the node is silent or another process is at work."""
    try:
        outbox.step()
    except (ChainError, KeyBusy):
        return


def submit(outbox: Outbox, requests: list[Request], tries: int = 50) -> int:
    """As a daemon does: again under the same keys until it is stored; how often it had to be said again."""
    for tried in range(tries):
        try:
            outbox.submit(requests)
        except (ChainError, KeyBusy):
            continue
        return tried
    raise AssertionError(f"nothing was stored in {tries} tries")


def balances(url: str, accounts: list[str]) -> list[int]:
    """Balances now, many in one request."""
    found: list[int] = []
    for first in range(0, len(accounts), 500):
        some = accounts[first : first + 500]
        calls = [
            {"jsonrpc": "2.0", "id": place, "method": "eth_getBalance", "params": [account, "latest"]}
            for place, account in enumerate(some)
        ]
        body = json.dumps(calls).encode()
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
            by_id = {each["id"]: int(each["result"], 16) for each in json.load(response)}
        found += [by_id[place] for place in range(len(some))]
    return found


def random_of(seed: int, *parts: object) -> Random:
    """Chance that depends on nothing but the seed and where it is used."""
    return Random(":".join(map(str, (seed, *parts))))
