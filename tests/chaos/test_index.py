"""A bounded part of the index's chaos; `python -m tests.chaos.index --count N` plays as much as is wanted."""

from tests.chaos.index import run

SCHEDULES = 5


def test_after_any_reorganisations_and_kills_the_index_equals_a_clean_one() -> None:
    done = run(1, SCHEDULES, lambda _: None)
    assert done["schedules"] == SCHEDULES
    assert done["reorganise"] >= SCHEDULES
    assert done["kill"] >= SCHEDULES
    assert done["killed at a named point"] >= 1
