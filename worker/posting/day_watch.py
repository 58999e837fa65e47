"""The watch over the size of a day: today and yesterday, held against the highest of the 60 days before, told once."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from worker.i18n import Message
from worker.ledger.ledger import Ledger
from worker.ledger.totals import ListedDay
from worker.payments.payment import KST
from worker.posting.limits import why_far_above

#: Days that a day is compared with.
DAYS = 60

#: The note in the ledger: for which day the days before were added up, which of them count, and which days were told.
NOTE = "highest_days"


def news(ledger: Ledger, *, now: datetime, most_won: int, times: int) -> Iterator[tuple[date, Message]]:
    """Yield each day that is far above all before and was not told yet, with what to say of it.

    Yesterday is looked at as well: what came in after its last cycle is first listed today. Payments above `most_won`
    are held and told each by itself; they count on neither side.
    """
    today = now.astimezone(KST).date()
    yesterday = today - timedelta(days=1)
    noted = _noted(ledger)
    if noted.get("of") != today.isoformat():
        # Once a day: 60 days of a large office are many rows to add up in every cycle.
        earlier = ledger.listed_days(yesterday - timedelta(days=DAYS), yesterday, most_won=most_won)
        days = [(one.day.isoformat(), one.count, one.won) for one in earlier]
        noted = {"of": today.isoformat(), "days": days, "told": noted.get("told", [])[-2:]}
    before = [ListedDay(day=date.fromisoformat(day), count=count, won=won) for day, count, won in noted["days"]]
    for listed in ledger.listed_days(yesterday, today + timedelta(days=1), most_won=most_won):
        if listed.day.isoformat() not in noted["told"] and (why := why_far_above(listed, before, times=times)):
            noted["told"].append(listed.day.isoformat())
            yield listed.day, why
        before.append(listed)
    ledger.set_note(NOTE, json.dumps(noted))


def _noted(ledger: Ledger) -> dict[str, Any]:
    """Return what was noted; nothing where it can't be read: it is added up again then."""
    try:
        noted = json.loads(ledger.note(NOTE) or "{}")
    except ValueError:
        return {}
    return noted if isinstance(noted, dict) else {}
