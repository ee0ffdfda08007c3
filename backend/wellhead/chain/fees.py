"""What a transaction offers, and how much more its replacement: EIP-1559 fees, in wei, never above a cap."""

from dataclasses import dataclass

from wellhead.errors import InputError

GWEI = 10**9


@dataclass(frozen=True, slots=True)
class Fees:
    """Both EIP-1559 fees per gas, in wei."""

    max_fee: int
    """Most that is paid per gas, `maxFeePerGas`."""
    tip: int
    """Most of it that goes to the block's producer, `maxPriorityFeePerGas`."""


def raised(wei: int) -> int:
    """12.5 % more, rounded up, and never the same: enough for geth (10 %) and reth (more than 10 %)."""
    return wei + wei // 8 + 1


@dataclass(frozen=True, slots=True)
class FeePolicy:
    """How fees are chosen."""

    cap: int = 500 * GWEI
    """Hard limit of `maxFeePerGas`; nothing is ever signed above it."""
    tip: int = GWEI
    """First tip."""
    bump_after_blocks: int = 3
    """Blocks without inclusion after which both fees are raised."""

    def __post_init__(self) -> None:
        """Refuse a policy that could sign nothing."""
        if self.cap <= 0 or self.tip < 0 or self.bump_after_blocks < 1:
            raise InputError(
                f"fee cap {self.cap}, tip {self.tip}, bump after {self.bump_after_blocks} blocks"
            )

    def first(self, base_fee: int) -> Fees:
        """Fees for a new transaction: holds while the base fee doubles."""
        max_fee = self._with_room_for_a_bump(2 * base_fee + self.tip)
        return Fees(max_fee, min(self.tip, max_fee))

    def bumped(self, old: Fees, base_fee: int) -> Fees | None:
        """Fees of a replacement: both at least 12.5 % higher, and what the base fee asks for.

        None where the cap leaves no room: the same bytes are then sent again.
        """
        least = raised(old.max_fee)
        if least > self.cap:
            return None
        max_fee = self._with_room_for_a_bump(max(least, 2 * base_fee + self.tip))
        return Fees(max_fee, min(raised(old.tip), max_fee))

    def _with_room_for_a_bump(self, max_fee: int) -> int:
        """The cap itself, if the next bump would pass it: no fee between is ever a dead end below the cap."""
        return self.cap if raised(max_fee) > self.cap else max_fee
