"""Windows in which the ERP is planned to be away: `sun 02:00-06:00`. Values only; what they mean, the schedule says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from worker.i18n import message

#: The weekdays as settings name them; 0 is Monday.
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DAY = 24 * 60

_CLOCKS = re.compile(r"(\d\d):([0-5]\d)-(\d\d):([0-5]\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A time of each week in which the ERP is away."""

    #: 0 is Monday: the day on which it begins.
    weekday: int
    #: Minutes since that day's midnight; the end is not included, and may lie on the next day.
    first: int
    end: int

    def on(self, day: date, zone: ZoneInfo) -> "Silence | None":
        """Return the window that begins on a local day, or None."""
        if day.weekday() != self.weekday:
            return None
        return Silence(since=_at(day, self.first, zone), until=_at(day, self.end, zone))

    @property
    def minutes(self) -> Iterator[int]:
        """The minutes of the week, from Monday's midnight, that it covers."""
        start = self.weekday * _DAY
        return ((start + minute) % (7 * _DAY) for minute in range(self.first, self.end))


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """One planned silence: from its start to before its end."""

    since: datetime
    until: datetime

    def holds(self, at: datetime) -> bool:
        """True for a moment within it."""
        return self.since <= at < self.until


def read(text: str) -> tuple[Window, ...]:
    """Read `sun 02:00-06:00; mon-fri 23:30-00:30`. Commas serve as well; without a day it is every day.

    Raises ValueError with what to write.
    """
    found: list[Window] = []
    days: list[int] = []
    for part in (one.strip().lower() for one in re.split(r"[,;]", text)):
        if not part:
            continue
        named, _, clocks = part.rpartition(" ")
        if not clocks[:1].isdigit():
            named, clocks = part, ""
        days += _days(named)
        if clocks:
            first, end = _clocks(clocks)
            found += [Window(weekday=day, first=first, end=end) for day in sorted({*days}) or range(7)]
            days = []
    if days:
        raise ValueError(_how())
    if len({minute for one in found for minute in one.minutes}) == 7 * _DAY:
        raise ValueError(message("it covers the whole week, so no cycle is ever due; write shorter windows"))
    return tuple(sorted(found, key=lambda one: (one.weekday, one.first, one.end)))


def silences(windows: tuple[Window, ...], day: date, zone: ZoneInfo) -> tuple[Silence, ...]:
    """Return the silences that touch a local day, in order, those that meet as one."""
    nearby = [
        found
        for ahead in (-2, -1, 0, 1)
        for one in windows
        if (found := one.on(day + timedelta(days=ahead), zone)) is not None
    ]
    joined: list[Silence] = []
    for one in sorted(nearby, key=lambda one: (one.since, one.until)):
        if joined and one.since <= joined[-1].until:
            joined[-1] = Silence(since=joined[-1].since, until=max(joined[-1].until, one.until))
        else:
            joined.append(one)
    first, last = _at(day, 0, zone), _at(day, _DAY, zone)
    return tuple(one for one in joined if one.since < last and one.until > first)


def _days(text: str) -> list[int]:
    """Return the weekdays of `sun` or `mon-fri`; none for an empty text. Raises ValueError."""
    if not text.strip():
        return []
    first, dash, last = (one.strip() for one in text.partition("-"))
    if first not in DAYS or (dash and last not in DAYS):
        raise ValueError(_how())
    start, end = DAYS.index(first), DAYS.index(last if dash else first)
    return [(start + number) % 7 for number in range((end - start) % 7 + 1)]


def _clocks(text: str) -> tuple[int, int]:
    """Return the minutes of `02:00-06:00`; an end at or before the start lies on the next day. Raises ValueError."""
    found = _CLOCKS.fullmatch(text)
    if not found:
        raise ValueError(_how())
    first, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    if first >= _DAY or end > _DAY or first == end:
        raise ValueError(message("each window begins and ends at two different times between 00:00 and 24:00"))
    return first, end if end > first else end + _DAY


def _how() -> str:
    return message("write it like sun 02:00-06:00; mon-fri 23:30-00:30, or leave it empty for none")


def _at(day: date, minute: int, zone: ZoneInfo) -> datetime:
    days, rest = divmod(minute, _DAY)
    return datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), zone)
