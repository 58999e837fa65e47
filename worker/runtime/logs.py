"""The worker's log: one file a day by the date in TZ, UTF-8, no secret in it; stacks of a hung worker go there too."""

import faulthandler
import html
import json
import logging
import os
import re
import signal
import sys
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, quote_plus

#: How long logs are kept (days).
KEPT_DAYS = 30

#: Largest size of a day's file (bytes): for all entries, and for warnings and errors.
FULL, BRIM = 50_000_000, 60_000_000

#: What is written in the place of a secret.
HIDDEN = "***"

#: A shorter secret would make the log unreadable and hide nothing.
SHORTEST_SECRET = 4

#: Set by the loop: the cycle under way, for each line of the log.
current_cycle = 0

_secrets: set[str] = set()


def hide(secret: str) -> None:
    """Keep this secret out of every log and off the terminal from now on, in each form that it may be written in."""
    if len(secret) >= SHORTEST_SECRET:
        _secrets.update((secret, quote(secret, safe=""), quote(secret), quote_plus(secret), html.escape(secret)))
        _secrets.update((json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]))


def redact(text: str) -> str:
    """Return the text without the secrets that are known."""
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def _tell_lost(record: logging.LogRecord) -> None:
    """Say on the terminal that a line is lost. The standard way shows every value of it, secrets included."""
    with suppress(Exception):
        kind, error, _ = sys.exc_info()
        where = f"{Path(record.pathname).name}, line {record.lineno}"
        what = f"{kind.__name__ if kind else 'no reason'}: {error}"
        sys.stderr.write(redact(f"[ERROR] a line of the log is lost ({where}): {what}\n"))


class DailyFile(logging.Handler):
    """Appends each record to FOLDER/NAME_YYYYMMDD.log, by the date in `zone`.

    Opens the file for each record: there are few of them, and so a deleted file, a new day and a second process that
    writes it too need no thought. Never raises and never blocks the work: a log that can't be written is lost.
    Files of more than `kept_days` ago are removed. A day that fills its file (`full`, bytes) is told so once, and takes
    warnings and errors alone from there on, up to `brim`.
    """

    def __init__(
        self, folder: Path, name: str, zone: tzinfo, *, kept_days: int = KEPT_DAYS, full: int = FULL, brim: int = BRIM
    ) -> None:
        super().__init__()
        self._folder = folder
        self._name = name
        self._zone = zone
        self._kept = timedelta(days=kept_days)
        self._full = full
        self._brim = brim
        self._cleaned = ""
        self._stamps = True

    def write_as(self, pattern: str, *, as_json: bool) -> None:
        """Write each line as its time and the pattern, or as one JSON object."""
        self._stamps = not as_json
        if not as_json:
            self.setFormatter(logging.Formatter(pattern))
            return
        from pythonjsonlogger.json import JsonFormatter  # only where somebody wants it

        fields = {"stamp": "time", "levelname": "level", "name": "logger"}
        names = "%(stamp)s %(levelname)s %(cycle)s %(name)s %(message)s"
        self.setFormatter(JsonFormatter(names, rename_fields=fields, json_ensure_ascii=False, defaults={"cycle": "-"}))

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        moment = datetime.fromtimestamp(record.created, self._zone)
        try:
            line = self._line(record, moment)
        except Exception:  # whatever a value's own text raises: the standard handlers go on, too
            self.handleError(record)
            return
        with suppress(OSError, ValueError):
            descriptor = os.open(self.path(moment), os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                self._append(descriptor, record, line, moment)
            finally:
                os.close(descriptor)
            day = f"{moment:%Y%m%d}"
            if day != self._cleaned:
                self._cleaned = day
                self._remove_before(moment - self._kept)

    def _line(self, record: logging.LogRecord, moment: datetime) -> bytes:
        record.__dict__["stamp"] = stamp = moment.isoformat(sep=" ", timespec="milliseconds")
        text = redact(self.format(record))
        return f"{stamp + ' ' if self._stamps else ''}{text}\n".encode("utf-8", "backslashreplace")

    def _append(self, descriptor: int, record: logging.LogRecord, line: bytes, moment: datetime) -> None:
        """Write what the day's file still takes. The line that fills it is followed by one that says so."""
        size = os.fstat(descriptor).st_size
        if size >= self._full and (record.levelno < logging.WARNING or size + len(line) > self._brim):
            return
        if size < self._full <= size + len(line):
            text = f"the log is full for today ({self._full / 1e6:g} MB): only warnings and errors from here on"
            said = logging.LogRecord(__name__, logging.WARNING, __file__, 0, text, (), None)
            said.cycle = getattr(record, "cycle", "-")
            line += self._line(said, moment)
        os.write(descriptor, line)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Go on without the line."""
        _tell_lost(record)

    def path(self, moment: datetime) -> Path:
        """Return the file of a day; its folder exists then."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder / f"{self._name}_{moment:%Y%m%d}.log"

    def _remove_before(self, moment: datetime) -> None:
        for path in self._folder.glob(f"{self._name}_*.log"):
            found = re.fullmatch(rf"{re.escape(self._name)}_(\d{{8}})\.log", path.name)
            if found and found[1] < f"{moment:%Y%m%d}":
                with suppress(OSError):
                    path.unlink()


class _WithCycle(logging.Filter):
    """Adds the cycle under way to each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.cycle = f"c{current_cycle}" if current_cycle else "-"
        return True


class InZone(logging.Formatter):
    """Writes a line's time in a zone, and names that zone: the machine's clock may be set to another."""

    def __init__(self, pattern: str, zone: tzinfo) -> None:
        super().__init__(pattern)
        self._zone = zone

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802, ARG002 - the library's name
        """Return the time to the second and the zone."""
        return f"{datetime.fromtimestamp(record.created, self._zone):%Y-%m-%d %H:%M:%S %Z}"


class Terminal(logging.StreamHandler[Any]):
    """Writes to the terminal, without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return redact(super().format(record))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Go on without the line."""
        _tell_lost(record)


def start(
    folder: Path,
    name: str,
    zone: tzinfo,
    *,
    kept_days: int = KEPT_DAYS,
    as_json: bool = False,
    told: Collection[str] = (),
) -> DailyFile:
    """Send everything that is logged to the daily file; warnings, and loggers named in `told`, to the terminal too."""
    daily = DailyFile(folder, name, zone, kept_days=kept_days)
    daily.addFilter(_WithCycle())
    daily.write_as("%(levelname)-7s %(cycle)s %(name)s: %(message)s", as_json=as_json)
    names = frozenset(told)
    terminal = Terminal(sys.stderr)
    terminal.addFilter(lambda record: record.levelno >= logging.WARNING or record.name in names)
    terminal.setFormatter(InZone(f"%(asctime)s [%(levelname)s] {name}: %(message)s", zone))
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.handlers = [daily, terminal]
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    return daily


class Stacks:
    """Writes the stacks of all threads into the day's log on SIGUSR1. Call `renew` now and then: it changes daily."""

    def __init__(self, daily: DailyFile) -> None:
        self._daily = daily
        self._path: Path | None = None
        self._file: IO[str] | None = None

    def renew(self, now: datetime) -> None:
        """Point to today's file; a folder that takes no write is left for the next time."""
        with suppress(OSError):
            path = self._daily.path(now)
            if path == self._path and path.exists():
                return
            file = path.open("a", encoding="utf-8")
            faulthandler.register(signal.SIGUSR1, file=file, all_threads=True)
            if self._file is not None:
                self._file.close()
            self._path, self._file = path, file
