"""The logs of one day, filtered: worker, guards, circusd."""

import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from worker.config.settings import Settings
from worker.runtime.logs import redact

#: Maximum lines of one answer.
MOST = 500

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


def read(settings: Settings, wanted: LogFilter, *, most: int = MOST) -> LogShown:
    """Return the entries of a day that a filter lets through, the newest `most`. A file that can't be read has none."""
    kept: deque[LogLine] = deque(maxlen=most)
    count = 0
    folder = settings.data_dir / "logs"
    entries = [
        line
        for path in sorted(folder.glob(f"*_{wanted.day:%Y%m%d}.log"))
        if wanted.source in ("", source_of(path))
        for line in _entries(path)
        if _is_wanted(line, wanted)
    ]
    for line in sorted(entries, key=lambda one: one.at):
        kept.append(line)
        count += 1
    return LogShown(lines=tuple(kept), more=count - len(kept))


def sources(settings: Settings, day: date) -> tuple[str, ...]:
    """Return which logs there are of a day."""
    return tuple(source_of(path) for path in sorted((settings.data_dir / "logs").glob(f"*_{day:%Y%m%d}.log")))


def source_of(path: Path) -> str:
    """Return who writes this file."""
    return path.stem.rpartition("_")[0]


def _is_wanted(line: LogLine, wanted: LogFilter) -> bool:
    level = line.level if line.level in LEVELS else "INFO"
    return (
        LEVELS.index(level) >= LEVELS.index(wanted.level)
        and wanted.text.casefold() in line.text.casefold()
        and wanted.cycle in (None, line.cycle)
    )


def _entries(path: Path) -> Iterator[LogLine]:
    """Yield the entries of a file; a line that begins none belongs to the one before."""
    found: LogLine | None = None
    more: list[str] = []
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            for raw in file:
                line = _entry(raw.rstrip("\n"), source_of(path))
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
    text = redact("\n".join([line.text, *more]))
    return LogLine(at=line.at, source=line.source, level=line.level, cycle=line.cycle, text=text)


def _entry(raw: str, source: str) -> LogLine | None:
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
    except (ValueError, KeyError, TypeError):
        return None
    return LogLine(at=at, source=source, level=level, cycle=int(cycle[1:]) if cycle[1:].isdigit() else None, text=text)
