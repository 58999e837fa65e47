"""The states of a payment and their only legal moves."""

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """The life of one payment."""

    SEEN = "seen"  # in the list; with `excluded` set, it needs no deposit and that is why
    PLANNED = "planned"  # in a batch that nobody has armed
    ARMED = "armed"  # the save may be asked for; certainly not sent
    SENT = "sent"  # the save is on its way or further
    POSTED = "posted"  # the ERP said so, or a look-up or a person did
    REJECTED = "rejected"  # the ERP refused this row, in its own words
    IN_DOUBT = "in_doubt"  # sent, and no clear answer: proof or a person decides
    HELD = "held"  # not sent: a person must decide first


NEXT: Mapping[State, frozenset[State]] = {
    State.SEEN: frozenset({State.PLANNED, State.HELD}),
    State.HELD: frozenset({State.SEEN, State.POSTED}),
    State.PLANNED: frozenset({State.ARMED, State.SEEN}),
    State.ARMED: frozenset({State.SENT, State.SEEN}),
    State.SENT: frozenset({State.POSTED, State.REJECTED, State.IN_DOUBT}),
    State.IN_DOUBT: frozenset({State.POSTED, State.SEEN}),
    State.REJECTED: frozenset({State.SEEN, State.POSTED}),
    State.POSTED: frozenset(),
}


#: The moves by which a person's decision is taken back: that it is to be posted, or that it is posted. No other move
#: goes this way.
UNDOES: Mapping[State, frozenset[State]] = {
    State.SEEN: frozenset({State.HELD, State.IN_DOUBT, State.REJECTED}),
    State.POSTED: frozenset({State.HELD, State.IN_DOUBT, State.REJECTED}),
}


#: What waits for a person, or for proof: the cause under which people are told, until no such row is left.
ALARMING: Mapping[State, str] = {State.HELD: "held", State.IN_DOUBT: "in doubt", State.REJECTED: "rejected"}
