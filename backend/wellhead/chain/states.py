"""The life of an intent as a table: what is, what happens, what is then. Nothing else may happen.

unplaced ─► signed ─► in flight ─► mined ─► final
▲          │          │  ▲        │
└──────────┴──────────┘  └────────┘ reorg
nonce used by a foreign transaction (proved at a final block); a gap's filler is then void
"""

from enum import StrEnum

from wellhead.errors import StateError


class State(StrEnum):
    """Where an intent stands."""

    UNPLACED = "unplaced"
    """Has no nonce: the one it had was used by a transaction that is not ours."""
    SIGNED = "signed"
    """Signed bytes are durable; whether a node has them is unknown."""
    IN_FLIGHT = "in flight"
    """A node has said that it knows it, or that its nonce is used."""
    MINED = "mined"
    """One of its hashes is in a block that a reorg may still take away."""
    FINAL = "final"
    """One of its hashes is in a final block; nothing changes any more."""
    VOID = "void"
    """The filler of a gap that closed by itself; nothing changes any more."""


class Event(StrEnum):
    """What may happen to an intent."""

    PLACED = "placed"
    """It got a nonce and signed bytes."""
    KNOWN = "known"
    """A node accepted it, had it, or said that its nonce is used."""
    INCLUDED = "included"
    """One of its hashes has a receipt."""
    REORGED = "reorged"
    """Its block is not on the chain any more and no other holds it."""
    FINALIZED = "finalized"
    """Its block is final."""
    NONCE_TAKEN = "nonce taken"
    """At a final block the nonce is used and none of its hashes has a receipt."""
    DROPPED = "dropped"
    """As NONCE_TAKEN, for the filler of a gap."""


OPEN = (State.UNPLACED, State.SIGNED, State.IN_FLIGHT, State.MINED)
"""States in which there is something left to do."""
PENDING = (State.SIGNED, State.IN_FLIGHT)
"""States in which it has a nonce and is in no block."""

TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.UNPLACED, Event.PLACED): State.SIGNED,
    (State.SIGNED, Event.KNOWN): State.IN_FLIGHT,
    (State.SIGNED, Event.INCLUDED): State.MINED,
    (State.SIGNED, Event.NONCE_TAKEN): State.UNPLACED,
    (State.SIGNED, Event.DROPPED): State.VOID,
    (State.IN_FLIGHT, Event.KNOWN): State.IN_FLIGHT,
    (State.IN_FLIGHT, Event.INCLUDED): State.MINED,
    (State.IN_FLIGHT, Event.NONCE_TAKEN): State.UNPLACED,
    (State.IN_FLIGHT, Event.DROPPED): State.VOID,
    (State.MINED, Event.KNOWN): State.MINED,
    (State.MINED, Event.INCLUDED): State.MINED,
    (State.MINED, Event.REORGED): State.IN_FLIGHT,
    (State.MINED, Event.FINALIZED): State.FINAL,
    (State.FINAL, Event.KNOWN): State.FINAL,
}


def after(state: State, event: Event) -> State:
    """The next state; raises StateError for what cannot happen."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise StateError(f"a transaction that is {state} cannot be {event}") from None
