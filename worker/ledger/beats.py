"""How regularly the worker beat: so many beats, and the longest time between two. One note a day in the ledger."""

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from worker.ledger.journal import Journal

#: An interval above this between two beats of one worker is no good (seconds): off hours one comes every 10 min.
LONGEST = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Beats:
    """The beats of some time. An interval counts between two beats of one worker."""

    count: int = 0
    #: The longest interval (seconds, without the sleep of the machine), and when it ended.
    longest: float = 0.0
    at: datetime | None = None

    def __add__(self, other: "Beats") -> "Beats":
        """Both together."""
        worst = max(self, other, key=lambda one: one.longest)
        return Beats(count=self.count + other.count, longest=worst.longest, at=worst.at)


NO_BEATS = Beats()


def note_name(day: str) -> str:
    """Return the name of a local day's note (ISO)."""
    return f"beats {day}"


def read(journal: Journal, day: str) -> Beats:
    """Return how the worker beat on a local day. Raises LedgerError."""
    with suppress(ValueError, KeyError, TypeError):
        found = json.loads(journal.note(note_name(day)))
        at = datetime.fromisoformat(found["at"]) if found["at"] else None
        return Beats(count=int(found["count"]), longest=float(found["longest"]), at=at)
    return NO_BEATS


def add(journal: Journal, day: str, more: Beats) -> None:
    """Count more beats of a local day. Raises LedgerError."""
    found = read(journal, day) + more
    at = found.at.isoformat(timespec="seconds") if found.at else ""
    journal.set_note(note_name(day), json.dumps({"count": found.count, "longest": round(found.longest, 1), "at": at}))


def total(parts: Iterable[Beats]) -> Beats:
    """All together."""
    return sum(parts, NO_BEATS)
