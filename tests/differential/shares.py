"""Revenue by time held: `TimeWeighted.sol`, its twin, and every second counted (of long lives: exact).

A life runs through up to eight epochs, each with money of its own; what an account earned is told by epoch.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from math import floor
from random import Random

from tests.differential.chain import Libraries
from tests.differential.draw import up_to

from wellhead.clock import PeriodClock
from wellhead.settlement.time_weighted import MAX_REVENUE, MAX_SUPPLY, TimeWeightedShares

AT_ONCE = 20
MOVE, SETTLE, CLAIM, START_EPOCH, CLAIM_PAST, REFUSE = range(6)
EPOCHS_MAX = 8
ALL = 1_000
Step = tuple[int, int, int, int, int]
"""Kind, from, to, amount, second."""


@dataclass(frozen=True)
class Scenario:
    """A share's life; at its end everybody claims of every epoch. Holder 0 had all shares from the start."""

    supply: int
    length: int
    holders: int
    settled: int
    epochs: tuple[int, ...]
    steps: tuple[Step, ...]


@dataclass
class _Life:
    """A life being drawn."""

    random: Random
    is_small: bool
    length: int
    balances: list[int]
    room: int = MAX_REVENUE
    now: int = 0
    settled: int = 0
    epochs: list[int] = field(default_factory=lambda: [0])
    steps: list[Step] = field(default_factory=list)

    @property
    def epoch(self) -> int:
        """Epoch of the last settled period."""
        return max([e for e, start in enumerate(self.epochs) if start < self.settled], default=0)

    def move(self) -> None:
        boundary = (self.now // self.length + 1) * self.length
        near = [self.now, boundary - 1, boundary, boundary + 1, boundary + 3 * self.length]
        self.now = self.random.choice([*near, self.now + self.random.randint(0, 2 * self.length)])
        sender, receiver = (self.random.randrange(len(self.balances)) for _ in range(2))
        amount = up_to(self.random, self.balances[sender], self.balances[sender])
        self.balances[sender] -= amount
        self.balances[receiver] += amount
        self.steps.append((MOVE, sender, receiver, amount, self.now))

    def settle(self) -> None:
        for _ in range(self.random.randint(0, self.now // self.length - self.settled)):
            wish = self.random.randint(0, 500) if self.is_small else up_to(self.random, MAX_REVENUE, 10**15)
            earned = min(wish, self.room)
            self.room -= earned
            self.settled += 1
            self.steps.append((SETTLE, 0, 0, earned, 0))

    def claim(self) -> None:
        holder, limit = self.random.randrange(len(self.balances)), self.random.choice([0, 1, 2, ALL])
        if self.epoch and self.random.random() < 0.4:
            past = self.random.randrange(self.epoch)
            self.steps.append((CLAIM_PAST, holder, past, limit, 0))
        else:
            kind = REFUSE if self.random.random() < 0.2 else CLAIM
            self.steps.append((kind, holder, 0, limit, 0))

    def start_epoch(self) -> None:
        if len(self.epochs) < EPOCHS_MAX:
            earliest = max(self.epochs[-1] + 1, self.settled)
            self.epochs.append(self.random.randint(earliest, earliest + 3))
            self.steps.append((START_EPOCH, 0, 0, self.epochs[-1], 0))


def draw(random: Random) -> Scenario:
    """Nobody moves more than he holds, and only periods that are over are settled."""
    small = random.random() < 0.5
    large = random.choice([1, 10**24, MAX_SUPPLY, random.randint(1, MAX_SUPPLY)])
    supply = random.randint(1, 30) if small else large
    length = random.randint(1, 12) if small else random.choice([3_600, 86_400, (1 << 22) - 1])
    holders = random.randint(2, 4)
    life = _Life(random, small, length, [supply] + [0] * (holders - 1))
    for _ in range(random.randint(1, 25)):
        random.choices((life.move, life.settle, life.claim, life.start_epoch), (6, 3, 2, 1))[0]()
    ends = [(CLAIM_PAST, holder, past, ALL, 0) for holder in range(holders) for past in range(life.epoch)]
    ends += [(CLAIM, holder, 0, ALL, 0) for holder in range(holders)]
    return Scenario(supply, length, holders, life.settled, tuple(life.epochs), (*life.steps, *ends))


Paid = tuple[int, ...]
"""What each holder was paid of each of the eight epochs, holder by holder; then what each epoch owes."""


def on_chain(libraries: Libraries, scenarios: Sequence[Scenario]) -> list[Paid]:
    """What the Solidity pays."""
    questions = [(s.supply, s.length, s.holders, list(s.steps)) for s in scenarios]
    answers = libraries.ask("ShareHarness", "live", questions)
    return [(*(paid for row in claimed for paid in row), *left) for claimed, _, left in answers]


def of_twin(s: Scenario) -> Paid:
    """What the package pays."""
    shares, paid, now = TimeWeightedShares(PeriodClock(0, s.length)), [0] * s.holders * EPOCHS_MAX, 0
    shares.issue("0", s.supply, 0)
    for kind, first, second, amount, time in s.steps:
        if kind == MOVE:
            now = time
            shares.transfer(str(first), str(second), amount, now)
        elif kind == SETTLE:
            shares.settle(amount, max(now, shares.now))
        elif kind == START_EPOCH:
            shares.start_epoch(amount)
        elif kind != REFUSE:
            epoch = second if kind == CLAIM_PAST else shares.epoch
            paid[first * EPOCHS_MAX + epoch] += shares.claim(str(first), amount, epoch)
    left = [shares.outstanding(e) if e <= shares.epoch else 0 for e in range(EPOCHS_MAX)]
    return (*paid, *left)


def exactly(s: Scenario) -> Paid:
    """Floor of what each earned of each epoch, in fractions: short lives second by second, long ones from
    change to change; an epoch owes what nobody could be paid of it.
    """
    revenues = [step[3] for step in s.steps if step[0] == SETTLE]
    moves = [step for step in s.steps if step[0] == MOVE]
    end, at, held = s.settled * s.length, 0, [s.supply] + [0] * (s.holders - 1)
    earned = [[Fraction(0)] * EPOCHS_MAX for _ in range(s.holders)]
    instants = list(range(end)) if s.length <= 12 else _changes(moves, s.length, end)
    for instant, following in pairwise([*instants, end]):
        while at < len(moves) and moves[at][4] <= instant:
            _, sender, receiver, amount, _ = moves[at]
            held[sender] -= amount
            held[receiver] += amount
            at += 1
        period = instant // s.length
        of_a_share = Fraction(revenues[period] * (following - instant), s.supply * s.length)
        for balance, of_holder in zip(held, earned, strict=True):
            of_holder[_epoch_of(s, period)] += balance * of_a_share
    paid = [[floor(each) for each in of_holder] for of_holder in earned]
    left = [-sum(of_holder[e] for of_holder in paid) for e in range(EPOCHS_MAX)]
    for period, revenue in enumerate(revenues):
        left[_epoch_of(s, period)] += revenue
    return (*(each for of_holder in paid for each in of_holder), *left)


def _epoch_of(s: Scenario, period: int) -> int:
    return max(e for e, start in enumerate(s.epochs) if start <= period)


def _changes(moves: Sequence[Step], length: int, end: int) -> list[int]:
    """Every second before `end` at which a balance or a period changes."""
    return sorted({second for *_, second in moves if second < end} | set(range(0, end, length)))
