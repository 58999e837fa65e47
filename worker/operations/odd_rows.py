"""A row that no rule covers: its name, and what a person has said of it as long as that can be taken back."""

from datetime import datetime

from worker.ledger.ledger import Ledger
from worker.ledger.oddities import Oddity
from worker.ledger.open_decisions import OpenDecision
from worker.payments.payment import WINDOW

#: Before the number of such a row, where a payment has its key.
PREFIX = "row-"

#: Maximum digits of a number.
LONGEST = 15


def number_of(key: str) -> int | None:
    """Return the number of `row-N`; None: it is a payment's key, or nothing."""
    text = key.removeprefix(PREFIX)
    is_number = text != key and text.isascii() and text.isdigit() and len(text) <= LONGEST
    return int(text) if is_number else None


def name_of(odd: Oddity) -> str:
    """Return how such a row is called."""
    return f"{PREFIX}{odd.id}"


def decision_about(ledger: Ledger, number: int, now: datetime) -> OpenDecision | None:
    """Return what a person has said of such a row, for as long as it can be taken back: as any other for 7 days."""
    odd = ledger.oddity(number)
    if odd is None or odd.settled_at is None or now - odd.settled_at > WINDOW:
        return None
    return OpenDecision(
        key=name_of(odd), by=odd.settled_by, at=odd.settled_at, effect_at=None, rows={}, pairs=(), posts=False
    )
