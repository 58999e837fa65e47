"""A month as weeks from Monday to Sunday, for the screens that show one."""

import calendar
from datetime import date, timedelta

from worker.console import fields
from worker.i18n.language import Language
from worker.reports.words import month_name


def weeks(first: date) -> list[list[date | None]]:
    """Return the weeks of a month; None for what belongs to the months beside it."""
    found = calendar.Calendar().monthdatescalendar(first.year, first.month)
    return [[day if day.month == first.month else None for day in week] for week in found]


def days(first: date) -> list[date]:
    """Return the days of a month."""
    return [first + timedelta(days=number) for number in range(calendar.monthrange(first.year, first.month)[1])]


def beside(first: date) -> tuple[str, str]:
    """Return the month before and the one after as `2026-11`; "" where the page knows none."""
    both = ((first - timedelta(days=1)).replace(day=1), (first + timedelta(days=32)).replace(day=1))
    before, after = (f"{one:%Y-%m}" if one.year in fields.YEARS else "" for one in both)
    return before, after


def name(first: date, language: Language) -> str:
    """Return how a month is called."""
    return month_name(first, language)
