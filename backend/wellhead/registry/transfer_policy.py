"""May these shares move? The ladder of named rules: the twin of `TransferPolicy.sol`."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from enum import IntEnum

from wellhead.errors import InputError
from wellhead.registry.standing import Standing

COUNTRIES_MAX = 1_024
"""Country codes that fit the list."""

_WORD = 256


class CountryRule(IntEnum):
    """Who may come in by country."""

    ANY = 0
    """Anybody."""
    ONLY = 1
    """Only the listed countries."""
    EXCEPT = 2
    """All but the listed countries."""


class Restriction(IntEnum):
    """Why a transfer is refused: ERC-1404's code."""

    ALLOWED = 0
    """It is not refused."""
    SENDER_FROZEN = 1
    """The sender is frozen."""
    SENDER_LOCKED = 2
    """Locked up: only the issuer may send yet."""
    RECEIVER_FROZEN = 3
    """The receiver is frozen."""
    RECEIVER_NOT_VERIFIED = 4
    """The receiver has no live credential."""
    COUNTRY_REFUSED = 5
    """The receiver's country is not allowed."""
    CLASS_TOO_LOW = 6
    """The receiver's investor class is too low."""
    FLOWS_BACK = 7
    """No flow back into the home country during distribution."""
    INSUFFICIENT_UNFROZEN = 8
    """The rest is frozen or under lien."""
    TOO_MANY_HOLDERS = 9
    """No more holders are allowed."""
    ABOVE_MAX_BALANCE = 10
    """The receiver would hold too much."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A share's own rules; as it stands by default, none. See `TransferPolicy.sol` for each field."""

    country_rule: CountryRule = CountryRule.ANY
    max_holders: int = 0
    max_balance: int = 0
    locked_until: int = 0
    distribution_until: int = 0
    home_country: int = 0
    home_class: int = 0
    lowest_class: int = 0

    def as_tuple(self) -> tuple[int, ...]:
        """Fields in the struct's order."""
        return astuple(self)


@dataclass(frozen=True, slots=True)
class TransferFacts:
    """What the rules are asked about; see `TransferPolicy.sol` for each field."""

    sender: Standing
    receiver: Standing
    from_issuer: bool
    to_listed: bool
    adds_holder: bool
    holders: int
    amount: int
    unfrozen: int
    to_balance_after: int
    timestamp: int

    def as_tuple(self) -> tuple[int, ...]:
        """Fields in the struct's order."""
        return (
            self.sender.word,
            self.receiver.word,
            self.from_issuer,
            self.to_listed,
            self.adds_holder,
            self.holders,
            self.amount,
            self.unfrozen,
            self.to_balance_after,
            self.timestamp,
        )


def encode_countries(countries: Iterable[int]) -> tuple[int, int, int, int]:
    """The list as four words, one bit a country; raises InputError for a code that is none."""
    words = [0, 0, 0, 0]
    for country in countries:
        if not 0 < country < COUNTRIES_MAX:
            raise InputError(f"country {country} is not between 1 and {COUNTRIES_MAX - 1}")
        words[country // _WORD] |= 1 << country % _WORD
    return words[0], words[1], words[2], words[3]


def is_listed(countries: tuple[int, int, int, int], country: int) -> bool:
    """Whether the country's bit is set."""
    return country < COUNTRIES_MAX and countries[country // _WORD] >> country % _WORD & 1 != 0


def restriction_of(policy: Policy, facts: TransferFacts) -> Restriction:
    """Why the transfer is refused; the first rule that refuses gives the reason."""
    code = send_restriction_of(policy, facts.sender, facts.from_issuer, facts.timestamp)
    code = code or receive_restriction_of(policy, facts.receiver, facts.to_listed, facts.timestamp)
    if code:
        return code
    if facts.amount > facts.unfrozen:
        return Restriction.INSUFFICIENT_UNFROZEN
    if facts.receiver.exempt:
        return Restriction.ALLOWED
    if policy.max_holders and facts.adds_holder and facts.holders >= policy.max_holders:
        return Restriction.TOO_MANY_HOLDERS
    if policy.max_balance and facts.to_balance_after > policy.max_balance:
        return Restriction.ABOVE_MAX_BALANCE
    return Restriction.ALLOWED


def send_restriction_of(policy: Policy, sender: Standing, from_issuer: bool, timestamp: int) -> Restriction:
    """Why an account may not send at all."""
    if sender.frozen:
        return Restriction.SENDER_FROZEN
    if timestamp < policy.locked_until and not from_issuer and not sender.exempt:
        return Restriction.SENDER_LOCKED
    return Restriction.ALLOWED


def receive_restriction_of(
    policy: Policy, receiver: Standing, to_listed: bool, timestamp: int
) -> Restriction:
    """Why an account may not receive at all."""
    if receiver.frozen:
        return Restriction.RECEIVER_FROZEN
    if not receiver.verified:
        return Restriction.RECEIVER_NOT_VERIFIED
    if receiver.exempt:
        return Restriction.ALLOWED
    if policy.country_rule is not CountryRule.ANY and to_listed != (policy.country_rule is CountryRule.ONLY):
        return Restriction.COUNTRY_REFUSED
    if receiver.investor_class < policy.lowest_class:
        return Restriction.CLASS_TOO_LOW
    at_home = receiver.country == policy.home_country and receiver.investor_class < policy.home_class
    return (
        Restriction.FLOWS_BACK if at_home and timestamp < policy.distribution_until else Restriction.ALLOWED
    )
