"""Random numbers of the kind that breaks arithmetic: edges and small ones more often than chance would."""

from random import Random

SECONDS_MAX = (1 << 40) - 1
SUM_MAX = (1 << 56) - 1
MONEY_MAX = (1 << 128) - 1


def up_to(random: Random, largest: int, *points: int) -> int:
    """0 … `largest`; the edges, the given points, small numbers, any length of bits, or anything."""
    kind = random.randrange(5)
    if kind == 0:
        edges = (0, 1, largest - 1, largest, *points)
        return random.choice([edge for edge in edges if 0 <= edge <= largest])
    if kind == 1:
        return random.randint(0, min(largest, 10_000))
    if kind == 2 and points:
        return min(max(random.choice(points) + random.choice([-1, 0, 1]), 0), largest)
    if kind == 3:
        return random.randint(0, min(largest, 1 << random.randint(0, max(largest.bit_length(), 1))))
    return random.randint(0, largest)
