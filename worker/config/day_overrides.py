"""The days that an operator closed or opened by hand: kept on disk, in force at the next slot, told to the ledger."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from worker.errors import DaybreakError
from worker.i18n import Message, joined, message
from worker.runtime import spool
from worker.runtime.files import read_json, write_private

NONE: Mapping[date, "DayOverride"] = MappingProxyType({})

#: What was read last of each file, and of which version of it.
_known: dict[Path, tuple[tuple[int, int, int], Mapping[date, "DayOverride"]]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOverride:
    """What an operator said of one day."""

    closed: bool
    why: str
    by: str


def path_in(data: Path) -> Path:
    """Return the file that holds them."""
    return data / "days.json"


def read(data: Path) -> Mapping[date, DayOverride]:
    """Return {day: what was said of it}. A missing or damaged file says nothing: then the calendar alone counts.

    Cheap: the file is read anew only when it was replaced.
    """
    path = path_in(data)
    try:
        found = path.stat()
    except OSError:
        return NONE
    version = (found.st_mtime_ns, found.st_ino, found.st_size)
    if path not in _known or _known[path][0] != version:
        overrides = read_json(path, _overrides, None)
        if overrides is None:
            return NONE
        _known[path] = (version, overrides)
    return _known[path][1]


def _overrides(stored: Any) -> Mapping[date, DayOverride]:
    return MappingProxyType(
        {
            date.fromisoformat(day): DayOverride(closed=bool(one["closed"]), why=str(one["why"]), by=str(one["by"]))
            for day, one in stored.items()
        }
    )


def why_damaged(data: Path) -> str:
    """Say that the file is there and can't be read, or return an empty text."""
    path = path_in(data)
    if read_json(path, lambda stored: _overrides(stored) is not None, True, damaged=lambda _: False):
        return ""
    return message(
        "{path} can't be read: the days that were closed or opened by hand are not in force. Move it away",
        path=str(path),
    )


def say(data: Path, day: date, said: DayOverride, *, now: datetime) -> None:
    """Close or open a day. Raises DaybreakError for a day that has passed, a missing reason, a disk that takes none."""
    doing = message("closing {day}", day=str(day)) if said.closed else message("opening {day}", day=str(day))
    if not said.why.strip():
        raise DaybreakError(message('{doing}: say why: --why "company outing"', doing=doing))
    if day < now.date():
        raise DaybreakError(
            message(
                "{doing}: that day has passed, today is {today}. Nothing was changed",
                doing=doing,
                today=str(now.date()),
            )
        )
    _change(data, doing, lambda all_days: all_days.update({day: said}))
    text = (
        message("{day} is closed by {by}: {why}", day=str(day), by=said.by, why=said.why)
        if said.closed
        else message("{day} is opened by {by}: {why}", day=str(day), by=said.by, why=said.why)
    )
    spool.put(data, spool.NoteKind.DAY, at=now, text=text, day=day, closed=said.closed, why=said.why, by=said.by)


def undo(data: Path, day: date, *, by: str, why: str, now: datetime) -> None:
    """Take back what was said of a day: the calendar counts again. Raises DaybreakError when nothing was said."""
    doing = message("undoing {day}", day=str(day))
    if day not in read(data):
        known = ", ".join(f"{one}" for one in sorted(read(data))) or message("none")
        raise DaybreakError(
            message(
                "{doing}: that day was not closed or opened by hand; days by hand: {known}", doing=doing, known=known
            )
        )
    _change(data, doing, lambda all_days: all_days.pop(day))
    text = (
        message("{day} follows the calendar again, says {by}: {why}", day=str(day), by=by, why=why)
        if why.strip()
        else message("{day} follows the calendar again, says {by}", day=str(day), by=by)
    )
    spool.put(data, spool.NoteKind.DAY, at=now, text=text, day=day, closed=None, why=why, by=by)


def _change(data: Path, doing: Message, change: Callable[[dict[date, DayOverride]], object]) -> None:
    if damage := why_damaged(data):
        raise DaybreakError(joined([doing, damage], ": "))
    found = dict(read(data))
    change(found)
    values = {f"{day}": {"closed": said.closed, "why": said.why, "by": said.by} for day, said in sorted(found.items())}
    path = path_in(data)
    try:
        data.mkdir(parents=True, exist_ok=True)
        write_private(path, json.dumps(values, ensure_ascii=False, indent=1))
    except OSError as error:
        raise DaybreakError(
            message(
                "{doing}: writing {path}: {error}. Nothing was changed", doing=doing, path=str(path), error=str(error)
            )
        ) from error
