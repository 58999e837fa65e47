"""The logs of one day, filtered: worker, guards, circusd."""

import io
import json
import os
import re
import stat
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from pathlib import Path

from worker.errors import DaybreakError
from worker.i18n import message
from worker.runtime.logs import HIDDEN, redact

#: Maximum entries of one answer.
MOST = 500

#: Bytes that are read of a file, its newest; characters that are shown of an entry.
LONGEST_FILE, LONGEST_ENTRY = 8_000_000, 4_000

#: The levels, the least one first.
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

#: A line of text: its time, then `LEVEL cycle logger: text` (worker) or `name[pid] [LEVEL] text` (guards, circusd).
_LINE = re.compile(
    r"(?P<at>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S*) "
    r"(?:(?P<level>[A-Z]+) +(?P<cycle>c\d+|-) (?P<logger>\S+): |(?P<name>\S+) \[(?P<tag>[A-Z]+)\] )?(?P<text>.*)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One entry of a log, with the lines that belong to it, such as a stack."""

    at: datetime
    #: worker, guards, circusd …: the file's name without its day.
    source: str
    #: One of LEVELS; "" where the line names none.
    level: str
    #: The cycle under way, or None.
    cycle: int | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilter:
    """Which entries are wanted."""

    day: date
    #: The least level; one of LEVELS. Entries without a level count as INFO.
    level: str = "INFO"
    #: Entries that hold this text, in any case.
    text: str = ""
    cycle: int | None = None
    #: worker, guards, circusd; "": all of them.
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogShown:
    """The newest entries that are wanted, oldest first."""

    lines: tuple[LogLine, ...]
    #: How many more there are, older than these.
    more: int
    #: Logs of which the older part was not looked at: they are too large.
    cut: tuple[str, ...] = ()


#: Who may stand in an address before the host, and a token that an address carries.
_LOGIN, _TOKEN = re.compile(r"//[^/\s@]+@"), re.compile(r"([?&]token=)[^&\s]+")

#: Who writes a log: the file's name without its day.
_SOURCE = re.compile(r"[a-z][a-z-]{0,30}")


def read(data: Path, wanted: LogFilter, *, zone: tzinfo, most: int = MOST) -> LogShown:
    """Return the entries of a day that a filter lets through, the newest `most`. A file that can't be read has none.

    Times without a zone are of `zone`. Raises DaybreakError for a level that there is none of.
    """
    if wanted.level not in LEVELS:
        raise DaybreakError(message("there is no such level of a log: choose one of {names}", names=", ".join(LEVELS)))
    kept: list[LogLine] = []
    count, cut = 0, []
    for path in _files(data, wanted.day):
        if wanted.source not in ("", source_of(path)):
            continue
        newest: deque[LogLine] = deque(maxlen=most)
        file = _open(path)
        if file is None:
            continue
        with file:
            if file.skipped:
                cut.append(source_of(path))
            for line in _entries(file, source_of(path), zone):
                if _is_wanted(line, wanted):
                    newest.append(line)
                    count += 1
        kept += newest
    kept.sort(key=lambda one: one.at)
    shown = kept[-most:]
    return LogShown(lines=tuple(_cut(one) for one in shown), more=count - len(shown), cut=tuple(cut))


def sources(data: Path, day: date) -> tuple[str, ...]:
    """Return which logs there are of a day."""
    return tuple(source_of(path) for path in _files(data, day))


def _files(data: Path, day: date) -> list[Path]:
    found = (data / "logs").glob(f"*_{day:%Y%m%d}.log")
    return sorted(path for path in found if _SOURCE.fullmatch(source_of(path)))


def source_of(path: Path) -> str:
    """Return who writes this file."""
    return path.stem.rpartition("_")[0]


class _Newest(io.TextIOWrapper):
    """The newest part of a log."""

    #: True: there is an older part.
    skipped = False


def _open(path: Path) -> _Newest | None:
    """Open the newest part of a log at the beginning of a line; None for what is no plain file that can be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        raw = os.fdopen(descriptor, "rb")
        state = os.fstat(raw.fileno())
        if not stat.S_ISREG(state.st_mode):
            raw.close()
            return None
        if state.st_size > LONGEST_FILE:
            raw.seek(state.st_size - LONGEST_FILE)
            raw.readline()
    except OSError:
        return None
    file = _Newest(raw, encoding="utf-8", errors="replace", newline="\n")
    file.skipped = state.st_size > LONGEST_FILE
    return file


def _cut(line: LogLine) -> LogLine:
    if len(line.text) <= LONGEST_ENTRY:
        return line
    return replace(line, text=f"{line.text[:LONGEST_ENTRY]} …")


def _masked(text: str) -> str:
    """Return a text without what must not be shown, even where an address holds it."""
    return _TOKEN.sub(rf"\1{HIDDEN}", _LOGIN.sub(f"//{HIDDEN}@", redact(text)))


def _is_wanted(line: LogLine, wanted: LogFilter) -> bool:
    level = line.level if line.level in LEVELS else "INFO"
    return (
        LEVELS.index(level) >= LEVELS.index(wanted.level)
        and wanted.text.casefold() in line.text.casefold()
        and wanted.cycle in (None, line.cycle)
    )


def _entries(file: io.TextIOBase, source: str, zone: tzinfo) -> Iterator[LogLine]:
    """Yield the entries of a file; a line that begins none belongs to the one before."""
    found: LogLine | None = None
    more: list[str] = []
    try:
        for raw in file:
            line = _entry(raw.rstrip("\n"), source, zone)
            if line is None:
                more.append(raw.rstrip("\n"))
                continue
            if found is not None:
                yield _with(found, more)
            found, more = line, []
    except OSError:
        return
    if found is not None:
        yield _with(found, more)


def _with(line: LogLine, more: list[str]) -> LogLine:
    return replace(line, text=_masked("\n".join([line.text, *more])))


def _entry(raw: str, source: str, zone: tzinfo) -> LogLine | None:
    try:
        if raw.startswith("{"):
            values = json.loads(raw)
            stamp, level, cycle = values["time"], str(values.get("level", "")), str(values.get("cycle", "-"))
            text = str(values["message"])
            if values.get("exc_info"):
                text = f"{text}\n{values['exc_info']}"
        else:
            match = _LINE.fullmatch(raw)
            if match is None:
                return None
            stamp, level, cycle = match["at"], match["level"] or match["tag"] or "", match["cycle"] or "-"
            text = match["text"] if match["logger"] is None else f"{match['logger']}: {match['text']}"
        at = datetime.fromisoformat(stamp)
        at = at if at.tzinfo else at.replace(tzinfo=zone)
        at.timestamp()  # a year that no order knows
        number = int(cycle[1:]) if re.fullmatch(r"c\d{1,12}", cycle, re.ASCII) else None
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    return LogLine(at=at, source=source, level=level, cycle=number, text=text)
