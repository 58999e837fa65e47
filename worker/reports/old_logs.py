"""Reads the text logs of the script that did this job before: `[HH:MM:SS] [LEVEL] text`, one file a run.

A line has no date. A file's name has one: `NAME_YYYYMMDD_HHMMSS.log` is the moment at which the run before it ended.
From there on the time of day only grows, until a line that is earlier in the day than the one before: the next day.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

_NAME = re.compile(r".*_(\d{8})_(\d{6})\.log")
_LINE = re.compile(r"\[(\d\d):(\d\d):(\d\d)\]\s*(?:\[(\w+)\]\s*)?(.*)")

#: A file that begins this close to the last line of the one before was begun by the same process.
SAME = timedelta(minutes=2)

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class OldLine:
    """One line, with the date that it must have."""

    at: datetime
    level: str
    text: str
    file: str


def read(folder: Path, zone: ZoneInfo) -> list[OldLine]:
    """Return every line of the folder's old logs in order; other files and lines that are none are left out."""
    named = [(found, path) for path in folder.glob("*.log") if (found := _NAME.fullmatch(path.name))]
    runs = []
    for found, path in sorted(named, key=lambda one: one[0].groups()):
        try:
            begun = datetime.strptime("".join(found.groups()), "%Y%m%d%H%M%S").replace(tzinfo=zone)
        except ValueError:
            continue
        runs.append((begun, list(_lines(path, begun))))
    lines = [line for number, (_, run) in enumerate(runs) for line in _stretched(run, runs[number + 1 :])]
    return sorted(lines, key=lambda line: line.at)  # several copies may have run at once


def _lines(path: Path, begun: datetime) -> Iterator[OldLine]:
    day, before = begun.replace(hour=0, minute=0, second=0), begun
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    for raw in text.splitlines():
        found = _LINE.match(raw)
        if not found:
            continue
        hours, minutes, seconds = int(found[1]), int(found[2]), int(found[3])
        at = day + timedelta(hours=hours, minutes=minutes, seconds=seconds)
        # A file is named after its first line is written, or before: seconds earlier is not yet the next day.
        if at < before - SAME:
            day, at = day + DAY, at + DAY
        before = max(at, before)
        yield OldLine(at=at, level=(found[4] or "").upper(), text=found[5].strip(), file=path.name)


def _stretched(run: list[OldLine], later: list[tuple[datetime, list[OldLine]]]) -> list[OldLine]:
    """Return the run's lines, with the days put in that passed without any line: only the next file's name tells them.

    The next file is begun as this one ends. If it is so at the same time of a later day, whole days are missing here,
    and they are where the longest silence is.
    """
    if len(run) < 2 or not later:
        return run
    missing = later[0][0] - run[-1].at
    days = round(missing / DAY)
    if days < 1 or abs(missing - days * DAY) > SAME:
        return run
    longest = max(range(1, len(run)), key=lambda number: run[number].at - run[number - 1].at)
    return run[:longest] + [
        OldLine(at=one.at + days * DAY, level=one.level, text=one.text, file=one.file) for one in run[longest:]
    ]
