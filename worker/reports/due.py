"""Which report is due now: pure, from the clock, the schedule and the keys of what was written to be mailed.

Light: the worker asks every minute. Exactly one report a key, whatever restarts in between: the mail table sees to it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol

from worker.schedule import calendar

#: A summary that is due for longer than this is not made up any more.
LOOK_BACK = timedelta(days=14)

NOTHING_TOLD: Mapping[str, datetime] = {}


class ReportKind(StrEnum):
    """The reports that come unasked."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class Times(calendar.Plan, Protocol):
    """The settings that say when."""

    @property
    def summary_mon_fri(self) -> time | None: ...
    @property
    def summary_sat(self) -> time | None: ...
    @property
    def weekly_at(self) -> time | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One report that is to be mailed."""

    kind: ReportKind
    #: What makes it exactly one: `daily 2026-11-23`, `weekly 2026W47`, `monthly 2026-10`.
    key: str
    #: What it is about: from, and up to (not included).
    since: datetime
    until: datetime
    #: The day that the report is named after: for a week its Monday, for a month its first day.
    day: date
    #: On a day off: only if something happened.
    only_if_eventful: bool = False


def due(
    now: datetime,
    times: Times,
    *,
    keys: Collection[str],
    beginning: datetime | None,
    quiet: Collection[str] = (),
    told: Mapping[str, datetime] = NOTHING_TOLD,
) -> list[Due]:
    """Return what is due, oldest first: the newest of each kind, and a day off's beside a missing work day's.

    `keys`: of what was written to be mailed. `quiet`: of days off that were found to have nothing to tell. `beginning`:
    of the ledger. `told`: up to when the latest summaries told, by key, whatever the settings said then. Ask again
    after each one that is done: what it told is not told again by the next.
    """
    if beginning is None:
        return []
    found = [_weekly(now, times), _monthly(now, times), *_daily(now, times, keys, quiet, beginning, told)]
    return [one for one in found if one is not None and one.key not in keys and beginning < one.until]


def cutoff(day: date, times: Times) -> datetime | None:
    """Return when a day's summary is due, or None when that day's is switched off.

    Saturdays have their own time, and so have Sundays; other days off have the one of their weekday.
    """
    at = times.summary_mon_fri if day.weekday() < 5 else times.summary_sat
    return None if at is None else datetime.combine(day, at, times.zone)


def _daily(
    now: datetime,
    times: Times,
    keys: Collection[str],
    quiet: Collection[str],
    beginning: datetime,
    told: Mapping[str, datetime],
) -> list[Due]:
    """Return the newest work day's summary that is missing and the newest day off's after it, oldest first."""
    found: list[Due] = []
    day = now.astimezone(times.zone).date()
    oldest = max(now - LOOK_BACK, beginning).astimezone(times.zone).date()
    saw_day_off = False
    while day >= oldest:
        key = f"{ReportKind.DAILY} {day.isoformat()}"
        at = cutoff(day, times)
        if key in keys:
            break
        if at is not None and at <= now:
            is_off = calendar.is_day_off(day, times) and not times.demo
            # The newest day off tells what those before it would.
            if not (is_off and saw_day_off) and key not in quiet:
                since = _last_cutoff(day, times, keys, told)
                found.append(
                    Due(kind=ReportKind.DAILY, key=key, since=since, until=at, day=day, only_if_eventful=is_off)
                )
            if not is_off:
                break
            saw_day_off = True
        day -= timedelta(days=1)
    return found[::-1]


def _last_cutoff(day: date, times: Times, keys: Collection[str], told: Mapping[str, datetime]) -> datetime:
    """Return up to when an earlier summary has told, or the start of the day."""
    days = sorted(one.partition(" ")[2] for one in keys if one.startswith(f"{ReportKind.DAILY} "))
    before = [one for one in days if one < day.isoformat()]
    last = date.fromisoformat(before[-1]) if before else None
    known = (told.get(f"{ReportKind.DAILY} {last}") or cutoff(last, times)) if last is not None else None
    return known or datetime.combine(day, time(), times.zone)


def _weekly(now: datetime, times: Times) -> Due | None:
    """Return last week's report from Monday on."""
    if times.weekly_at is None:
        return None
    local = now.astimezone(times.zone)
    monday = local.date() - timedelta(days=local.weekday())
    if local < datetime.combine(monday, times.weekly_at, times.zone):
        monday -= timedelta(days=7)
    first = monday - timedelta(days=7)
    return Due(
        kind=ReportKind.WEEKLY,
        key=f"{ReportKind.WEEKLY} {week_name(first)}",
        since=datetime.combine(first, time(), times.zone),
        until=datetime.combine(monday, time(), times.zone),
        day=first,
    )


def _monthly(now: datetime, times: Times) -> Due | None:
    """Return last month's report from the first work day on."""
    if times.weekly_at is None:
        return None
    first = now.astimezone(times.zone).date().replace(day=1)
    if now < datetime.combine(first_work_day(first, times), times.weekly_at, times.zone):
        first = (first - timedelta(days=1)).replace(day=1)
    before = (first - timedelta(days=1)).replace(day=1)
    return Due(
        kind=ReportKind.MONTHLY,
        key=f"{ReportKind.MONTHLY} {before:%Y-%m}",
        since=datetime.combine(before, time(), times.zone),
        until=datetime.combine(first, time(), times.zone),
        day=before,
    )


def first_work_day(first: date, times: Times) -> date:
    """Return the first day of a month on which people work, Saturdays not counted."""
    for number in range(31):
        day = first + timedelta(days=number)
        if day.weekday() < 5 and not calendar.is_day_off(day, times):
            return day
    return first


def week_name(monday: date) -> str:
    """Return `2026W47`."""
    year, week, _ = monday.isocalendar()
    return f"{year}W{week:02}"
