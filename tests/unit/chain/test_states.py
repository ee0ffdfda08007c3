"""An intent's life is the table, and nothing but the table."""

import itertools

import pytest

from wellhead.chain.states import OPEN, PENDING, TRANSITIONS, Event, State, after
from wellhead.errors import StateError


@pytest.mark.parametrize(("state", "event"), list(itertools.product(State, Event)))
def test_what_is_not_in_the_table_cannot_happen(state: State, event: Event) -> None:
    if (state, event) in TRANSITIONS:
        assert after(state, event) is TRANSITIONS[state, event]
    else:
        with pytest.raises(StateError, match=f"{state} cannot be {event}"):
            after(state, event)


def test_nothing_leaves_an_end() -> None:
    for end in (State.FINAL, State.VOID):
        assert {then for (state, _), then in TRANSITIONS.items() if state is end} <= {end}


def test_every_state_that_is_open_can_come_to_an_end() -> None:
    reachable = {State.FINAL, State.VOID}
    for _ in State:
        reachable |= {state for (state, _), then in TRANSITIONS.items() if then in reachable}
    assert set(OPEN) <= reachable


def test_no_event_is_a_failure_and_no_state_is_failed() -> None:
    assert not any("fail" in word for word in (*State, *Event))


def test_only_what_has_a_nonce_and_no_block_is_pending() -> None:
    assert set(PENDING) == {State.SIGNED, State.IN_FLIGHT}
