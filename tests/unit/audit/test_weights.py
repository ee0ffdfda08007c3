"""The auditor's own integral of balances over time, against the contract's books in Python and by hand."""

from hypothesis import given
from hypothesis import strategies as st

from wellhead.audit.history import ZERO_ADDRESS
from wellhead.audit.shares import ShareMove, weights_of
from wellhead.clock import PeriodClock
from wellhead.settlement.time_weighted import TimeWeightedShares

CLOCK = PeriodClock(1000, 10)
MINT = ShareMove(ZERO_ADDRESS, "owner", 3, 1000)


def test_the_page_s_example_gives_the_page_s_weights() -> None:
    moves = [MINT, ShareMove("owner", "anna", 1, 1004), ShareMove("anna", "ben", 1, 1019)]
    weights = weights_of(moves, CLOCK, 1020)
    assert weights == {
        ("owner", 0): 24, ("anna", 0): 6, ("owner", 1): 20, ("anna", 1): 9, ("ben", 1): 1,
    }  # fmt: skip


def test_who_buys_and_sells_in_one_second_earns_nothing() -> None:
    moves = [MINT, ShareMove("owner", "anna", 3, 1005), ShareMove("anna", "owner", 3, 1005)]
    assert weights_of(moves, CLOCK, 1010) == {("owner", 0): 30}


def test_a_transfer_to_oneself_changes_nothing() -> None:
    assert weights_of([MINT, ShareMove("owner", "owner", 2, 1003)], CLOCK, 1010) == {("owner", 0): 30}


HOLDERS = ("owner", "anna", "ben")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(HOLDERS), st.sampled_from(HOLDERS), st.integers(0, 10**6), st.integers(0, 9)
        ),
        max_size=12,
    ),
    st.lists(st.integers(0, 10**9), min_size=1, max_size=5),
)
def test_the_integral_pays_exactly_what_the_books_pay(
    steps: list[tuple[str, str, int, int]], revenues: list[int]
) -> None:
    supply, now = 10**6, CLOCK.genesis
    books = TimeWeightedShares(CLOCK)
    books.issue("owner", supply, 0)
    moves = [ShareMove(ZERO_ADDRESS, "owner", supply, CLOCK.genesis)]
    for sender, receiver, wish, wait in steps:
        now += wait
        amount = min(wish, books.balance_of(sender))
        books.transfer(sender, receiver, amount, now)
        moves.append(ShareMove(sender, receiver, amount, now))
    until = max(now, CLOCK.end_of(len(revenues)))
    for revenue in revenues:
        books.settle(revenue, until)
    weights = weights_of(moves, CLOCK, until)
    for period in range(len(revenues)):
        assert sum(weights[holder, period] for holder in HOLDERS) == supply * CLOCK.period_seconds
    for holder in HOLDERS:
        earned = sum(weights[holder, period] * revenue for period, revenue in enumerate(revenues))
        assert books.claim(holder) == earned // (supply * CLOCK.period_seconds)
