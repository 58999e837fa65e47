"""The ERP's clock: Korean time, whatever the host's zone, and settable."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

#: Korea has no daylight saving time, so no zone database is needed.
KST = timezone(timedelta(hours=9), "KST")


@dataclass(slots=True)
class Clock:
    """The host's clock plus an offset; it goes on running after it was set."""

    offset: timedelta = timedelta()

    def now(self) -> datetime:
        """Return the ERP's time, aware, in KST, in whole seconds."""
        return (datetime.now(KST) + self.offset).replace(microsecond=0)

    def set(self, now: datetime) -> None:
        """Make it `now`; a time without a zone is Korean."""
        self.offset = _korean(now) - datetime.now(KST)


def _korean(time: datetime) -> datetime:
    return time.replace(tzinfo=KST) if time.tzinfo is None else time.astimezone(KST)


def stored(time: datetime) -> str:
    """Write a time the way the database keeps it: `2026-01-08T08:07:05`, Korean time."""
    return _korean(time).strftime("%Y-%m-%dT%H:%M:%S")


def read(text: str) -> datetime:
    """Read a time from the database, or from a caller: ISO, Korean if it names no zone."""
    return _korean(datetime.fromisoformat(text))


def shown(text: str) -> str:
    """Write a stored time the way the screens show it: `2026/01/08 오전 8:07:05`."""
    time = read(text)
    half = "오전" if time.hour < 12 else "오후"
    return f"{time:%Y/%m/%d} {half} {time.hour % 12 or 12}:{time:%M:%S}"
