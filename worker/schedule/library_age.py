"""Whether the installed calendar still knows the holidays to come."""

from collections.abc import Callable
from datetime import date

from worker.i18n import message
from worker.schedule import calendar


def why_holidays_unknown(today: date, unknown: Callable[[date], int | None] = calendar.unknown_year) -> str:
    """Say that the holidays of a time within 60 days are not known, or may not be, or return an empty text."""
    year = unknown(today)
    if year is None:
        age = calendar.library_age(today)
        if age is None or age <= calendar.LIBRARY_LASTS:
            return ""
        return message(
            "the holiday calendar is {days} days old, and temporary holidays are declared at short notice: update "
            "daybreak, or compare `daybreak schedule` with your calendar",
            days=age.days,
        )
    return message(
        "the public holidays of {year} are not known to the installed `holidays` library, and {again} is less than "
        "{days} days away: update daybreak, or write the days into EXTRA_DAYS_OFF",
        year=str(year),
        again=str(year),
        days=str(calendar.LEAD.days),
    )
