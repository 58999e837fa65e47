"""Which days nobody works, by the settings' text alone: for the sender, which reads no more of the settings than that.

By the same calendar as the cycles; a value that can't be read counts as its default, and is told elsewhere.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

from worker.config import day_overrides
from worker.config.public_holidays import holidays_of
from worker.schedule import calendar

#: True for a day on which nobody works.
DayOff = Callable[[date], bool]

#: Hours that only say that somebody works that day: from, to (minutes since midnight).
_SOME = (0, 24 * 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Days:
    """What makes a work day, of all that makes a schedule."""

    holidays: str
    hours_mon_fri: tuple[int, int] | None
    hours_sat: tuple[int, int] | None
    hours_sun: tuple[int, int] | None
    extra_days_off: frozenset[date]
    extra_days_on: frozenset[date]
    days_by_hand: Mapping[date, day_overrides.DayOverride] = field(default_factory=dict)


def days_off(values: Mapping[str, str], data: Path) -> DayOff:
    """Return what tells a day off, by these settings and by what an operator said of single days in `data`."""

    def hours(name: str, default: str) -> tuple[int, int] | None:
        return _SOME if values.get(name, default).strip() else None

    found = _Days(
        holidays=_country(values.get("HOLIDAYS", "")),
        hours_mon_fri=hours("HOURS_MON_FRI", "06:00-18:00"),
        hours_sat=hours("HOURS_SAT", "06:00-14:00"),
        hours_sun=hours("HOURS_SUN", ""),
        extra_days_off=_dates(values.get("EXTRA_DAYS_OFF", "")),
        extra_days_on=_dates(values.get("EXTRA_DAYS_ON", "")),
        days_by_hand=day_overrides.read(data),
    )
    return partial(calendar.is_day_off, plan=found)


def _country(text: str) -> str:
    """Return the country of the calendar; Korea for one that the calendar does not know."""
    named = text.strip() or "KR"
    try:
        holidays_of(calendar.LIBRARY[1].year, country=named)
    except NotImplementedError:
        return "KR"
    return named


def _dates(text: str) -> frozenset[date]:
    found: set[date] = set()
    for word in text.split(","):
        with suppress(ValueError):
            found.add(date.fromisoformat(word.strip()))
    return frozenset(found)
