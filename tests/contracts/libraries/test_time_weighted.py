"""TimeWeighted.sol against its Python twin, and both against a model that counts every second.

1. Cumulative payment of an epoch is ⌊Σ_p H_p · ∫ balance dt / (S·L)⌋ over its periods, however the claims
   were cut up
2. Σ over holders of the weights of any unsettled period is S·L
3. Holders together are never paid more of an epoch than was settled in it; what is not paid is outstanding
4. A payment that fails leaves everything as if it had not been tried
"""

from dataclasses import dataclass, field
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellhead.clock import PeriodClock
from wellhead.settlement.time_weighted import MAX_REVENUE, MAX_SUPPLY, TimeWeightedShares

MOVE, SETTLE, CLAIM, START_EPOCH, CLAIM_PAST, REFUSE = range(6)
EPOCHS = 8
ALL = 1_000
"""More steps than any life has runs."""

LENGTH_MAX = (1 << 22) - 1


def move(sender, receiver, amount, time):
    return MOVE, sender, receiver, amount, time


def settle(earned):
    return SETTLE, 0, 0, earned, 0


def claim(holder, max_steps=ALL):
    return CLAIM, holder, 0, max_steps, 0


def start_epoch(period):
    return START_EPOCH, 0, 0, period, 0


def claim_past(holder, epoch, max_steps=ALL):
    return CLAIM_PAST, holder, epoch, max_steps, 0


def refuse(holder, max_steps=ALL):
    """A claim whose payment fails."""
    return REFUSE, holder, 0, max_steps, 0


@dataclass
class Life:
    """A share's life: every step as the harness takes it; `now`, periods settled, epochs' starts."""

    supply: int
    length: int
    holders: int
    steps: list = field(default_factory=list)
    now: int = 0
    settled: int = 0
    epochs: list = field(default_factory=lambda: [0])

    @property
    def epoch(self):
        """Epoch of the last settled period."""
        return max([e for e, start in enumerate(self.epochs) if start < self.settled], default=0)

    def with_claims(self, max_steps):
        """The same life, every claim in it cut to `max_steps`."""
        return [(*s[:3], max_steps, 0) if s[0] in (CLAIM, CLAIM_PAST, REFUSE) else s for s in self.steps]

    def swept(self):
        """The same life, and everybody claims all of every epoch at its end."""
        past = [claim_past(holder, e) for holder in range(self.holders) for e in range(self.epoch)]
        return self.steps + past + [claim(holder) for holder in range(self.holders)]


def lives_of(supplies, lengths, revenues, steps_max):
    """Strategy of valid lives: nobody moves more than he holds, only ended periods are settled."""

    @st.composite
    def strategy(draw):
        life = Life(draw(supplies), draw(lengths), draw(st.integers(2, 4)))
        balances, room = [life.supply] + [0] * (life.holders - 1), MAX_REVENUE
        who, limits = st.integers(0, life.holders - 1), st.sampled_from([0, 1, 2, ALL, ALL, ALL])
        for kind in draw(st.lists(st.sampled_from("mmmmmmmssscprE"), min_size=1, max_size=steps_max)):
            if kind == "m":
                life.now = draw(moments(life.now, life.length))
                sender, receiver = draw(who), draw(who)
                held = balances[sender]
                amount = draw(
                    st.sampled_from([held, held, held // 2, min(1, held), 0]) | st.integers(0, held)
                )
                balances[sender] -= amount
                balances[receiver] += amount
                life.steps.append(move(sender, receiver, amount, life.now))
            elif kind == "s":
                for _ in range(draw(st.integers(0, life.now // life.length - life.settled))):
                    earned = draw(revenues.map(lambda wish, room=room: min(wish, room)))
                    room -= earned
                    life.settled += 1
                    life.steps.append(settle(earned))
            elif kind == "E" and len(life.epochs) < EPOCHS:
                earliest = max(life.epochs[-1] + 1, life.settled)
                life.epochs.append(draw(st.integers(earliest, earliest + 3)))
                life.steps.append(start_epoch(life.epochs[-1]))
            elif kind == "p" and life.epoch:
                past = draw(st.integers(0, life.epoch - 1))
                life.steps.append(claim_past(draw(who), past, draw(limits)))
            else:
                life.steps.append((refuse if kind == "r" else claim)(draw(who), draw(limits)))
        return life

    return strategy()


def moments(now, length):
    """The next moment: at once, soon, on or beside a boundary, or some periods on."""
    boundary = (now // length + 1) * length
    exact = [now, boundary, boundary - 1, boundary + 1, boundary + length, boundary + 3 * length]
    return st.sampled_from(exact) | st.integers(now, now + 2 * length)


small_lives = lives_of(st.integers(1, 30), st.integers(1, 12), st.integers(0, 500), 25)
large_lives = lives_of(
    st.sampled_from([1, 10**24, MAX_SUPPLY]) | st.integers(1, MAX_SUPPLY),
    st.sampled_from([3_600, 86_400, LENGTH_MAX]),
    st.sampled_from([0, 1, MAX_REVENUE, MAX_REVENUE // 3]) | st.integers(0, 10**15),
    20,
)


def told_to_the_twin(life, steps):
    """What the twin pays each holder of each epoch for the same steps."""
    shares = TimeWeightedShares(PeriodClock(0, life.length))
    paid = [[0] * EPOCHS for _ in range(life.holders)]
    shares.issue("0", life.supply, 0)
    now = 0
    for kind, sender, receiver, amount, time in steps:
        if kind == MOVE:
            now = time
            shares.transfer(str(sender), str(receiver), amount, now)
        elif kind == SETTLE:
            now = max(now, shares.now, (shares.next_period + 1) * life.length)
            shares.settle(amount, now)
        elif kind == START_EPOCH:
            shares.start_epoch(amount)
        elif kind == CLAIM:
            paid[sender][shares.epoch] += shares.claim(str(sender), amount)
        elif kind == CLAIM_PAST:
            paid[sender][receiver] += shares.claim(str(sender), amount, receiver)
    return shares, paid


def counted_by_the_second(life):
    """What each holder earned in each epoch: balances second by second, no shortcut; whole base units."""
    seconds = life.settled * life.length
    held = [[0] * seconds for _ in range(life.holders)]
    held[0] = [life.supply] * seconds
    for kind, sender, receiver, amount, time in life.steps:
        for second in range(time, seconds if kind == MOVE else time):
            held[sender][second] -= amount
            held[receiver][second] += amount
    revenues = [step[3] for step in life.steps if step[0] == SETTLE]
    earned = [[Fraction(0)] * EPOCHS for _ in range(life.holders)]
    for row, of_holder in zip(held, earned, strict=True):
        for second, amount in enumerate(row):
            period = second // life.length
            epoch = sum(start <= period for start in life.epochs) - 1
            of_holder[epoch] += Fraction(amount * revenues[period], life.supply * life.length)
    return [[floor(each) for each in of_holder] for of_holder in earned]


def run(share, life, steps):
    """(claimed, final accounts, outstanding by epoch) on chain."""
    return share.call("live", life.supply, life.length, life.holders, steps)


def weight_in(account, period, length):
    opened, balance, weight, _, _ = account
    assert opened <= period
    return weight if opened == period else balance * length


def check_life(share, life):
    """All that must hold of a life; returns what the chain paid to everybody who claims at its end."""
    twin, owed = told_to_the_twin(life, life.swept())
    swept, last, left = run(share, life, life.swept())
    assert swept == owed
    assert left == [twin.outstanding(e) if e <= twin.epoch else 0 for e in range(EPOCHS)]
    assert all(0 <= dust < life.holders for dust in left)
    # the same without the sweep: a claim in few steps pays less, never more, and nobody else is touched
    twin, whole = told_to_the_twin(life, life.with_claims(ALL))
    part, now_last, _ = run(share, life, life.steps)
    assert all(sum(few) <= sum(many) for few, many in zip(part, whole, strict=True))
    if life.steps == life.with_claims(ALL):
        assert part == whole
    balances = [twin.balance_of(str(holder)) for holder in range(life.holders)]
    assert [account[1] for account in last] == [account[1] for account in now_last] == balances
    running = life.now // life.length
    for accounts in (last, now_last):
        weights = [weight_in(account, running, life.length) for account in accounts]
        assert sum(weights) == life.supply * life.length
        if running >= life.settled:
            assert weights == [twin.weight_in(str(holder), running) for holder in range(life.holders)]
    return swept


@settings(max_examples=150)
@given(life=small_lives)
def test_any_life_pays_what_the_twin_pays_and_what_counting_every_second_pays(share, life):
    assert check_life(share, life) == counted_by_the_second(life)


@settings(max_examples=100)
@given(life=large_lives)
def test_any_life_in_large_numbers_pays_what_the_twin_pays(share, life):
    check_life(share, life)


def paid(share, steps, supply=100, length=10, holders=3):
    return [sum(epochs) for epochs in run(share, Life(supply, length, holders), steps)[0]]


def test_the_story_of_the_protocol(share, vectors):
    first = [move(0, 1, 1, 4), settle(100), claim(1), claim(0)]
    later = [move(1, 2, 1, 19), settle(100), claim(1), claim(2), claim(0)]
    owner, anna, _ = paid(share, first, supply=3)
    assert [anna, owner] == vectors["shares"]["claimsAfterPeriod0"]
    after = paid(share, first + later, supply=3)
    assert [after[1] - anna, after[2], after[0] - owner] == vectors["shares"]["claimsAfterPeriod1"]


def test_buying_just_before_the_payout_captures_nothing(share):
    steps = [move(0, 1, 100, 10), settle(1_000), claim(1), claim(0)]
    assert paid(share, steps) == [1_000, 0, 0]


def test_a_flash_loan_of_shares_earns_nothing(share):
    assert paid(share, [move(0, 1, 100, 4), move(1, 0, 100, 4), settle(1_000), claim(1), claim(0)]) == [
        1_000,
        0,
        0,
    ]


@pytest.mark.parametrize(("time", "buyer"), [(0, 1_000), (1, 900), (9, 100), (10, 0)])
def test_a_transfer_counts_from_its_own_second_on(share, time, buyer):
    assert paid(share, [move(0, 1, 100, time), move(1, 1, 0, 10), settle(1_000), claim(1)])[1] == buyer


def test_a_transfer_to_oneself_changes_nothing(share):
    assert paid(share, [move(0, 0, 60, 5), move(0, 0, 100, 15), settle(70), settle(30), claim(0)]) == [
        100,
        0,
        0,
    ]


def test_a_transfer_of_nothing_changes_nothing(share):
    steps = [move(2, 1, 0, 3), move(0, 1, 0, 5), move(1, 2, 0, 25), settle(70), settle(30)]
    assert paid(share, [*steps, claim(0), claim(1), claim(2)]) == [100, 0, 0]


def test_claiming_twice_pays_once(share):
    assert paid(share, [move(0, 1, 25, 10), settle(8), settle(8), claim(1), claim(1), claim(1)]) == [0, 2, 0]


def test_rounding_is_kept_for_the_next_claim(share):
    rounds = [settle(1), claim(1)]
    steps = [move(0, 1, 1, 0), move(1, 1, 0, 3)]
    assert [paid(share, steps + rounds * n, supply=3, length=1)[1] for n in (1, 2, 3)] == [0, 0, 1]


def test_selling_all_at_a_boundary_ends_the_run_there(share):
    """An account that is empty from a period's first second on does not go on earning while it waits."""
    back = [move(0, 1, 100, 10), move(1, 0, 1, 50), *[settle(100)] * 6, claim(0), claim(1)]
    assert paid(share, back) == [101, 499, 0]
    twice = [move(0, 1, 100, 10), move(1, 0, 0, 30), move(1, 0, 100, 50), *[settle(100)] * 6]
    assert paid(share, [*twice, claim(0), claim(1)]) == [200, 400, 0]


def test_many_unsettled_periods_are_drained_in_single_steps(share):
    moves = [move(p % 2, 1 - p % 2, 100, 10 * p + 5) for p in range(20)]
    late = [settle(100)] * 20
    for steps in (moves + late, [*moves, *late[:7], claim(0, 1), claim(1, 2), *late[7:]]):
        whole = paid(share, [*steps, claim(0), claim(1)])
        assert whole == [1_000, 1_000, 0]
        assert paid(share, steps + [claim(0, 1), claim(1, 1)] * 25) == whole
        assert sum(paid(share, [*steps, claim(0, 1), claim(1, 1)])) < 2_000


def test_a_run_settled_in_part_pays_that_part_and_waits(share):
    steps = [move(0, 1, 40, 5), move(0, 1, 10, 95), *[settle(100)] * 4]
    assert paid(share, [*steps, claim(1, 1)])[1] == 20 + 3 * 40
    assert paid(share, [*steps, claim(1, 1), claim(1, 1), *[settle(100)] * 5, claim(1, 1)])[1] == 20 + 8 * 40


def test_a_thousand_quiet_periods_are_one_step(share):
    assert paid(share, [*[settle(3)] * 1_000, claim(0, 1)]) == [3_000, 0, 0]


def test_an_account_without_shares_claims_nothing(share):
    assert paid(share, [settle(100), claim(2), claim(2, 0)]) == [0, 0, 0]


def test_the_queue_is_empty_once_everything_is_settled_and_claimed(share):
    moves = [move(0, 1, 1, 10 * p + 5) for p in range(8)]
    _, waiting, _ = run(share, Life(100, 10, 2), moves)
    _, done, _ = run(share, Life(100, 10, 2), [*moves, *[settle(1)] * 8, claim(0), claim(1)])
    assert ([account[4] for account in waiting], [account[4] for account in done]) == ([7, 7], [0, 0])


def test_the_largest_numbers_do_not_overflow(share):
    half = MAX_SUPPLY // 2
    steps = [move(0, 1, half, LENGTH_MAX), settle(MAX_REVENUE - 1), settle(1), claim(0), claim(1)]
    claimed = paid(share, steps, MAX_SUPPLY, LENGTH_MAX, 2)
    assert claimed == [MAX_REVENUE - 1, 0]


def test_more_than_is_held_cannot_move(share):
    for amount, sender, held in ((101, 0, 100), (1, 1, 0), (1 << 95, 2, 0)):
        refusal = share.refusal("live", 100, 10, 3, [move(sender, 1, amount, 5)])
        assert refusal == ("InsufficientBalance", (held, amount))


def test_revenue_beyond_the_prefix_field_is_refused(share):
    assert share.refusal("live", 1, 1, 1, [settle(MAX_REVENUE), settle(1)]) == (
        "TooMuchEarned",
        (MAX_REVENUE, 1),
    )
