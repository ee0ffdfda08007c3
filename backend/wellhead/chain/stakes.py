"""What members and challengers risk, in native coin: what a deployment fixes for ever."""

from dataclasses import dataclass, replace

ZERO_ADDRESS = "0x" + "00" * 20


@dataclass(frozen=True, slots=True)
class Stakes:
    """`IMembers.Stakes`, wei throughout."""

    min_stake: int
    """Stake from which an appointed member signs."""
    floor_wei: int
    """Least penalty for a report that is found void."""
    wei_per_base_unit: int
    """Penalty = escrow · wei_per_base_unit / 50, or the floor."""
    miss_fee: int
    """What every member loses for a period that none of them posted."""
    fallback_bond: int
    """Bond of a fallback root."""
    treasury: str = ZERO_ADDRESS
    """Where miss fees and pots without tenants go."""

    def as_tuple(self) -> tuple[int, int, int, int, int, str]:
        """Fields in the struct's order."""
        return (
            self.min_stake,
            self.floor_wei,
            self.wei_per_base_unit,
            self.miss_fee,
            self.fallback_bond,
            self.treasury,
        )

    def paid_to(self, treasury: str) -> "Stakes":
        """The same with another treasury."""
        return replace(self, treasury=treasury)


@dataclass(frozen=True, slots=True)
class ChallengeCosts:
    """What a challenger's bond is made of: `2 · answer_gas · max(basefee, min_fee) · 2^⌊open/64⌋` wei."""

    answer_gas: int
    min_fee: int

    def bond(self, base_fee: int, open_challenges: int) -> int:
        """Bond of the next challenge of a report, in wei, rounded up to a gwei."""
        wei = 2 * self.answer_gas * max(base_fee, self.min_fee) << open_challenges // 64
        return -(-wei // 10**9) * 10**9


NO_STAKES = Stakes(0, 0, 0, 0, 0)
"""Nothing at risk: for demonstrations, where members are our own."""

DEFAULT_COSTS = ChallengeCosts(answer_gas=150_000, min_fee=10**9)
"""An answer's gas, rounded up, at 1 gwei at least."""
