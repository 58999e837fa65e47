"""The days that an operator closed or opened by hand: kept on disk, in force at the next slot, told to the ledger."""

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from worker.errors import DaybreakError
from worker.runtime import spool

NONE: Mapping[date, "Said"] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What an operator said of one day."""

    closed: bool
    why: str
    by: str

    def __str__(self) -> str:
        return f"{'closed' if self.closed else 'opened'} by {self.by}: {self.why}"


def path_in(data: Path) -> Path:
    """Return the file that holds them."""
    return data / "days.json"


def read(data: Path) -> Mapping[date, Said]:
    """Return {day: what was said of it}. A missing or damaged file says nothing: then the calendar alone counts.

    Cheap: the file is read anew only when it was replaced.
    """
    path = path_in(data)
    try:
        found = path.stat()
        return _read(path, found.st_mtime_ns, found.st_ino, found.st_size)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return NONE


@lru_cache(maxsize=4)
def _read(path: Path, *_version: int) -> Mapping[date, Said]:
    stored = json.loads(path.read_text(encoding="utf-8"))
    return MappingProxyType(
        {
            date.fromisoformat(day): Said(closed=bool(one["closed"]), why=str(one["why"]), by=str(one["by"]))
            for day, one in stored.items()
        }
    )


def why_damaged(data: Path) -> str:
    """Say that the file is there and can't be read, or return an empty text."""
    path = path_in(data)
    if not path.exists() or read(data):
        return ""
    with suppress(OSError, ValueError):
        if json.loads(path.read_text(encoding="utf-8")) == {}:
            return ""
    return f"{path} can't be read: the days that were closed or opened by hand are not in force. Move it away"


def say(data: Path, day: date, said: Said, *, now: datetime) -> None:
    """Close or open a day. Raises DaybreakError for a day that has passed, a missing reason, a disk that takes none."""
    doing = f"{'closing' if said.closed else 'opening'} {day}"
    if not said.why.strip():
        raise DaybreakError(f'{doing}: say why: --why "company outing"')
    if day < now.date():
        raise DaybreakError(f"{doing}: that day has passed, today is {now.date()}. Nothing was changed")
    _change(data, doing, lambda all_days: all_days.update({day: said}))
    text = f"{day} is {said}"
    spool.put(data, spool.Kind.DAY, at=now, text=text, day=day, closed=said.closed, why=said.why, by=said.by)


def undo(data: Path, day: date, *, by: str, why: str, now: datetime) -> None:
    """Take back what was said of a day: the calendar counts again. Raises DaybreakError when nothing was said."""
    doing = f"undoing {day}"
    if day not in read(data):
        known = ", ".join(f"{one}" for one in sorted(read(data))) or "none"
        raise DaybreakError(f"{doing}: nobody closed or opened that day by hand; by hand are: {known}")
    _change(data, doing, lambda all_days: all_days.pop(day))
    text = f"{day} follows the calendar again, says {by}{f': {why}' if why.strip() else ''}"
    spool.put(data, spool.Kind.DAY, at=now, text=text, day=day, closed=None, why=why, by=by)


def _change(data: Path, doing: str, change: Callable[[dict[date, Said]], object]) -> None:
    if damage := why_damaged(data):
        raise DaybreakError(f"{doing}: {damage}")
    found = dict(read(data))
    change(found)
    values = {f"{day}": {"closed": said.closed, "why": said.why, "by": said.by} for day, said in sorted(found.items())}
    path = path_in(data)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        data.mkdir(parents=True, exist_ok=True)
        with draft.open("w", encoding="utf-8") as file:
            json.dump(values, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise DaybreakError(f"{doing}: writing {path}: {error}. Nothing was changed") from error
