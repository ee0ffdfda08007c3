"""What the identity registry says about an account, in 32 bits: the twin of `Standing.sol`."""

from dataclasses import dataclass
from enum import IntFlag

_FROZEN, _VERIFIED = 8, 16


class Power(IntFlag):
    """What an account may do that not everybody may, on every share and lease."""

    NONE = 0
    AGENT = 1
    """Freeze tokens, force transfers, recover, set policies."""
    LIENOR = 2
    """Place liens on shares."""
    EXEMPT = 4
    """A system contract that may hold without a credential."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One account's standing; country (ISO 3166-1 numeric) and class are those of its newest credential."""

    powers: Power = Power.NONE
    frozen: bool = False
    verified: bool = False
    investor_class: int = 0
    country: int = 0

    @property
    def exempt(self) -> bool:
        """Whether the account needs no credential."""
        return Power.EXEMPT in self.powers

    @property
    def word(self) -> int:
        """The 32 bits that contracts pass around."""
        flags = int(self.powers) | self.frozen * _FROZEN | self.verified * _VERIFIED
        return flags | self.investor_class << 8 | self.country << 16


def standing_of_word(word: int) -> Standing:
    """Read the 32 bits."""
    return Standing(
        Power(word & 7), word & _FROZEN != 0, word & _VERIFIED != 0, word >> 8 & 0xFF, word >> 16 & 0xFFFF
    )
