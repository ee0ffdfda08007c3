"""Three-way: no scenario on which Solidity, Python twin and exact fractions differ by a unit (R30).

The full figure is `./scripts/soak`'s; here a fixed seed in CI's budget.
"""

from random import Random

import pytest
from tests.differential import pricing, shares, waterfall
from tests.differential.__main__ import KINDS, differences
from tests.differential.chain import Libraries

COUNT = 300


@pytest.fixture(scope="module")
def libraries():
    return Libraries()


@pytest.mark.parametrize("kind", KINDS)
def test_solidity_twin_and_exact_fractions_agree_to_the_unit(libraries, kind):
    found = differences(kind, 1, COUNT, libraries, lambda _: None)
    assert not found, "\n".join(found[:3])


@pytest.mark.parametrize("kind", KINDS)
def test_a_twin_that_is_one_unit_off_is_found(libraries, kind, monkeypatch):
    module = KINDS[kind]
    honest = module.of_twin

    def liar(scenario):
        first, *rest = honest(scenario)
        return (first[:-1] + bytes([first[-1] ^ 1]) if isinstance(first, bytes) else first + 1, *rest)

    monkeypatch.setattr(module, "of_twin", liar)
    assert len(differences(kind, 1, 5, libraries, lambda _: None)) == 5


def test_the_drawn_scenarios_reach_every_corner_of_the_formula():
    drawn = [waterfall.draw(Random(i)) for i in range(COUNT)]
    found = [(s, waterfall.of_twin(s)) for s in drawn]
    assert any(s.totals is None for s in drawn)
    assert any(a[3] > 0 and a[6] > 0 for _, a in found)  # a breach, and credit for it
    assert any(a[3] == 0 and a[2] > 0 for _, a in found)  # a shortfall that nobody answers for
    assert any(0 < a[4] < s.books.escrow for s, a in found)
    assert any(0 < a[8] < a[4] for _, a in found)  # energy paid out of the charge
    assert any(any(s.terms.work_metric) for s in drawn)
    prices = [pricing.draw(Random(i)) for i in range(COUNT)]
    assert any(s.lowest < pricing.of_twin(s)[0] < s.highest for s in prices)
    lives = [shares.draw(Random(i)) for i in range(COUNT)]
    paid = [
        [sum(shares.of_twin(s)[e : s.holders * shares.EPOCHS_MAX : shares.EPOCHS_MAX]) for e in range(8)]
        for s in lives
    ]
    assert any(s.settled > 2 and sum(each) > 0 for s, each in zip(lives, paid, strict=True))
    assert any(
        sum(amount > 0 for amount in each) > 2 for each in paid
    )  # three epochs with money of their own
    assert {step[0] for s in lives for step in s.steps} == set(range(6))
