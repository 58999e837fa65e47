"""A payment that is not posted though hours of business have passed, and nothing else says why."""

from bisect import bisect_left
from collections.abc import Mapping
from datetime import datetime, timedelta

from worker.alerts import acknowledged
from worker.alerts.catalogue import LATE
from worker.i18n import Message, message
from worker.ledger.ledger import Ledger
from worker.payments import privacy
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
    """Raise the alarm of late payments, again for each further one, or end it. Raises LedgerError.

    Only in business hours, and only while no other alarm says why. An acknowledged alarm that rests is no such alarm.
    """
    alarms = ledger.alarms()
    told = next((one for one in alarms if one.cause == LATE), None)
    what = why_late(ledger, plan, at=at)
    if what is None:
        if told is not None:
            ledger.end_alarm(LATE, at=at)
        return
    said = {one.cause for one in alarms if not acknowledged.rests(one)}
    if said & SAID_BY or not calendar.is_open(at, plan):
        return
    facts = _late(ledger, plan, at=at)
    # An acknowledgement is about the payments that were late then: one more is another sign.
    if told is None or _has_grown(told.facts, facts):
        ledger.raise_alarm(LATE, what, at=at, facts=facts)


def why_late(ledger: Ledger, plan: calendar.Plan, *, at: datetime) -> Message | None:
    """Say which payment is late and by how much, or return None."""
    found = ledger.longest_in_hand()
    if found is None or calendar.open_time(found.since, at, plan) < LATE_AFTER:
        return None
    return message(
        "{payer}, {won} won, made at {made}: ready at {since} and still not posted (payment {key})",
        key=found.key,
        # The text goes into mails and to outside services.
        payer=privacy.masked(found.payer),
        won=found.amount,
        made=f"{found.time:%Y-%m-%d %H:%M}",
        since=f"{found.since.astimezone(plan.zone):%Y-%m-%d %H:%M}",
    )


def _late(ledger: Ledger, plan: calendar.Plan, *, at: datetime) -> dict[str, object]:
    """Return how many payments are late, and since when the worker has had the newest of them in hand."""
    times = ledger.in_hand_since()
    count = bisect_left(times, True, key=lambda since: calendar.open_time(since, at, plan) < LATE_AFTER)
    return {"late": count, "newest": times[count - 1].isoformat() if count else ""}


def _has_grown(told: Mapping[str, object], now: Mapping[str, object]) -> bool:
    """True where payments are late that were not when the alarm was raised last, though others are posted since."""
    count, newest = told.get("late", 1), told.get("newest", now["newest"])
    return int(str(now["late"])) > int(str(count)) or str(now["newest"]) > str(newest)
