"""A payment that is not posted though hours of business have passed, and nothing else says why."""

from datetime import datetime, timedelta

from worker.alerts.catalogue import LATE
from worker.i18n import Message, message
from worker.ledger.ledger import Ledger
from worker.schedule import calendar

#: A payment that the worker has had in hand for so long in business hours is late.
LATE_AFTER = timedelta(hours=4)

#: Alarms that say already why nothing is posted.
SAID_BY = frozenset(
    {
        *("cycles fail", "crash loop", "settings", "layout", "password", "account in use", "ledger", "adoption"),
        *("stopped", "upgrade"),
    }
)


def look(ledger: Ledger, plan: calendar.Plan, *, at: datetime) -> None:
    """Raise the alarm of a payment that is late, once, or end it. Raises LedgerError.

    In business hours alone, and not where another alarm says why.
    """
    is_told = {one.cause for one in ledger.alarms()}
    what = why_late(ledger, plan, at=at)
    if what is None:
        if LATE in is_told:
            ledger.end_alarm(LATE, at=at)
    elif LATE not in is_told and not is_told & SAID_BY and calendar.is_open(at, plan):
        ledger.raise_alarm(LATE, what, at=at)


def why_late(ledger: Ledger, plan: calendar.Plan, *, at: datetime) -> Message | None:
    """Say which payment is late and by how much, or return None."""
    found = ledger.longest_in_hand()
    if found is None or calendar.open_time(found.since, at, plan) < LATE_AFTER:
        return None
    return message(
        "payment {key}, {won} won, made at {made}, was ready at {since} and is still not posted",
        key=found.key,
        won=found.amount,
        made=f"{found.time:%Y-%m-%d %H:%M}",
        since=f"{found.since.astimezone(plan.zone):%Y-%m-%d %H:%M}",
    )
