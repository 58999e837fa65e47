"""How regularly the worker beat on a day: one note a day in the ledger."""

import json
from contextlib import suppress
from datetime import datetime

from worker.ledger.journal import Journal
from worker.runtime.beats import NO_BEATS, Beats


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
