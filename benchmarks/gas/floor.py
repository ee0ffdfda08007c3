"""The gas below which no contract can do a job: base price, calldata, cold state, logs and hashes.

A floor lists what a job touches whoever writes the contract: no opcode, no memory, no jump is counted. The
prices are those of the Prague rules that the benchmark runs on.
"""

from dataclasses import dataclass

TRANSACTION = 21_000
ZERO_BYTE, NONZERO_BYTE = 4, 16
DATA_FLOOR_PER_TOKEN = 10  # EIP-7623: a byte is one token if it is zero and four if not
COLD_ACCOUNT = 2_600
COLD_SLOAD = 2_100
SSTORE_UPDATE = 2_900
SSTORE_NEW = 20_000
LOG, LOG_TOPIC, LOG_BYTE = 375, 375, 8
ECRECOVER = 3_000
WARM_ACCOUNT = 100
KECCAK, KECCAK_WORD = 30, 6
VALUE_TRANSFER = 9_000 - 2_300
WORD = 32


@dataclass(frozen=True)
class Log:
    """An event: its topics (the signature's included) and its words of data."""

    topics: int
    words: int

    @property
    def gas(self) -> int:
        """Price of writing it."""
        return LOG + LOG_TOPIC * self.topics + LOG_BYTE * WORD * self.words


TRANSFER = Log(3, 1)
"""ERC-20's event."""


@dataclass(frozen=True)
class Floor:
    """What a job touches, each thing once; see `benchmarks.gas.jobs` for the reasons.

    `accounts`: contracts called besides the transaction's own target. `reads`, `updates` (non-zero to
    non-zero) and `fresh` (zero to non-zero): storage slots, all cold. `hashes`: (bytes, how often). `calls`:
    of accounts that are warm by then.
    """

    accounts: int = 0
    reads: int = 0
    updates: int = 0
    fresh: int = 0
    logs: tuple[Log, ...] = ()
    hashes: tuple[tuple[int, int], ...] = ()
    signatures: int = 0
    calls: int = 0
    value_transfers: int = 0

    def gas(self, calldata: bytes) -> int:
        """The floor of a transaction with these bytes; never below what EIP-7623 asks for the bytes alone."""
        zeros = calldata.count(0)
        others = len(calldata) - zeros
        priced = TRANSACTION + ZERO_BYTE * zeros + NONZERO_BYTE * others + self._execution
        return max(priced, TRANSACTION + DATA_FLOOR_PER_TOKEN * (zeros + 4 * others))

    @property
    def _execution(self) -> int:
        slots = self.reads * COLD_SLOAD
        slots += self.updates * (COLD_SLOAD + SSTORE_UPDATE)
        slots += self.fresh * (COLD_SLOAD + SSTORE_NEW)
        hashing = sum(times * (KECCAK + KECCAK_WORD * -(-size // WORD)) for size, times in self.hashes)
        return (
            self.accounts * COLD_ACCOUNT
            + slots
            + sum(log.gas for log in self.logs)
            + hashing
            + self.signatures * ECRECOVER
            + self.calls * WARM_ACCOUNT
            + self.value_transfers * VALUE_TRANSFER
        )
