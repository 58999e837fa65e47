"""The times that people write, read by one rule for every verb. Pure: the clock is passed in.

A date alone is that whole day: what goes up to it includes its last second, what begins with it its first. A time alone
means today, whatever the clock says: a verb that finds it on the wrong side refuses it instead of guessing a day.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo

from worker.errors import DaybreakError
from worker.i18n import message
from worker.runtime.foreign_text import narrow


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What stands in a text: a date, a time or both."""

    #: None: today.
    day: date | None
    #: None: the whole day.
    at: time | None
    #: The offset that was written with the time, or None: the zone of the settings.
    offset: tzinfo | None
    #: False: seconds were left out.
    has_seconds: bool


_DATE = r"(?P<year>\d{4}) ?(?P<sign>[-/.]) ?(?P<month>\d{1,2}) ?(?P=sign) ?(?P<day>\d{1,2})\.?"
_TIME = (
    r"(?:(?P<half>오전|오후) ?)?(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<part>\d{1,6}))?)?"
    r"(?: ?(?P<offset>Z|[+-]\d{2}:?\d{2}))?"
)
_FORMS = tuple(re.compile(form, re.ASCII) for form in (_DATE, _TIME, f"{_DATE}[T ]{_TIME}"))


def read(words: str) -> Written | None:
    """Return the date and time that a text is, or None when it is neither, or one that no calendar has."""
    plain = narrow(words)
    for form in _FORMS:
        if found := form.fullmatch(plain):
            try:
                return _written(found.groupdict())
            except ValueError:
                return None
    return None


def moment(words: str, *, what: str, now: datetime, is_end: bool = True) -> datetime:
    """Return the time that a person wrote, in the zone of `now` unless an offset stands with it.

    `what` is the option or argument, for the error. A date alone is its last microsecond, or its first where it begins
    a span (`is_end` False). Raises DaybreakError that names the forms.
    """
    found = read(words)
    if found is None:
        raise DaybreakError(
            message(
                'reading {what}: "{words}" is not a time. Write a day like 2026-11-28, 2026/11/28 or 2026.11.28, alone '
                "or with a time like 18:00, 18:00:30 or 오후 6:00; a time alone means today",
                what=what,
                words=words,
            )
        )
    day = found.day or now.date()
    whole = time.max if is_end else time.min
    return datetime.combine(day, found.at or whole, found.offset or now.tzinfo)


def day(words: str, *, what: str) -> date:
    """Return the day that a person wrote. Raises DaybreakError that names the forms, also where a time stands by it."""
    found = read(words)
    if found is None or found.day is None or found.at is not None:
        raise DaybreakError(
            message(
                'reading {what}: "{words}" is not a day. Write 2026-11-28, 2026/11/28 or 2026.11.28, without a time',
                what=what,
                words=words,
            )
        )
    return found.day


def _written(found: Mapping[str, str | None]) -> Written:
    year, month, date_of = (int(found.get(name) or 0) for name in ("year", "month", "day"))
    return Written(
        day=date(year, month, date_of) if found.get("year") else None,
        at=_time(found) if found.get("hour") else None,
        offset=_offset(found.get("offset") or ""),
        has_seconds=bool(found.get("second")),
    )


def _time(found: Mapping[str, str | None]) -> time:
    """Return the time of a match: 오전 12 is 0 h, 오후 12 is 12 h. Raises ValueError."""
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    if half := found["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(f"{hour} is no hour from 1 to 12")
        hour = hour % 12 + (12 if half == "오후" else 0)
    return time(hour, minute, second, int((found["part"] or "").ljust(6, "0")))


def _offset(words: str) -> tzinfo | None:
    """Return the zone of `Z`, `+09:00` or `+0900`; None for an empty text. Raises ValueError."""
    return datetime.strptime(words, "%z").tzinfo if words else None
