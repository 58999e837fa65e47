"""What the schedule means for the coming days: off or open, why, and how many cycles."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from worker.config.public_holidays import holidays_of
from worker.i18n.language import Language
from worker.i18n.words import Words
from worker.schedule import calendar

WEEKDAYS = (
    Words("Mon"), Words("Tue"), Words("Wed"), Words("Thu"),
    Words("Fri"), Words("Sat"), Words("Sun"),
)  # fmt: skip

#: Why a day is off or on although its weekday says otherwise.
ADDED_OFF = Words("off by EXTRA_DAYS_OFF")
ADDED_ON = Words("on by EXTRA_DAYS_ON")
NO_HOURS = Words("day off")
#: The same, said by an operator with `daybreak schedule`.
CLOSED = Words("closed by {by}: {why}")
OPENED = Words("opened by {by}: {why}")

#: The ERP is planned to be away.
MAINTENANCE = Words("maintenance {since}–{until}")

TITLES = (
    Words("date"),
    Words("day"),
    Words(""),
    Words("hours"),
    Words("cycles"),
)
#: Minutes of a day.
MINUTES = 24 * 60

#: On a day off one cycle runs if the last full read is old by then.
NOON = Words("{at} if needed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day of the schedule."""

    day: date
    off: bool
    #: The holiday's name, or why the day is off or on against its weekday; empty on an ordinary day.
    name: str
    #: Such as 06:00-18:00; empty on a day off.
    hours: str
    #: How many cycles are due at fixed times.
    slots: int
    #: On a day off: when one cycle runs if the last full read is old, HH:MM; else empty.
    only_if_stale: str

    def as_dict(self) -> dict[str, object]:
        """Return plain values for JSON."""
        return {
            "date": self.day.isoformat(), "weekday": f"{self.day:%a}", "off": self.off, "name": self.name,
            "hours": self.hours, "slots": self.slots, "only_if_stale": self.only_if_stale,
        }  # fmt: skip


def days(first: date, count: int, plan: calendar.Plan, language: Language) -> Iterator[Day]:
    """Yield so many days in order."""
    for day in (first + timedelta(days=number) for number in range(count)):
        found = () if _is_each_minute(plan) else tuple(calendar.slots(day, plan))
        off = not plan.demo and calendar.is_day_off(day, plan)
        noon = next((f"{one.at:%H:%M}" for one in found if one.only_if_stale), "")
        yield Day(
            day=day,
            off=off,
            name=_name(day, plan, language, off=off),
            hours="" if off else _hours(day, plan),
            slots=MINUTES if _is_each_minute(plan) else sum(not one.only_if_stale for one in found),
            only_if_stale=noon,
        )


def _is_each_minute(plan: calendar.Plan) -> bool:
    """True in the demo, whose cycles need no list to be counted: that of a month takes a tenth of a second."""
    return plan.demo and not plan.maintenance


def cells(one: Day, language: Language) -> tuple[str, ...]:
    """Return the day as a row of a table, under TITLES."""
    slots = NOON(language, at=one.only_if_stale) if one.only_if_stale else f"{one.slots}"
    return f"{one.day:%Y-%m-%d}", WEEKDAYS[one.day.weekday()](language), one.name, one.hours, slots


def _hours(day: date, plan: calendar.Plan) -> str:
    if plan.demo:
        return "00:00-24:00"
    found = calendar.hours(day, plan)
    if found is None:
        return ""
    (start, from_minute), (end, to_minute) = divmod(found[0], 60), divmod(found[1], 60)
    return f"{start:02}:{from_minute:02}-{end:02}:{to_minute:02}"


def _name(day: date, plan: calendar.Plan, language: Language, *, off: bool) -> str:
    if plan.demo:
        return ""
    holiday: Mapping[date, str] = holidays_of(day.year, str(language), plan.holidays)
    if said := plan.days_by_hand.get(day):
        words = CLOSED if said.closed else OPENED
        parts = [holiday.get(day, ""), words(language, by=said.by, why=said.why)]
    elif day in plan.extra_days_on:
        parts = [ADDED_ON(language), holiday.get(day, "")]
    elif day in plan.extra_days_off:
        parts = [holiday.get(day, ""), ADDED_OFF(language)]
    else:
        parts = [holiday.get(day, "") or (NO_HOURS(language) if off else "")]
    for one in calendar.silences_on(day, plan):
        since, until = (f"{at.astimezone(plan.zone):%H:%M}" for at in (one.since, one.until))
        parts.append(MAINTENANCE(language, since=since, until=until))
    return ", ".join(part for part in parts if part)
