"""When a report is late, and when a challenge voids one: from events alone."""

from wellhead.chain.windows import Windows
from wellhead.clock import PeriodClock
from wellhead.daemon.watch.keys import Stored, gap
from wellhead.daemon.watch.reports import (
    ChallengeAt,
    Posting,
    Published,
    Voided,
    challenge_dues,
    report_states,
)

CLOCK = PeriodClock(1_000, 100)
WINDOWS = Windows(post_from=10, post_until=50, dispute=30, answer=40, revision=20, hard_end=500)
HALF = 30


def due(*postings: Posting, voided: tuple[Voided, ...] = (), first: int = 2) -> int:
    """When asset 3's next report is late."""
    [state] = report_states(Published({3: first}, postings, voided, ()), CLOCK, WINDOWS)
    return state.due_at


def test_an_asset_without_any_report_is_due_after_its_first_period() -> None:
    assert due() == CLOCK.end_of(2) + HALF
    [state] = report_states(Published({3: 2}, (), (), ()), CLOCK, WINDOWS)
    assert state.last_at == 0


def test_each_report_moves_it_to_the_next_period() -> None:
    assert due(Posting(2, 0, 4, 1_315)) == CLOCK.end_of(3) + HALF
    assert due(Posting(2, 0, 4, 1_315), Posting(3, 0, 4, 1_415)) == CLOCK.end_of(4) + HALF


def test_a_report_without_a_place_for_the_asset_is_none_of_its() -> None:
    assert due(Posting(2, 0, 3, 1_315)) == CLOCK.end_of(2) + HALF


def test_a_void_report_is_due_again_until_it_is_revised() -> None:
    posted, void = Posting(2, 0, 4, 1_315), Voided(3, 2, 0, 1_340)
    assert due(posted, voided=(void,)) == 1_350
    assert due(posted, Posting(2, 1, 4, 1_345), voided=(void,)) == CLOCK.end_of(3) + HALF
    assert due(posted, voided=(Voided(1, 2, 0, 1_340),)) == CLOCK.end_of(3) + HALF


def test_the_last_revision_has_no_successor_to_wait_for() -> None:
    revisions = [Posting(2, revision, 4, 1_315 + revision) for revision in range(3)]
    voided = tuple(Voided(3, 2, revision, 1_330) for revision in range(3))
    assert due(*revisions, voided=voided) == CLOCK.end_of(3) + HALF


def test_challenges_void_at_the_end_of_their_answers_window_the_first_first() -> None:
    open_ones = (
        ChallengeAt(3, 2, 0, 5, 1_330),
        ChallengeAt(3, 2, 0, 1, 1_320),
        ChallengeAt(4, 2, 0, 1, 1_300),
    )
    published = Published({}, (), (Voided(4, 2, 0, 1_310),), open_ones)
    assert challenge_dues(published, WINDOWS) == [1_360, 1_370]


def test_a_gap_is_a_nonce_below_our_last_that_neither_pool_nor_store_knows() -> None:
    assert gap(Stored(frozenset({1, 2}), frozenset({5, 6}), 2, 1), pending=3) == 2
    assert gap(Stored(frozenset({1, 2}), frozenset({3, 4}), 2, 1), pending=3) == 0
    assert gap(Stored(frozenset({1, 2}), frozenset(), 0, 0), pending=9) == 0
