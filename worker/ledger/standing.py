"""How a payment stands, in one word, and the condition by which the ledger finds all that stand so."""

from enum import StrEnum

from worker.ledger.entry import BEFORE_ADOPTION, Entry
from worker.ledger.state import State


class Standing(StrEnum):
    """What became of a payment, as a reader asks for it."""

    POSTED = "posted"
    WAITS = "waits"
    UNDER_WAY = "under way"
    HELD = "held"
    IN_DOUBT = "in doubt"
    REJECTED = "rejected"
    NOT_NEEDED = "not needed"
    #: Posted before the ledger began, as a person said.
    BEFORE = "before"


_OPEN = "state <> 'posted' AND excluded = ''"
_UNDER_WAY = (State.PLANNED, State.ARMED, State.SENT)

#: Those that are found without a walk through all payments: (SQL, values). The index `payment_open` holds them.
OPEN = frozenset({Standing.WAITS, Standing.UNDER_WAY, Standing.HELD, Standing.IN_DOUBT, Standing.REJECTED})

CONDITIONS: dict[Standing, tuple[str, tuple[str, ...]]] = {
    Standing.POSTED: ("state = 'posted' AND excluded = ''", ()),
    Standing.WAITS: (f"{_OPEN} AND state = 'seen'", ()),
    Standing.UNDER_WAY: (f"{_OPEN} AND state IN (?, ?, ?)", _UNDER_WAY),
    Standing.HELD: (f"{_OPEN} AND state = 'held'", ()),
    Standing.IN_DOUBT: (f"{_OPEN} AND state = 'in_doubt'", ()),
    Standing.REJECTED: (f"{_OPEN} AND state = 'rejected'", ()),
    Standing.NOT_NEEDED: ("excluded <> '' AND excluded <> ?", (BEFORE_ADOPTION,)),
    Standing.BEFORE: ("excluded = ?", (BEFORE_ADOPTION,)),
}

_OF_STATES = {
    State.POSTED: Standing.POSTED,
    State.SEEN: Standing.WAITS,
    State.HELD: Standing.HELD,
    State.IN_DOUBT: Standing.IN_DOUBT,
    State.REJECTED: Standing.REJECTED,
}


def standing_of(entry: Entry) -> Standing:
    """Return how a payment stands."""
    if entry.excluded == BEFORE_ADOPTION:
        return Standing.BEFORE
    if entry.excluded:
        return Standing.NOT_NEEDED
    return _OF_STATES.get(entry.state, Standing.UNDER_WAY)
