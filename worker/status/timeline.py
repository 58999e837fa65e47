"""The day's timeline: what became of the times at which a cycle was due, and of cycles beside them."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from worker.config.maintenance import Silence
from worker.ledger.journal import SlotState
from worker.ledger.ledger import Ledger
from worker.schedule import calendar
from worker.status.snapshot import TimelineMark

#: Width of a cycle that ran at no regular time (minutes).
BESIDE = 5

#: How a cycle that ran at no regular time is drawn, by its outcome; others as left out.
_OUTCOMES = {"ran": "ran", "failed": "failed", "": "open"}


def marks(now: datetime, plan: calendar.Plan, ledger: Ledger) -> tuple[TimelineMark, ...]:
    """Return what became of the day's cycles, and those to come."""
    local = now.astimezone(plan.zone).replace(tzinfo=None)
    midnight = datetime.combine(local, time(), plan.zone)
    known = ledger.slots(midnight, midnight + timedelta(days=1))
    states = {one.at.astimezone(plan.zone).replace(tzinfo=None): one.state.value for one in known}
    for slot in calendar.slots(local.date(), plan):
        if slot.at > now:
            states.setdefault(slot.at.replace(tzinfo=None), SlotState.OPEN.value)
    width = 1 if plan.demo else plan.interval_min
    found = {
        at: _mark(at, "due" if at > local and state == SlotState.OPEN else state, width) for at, state in states.items()
    }
    for started, outcome in ledger.cycles_beside_slots(midnight, midnight + timedelta(days=1)):
        at = started.astimezone(plan.zone).replace(tzinfo=None)
        found.setdefault(at, _mark(at, _OUTCOMES.get(outcome, "skipped"), min(width, BESIDE)))
    planned = [_silence(one, midnight, plan) for one in calendar.silences_on(local.date(), plan)]
    return (*planned, *joined([mark for _, mark in sorted(found.items())]))


def _silence(one: Silence, midnight: datetime, plan: calendar.Plan) -> TimelineMark:
    """Return a planned silence of the ERP, as far as it lies in the day."""
    first = max(one.since, midnight).astimezone(plan.zone)
    start = first.hour * 60 + first.minute
    until = one.until.astimezone(plan.zone)
    end = until.hour * 60 + until.minute if until.date() == midnight.date() else 24 * 60
    return TimelineMark(start=start, minutes=max(1, end - start), state="planned")


def _mark(at: datetime, state: str, minutes: int) -> TimelineMark:
    return TimelineMark(start=at.hour * 60 + at.minute, minutes=minutes, state=state)


def joined(marks: Sequence[TimelineMark]) -> tuple[TimelineMark, ...]:
    """Return the marks with neighbours of one state as one, where a cycle is due more often than people can see."""
    found: list[TimelineMark] = []
    for one in marks:
        last = found[-1] if found else None
        if last and last.state == one.state and one.minutes < 10 and last.start + last.minutes == one.start:
            found[-1] = TimelineMark(
                start=last.start, minutes=last.minutes + one.minutes, state=one.state, count=last.count + one.count
            )
        else:
            found.append(one)
    return tuple(found)
