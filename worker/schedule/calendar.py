"""When cycles are due: slots aligned to the clock, on work days, in business hours. Pure, but for the holiday data."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from worker.config import maintenance
from worker.config.maintenance import Silence
from worker.config.public_holidays import holidays_of

if TYPE_CHECKING:
    from worker.config.day_overrides import DayOverride
    from worker.config.fields import Hours


#: Days to come whose holidays must be known.
LEAD = timedelta(days=60)

#: The version of the `holidays` library that scripts/requirements.txt locks, and the day on which it came out.
LIBRARY = ("0.109", date(2026, 11, 17))

#: A calendar that is older may lack a temporary holiday that was declared since.
LIBRARY_LASTS = timedelta(days=120)

#: A year of Korea has more public holidays than this, the six or seven lunar ones included.
FEWEST = 12


class Days(Protocol):
    """The settings that make a work day."""

    @property
    def holidays(self) -> str: ...
    @property
    def hours_mon_fri(self) -> "Hours": ...
    @property
    def hours_sat(self) -> "Hours": ...
    @property
    def hours_sun(self) -> "Hours": ...
    @property
    def extra_days_off(self) -> frozenset[date]: ...
    @property
    def extra_days_on(self) -> frozenset[date]: ...
    @property
    def days_by_hand(self) -> "Mapping[date, DayOverride]": ...


class Plan(Days, Protocol):
    """The settings that make a schedule."""

    @property
    def demo(self) -> bool: ...
    @property
    def zone(self) -> ZoneInfo: ...
    @property
    def interval_min(self) -> int: ...
    @property
    def days_off_cycle(self) -> time | None: ...
    @property
    def days_off_after_h(self) -> int: ...
    @property
    def maintenance(self) -> tuple[maintenance.Window, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A time at which a cycle is due."""

    at: datetime
    #: On a day off: run only if the last full read is older than DAYS_OFF_AFTER_H.
    only_if_stale: bool = False
    #: Asked for by hand, to see: every save is kept back.
    test: bool = False
    #: Asked for by hand: maximum rows to post; None: all that wait.
    rows: int | None = None
    #: Asked for by hand: post this payment alone, by its key; "": whichever waits.
    only: str = ""


def unknown_year(today: date, known: Callable[[int], Mapping[date, str]] = holidays_of) -> int | None:
    """Return the first year within the next 60 days whose holidays the library does not know, or None.

    A year that is known has the lunar holidays in it; one with fixed dates alone counts as unknown.
    """
    years = (today.year, (today + LEAD).year)
    return next((year for year in years if len(known(year)) < FEWEST), None)


def library_age(today: date, installed: str | None = None) -> timedelta | None:
    """Return how old the holiday calendar is, or None where another version than the locked one is installed."""
    if installed is None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            installed = version("holidays")
        except PackageNotFoundError:
            return None
    return today - LIBRARY[1] if installed == LIBRARY[0] else None


def is_day_off(day: date, plan: Days) -> bool:
    """True when nobody works that day. What an operator said of it wins, then the override lists, then the calendar."""
    if said := plan.days_by_hand.get(day):
        return said.closed
    if day in plan.extra_days_on:
        return False
    return day in plan.extra_days_off or hours(day, plan) is None or day in holidays_of(day.year, country=plan.holidays)


def hours(day: date, plan: Days) -> "Hours":
    """Return the hours of that weekday; a day that was added and has none gets those of Monday to Friday."""
    found = ((plan.hours_mon_fri,) * 5 + (plan.hours_sat, plan.hours_sun))[day.weekday()]
    said = plan.days_by_hand.get(day)
    is_added = not said.closed if said else day in plan.extra_days_on
    return plan.hours_mon_fri if found is None and is_added else found


def slots(day: date, plan: Plan) -> Iterator[Slot]:
    """Yield the slots of a local day in order. In demo mode: every minute of every day.

    What falls into a planned silence of the ERP is one slot at its end, if the day's hours last so long.
    """
    silences = silences_on(day, plan)
    yield from _after(silences, day, plan) if silences else _planned(day, plan)


def silences_on(day: date, plan: Plan) -> tuple[Silence, ...]:
    """Return the planned silences of the ERP that touch a local day, in order."""
    return maintenance.silences(plan.maintenance, day, plan.zone) if plan.maintenance else ()


def silence_at(now: datetime, plan: Plan) -> Silence | None:
    """Return the planned silence of the ERP that holds a moment, or None."""
    if not plan.maintenance:
        return None
    return next((one for one in silences_on(now.astimezone(plan.zone).date(), plan) if one.holds(now)), None)


def _after(silences: Iterable[Silence], day: date, plan: Plan) -> Iterator[Slot]:
    """Yield a day's slots, those in a silence as one at its end."""
    from_to = None if plan.demo or is_day_off(day, plan) else hours(day, plan)
    end = _midnight(day + timedelta(days=1), plan.zone)
    if from_to is not None:
        end = min(end, _midnight(day, plan.zone) + timedelta(minutes=from_to[1]))
    last: datetime | None = None
    for slot in _planned(day, plan):
        silence = next((one for one in silences if one.holds(slot.at)), None)
        at = silence.until if silence is not None else slot.at
        if at < end and at != last:
            last = at
            yield slot if at == slot.at else replace(slot, at=at)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _planned(day: date, plan: Plan) -> Iterator[Slot]:
    """Yield a day's slots as if the ERP were always there."""
    interval = 1 if plan.demo else plan.interval_min
    open_from_to = (0, 24 * 60) if plan.demo else hours(day, plan)
    if not plan.demo and is_day_off(day, plan):
        if plan.days_off_cycle is not None:
            yield Slot(at=datetime.combine(day, plan.days_off_cycle, plan.zone), only_if_stale=True)
        return
    if open_from_to is None:
        return
    yield from _within(day, *open_from_to, interval=interval, zone=plan.zone)


@lru_cache(maxsize=8)
def _within(day: date, first: int, end: int, *, interval: int, zone: ZoneInfo) -> tuple[Slot, ...]:
    """Return the slots of a day between two times, in minutes since midnight. Kept: the status page asks each time."""
    minutes = range(first + -first % interval, end, interval)
    return tuple(Slot(at=datetime.combine(day, time(minute // 60, minute % 60), zone)) for minute in minutes)


def next_slot(after: datetime, plan: Plan) -> Slot | None:
    """Return the first slot strictly after a time, or None if none comes within 60 days."""
    day = after.astimezone(plan.zone).date()
    for _ in range(60):
        for slot in slots(day, plan):
            if slot.at > after:
                return slot
        day += timedelta(days=1)
    return None


def last_slot(until: datetime, plan: Plan) -> Slot | None:
    """Return the last slot at or before a time, or None if there was none within 60 days."""
    day = until.astimezone(plan.zone).date()
    for _ in range(60):
        found = [slot for slot in slots(day, plan) if slot.at <= until]
        if found:
            return found[-1]
        day -= timedelta(days=1)
    return None


def between(after: datetime, until: datetime, plan: Plan) -> Iterator[Slot]:
    """Yield the slots after one time, up to and including another."""
    day = after.astimezone(plan.zone).date()
    last = until.astimezone(plan.zone).date()
    while day <= last:
        yield from (slot for slot in slots(day, plan) if after < slot.at <= until)
        day += timedelta(days=1)


def is_open(now: datetime, plan: Plan) -> bool:
    """True in business hours, between the first slot of a work day and the end of its hours, and the ERP is there."""
    return silence_at(now, plan) is None and is_business_time(now, plan)


def is_business_time(now: datetime, plan: Plan) -> bool:
    """True in business hours, whether or not a silence of the ERP is planned."""
    if plan.demo:
        return True
    day = now.astimezone(plan.zone).date()
    from_to = None if is_day_off(day, plan) else hours(day, plan)
    if from_to is None:
        return False
    minute = now.astimezone(plan.zone).hour * 60 + now.astimezone(plan.zone).minute
    return from_to[0] <= minute < from_to[1]


def open_time(since: datetime, until: datetime, plan: Plan) -> timedelta:
    """Return how much of the time from `since` to `until` lies in business hours; of the last 60 days at most."""
    since, until = max(since, until - timedelta(days=60)).astimezone(plan.zone), until.astimezone(plan.zone)
    if plan.demo:
        return max(until - since, timedelta(0))
    total, day = timedelta(0), since.date()
    while day <= until.date():
        from_to = None if is_day_off(day, plan) else hours(day, plan)
        if from_to is not None:
            midnight = datetime.combine(day, time(), plan.zone)
            first, end = (midnight + timedelta(minutes=minute) for minute in from_to)
            first, end = max(since, first), min(until, end)
            total += max(end - first, timedelta(0))
            # While the ERP is planned to be away, no payment waits for us.
            away = (min(end, one.until) - max(first, one.since) for one in silences_on(day, plan))
            total -= sum((max(one, timedelta(0)) for one in away), timedelta(0))
        day += timedelta(days=1)
    return total
