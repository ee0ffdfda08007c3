"""Revenue by time held: `TimeWeighted.sol`, its twin, and every second counted (of long lives: exact)."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from random import Random

from tests.differential.chain import Libraries
from tests.differential.draw import up_to

from wellhead.clock import PeriodClock
from wellhead.settlement.time_weighted import MAX_REVENUE, MAX_SUPPLY, TimeWeightedShares

AT_ONCE = 20
MOVE, SETTLE, CLAIM = 0, 1, 2
ALL = 1_000
Step = tuple[int, int, int, int, int]
"""Kind, from, to, amount, second."""


@dataclass(frozen=True)
class Scenario:
    """A share's life; at its end everybody claims. Holder 0 had the whole supply from the start."""

    supply: int
    length: int
    holders: int
    settled: int
    steps: tuple[Step, ...]


def draw(random: Random) -> Scenario:
    """Nobody moves more than he holds, and only periods that are over are settled."""
    small = random.random() < 0.5
    supply = (
        random.randint(1, 30)
        if small
        else random.choice([1, 10**24, MAX_SUPPLY, random.randint(1, MAX_SUPPLY)])
    )
    length = random.randint(1, 12) if small else random.choice([3_600, 86_400, (1 << 22) - 1])
    holders = random.randint(2, 4)
    balances, room, now, settled = [supply] + [0] * (holders - 1), MAX_REVENUE, 0, 0
    steps: list[Step] = []
    for _ in range(random.randint(1, 25)):
        kind = random.choices((MOVE, SETTLE, CLAIM), (6, 3, 2))[0]
        if kind == MOVE:
            boundary = (now // length + 1) * length
            now = random.choice(
                [
                    now,
                    boundary - 1,
                    boundary,
                    boundary + 1,
                    boundary + 3 * length,
                    now + random.randint(0, 2 * length),
                ]
            )
            sender, receiver = random.randrange(holders), random.randrange(holders)
            amount = up_to(random, balances[sender], balances[sender])
            balances[sender] -= amount
            balances[receiver] += amount
            steps.append((MOVE, sender, receiver, amount, now))
        elif kind == CLAIM:
            steps.append((CLAIM, random.randrange(holders), 0, random.choice([0, 1, 2, ALL]), 0))
        else:
            for _ in range(random.randint(0, now // length - settled)):
                earned = min(random.randint(0, 500) if small else up_to(random, MAX_REVENUE, 10**15), room)
                room -= earned
                settled += 1
                steps.append((SETTLE, 0, 0, earned, 0))
    steps += [(CLAIM, holder, 0, ALL, 0) for holder in range(holders)]
    return Scenario(supply, length, holders, settled, tuple(steps))


Paid = tuple[int, ...]
"""Base units that each holder was paid in all."""


def on_chain(libraries: Libraries, scenarios: Sequence[Scenario]) -> list[Paid]:
    """What the Solidity pays."""
    questions = [(s.supply, s.length, s.holders, list(s.steps)) for s in scenarios]
    return [tuple(claimed) for claimed, _ in libraries.ask("ShareHarness", "live", questions)]


def of_twin(s: Scenario) -> Paid:
    """What the package pays."""
    shares, paid, now = TimeWeightedShares(PeriodClock(0, s.length)), [0] * s.holders, 0
    shares.issue("0", s.supply, 0)
    for kind, sender, receiver, amount, second in s.steps:
        if kind == MOVE:
            now = second
            shares.transfer(str(sender), str(receiver), amount, now)
        elif kind == SETTLE:
            shares.settle(amount, max(now, shares.now))
        else:
            paid[sender] += shares.claim(str(sender), amount)
    return tuple(paid)


def exactly(s: Scenario) -> Paid:
    """Floor of what each earned, in fractions: short lives second by second, long ones from move to move."""
    revenues = [step[3] for step in s.steps if step[0] == SETTLE]
    moves = [step for step in s.steps if step[0] == MOVE]
    end = s.settled * s.length
    instants = list(range(end)) if s.length <= 12 else _changes(moves, s.length, end)
    held, earned, at = [s.supply] + [0] * (s.holders - 1), [Fraction(0)] * s.holders, 0
    for place, instant in enumerate(instants):
        while at < len(moves) and moves[at][4] <= instant:
            _, sender, receiver, amount, _ = moves[at]
            held[sender] -= amount
            held[receiver] += amount
            at += 1
        seconds = (instants[place + 1] if place + 1 < len(instants) else end) - instant
        revenue = Fraction(revenues[instant // s.length] * seconds, s.supply * s.length)
        earned = [sum_ + balance * revenue for sum_, balance in zip(earned, held, strict=True)]
    return tuple(floor(each) for each in earned)


def _changes(moves: Sequence[Step], length: int, end: int) -> list[int]:
    """Every second before `end` at which a balance or a period changes."""
    return sorted({second for *_, second in moves if second < end} | set(range(0, end, length)))
